// Internal header: the network interfaces of this host, and which one a group belongs to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "net/address.h"

namespace mc::net {

struct Interface {
  uint32_t index = 0;
  std::string name;
  bool is_up = false;
  bool is_multicast = false;
  bool is_loopback = false;
  std::vector<Address> addresses;
};

// All interfaces of the calling thread's network namespace, in the order of their indexes.
Result<std::vector<Interface>> list_interfaces();

// The interface that `text` names: its name, its index or one of its addresses, tried in this
// order.
Result<Interface> find_interface(std::string_view text);

// The default interface for `group`, for joining and for sending: that of the route to the group;
// else the only one that is up and multicast-capable; else lo when no other is multicast-capable,
// up or down; else an error that lists the candidates.
Result<Interface> default_interface(const Address& group);

}  // namespace mc::net
