// Internal header: what becomes of a packet that reached a listener, and where a listener is
// plugged in.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/fork.h"
#include "core/gathered.h"
#include "core/graveyard.h"
#include "filter/filter.h"
#include "io/drops.h"
#include "net/group.h"
#include "net/packet.h"
#include "net/run.h"
#include "net/source_set.h"

namespace mc {

class Channel;
class Queue;

// The user's function, as an object; its destructor is the user's finaliser.
class PacketHandler : public Mortal {
 public:
  // Non-zero: the listener is finished.
  virtual int handle(const net::Packet& packet) = 0;
};

// The same for many packets at once.
class BatchHandler : public Mortal {
 public:
  virtual int handle(std::span<const net::Packet* const> packets) = 0;
};

// What a listener counts. Together with lost (which the channel counts) they are all that arrived.
struct DeliveryCounts {
  uint64_t delivered = 0;
  uint64_t delivered_bytes = 0;  // as shown to the handler
  uint64_t truncated = 0;        // of the delivered
  uint64_t filtered = 0;
  uint64_t not_for_us = 0;  // from a source that the listener did not ask for
};

// The packet path's last stretch: source, filter, mtu, handler, limit. Owns its handler and shares
// its filter; what is derived from it says what finishing means.
//
// A packet goes to handler_ at once; without one it is gathered, for batch_handler_ or to be
// pulled.
class alignas(64) Subscriber {
 public:
  // How many packets it can take before any code of the user's runs: its filter, its handler; 0: none,
  // each is shown to one. A batch handler runs when a packet completes the batch, and that one comes
  // alone.
  size_t most_at_once() const noexcept {
    if (handler_ || filter_) return 0;
    const uint64_t complete = most_gathered();
    return complete > gathered_.size() + 1 ? complete - gathered_.size() - 1 : 1;
  }
  // Called with packets from a wanted source, each once, and at most so many together. May close or
  // free this listener and any other. Whether it has gathered packets, which wait for hand_over().
  bool take(net::Run run) {
    if (filter_ && !accepts(run.first)) return false;
    return take_accepted(run);
  }
  // The same with a packet that its filter accepts.
  bool take_accepted(net::Run run) { return handler_ ? take_singly(run) : gather(run); }
  // Gives what was gathered to the handler. May close or free what take() may.
  void hand_over();

  // Whether it leaves this packet, which came after that time, out, as one that this process itself sent;
  // for the subscription.
  bool leaves_out(const net::Packet& packet, const int64_t& since_ns) const noexcept {
    return ignores_own_ && is_own(packet, since_ns);
  }
  bool ignores_own() const noexcept { return ignores_own_; }
  const filter::FilterRef& filter() const noexcept { return filter_; }  // null: everything

  static constexpr size_t kMostAtOnce = 64;  // packets that a batch handler gets

  DeliveryCounts counts() const noexcept {
    return {delivered_, delivered_bytes_, truncated_, filtered_, not_for_us_};
  }
  void count_filtered(uint64_t packets) noexcept { filtered_ += packets; }
  void count_not_for_us(uint64_t packets) noexcept { not_for_us_ += packets; }

 protected:
  Subscriber() = default;
  ~Subscriber() = default;

  bool is_open() const noexcept { return (generation_ & 1) != 0; }
  // The handler had enough or the limit is reached.
  virtual void finish() noexcept = 0;

  bool has_handler() const noexcept { return handler_ || batch_handler_; }
  bool has_batch_handler() const noexcept { return batch_handler_ != nullptr; }
  void exchange(std::unique_ptr<PacketHandler> handler, Graveyard& graveyard) noexcept;
  void exchange(std::unique_ptr<BatchHandler> handler, Graveyard& graveyard);
  void exchange(filter::FilterRef filter, Graveyard& graveyard);

  // Room for packets to be gathered. Taking it ends what was lent, when callbacks that look at it
  // have returned.
  struct Room final : public Mortal {
    explicit Room(size_t most) : gathered(most) {}
    Gathered gathered;
  };
  void take(std::unique_ptr<Room> room, Graveyard& graveyard) noexcept;
  // How many it is to gather, as far as the limit allows.
  uint64_t most_gathered() const noexcept {
    return std::min<uint64_t>(gathered_.most(), remaining_);
  }
  // Lends what was gathered, and counts it as delivered. Valid until more is gathered.
  std::span<const net::Packet* const> lend() noexcept;

  static constexpr uint64_t kNoLimit = ~uint64_t{0};

 private:
  static bool is_own(const net::Packet& packet, int64_t since_ns) noexcept;
  bool accepts(const net::Packet& packet);
  bool take_singly(net::Run run);
  bool take_after_gathered(net::Run run);
  bool gather(net::Run run);
  int show(const net::Packet& packet);
  int show_cut(const net::Packet& packet);
  int show(const Batch& batch);
  void count(const Batch& shown) noexcept;
  bool heed(int verdict, uint32_t generation) noexcept;

  // What a packet to handler_ needs lies in one cache line, up to the size of gathered_, which comes
  // first there: many listeners do not stay in the nearest cache.
  uint64_t delivered_ = 0;
  uint64_t delivered_bytes_ = 0;
  uint64_t truncated_ = 0;
  std::unique_ptr<PacketHandler> handler_;

 protected:
  uint64_t remaining_ = kNoLimit;  // packets until the limit
  uint32_t mtu_ = 0;
  uint32_t generation_ = 0;  // counts openings and closings; odd while open
  Gathered gathered_;
  bool ignores_own_ = false;

 private:
  Birthplace birthplace_;
  std::unique_ptr<BatchHandler> batch_handler_;
  filter::FilterRef filter_;  // null: everything
  uint64_t filtered_ = 0;
  uint64_t not_for_us_ = 0;
};

// Inline, as all that a single packet to a handler passes.
inline int Subscriber::show(const net::Packet& packet) {
  const net::Packet* const alone = &packet;
  count(Batch::of(alone));
  return handler_->handle(packet);
}

inline void Subscriber::count(const Batch& shown) noexcept {
  delivered_ += shown.packets.size();
  delivered_bytes_ += shown.bytes;
  truncated_ += shown.truncated;
  if (remaining_ != kNoLimit) remaining_ -= shown.packets.size();
}

// Whether it goes on, after what a handler said that may have closed it.
inline bool Subscriber::heed(int verdict, uint32_t generation) noexcept {
  if (generation != generation_) return false;
  if (verdict == 0 && remaining_ != 0) return true;
  finish();
  return false;
}

inline bool Subscriber::take_singly(net::Run run) {
  if (!gathered_.is_empty()) return take_after_gathered(run);
  const uint32_t generation = generation_;
  heed(run.first.size <= mtu_ ? show(run.first) : show_cut(run.first), generation);
  return false;
}

// What a sifter keeps of a subscription.
struct Sifted {
  const filter::Filter* filter = nullptr;  // that it looks up; null: it does not hold it
  uint32_t number = 0;
  uint64_t since = 0;  // the sifter's packets when the counts were settled
  uint64_t found = 0;  // of those that came since
};

// A group with its port on an interface. In order, the ports of one group on one interface lie together.
struct Spot {
  Spot(const net::Address& group, uint32_t on) noexcept
      : interface_index(on), family(group.family), bytes(group.bytes), port(group.port) {}
  bool is_same_group(const Spot& other) const noexcept {
    return interface_index == other.interface_index && family == other.family &&
           bytes == other.bytes;
  }
  auto operator<=>(const Spot&) const = default;

  uint32_t interface_index;
  net::Family family;
  std::array<uint8_t, 16> bytes;
  uint16_t port;
};

// A subscriber's place on one channel.
struct Subscription {
  Subscription(Subscriber& of, net::Endpoint to) : subscriber(&of), endpoint(std::move(to)) {}

  // What it hears.
  Spot spot() const noexcept { return {endpoint.group, endpoint.interface_index}; }
  // Whether the subscriber accepts every packet, as long as neither it nor this changes.
  bool takes_everything() const noexcept {
    return sources.is_any() && !subscriber->ignores_own() && !subscriber->filter();
  }
  // Whether the subscriber has gathered packets.
  bool offer(net::Run run) {
    if (sources.wants(run.first.source) && !subscriber->leaves_out(run.first, *came_after_ns)) {
      return subscriber->take(run);
    }
    subscriber->count_not_for_us(run.count());
    return false;
  }
  // The same for a packet that was found to match the filter that the sifter knows.
  bool offer_sifted(net::Run run) {
    const bool is_same = sifted.filter == subscriber->filter().get();
    return is_same ? subscriber->take_accepted(run) : offer(run);
  }

  Subscriber* subscriber;
  // The wire carries the union of what all listeners of the host want, so each looks for itself.
  net::SourceSet sources;
  net::Endpoint endpoint;  // its source is not used; `sources` is
  Queue* queue = nullptr;  // of a pulled listener, whose channels are its own

  // Set by the channel while subscribed.
  Channel* channel = nullptr;
  size_t slot = 0;
  const int64_t* came_after_ns = nullptr;  // what the channel has read, at the earliest
  io::Drops drops_before;                  // on the channel, before this subscription
  bool is_in_kernel = false;               // its filter may be asked there
  bool has_hardware_time = false;          // its packets have the device's time, where there is one
  Sifted sifted;
  bool is_new = true;         // what it wants has not been looked at since it changed
  bool has_gathered = false;  // its subscriber waits for hand_over()
  bool is_kept = false;       // while its listener decides what to leave
};

}  // namespace mc
