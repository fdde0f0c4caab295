// Internal header: the channels of one poller, and what they asked the network for.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <utility>

#include "core/channel.h"
#include "core/graveyard.h"
#include "core/memberships.h"
#include "io/reactor.h"
#include "net/batch.h"

namespace mc {

// Opens a channel with its first subscription and closes it with its last. Owns channels,
// memberships and the buffer that the channels read into.
class Channels {
 public:
  Channels(io::Reactor& reactor, Graveyard& graveyard) : reactor_(reactor), graveyard_(graveyard) {}
  Channels(const Channels&) = delete;
  Channels& operator=(const Channels&) = delete;

  // Plugs the subscription in and joins its group for its sources; all of it, or nothing.
  Status subscribe(Subscription& subscription, uint32_t receive_buffer);
  // Leaves the group, then unplugs. Right inside any callback.
  void unsubscribe(Subscription& subscription) noexcept;

  size_t count() const noexcept { return channels_.size(); }
  const Memberships& memberships() const noexcept { return memberships_; }
  // Datagrams read and reads refused since birth, all channels that ever were.
  uint64_t packets() const noexcept;
  uint64_t read_errors() const noexcept;

 private:
  using Key = std::pair<net::Address, uint32_t>;  // group with port, interface index
  static Key key_of(const net::Endpoint& endpoint) {
    return {endpoint.group, endpoint.interface_index};
  }

  Result<Channel*> find_or_open(const net::Endpoint& endpoint, uint32_t receive_buffer);
  void close_if_unused(const net::Endpoint& endpoint) noexcept;
  Status join(const Subscription& subscription);
  void leave(const Subscription& subscription, size_t joined) noexcept;

  io::Reactor& reactor_;
  Graveyard& graveyard_;
  Memberships memberships_;
  std::unique_ptr<net::ReceiveBatch> batch_;  // made with the first channel
  std::map<Key, std::unique_ptr<Channel>> channels_;
  uint64_t packets_of_closed_ = 0;
  uint64_t read_errors_of_closed_ = 0;
};

}  // namespace mc
