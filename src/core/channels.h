// Internal header: the channels of one poller, and what they asked the network for.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <tuple>
#include <vector>

#include "core/channel.h"
#include "core/home.h"
#include "core/memberships.h"
#include "io/reactor.h"
#include "net/batch.h"
#include "net/link_watch.h"
#include "net/lookup.h"

namespace mc {

// Opens a channel with its first subscription and closes it with its last. Owns channels,
// memberships and the buffer that the channels read into.
class Channels {
 public:
  Channels(io::Reactor& reactor, Chores& chores, Home& home)
      : reactor_(reactor), chores_(chores), home_(home) {}
  Channels(const Channels&) = delete;
  Channels& operator=(const Channels&) = delete;

  // Plugs the subscription in and joins its group for its sources; all of it, or nothing.
  Status subscribe(Subscription& subscription, ChannelWishes wishes);
  // Leaves the group, then unplugs. Right inside any callback.
  void unsubscribe(Subscription& subscription) noexcept;
  // What subscriptions want from now on: all of it, or nothing changes and why. No packet of a source
  // that stays is lost.
  struct SourceChange {
    Subscription* subscription;
    net::SourceSet sources;
  };
  Status change_sources(std::vector<SourceChange> changes);
  // Whether the wire brings what the subscription excludes, because its list is too long.
  bool is_shortened(const Subscription& subscription) const noexcept;

  size_t count() const noexcept { return channels_.size(); }
  const Memberships& memberships() const noexcept { return memberships_; }
  // Interfaces have changed: joins anew on those that are others than before, though of the same
  // index. Where changes are incomplete, finds out which these are, and adds them.
  Status follow(const net::Lookup& lookup, net::LinkChanges& changes);
  // The buffer that is read into, by one socket at a time; made on first use.
  net::ReceiveBatch& batch();
  // Datagrams read and reads refused since birth, all channels that ever were.
  uint64_t packets() const noexcept;
  uint64_t read_errors() const noexcept;

 private:
  // Group with port, interface index, the queue of a channel that is not shared, and whose time its
  // packets have.
  using Key = std::tuple<net::Address, uint32_t, Queue*, bool>;
  static Key key_of(const Subscription& subscription) {
    return {subscription.endpoint.group, subscription.endpoint.interface_index, subscription.queue,
            subscription.has_hardware_time};
  }

  Result<Channel*> find_or_open(const Subscription& subscription, ChannelWishes wishes);
  void close_if_unused(const Subscription& subscription) noexcept;

  io::Reactor& reactor_;
  Chores& chores_;
  Home& home_;
  Memberships memberships_;
  std::unique_ptr<net::ReceiveBatch> batch_;
  std::map<Key, std::unique_ptr<Channel>> channels_;
  uint64_t packets_of_closed_ = 0;
  uint64_t read_errors_of_closed_ = 0;
};

}  // namespace mc
