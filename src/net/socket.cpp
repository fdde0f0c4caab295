#include "net/socket.h"

#include <linux/net_tstamp.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "net/kernel.h"

namespace mc::net {
namespace {

#ifndef UDP_GRO
constexpr int UDP_GRO = 104;  // linux/udp.h, which does not go together with netinet/udp.h
#endif
#ifndef IPV6_MULTICAST_ALL
constexpr int IPV6_MULTICAST_ALL = 29;  // linux/in6.h, which does not go together with netinet/in.h
#endif

sockaddr_storage storage_of(const Address& address) noexcept {
  sockaddr_storage storage{};
  const SocketAddress kernel_address(address);
  std::memcpy(&storage, kernel_address.storage.data(), kernel_address.size);
  return storage;
}

}  // namespace

Result<Socket> Socket::create(Family family, bool blocking) {
  const int type = SOCK_DGRAM | SOCK_CLOEXEC | (blocking ? 0 : SOCK_NONBLOCK);
  UniqueFd fd(kernel().socket(static_cast<int>(family), type, 0));
  if (!fd) {
    const char* kind = family == Family::kIpv4 ? "IPv4" : "IPv6";
    return Status::system(errno, cat("cannot make an ", kind, " socket"));
  }
  Socket socket(std::move(fd), family, false);
  // IPv4's ports of the same number are others' business.
  if (family == Family::kIpv6)
    MC_TRY(socket.set(IPPROTO_IPV6, IPV6_V6ONLY, 1, "cannot keep to IPv6 (IPV6_V6ONLY)"));
  return socket;
}

Result<Socket> Socket::create_receiving(Family family) {
  if (family == Family::kIpv4) {
    const int off = 0;
    const int on = 1;
    UniqueFd fd(kernel().socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    // IP_MULTICAST_ALL is off at first on such a socket, unlike on IPv4's own, and it is to have no
    // membership.
    if (fd && kernel().setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) == 0 &&
        kernel().setsockopt(fd.get(), IPPROTO_IP, IP_MULTICAST_ALL, &on, sizeof on) == 0) {
      return Socket(std::move(fd), family, true);
    }
  }
  return create(family, false);
}

int Socket::ip_level() const noexcept {
  return family_ == Family::kIpv4 ? IPPROTO_IP : IPPROTO_IPV6;
}

Status Socket::set(int level, int option, const void* value, unsigned size,
                   std::string_view tried) {
  if (kernel().setsockopt(fd_.get(), level, option, value, size) == 0) return {};
  return Status::system(errno, tried);
}

Status Socket::set(int level, int option, int value, std::string_view tried) {
  return set(level, option, &value, sizeof value, tried);
}

Status Socket::share_port() {
  MC_TRY(share_address(true));
  return set(SOL_SOCKET, SO_REUSEPORT, 1, "cannot share the port (SO_REUSEPORT)");
}

Status Socket::share_address(bool on) {
  return set(SOL_SOCKET, SO_REUSEADDR, on ? 1 : 0, "cannot share the port (SO_REUSEADDR)");
}

Status Socket::bind_to_interface(uint32_t index) {
  return set(SOL_SOCKET, SO_BINDTOIFINDEX, static_cast<int>(index),
             "cannot bind to the interface (SO_BINDTOIFINDEX)");
}

Status Socket::bind(const Address& address) {
  const SocketAddress kernel_address =
      is_mapped_ ? SocketAddress::mapped(address) : SocketAddress(address);
  if (kernel().bind(fd_.get(), kernel_address.get(), kernel_address.size) == 0) return {};
  const int error = errno;
  std::string_view advice;
  if (error == EADDRINUSE) {
    advice =
        "a socket of this or another program holds the port and shares it with nobody, or only "
        "within its own user; it must set SO_REUSEADDR before it binds";
  } else if (error == EACCES) {
    advice = "ports below 1024 need privilege (CAP_NET_BIND_SERVICE)";
  }
  return Status::system(error, cat("cannot bind to ", address.text_with_port()), advice);
}

Result<Address> Socket::local_address() const {
  sockaddr_storage storage{};
  unsigned size = sizeof storage;
  if (kernel().getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
    return Status::system(errno, "cannot tell what the socket is bound to (getsockname)");
  }
  Address address;
  read_address(&storage, address);
  return address;
}

void Socket::ask_receive_buffer(uint32_t bytes) noexcept {
  // The forced form exceeds net.core.rmem_max but needs CAP_NET_ADMIN in the first namespace.
  const int wanted = static_cast<int>(bytes);
  if (kernel().setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUFFORCE, &wanted, sizeof wanted) == 0)
    return;
  kernel().setsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &wanted, sizeof wanted);
}

uint32_t Socket::granted_receive_buffer() const noexcept {
  int doubled = 0;
  unsigned size = sizeof doubled;
  if (kernel().getsockopt(fd_.get(), SOL_SOCKET, SO_RCVBUF, &doubled, &size) != 0) return 0;
  return static_cast<uint32_t>(doubled) / 2;  // socket(7): the kernel doubles what it is asked for
}

bool Socket::coalesce_trains() noexcept {
  const int on = 1;
  return kernel().setsockopt(fd_.get(), SOL_UDP, UDP_GRO, &on, sizeof on) == 0;
}

std::optional<uint32_t> Socket::drops() const noexcept {
  std::array<uint32_t, SK_MEMINFO_VARS> meminfo{};
  unsigned size = sizeof meminfo;
  if (kernel().getsockopt(fd_.get(), SOL_SOCKET, SO_MEMINFO, meminfo.data(), &size) != 0)
    return std::nullopt;
  return meminfo[SK_MEMINFO_DROPS];
}

Status Socket::tell_details(uint32_t details) {
  const bool is_ipv4 = family_ == Family::kIpv4;
  // Behind the device's time there is the kernel's, without which a packet might have none.
  if ((details & (kTime | kHardwareTime)) != 0) {
    MC_TRY(set(SOL_SOCKET, SO_TIMESTAMPNS, 1, "cannot ask for receive times (SO_TIMESTAMPNS)"));
  }
  if ((details & kHardwareTime) != 0) {
    MC_TRY(set(SOL_SOCKET, SO_TIMESTAMPING,
               SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE,
               "cannot ask for the device's receive times (SO_TIMESTAMPING)"));
  }
  if ((details & kTtl) != 0) {
    MC_TRY(set(ip_level(), is_ipv4 ? IP_RECVTTL : IPV6_RECVHOPLIMIT, 1, "cannot ask for TTLs"));
  }
  if ((details & kDscp) != 0) {
    MC_TRY(set(ip_level(), is_ipv4 ? IP_RECVTOS : IPV6_RECVTCLASS, 1, "cannot ask for DSCPs"));
  }
  return {};
}

Status Socket::tell_destination() {
  return set(ip_level(), family_ == Family::kIpv4 ? IP_PKTINFO : IPV6_RECVPKTINFO, 1,
             "cannot ask for packet information");
}

void Socket::refuse_multicast() noexcept {
  const int off = 0;
  const int option = family_ == Family::kIpv4 ? IP_MULTICAST_ALL : IPV6_MULTICAST_ALL;
  kernel().setsockopt(fd_.get(), ip_level(), option, &off, sizeof off);
}

int Socket::change_membership(const Membership& membership, int any_source,
                              int one_source) noexcept {
  int outcome = 0;
  Address group = membership.group;
  group.scope = 0;  // the interface index says it
  if (membership.source) {
    group_source_req request{};
    request.gsr_interface = membership.interface_index;
    request.gsr_group = storage_of(group);
    request.gsr_source = storage_of(*membership.source);
    outcome = kernel().setsockopt(fd_.get(), ip_level(), one_source, &request, sizeof request);
  } else {
    group_req request{};
    request.gr_interface = membership.interface_index;
    request.gr_group = storage_of(group);
    outcome = kernel().setsockopt(fd_.get(), ip_level(), any_source, &request, sizeof request);
  }
  return outcome == 0 ? 0 : errno;
}

int Socket::join(const Membership& membership) noexcept {
  return change_membership(membership, MCAST_JOIN_GROUP, MCAST_JOIN_SOURCE_GROUP);
}

int Socket::leave(const Membership& membership) noexcept {
  return change_membership(membership, MCAST_LEAVE_GROUP, MCAST_LEAVE_SOURCE_GROUP);
}

int Socket::block(const Membership& membership) noexcept {
  return change_membership(membership, 0, MCAST_BLOCK_SOURCE);
}

int Socket::unblock(const Membership& membership) noexcept {
  return change_membership(membership, 0, MCAST_UNBLOCK_SOURCE);
}

Status Socket::set_outgoing_interface(uint32_t index, const Address& from) {
  const int number = static_cast<int>(index);
  constexpr std::string_view kTried = "cannot choose the outgoing interface";
  if (family_ == Family::kIpv6) return set(IPPROTO_IPV6, IPV6_MULTICAST_IF, number, kTried);
  ip_mreqn request{};
  request.imr_ifindex = number;
  std::memcpy(&request.imr_address, from.bytes.data(), sizeof request.imr_address);
  return set(IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof request, kTried);
}

Status Socket::set_ttl(int ttl) {
  if (ttl < 0 || ttl > 255) {
    return Status(kErrorTtl,
                  cat("TTL ", ttl, " is not 0 to 255; 1 stays on the link, 255 is unrestricted"));
  }
  const int option = family_ == Family::kIpv4 ? IP_MULTICAST_TTL : IPV6_MULTICAST_HOPS;
  return set(ip_level(), option, ttl, cat("cannot set the TTL to ", ttl));
}

Status Socket::set_unicast_ttl(int ttl) {
  const int option = family_ == Family::kIpv4 ? IP_TTL : IPV6_UNICAST_HOPS;
  return set(ip_level(), option, std::max(ttl, 1), cat("cannot set the TTL to ", ttl));
}

Status Socket::set_dscp(int dscp) {
  if (dscp < 0 || dscp > 63) {
    return Status(kErrorDscp, cat("DSCP ", dscp,
                                  " is not 0 to 63; 0 is best effort, 46 expedited forwarding "
                                  "(a traffic class or TOS is 4 times the DSCP)"));
  }
  const int option = family_ == Family::kIpv4 ? IP_TOS : IPV6_TCLASS;
  return set(ip_level(), option, dscp << 2, cat("cannot set the DSCP to ", dscp));
}

Status Socket::set_loopback(bool on) {
  const int option = family_ == Family::kIpv4 ? IP_MULTICAST_LOOP : IPV6_MULTICAST_LOOP;
  return set(ip_level(), option, on ? 1 : 0, "cannot switch the loopback of multicast");
}

}  // namespace mc::net
