// Internal header: which interface a text or a group means.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "net/address.h"
#include "net/group.h"
#include "net/interface.h"
#include "net/netlink.h"

namespace mc::net {

// The group of a text, on an interface.
Endpoint endpoint_on(const Interface& interface, const GroupText& text);

// The interfaces of one network namespace as they were at one moment, and the routes to groups as
// they are when first asked for.
class Lookup {
 public:
  // Of the calling thread's network namespace, for good. Empty until renew().
  static Result<Lookup> open();
  // The same, renewed: as of now.
  static Result<Lookup> now();

  // Asks the kernel for everything anew; a failure leaves what was known.
  Status renew();

  const std::vector<Interface>& interfaces() const noexcept { return interfaces_; }
  const Interface* at(uint32_t index) const noexcept;  // null: there is none

  // The interface that `text` names: its name, its index or one of its addresses, tried in this
  // order.
  Result<Interface> find(std::string_view text) const;

  // The default interface for `group`, for joining and for sending: that of the route to the group;
  // else the only one that is up and multicast-capable; else lo when no other is multicast-capable,
  // up or down; else an error that lists the candidates.
  Result<Interface> default_for(const Address& group);

  // Where a group is to be heard: on one interface, or for "%all" on all that are up and
  // multicast-capable; kErrorNoInterface when those are none.
  Result<std::vector<Endpoint>> endpoints_of(const GroupText& text);
  // Where one sends to it; "%all" is refused.
  Result<Endpoint> endpoint_of(const GroupText& text);

  // A sentence that tells what endpoint_of() or endpoints_of() choose, and why.
  Result<std::string> explain(const GroupText& text);

 private:
  enum class Why { kRoute, kOnly, kLoopback };
  struct Default {
    const Interface* interface = nullptr;
    Why why = Why::kRoute;
  };
  explicit Lookup(Netlink netlink) noexcept : netlink_(std::move(netlink)) {}
  Result<uint32_t> route(const Address& group);
  Result<Default> choose(const Address& group);
  std::string candidates() const;

  Netlink netlink_;
  std::vector<Interface> interfaces_;  // sorted by index
  std::map<Address, uint32_t> routes_;
};

// What a look-up made for this one question says, in the calling thread's network namespace.
Result<std::vector<Interface>> list_interfaces();
Result<Interface> find_interface(std::string_view text);
Result<Endpoint> resolve(const GroupText& text);

}  // namespace mc::net
