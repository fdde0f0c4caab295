// Internal header: the network interfaces of this host, as the kernel lists them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "net/address.h"
#include "net/netlink.h"

namespace mc::net {

struct Interface {
  uint32_t index = 0;
  std::string name;
  uint32_t mtu = 0;
  bool is_up = false;       // administratively
  bool is_running = false;  // up, and there is a carrier
  bool is_multicast = false;
  bool is_loopback = false;
  std::vector<Address> addresses;

  bool operator==(const Interface&) const = default;

  bool has(const Address& address) const noexcept;  // as one of its own
  bool has_any_of(Family family) const noexcept;
  // The kernel takes a family and its memberships away from an interface whose MTU is too small for
  // it (RFC 791: 68 bytes, RFC 8200: 1,280).
  bool carries(Family family) const noexcept {
    return mtu >= (family == Family::kIpv4 ? 68 : 1280);
  }
};

// All of a network namespace, in the order of their indexes.
Result<std::vector<Interface>> list_interfaces(Netlink& netlink);

// The outgoing interface of the kernel's route to the group; 0 when there is no route.
Result<uint32_t> route_to(Netlink& netlink, const Address& group);

}  // namespace mc::net
