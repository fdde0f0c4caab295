// Internal header: one data socket shared by all listeners of a (group, port, interface).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/fork.h"
#include "core/chores.h"
#include "core/home.h"
#include "core/queue.h"
#include "core/sifter.h"
#include "core/socket_log.h"
#include "core/subscriber.h"
#include "io/reactor.h"
#include "io/receiver.h"

namespace mc {

inline constexpr uint32_t kDefaultReceiveBuffer = 4U << 20;

// What a listener asks of its sockets. Of those who share one, the most counts; but whether there is room
// for a program is decided by the first.
struct ChannelWishes {
  uint32_t receive_buffer = kDefaultReceiveBuffer;  // bytes
  uint32_t details = 0;                             // net::kTime …
  bool in_kernel = false;                           // filters may be asked there
};

// Reads its socket in batches and offers each packet to its subscriptions in the order they came.
// Does not own the subscriptions; joining the group is the business of Memberships.
//
// A pulled listener's channel is its own: it belongs to the listener's queue, reads one batch when
// it is ready, and offers a packet of it when it is asked to.
//
// Invariants:
//   1. slots_[s->slot].subscription == s and s->channel == this for each subscription; an empty slot is
//   all null.
//   2. live_ is the number of slots that are not empty.
//   3. Slots move only while no packet is being offered.
//   4. Where there is a sifter, it or asked_ (by its slot) holds each subscription that is not new.
class Channel final : public Mortal, private io::Watcher, private Chore {
 public:
  // Where a channel waits and reads to. The batch is shared by all channels of a poller, one of which
  // reads at a time, or by those of a queue.
  struct Place {
    io::Reactor& reactor;
    net::ReceiveBatch& batch;
    Chores& chores;
    Queue* queue = nullptr;
  };
  static Result<std::unique_ptr<Channel>> open(const net::Endpoint& endpoint, ChannelWishes wishes,
                                               Place place, Home& home);
  ~Channel() override { close(); }

  void add(Subscription& subscription);
  void remove(Subscription& subscription) noexcept;
  bool has_subscriptions() const noexcept { return live_ != 0; }
  // Its filter or its sources are others, or it began or ended to leave out what is its own.
  void change(Subscription& subscription) noexcept;
  // Brings the subscriber's counts up to date.
  void settle(Subscription& subscription) const noexcept {
    if (subscription.sifted.filter != nullptr) sifter_->settle(subscription);
  }

  // Stops reading, for good; the socket itself lives as long as the channel.
  void close() noexcept;

  // A larger wish for the buffer than the present grows it; a smaller one leaves it.
  Status ask(ChannelWishes wishes);

  // Of a queue: offers the next packets of what was read; false when there are none.
  bool offer_next();
  bool has_more() const noexcept { return receiver_.has_more(); }

  struct State {
    io::Drops drops;
    bool lost_is_lower_bound;
    uint32_t receive_buffer_asked;
    uint32_t receive_buffer_granted;
  };
  // What the kernel says at this moment.
  State state() noexcept;
  uint64_t packets() const noexcept { return packets_; }
  // With what the kernel dropped, for lack of room or by a program.
  uint64_t arrived() noexcept {
    const io::Drops& drops = receiver_.drops();
    return packets_ + drops.lost + drops.rejected + drops.lost_or_rejected;
  }
  uint64_t read_errors() const noexcept { return read_errors_; }

 private:
  Channel(io::Receiver receiver, const net::Endpoint& endpoint, Place place, Home& home,
          ChannelWishes wishes)
      : receiver_(std::move(receiver)),
        place_(place),
        log_(home, endpoint.text()),
        family_(endpoint.group.family),
        receive_buffer_asked_(wishes.receive_buffer),
        takes_program_(wishes.in_kernel) {}

  void ready(uint32_t events) override;
  bool look() noexcept override { return (looked_ = receiver_.read_one(place_.batch)) != 0; }
  void count_loss() noexcept;
  void read_turn();
  int read_batch();
  bool may_have_lost(int messages) const noexcept;
  void offer_message();
  size_t most_at_once() const noexcept;
  void offer(net::Run run);
  bool offer_sifted(net::Run run);
  void note_gathered(size_t slot) noexcept;
  void sort_in();
  void turn_ends() override;
  void widen() noexcept;
  void lower() noexcept;
  void hand_over();
  void compact() noexcept;

  // Where a subscription is plugged in. What each packet needs is here, for the subscriptions lie
  // apart in memory.
  struct Slot {
    Subscription* subscription = nullptr;
    Subscriber* direct = nullptr;  // who takes each packet, where nothing is asked before
  };

  io::Receiver receiver_;
  Place place_;
  SocketLog log_;
  net::Family family_;
  Birthplace birthplace_;
  std::vector<Slot> slots_;
  size_t live_ = 0;
  std::unique_ptr<Sifter> sifter_;  // where it pays
  std::vector<size_t> asked_;       // the slots of those that it does not hold, in order
  std::vector<size_t> gathered_;    // of those that wait for hand_over()
  bool has_new_ = false;            // some subscription is new, or slots moved
  bool is_special_ = false;         // has_new_, or there is a sifter
  uint64_t packets_ = 0;
  uint64_t read_errors_ = 0;
  uint32_t receive_buffer_asked_;
  int looked_ = 0;      // what a look has read, for ready() to go on with: as of Receiver::read
  bool takes_program_;  // and then no trains
  unsigned quiet_turns_ = 0;
  bool may_have_lost_ = false;
  bool is_watched_ = false;
  bool is_offering_ = false;
};

}  // namespace mc
