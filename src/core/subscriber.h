// Internal header: what becomes of a packet that reached a listener, and where a listener is
// plugged in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/graveyard.h"
#include "filter/filter.h"
#include "net/group.h"
#include "net/packet.h"

namespace mc {

class Channel;

// The user's function, as an object; its destructor is the user's finaliser.
class PacketHandler : public Mortal {
 public:
  // Non-zero: the listener is finished.
  virtual int handle(const net::Packet& packet) = 0;
};

// What a listener counts. Together with lost (which the channel counts) they are all that arrived.
struct DeliveryCounts {
  uint64_t delivered = 0;
  uint64_t delivered_bytes = 0;  // as shown to the handler
  uint64_t truncated = 0;        // of the delivered
  uint64_t filtered = 0;
  uint64_t not_for_us = 0;  // from a source that the listener did not ask for
};

// The packet path's last stretch: filter, then mtu, then handler, then limit. Owns its handler and
// shares its filter; the Listener derived from it says what finishing means.
class Subscriber {
 public:
  // Called once for each packet from a wanted source. May close or free this listener and any
  // other.
  void take(const net::Packet& packet);

  DeliveryCounts counts;

 protected:
  Subscriber() = default;
  ~Subscriber() = default;

  bool is_open() const noexcept { return (generation_ & 1) != 0; }
  // The handler had enough or the limit is reached.
  virtual void finish() noexcept = 0;

  filter::FilterRef filter_;  // null: everything
  std::unique_ptr<PacketHandler> handler_;
  size_t mtu_ = 0;
  static constexpr uint64_t kNoLimit = ~uint64_t{0};
  uint64_t remaining_ = kNoLimit;  // packets until the limit
  uint64_t generation_ = 0;        // counts openings and closings; odd while open

 private:
  int show_cut(net::Packet packet);
};

// A subscriber's place on one channel.
struct Subscription {
  Subscription(Subscriber& of, net::Endpoint to) : subscriber(&of), endpoint(std::move(to)) {}

  void offer(const net::Packet& packet) {
    if (!sources.empty() && !wants(packet.source)) {
      ++subscriber->counts.not_for_us;
    } else {
      subscriber->take(packet);
    }
  }

  // The wire carries the union of what all listeners of the host want, so each looks for itself.
  bool wants(const net::Address& source) const noexcept;

  Subscriber* subscriber;
  net::Endpoint endpoint;             // its source is not used; `sources` is
  std::vector<net::Address> sources;  // sorted; empty: any source

  // Set by the channel while subscribed.
  Channel* channel = nullptr;
  size_t slot = 0;
  uint64_t lost_before = 0;  // the channel's losses that came before this subscription
};

}  // namespace mc
