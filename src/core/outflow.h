// Internal header: what a multicaster sends by and by.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/clock.h"
#include "base/status.h"
#include "core/chores.h"
#include "core/mortal.h"
#include "core/outbox.h"
#include "core/pace.h"
#include "core/sent.h"
#include "core/timer.h"
#include "net/packet.h"

namespace mc {

class Multicaster;

// The user's supply of packets, as an object; its destructor is the user's finaliser.
class PacketSource : public Mortal {
 public:
  enum Verdict : int { kEnd = 0, kPacket = 1, kPause = 2 };
  // On kPacket, `packet` says the bytes, which stay valid until the next call.
  virtual int next(net::Buffer& packet) = 0;
};

// The user's function for datagrams that were to be sent by and by and could not.
class SendErrorHandler : public Mortal {
 public:
  // Non-zero: close the multicaster.
  virtual int failed(const Status& reason, uint64_t datagrams) = 0;
};

// What waits to be sent: pulled from a source while there is room, or accepted to leave together at
// the end of the turn; at the pace that was set. One order: of acceptance and of pulling.
//
// Something waits for room when the socket is watched for it, for a time when the timer runs, for the
// end of the turn when this is a chore of the poller, and otherwise for the interface, which is gone. A time is waited for because of the pace, or
// so that refusals cost no more than a little of the processor, however long they last
// (docs/networks.md): a packet that the system had no memory for is tried again, but not at once and not
// for ever; a source whose packets are all refused rests now and then.
class Outflow final : private Chore {
 public:
  explicit Outflow(Multicaster& multicaster) : multicaster_(multicaster) {}

  // Pulls from `source` (null: from none) from the poller's next turn on.
  Status set_source(std::unique_ptr<PacketSource> source);
  Status resume();  // after the source paused
  void set_error_handler(std::unique_ptr<SendErrorHandler> handler) noexcept;

  void set_batching(bool on) { is_batching_ = on; }
  // Whether direct sends are accepted instead: also those behind what was accepted before batching was
  // turned off, if that cannot leave now.
  bool takes_sends();
  // Takes copies; as many as there is room for. Runs no user code.
  Sent accept(std::span<const net::Buffer> packets);
  // Sends what was accepted, and what is among it, as far as the kernel and the pace take it: before
  // something changes, or the multicaster closes. Runs no user code: the next turn tells of failures.
  void send_ahead() noexcept;
  // Sends what waits, as far as the kernel and the pace take it. How many packets still wait.
  Result<size_t> flush();

  Status set_pace(Pace pace);
  // These were sent; directly, too, which does not wait but counts.
  void spend(std::span<const net::Buffer> packets) noexcept {
    if (pace_.is_set()) pace_.spend(packets, monotonic_ns());
  }

  // There is room in the socket, or the time has come.
  void serve();
  void interface_is_back() noexcept;
  size_t waiting() const noexcept { return outbox_.waiting().size(); }
  // What waits is discarded. How many packets.
  size_t close() noexcept;

 private:
  class Awakening;
  enum class Supply { kMore, kPaused, kEnded };
  enum class Telling { kNow, kLater };  // kLater: where no user code may run

  // Not after user code closed the multicaster, or forked, in the child.
  bool may_go_on() const noexcept;
  void turn_ends() override;
  bool make_room();
  Status no_room(size_t size) const noexcept;
  void pull();
  bool send_waiting(Telling telling);
  bool waits_for_memory() noexcept;
  void hold(int64_t ns) noexcept;
  void rest() noexcept;
  bool is_resting() noexcept;
  Status ensure_timer();
  void settle() noexcept;
  void fail(Status reason, Telling telling);
  void tell(const Status& reason, uint64_t datagrams);
  void tell_late();
  void end_source() noexcept;
  bool is_pulling() const noexcept { return source_ && supply_ == Supply::kMore; }
  bool waits_for_accepted() const noexcept { return has_accepted_ && !outbox_.is_empty(); }
  bool is_held() const noexcept { return timer_ && timer_->is_running(); }

  Multicaster& multicaster_;
  Outbox outbox_;
  std::unique_ptr<PacketSource> source_;
  Supply supply_ = Supply::kPaused;  // what the source said last
  std::unique_ptr<SendErrorHandler> error_handler_;
  uint64_t told_failed_ = 0;  // of send_failed, what the log was told
  Status untold_;             // why the first of untold_count_ could not be sent
  uint64_t untold_count_ = 0;
  Pace pace_;
  std::unique_ptr<Timer> timer_;  // made when something is first to wait for a time
  int shortages_ = 0;             // of memory for the first packet that waits, in a row
  int64_t next_try_ns_ = 0;       // of that packet
  size_t refused_ = 0;            // packets in a row
  int64_t rests_until_ns_ = 0;    // and the source is not asked before; 0: it does not rest
  bool is_batching_ = false;
  bool has_accepted_ = false;  // since the outbox was last filled from the source
};

}  // namespace mc
