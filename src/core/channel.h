// Internal header: one data socket shared by all listeners of a (group, port, interface).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/graveyard.h"
#include "core/subscriber.h"
#include "io/reactor.h"
#include "io/receiver.h"

namespace mc {

// Reads its socket in batches and offers each packet to its subscriptions in the order they came.
// Does not own the subscriptions; joining the group is the business of Memberships.
//
// Invariants:
//   1. subscriptions_[s->slot] == s and s->channel == this for each subscription; empty slots are
//   null.
//   2. live_ is the number of slots that are not null.
//   3. Slots move only while no packet is being offered.
class Channel final : public Mortal, private io::Watcher {
 public:
  // `batch` is where packets are read to; shared by all channels of a poller, one of which reads at
  // a time.
  static Result<std::unique_ptr<Channel>> open(const net::Endpoint& endpoint,
                                               uint32_t receive_buffer, io::Reactor& reactor,
                                               net::ReceiveBatch& batch);
  ~Channel() override { close(); }

  void add(Subscription& subscription);
  void remove(Subscription& subscription) noexcept;
  bool has_subscriptions() const noexcept { return live_ != 0; }

  // Stops reading, for good; the socket itself lives as long as the channel.
  void close() noexcept;

  // A larger wish than the present grows the buffer; a smaller one leaves it.
  void ask_receive_buffer(uint32_t bytes) noexcept;

  struct State {
    uint64_t lost;
    bool lost_is_lower_bound;
    uint32_t receive_buffer_asked;
    uint32_t receive_buffer_granted;
  };
  // What the kernel says at this moment.
  State state() noexcept;
  uint64_t packets() const noexcept { return packets_; }
  uint64_t read_errors() const noexcept { return read_errors_; }

 private:
  Channel(io::Receiver receiver, io::Reactor& reactor, net::ReceiveBatch& batch,
          uint32_t receive_buffer)
      : receiver_(std::move(receiver)),
        reactor_(reactor),
        batch_(batch),
        receive_buffer_asked_(receive_buffer) {}

  void ready(uint32_t events) override;
  void offer(const net::Packet& packet);
  void compact() noexcept;

  io::Receiver receiver_;
  io::Reactor& reactor_;
  net::ReceiveBatch& batch_;
  std::vector<Subscription*> subscriptions_;
  size_t live_ = 0;
  uint64_t packets_ = 0;
  uint64_t read_errors_ = 0;
  uint32_t receive_buffer_asked_;
  bool is_watched_ = false;
  bool is_offering_ = false;
};

}  // namespace mc
