#include "raw.h"

#include <arpa/inet.h>
#include <linux/sock_diag.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif
#ifndef SO_BINDTOIFINDEX
#define SO_BINDTOIFINDEX 62
#endif

namespace raw {

Address address(const std::string& text, uint16_t port, unsigned scope) {
  Address result;
  auto& ipv4 = reinterpret_cast<sockaddr_in&>(result.storage);
  auto& ipv6 = reinterpret_cast<sockaddr_in6&>(result.storage);
  if (::inet_pton(AF_INET, text.c_str(), &ipv4.sin_addr) == 1) {
    ipv4.sin_family = AF_INET;
    ipv4.sin_port = htons(port);
    result.size = sizeof ipv4;
  } else if (::inet_pton(AF_INET6, text.c_str(), &ipv6.sin6_addr) == 1) {
    ipv6.sin6_family = AF_INET6;
    ipv6.sin6_port = htons(port);
    ipv6.sin6_scope_id = scope;
    result.size = sizeof ipv6;
  } else {
    throw std::runtime_error("not an address: " + text);
  }
  return result;
}

// ::ffff:a.b.c.d for a.b.c.d.
Address mapped_of(const Address& ipv4) {
  const auto& from = reinterpret_cast<const sockaddr_in&>(ipv4.storage);
  Address result = address("::ffff:0.0.0.0", ntohs(from.sin_port));
  auto& to = reinterpret_cast<sockaddr_in6&>(result.storage);
  std::memcpy(&to.sin6_addr.s6_addr[12], &from.sin_addr, sizeof from.sin_addr);
  return result;
}

Fd udp(int family) {
  Fd fd{::socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd) lab::fail("socket");
  return fd;
}

int try_set(const Fd& fd, int level, int option, int value) {
  return ::setsockopt(fd.get(), level, option, &value, sizeof value) == 0 ? 0 : errno;
}

void set(const Fd& fd, int level, int option, int value) {
  if (try_set(fd, level, option, value) != 0) lab::fail("setsockopt " + std::to_string(option));
}

void bind(const Fd& fd, const Address& to) {
  if (::bind(fd.get(), to.get(), to.size) != 0) lab::fail("bind");
}

Fd data_socket(const Address& group, unsigned interface, Reuse reuse, Layout layout) {
  const bool mapped = layout == Layout::kLibrary && group.family() == AF_INET;
  Fd fd = udp(mapped ? AF_INET6 : group.family());
  if (mapped) {
    set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    set(fd, IPPROTO_IP, IP_MULTICAST_ALL, 1);  // Off at first on such a socket.
  }
  set(fd, SOL_SOCKET, SO_REUSEADDR, reuse.address);
  set(fd, SOL_SOCKET, SO_REUSEPORT, reuse.port);
  // Before bind(), so that no packet of another interface is ever queued.
  set(fd, SOL_SOCKET, SO_BINDTOIFINDEX, static_cast<int>(interface));
  bind(fd, mapped ? mapped_of(group) : group);
  return fd;
}

int join(const Fd& fd, const Address& group, unsigned interface) {
  group_req request{};
  request.gr_interface = interface;
  request.gr_group = group.storage;
  return ::setsockopt(fd.get(), group.level(), MCAST_JOIN_GROUP, &request, sizeof request) == 0
             ? 0
             : errno;
}

int leave(const Fd& fd, const Address& group, unsigned interface) {
  group_req request{};
  request.gr_interface = interface;
  request.gr_group = group.storage;
  return ::setsockopt(fd.get(), group.level(), MCAST_LEAVE_GROUP, &request, sizeof request) == 0
             ? 0
             : errno;
}

static int about_source(const Fd& fd, const Address& group, const Address& source,
                        unsigned interface, int option) {
  group_source_req request{};
  request.gsr_interface = interface;
  request.gsr_group = group.storage;
  request.gsr_source = source.storage;
  return ::setsockopt(fd.get(), group.level(), option, &request, sizeof request) == 0 ? 0 : errno;
}

int join_source(const Fd& fd, const Address& group, const Address& source, unsigned interface) {
  return about_source(fd, group, source, interface, MCAST_JOIN_SOURCE_GROUP);
}

int block(const Fd& fd, const Address& group, const Address& source, unsigned interface) {
  return about_source(fd, group, source, interface, MCAST_BLOCK_SOURCE);
}

int unblock(const Fd& fd, const Address& group, const Address& source, unsigned interface) {
  return about_source(fd, group, source, interface, MCAST_UNBLOCK_SOURCE);
}

void take_all(const Fd& fd, int family, bool on) {
  if (family == AF_INET) return set(fd, IPPROTO_IP, IP_MULTICAST_ALL, on);
  set(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, on);
}

Fd sender(int family, unsigned interface, const std::string& source) {
  Fd fd = udp(family);
  if (!source.empty()) bind(fd, address(source, 0));
  if (family == AF_INET) {
    ip_mreqn request{};
    request.imr_ifindex = static_cast<int>(interface);
    if (::setsockopt(fd.get(), IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof request) != 0) {
      lab::fail("IP_MULTICAST_IF");
    }
    set(fd, IPPROTO_IP, IP_MULTICAST_TTL, 2);
  } else {
    set(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, static_cast<int>(interface));
    set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 2);
  }
  return fd;
}

int send(const Fd& fd, const Address& to, const std::string& payload) {
  // A full send buffer empties by itself; the wait for it is bounded.
  for (int attempt = 0; attempt < 1000; ++attempt) {
    const ssize_t sent = ::sendto(fd.get(), payload.data(), payload.size(), 0, to.get(), to.size);
    if (sent >= 0) return 0;
    if (errno != EAGAIN) return errno;
    pollfd item{fd.get(), POLLOUT, 0};
    ::poll(&item, 1, 10);
  }
  return EAGAIN;
}

std::optional<Message> receive(const Fd& fd, size_t buffer, bool with_control) {
  Message message;
  message.data.resize(buffer);
  alignas(cmsghdr) std::array<char, 256> control;
  iovec block{message.data.data(), buffer};
  msghdr header{};
  header.msg_iov = &block;
  header.msg_iovlen = 1;
  if (with_control) {
    header.msg_control = control.data();
    header.msg_controllen = control.size();
  }
  const ssize_t size = ::recvmsg(fd.get(), &header, MSG_DONTWAIT);
  if (size < 0) return std::nullopt;
  message.data.resize(static_cast<size_t>(size));
  message.flags = header.msg_flags;
  for (cmsghdr* c = CMSG_FIRSTHDR(&header); c != nullptr; c = CMSG_NXTHDR(&header, c)) {
    int value = 0;
    std::memcpy(&value, CMSG_DATA(c), sizeof value);
    if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO) message.segment_size = value;
    if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
      message.overflow = static_cast<uint32_t>(value);
    }
  }
  return message;
}

std::vector<std::string> receive_all(const Fd& fd) {
  std::vector<std::string> all;
  while (const auto message = receive(fd)) all.push_back(message->data);
  return all;
}

uint32_t drops(const Fd& fd) {
  std::array<uint32_t, SK_MEMINFO_VARS> memory{};
  socklen_t size = sizeof memory;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_MEMINFO, memory.data(), &size) != 0) {
    lab::fail("SO_MEMINFO");
  }
  return memory[SK_MEMINFO_DROPS];
}

Topology::Topology() {
  lab::keep_order();
  lab::connect(sender, "eth0", "10.1.0.1/24", receiver, "eth0", "10.1.0.2/24");
  lab::connect(sender, "eth1", "10.2.0.1/24", receiver, "eth1", "10.2.0.2/24");
}

void send_from_another_processor() {
  const int current = ::sched_getcpu();
  for (int other = 0; other < CPU_SETSIZE; ++other) {
    cpu_set_t processors;
    CPU_ZERO(&processors);
    CPU_SET(static_cast<unsigned>(other), &processors);
    if (other != current && ::sched_setaffinity(0, sizeof processors, &processors) == 0) return;
  }
}

std::optional<Topology>& TwoLinks::topology() {
  static std::optional<Topology> shared;
  if (!shared) shared.emplace();
  return shared;
}

void TwoLinks::renew_topology() {
  topology().reset();
}

TwoLinks::TwoLinks() : sender_(topology()->sender), receiver_(topology()->receiver) {}

Address TwoLinks::group(unsigned n, uint16_t port) const {
  return address((ipv4() ? "239.1.0." : "ff15::1:") + std::to_string(n), port);
}

Address TwoLinks::link_local_group(unsigned interface) const {
  return address(ipv4() ? "224.0.0.77" : "ff02::77", kPort, interface);
}

std::string TwoLinks::unicast(unsigned link, unsigned n) const {
  const std::string text = "10." + std::to_string(link) + ".0." + std::to_string(n);
  if (ipv4()) return text;
  const std::string companion = lab::ipv6_of(text);
  return companion.substr(0, companion.find('/'));
}

Fd TwoLinks::holder() const {
  const lab::Inside scope(receiver_);
  return udp(GetParam());
}

Fd TwoLinks::data(const Address& to, const std::string& interface, Reuse reuse,
                  Layout layout) const {
  const unsigned index = there(interface);
  const lab::Inside scope(receiver_);
  return data_socket(to, index, reuse, layout);
}

Fd TwoLinks::out(const std::string& interface, const std::string& source) const {
  const unsigned index = here(interface);
  const lab::Inside scope(sender_);
  return sender(GetParam(), index, source);
}

void TwoLinks::mark(unsigned link) {
  constexpr uint16_t kMarkerPort = 9;
  Fd to, from;
  const Address target = address("10." + std::to_string(link) + ".0.2", kMarkerPort);
  {
    const lab::Inside scope(receiver_);
    to = udp(AF_INET);
    bind(to, target);
  }
  {
    const lab::Inside scope(sender_);
    from = udp(AF_INET);
  }
  if (send(from, target, "marker") != 0) return;  // The link may be gone on purpose.
  if (!lab::wait_readable(to.get(), in(kPatience))) throw std::runtime_error("no marker arrived");
}

void TwoLinks::settle() {
  for (const unsigned link : {1u, 2u}) {
    if (there("eth" + std::to_string(link - 1)) != 0) mark(link);
  }
}

size_t TwoLinks::arrived(const Fd& fd) {
  settle();
  return receive_all(fd).size();
}

}  // namespace raw
