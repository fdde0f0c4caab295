// Internal header: what a pulled listener has of its own.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "base/status.h"
#include "core/mortal.h"
#include "io/reactor.h"
#include "io/wakeup.h"
#include "net/batch.h"

namespace mc {

class Channel;

// Waits for the channels of one pulled listener, one of which has read a batch. Outlives them: what
// was read stays where it is.
class Queue final : public Mortal {
 public:
  // `bell` is the poller's, which must live as long as the queue waits; so is the descriptor that is
  // readable when links change (negative: there is none).
  static Result<std::unique_ptr<Queue>> create(const io::Wakeup& bell, int links_fd);

  io::Reactor& reactor() noexcept { return reactor_; }
  net::ReceiveBatch& batch() noexcept { return batch_; }

  // For its channels.
  void hold(Channel& channel) noexcept { holder_ = &channel; }  // it has read the batch
  void forget(const Channel& channel) noexcept {
    if (holder_ == &channel) holder_ = nullptr;
  }

  // Offers the next packet of what was read to the listener; false when there is none.
  bool offer_next();

  // Waits until a channel has read something, links changed, the poller was woken, or a signal came;
  // kNothing when the time is over. Or the system's refusal.
  enum class Outcome { kNothing, kRead, kLinksChanged, kWoken, kInterrupted };
  Result<Outcome> wait(const Deadline& deadline, const io::WaitPolicy& policy);

  // Readable while there is something to offer or to read.
  Result<int> fd();
  // Keeps the word of fd(), when the user is given back control.
  void settle() noexcept;

 private:
  class Listening final : public io::Watcher {
   public:
    void ready(uint32_t) override { heard = true; }
    bool heard = false;
  };

  explicit Queue(io::Reactor reactor) : reactor_(std::move(reactor)) {}

  io::Reactor reactor_;
  net::ReceiveBatch batch_;
  Channel* holder_ = nullptr;
  Listening bell_;   // the poller's; another's to silence, so that it is heard by its edges
  Listening links_;  // the same
  Listening store_;  // of rest_
  std::optional<io::Wakeup> rest_;  // rings while packets wait here; made with the first fd()
  bool rings_ = false;
};

}  // namespace mc
