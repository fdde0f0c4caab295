#include "net/interface.h"

#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace mc::net {
namespace {

// Room for a request: its header, a family header and one address.
struct Request {
  alignas(nlmsghdr) std::array<char, 256> buffer{};
  nlmsghdr* header = mnl_nlmsg_put_header(buffer.data());
};

Interface interface_of(const nlmsghdr& message) {
  const auto* link = static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(&message));
  Interface found;
  found.index = static_cast<uint32_t>(link->ifi_index);
  found.is_up = (link->ifi_flags & IFF_UP) != 0;
  found.is_running = found.is_up && (link->ifi_flags & IFF_RUNNING) != 0;
  found.is_multicast = (link->ifi_flags & IFF_MULTICAST) != 0;
  found.is_loopback = (link->ifi_flags & IFF_LOOPBACK) != 0;
  for_each_attribute(message, sizeof *link, [&](int type, const nlattr& attribute) {
    if (type == IFLA_IFNAME) found.name = mnl_attr_get_str(&attribute);
    if (type == IFLA_MTU) found.mtu = mnl_attr_get_u32(&attribute);
  });
  return found;
}

void add_address(const nlmsghdr& message, std::vector<Interface>& interfaces) {
  const auto* header = static_cast<const ifaddrmsg*>(mnl_nlmsg_get_payload(&message));
  auto owner = std::find_if(interfaces.begin(), interfaces.end(),
                            [&](const Interface& each) { return each.index == header->ifa_index; });
  if (owner == interfaces.end()) return;
  Address address;
  address.family = static_cast<Family>(header->ifa_family);
  // IFA_LOCAL is the host's own address; IFA_ADDRESS is the peer's on a point-to-point link, and
  // the only attribute for IPv6.
  bool has_local = false;
  for_each_attribute(message, sizeof *header, [&](int type, const nlattr& attribute) {
    if (type != IFA_LOCAL && (type != IFA_ADDRESS || has_local)) return;
    has_local = has_local || type == IFA_LOCAL;
    std::memcpy(address.bytes.data(), mnl_attr_get_payload(&attribute),
                std::min<size_t>(mnl_attr_get_payload_len(&attribute), address.bytes.size()));
  });
  if (address.needs_scope()) address.scope = owner->index;
  owner->addresses.push_back(address);
}

Result<NetlinkAnswer> list(Netlink& netlink, uint16_t type, size_t header_size, const char* tried) {
  Request request;
  request.header->nlmsg_type = type;
  request.header->nlmsg_flags = NLM_F_DUMP;
  mnl_nlmsg_put_extra_header(request.header, header_size);
  return netlink.ask(*request.header, tried);
}

}  // namespace

bool Interface::has(const Address& address) const noexcept {
  return std::any_of(addresses.begin(), addresses.end(),
                     [&](const Address& each) { return each.same_host(address); });
}

bool Interface::has_any_of(Family family) const noexcept {
  return std::any_of(addresses.begin(), addresses.end(),
                     [&](const Address& each) { return each.family == family; });
}

Result<std::vector<Interface>> list_interfaces(Netlink& netlink) {
  Result<NetlinkAnswer> links =
      list(netlink, RTM_GETLINK, sizeof(ifinfomsg), "cannot list the network interfaces");
  if (!links.ok()) return std::move(links).status();
  Result<NetlinkAnswer> addresses =
      list(netlink, RTM_GETADDR, sizeof(ifaddrmsg), "cannot list the addresses of the interfaces");
  if (!addresses.ok()) return std::move(addresses).status();
  std::vector<Interface> interfaces;
  links->for_each([&](const nlmsghdr& message) { interfaces.push_back(interface_of(message)); });
  addresses->for_each([&](const nlmsghdr& message) { add_address(message, interfaces); });
  std::sort(interfaces.begin(), interfaces.end(),
            [](const Interface& a, const Interface& b) { return a.index < b.index; });
  return interfaces;
}

Result<uint32_t> route_to(Netlink& netlink, const Address& group) {
  Request request;
  request.header->nlmsg_type = RTM_GETROUTE;
  auto* route = static_cast<rtmsg*>(mnl_nlmsg_put_extra_header(request.header, sizeof(rtmsg)));
  const size_t address_size = group.is_ipv4() ? 4 : 16;
  route->rtm_family = static_cast<unsigned char>(group.family);
  route->rtm_dst_len = static_cast<unsigned char>(address_size * 8);
  mnl_attr_put(request.header, RTA_DST, address_size, group.bytes.data());
  Result<NetlinkAnswer> answer =
      netlink.ask(*request.header, "cannot look up the route to the group");
  const int code = answer.status().code();
  const bool is_no_route = code == -ENETUNREACH || code == -EHOSTUNREACH || code == -EACCES ||
                           code == -EINVAL;  // as route types say it
  if (!answer.ok() && !is_no_route) return std::move(answer).status();
  uint32_t index = 0;
  if (answer.ok()) {
    answer->for_each([&](const nlmsghdr& message) {
      for_each_attribute(message, sizeof(rtmsg), [&](int type, const nlattr& attribute) {
        if (type == RTA_OIF) index = mnl_attr_get_u32(&attribute);
      });
    });
  }
  return index;
}

}  // namespace mc::net
