#include "candidates/sockets.h"

#include <linux/sock_diag.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

#include "candidates/trains.h"

#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29
#endif

namespace bench {
namespace {

void set(const lab::Fd& socket, int level, int option, int value, const char* name) {
  if (::setsockopt(socket.get(), level, option, &value, sizeof value) != 0) lab::fail(name);
}

lab::Fd open_socket(int family) {
  lab::Fd socket{::socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket) lab::fail("socket");
  return socket;
}

int ip_level(const Target& target) {
  return target.family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
}

int index_of(const Target& target) {
  return static_cast<int>(::if_nametoindex(target.interface.c_str()));
}

void ask_receive_buffer(const lab::Fd& socket) {
  const int bytes = kReceiveBuffer;
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) == 0) return;
  set(socket, SOL_SOCKET, SO_RCVBUF, bytes, "SO_RCVBUF");
}

void prepare(const lab::Fd& socket, const Target& target, bool share_wholly) {
  set(socket, SOL_SOCKET, SO_REUSEADDR, 1, "SO_REUSEADDR");
  if (share_wholly) set(socket, SOL_SOCKET, SO_REUSEPORT, 1, "SO_REUSEPORT");
  set(socket, SOL_SOCKET, SO_BINDTOIFINDEX, index_of(target), "SO_BINDTOIFINDEX");
  ask_receive_buffer(socket);
}

}  // namespace

lab::Fd open_data_socket(const Target& target, const KernelAddress& group, bool share_wholly) {
  lab::Fd socket = open_socket(target.family);
  prepare(socket, target, share_wholly);
  if (::bind(socket.get(), group.get(), group.size) != 0) lab::fail("bind to a group");
  return socket;
}

lab::Fd open_mapped_data_socket(const Target& target, const KernelAddress& group) {
  lab::Fd socket = open_socket(AF_INET6);
  set(socket, IPPROTO_IPV6, IPV6_V6ONLY, 0, "IPV6_V6ONLY");
  set(socket, IPPROTO_IP, IP_MULTICAST_ALL, 1, "IP_MULTICAST_ALL");
  prepare(socket, target, true);
  sockaddr_in plain{};
  std::memcpy(&plain, &group.storage, sizeof plain);
  sockaddr_in6 mapped{};
  mapped.sin6_family = AF_INET6;
  mapped.sin6_port = plain.sin_port;
  mapped.sin6_addr.s6_addr[10] = mapped.sin6_addr.s6_addr[11] = 0xff;
  std::memcpy(&mapped.sin6_addr.s6_addr[12], &plain.sin_addr, sizeof plain.sin_addr);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&mapped), sizeof mapped) != 0)
    lab::fail("bind to a mapped group");
  return socket;
}

void take_trains(const lab::Fd& socket) {
  set(socket, kUdpLevel, kUdpGro, 1, "UDP_GRO");
}

lab::Fd open_holder_socket(const Target& target) {
  return open_socket(target.family);
}

void join(const lab::Fd& socket, const Target& target, const KernelAddress& group) {
  group_req request{};
  request.gr_interface = static_cast<uint32_t>(index_of(target));
  request.gr_group = group.storage;
  if (::setsockopt(socket.get(), ip_level(target), MCAST_JOIN_GROUP, &request, sizeof request) != 0)
    lab::fail("join a group");
}

void hear_own_groups_only(const lab::Fd& socket, const Target& target) {
  const int option = target.family == AF_INET ? IP_MULTICAST_ALL : IPV6_MULTICAST_ALL;
  set(socket, ip_level(target), option, 0, "MULTICAST_ALL");
}

lab::Fd open_sending_socket(const Target& target, bool loops) {
  lab::Fd socket = open_socket(target.family);
  if (target.family == AF_INET6) {
    set(socket, IPPROTO_IPV6, IPV6_MULTICAST_IF, index_of(target), "IPV6_MULTICAST_IF");
    set(socket, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, loops ? 1 : 0, "IPV6_MULTICAST_LOOP");
    return socket;
  }
  ip_mreqn request{};
  request.imr_ifindex = index_of(target);
  if (::setsockopt(socket.get(), IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof request) != 0)
    lab::fail("IP_MULTICAST_IF");
  set(socket, IPPROTO_IP, IP_MULTICAST_LOOP, loops ? 1 : 0, "IP_MULTICAST_LOOP");
  return socket;
}

uint32_t drops_of(int fd) {
  std::array<uint32_t, SK_MEMINFO_VARS> meminfo{};
  socklen_t size = sizeof meminfo;
  if (::getsockopt(fd, SOL_SOCKET, SO_MEMINFO, meminfo.data(), &size) != 0) lab::fail("SO_MEMINFO");
  return meminfo[SK_MEMINFO_DROPS];
}

int granted_receive_buffer(const Target& target) {
  const lab::Fd socket = open_socket(target.family);
  ask_receive_buffer(socket);
  int bytes = 0;
  socklen_t size = sizeof bytes;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &bytes, &size) != 0) lab::fail("SO_RCVBUF");
  return bytes;
}

}  // namespace bench
