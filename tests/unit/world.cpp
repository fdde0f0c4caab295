#include "world.h"

#include <dirent.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <stdexcept>

#include "files.h"
#include "wait.h"

namespace mc::test {
namespace {

net::Address numbered(const char* ipv4, const char* ipv6, net::Family family, unsigned number) {
  net::Address made = address(family == net::Family::kIpv4 ? ipv4 : ipv6);
  const size_t end = family == net::Family::kIpv4 ? 4 : 16;
  made.bytes[end - 2] = static_cast<uint8_t>(number >> 8);
  made.bytes[end - 1] = static_cast<uint8_t>(number);
  return made;
}

// An address that /proc writes as hexadecimal digits: IPv4 in the order of the wire, or as the
// number that a little-endian machine makes of it.
net::Address from_hex(const std::string& digits, bool reversed = false) {
  net::Address made;
  made.family = digits.size() == 8 ? net::Family::kIpv4 : net::Family::kIpv6;
  const size_t size = digits.size() / 2;
  for (size_t i = 0; i < size; ++i) {
    made.bytes[reversed ? size - 1 - i : i] =
        static_cast<uint8_t>(std::stoul(digits.substr(2 * i, 2), nullptr, 16));
  }
  return made;
}

bool is_ours(const net::Address& group) {
  const net::Address ours = group_address(group.family, 0);
  return group.bytes[0] == ours.bytes[0] && group.bytes[1] == ours.bytes[1];
}

std::istringstream proc(const std::string& name) {
  return std::istringstream(lab::read_file("/proc/thread-self/net/" + name));
}

void read_groups(KernelMemberships& found) {
  std::istringstream ipv4 = proc("igmp");
  bool is_lo = false;
  for (std::string line; std::getline(ipv4, line);) {
    std::istringstream words(line);
    std::string first;
    unsigned users = 0;
    words >> first >> users;
    if (line[0] != '\t') {
      is_lo = first == std::to_string(kLo);
    } else if (is_lo && is_ours(from_hex(first, true))) {
      found.groups[from_hex(first, true)] = users;
    }
  }
  std::istringstream ipv6 = proc("igmp6");
  for (std::string line; std::getline(ipv6, line);) {
    std::istringstream words(line);
    std::string index, device, group;
    unsigned users = 0;
    words >> index >> device >> group >> users;
    if (device == "lo" && is_ours(from_hex(group))) found.groups[from_hex(group)] = users;
  }
}

void read_sources(const std::string& name, size_t prefix, KernelMemberships& found) {
  std::istringstream lines = proc(name);
  std::string line;
  std::getline(lines, line);  // the heading
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string index, device, group, source;
    unsigned included = 0, excluded = 0;
    words >> index >> device >> group >> source >> included >> excluded;
    if (device != "lo" || !is_ours(from_hex(group.substr(prefix)))) continue;
    const std::pair about{from_hex(group.substr(prefix)), from_hex(source.substr(prefix))};
    if (included > 0) found.sources[about] = included;
    if (excluded > 0) found.blocked[about] = excluded;
  }
}

// A socket that has joined one source of the group on lo, whatever becomes of the library's calls.
lab::Fd sentinel(const char* group) {
  const net::SocketAddress to(address(group));
  const net::SocketAddress from(host_address(address(group).family, 1));
  const bool ipv4 = address(group).is_ipv4();
  group_source_req request{};
  request.gsr_interface = kLo;
  std::memcpy(&request.gsr_group, to.get(), to.size);
  std::memcpy(&request.gsr_source, from.get(), from.size);
  lab::Fd socket(::socket(ipv4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (::setsockopt(socket.get(), ipv4 ? IPPROTO_IP : IPPROTO_IPV6, MCAST_JOIN_SOURCE_GROUP,
                   &request, sizeof request) != 0) {
    lab::fail("cannot join the sentinel");
  }
  return socket;
}

}  // namespace

size_t open_descriptors() {
  size_t count = 0;
  DIR* directory = ::opendir("/proc/self/fd");
  while (::readdir(directory) != nullptr) ++count;
  ::closedir(directory);
  return count - 3;  // itself, "." and ".."
}

net::Address address(const std::string& text, uint16_t port) {
  Result<net::Address> parsed = net::parse_address(text);
  if (!parsed.ok()) throw std::invalid_argument(parsed.status().sentence());
  parsed->port = port;
  return *parsed;
}

net::Address group_address(net::Family family, unsigned number) {
  return numbered("239.77.0.0", "ff15::", family, number);
}

net::Address host_address(net::Family family, unsigned number) {
  return numbered("10.1.0.0", "fd00::", family, number);
}

net::Endpoint endpoint_on_lo(net::Family family, unsigned number, uint16_t port) {
  net::Address group = group_address(family, number);
  group.port = port;
  return {group, std::nullopt, kLo, "lo"};
}

KernelMemberships kernel_memberships() {
  // The kernel lists the sources of an interface only if the group that was joined last has some.
  const lab::Fd ipv4 = sentinel("232.1.1.1");
  const lab::Fd ipv6 = sentinel("ff35::1");
  KernelMemberships found;
  read_groups(found);
  read_sources("mcfilter", 2, found);  // 0x…
  read_sources("mcfilter6", 0, found);
  return found;
}

Result<net::Interface> default_interface(const net::Address& group) {
  Result<net::Lookup> lookup = net::Lookup::now();
  if (!lookup.ok()) return std::move(lookup).status();
  return lookup->default_for(group);
}

std::unique_ptr<Poller> make_poller() {
  Result<std::unique_ptr<Poller>> poller = Poller::create();
  if (!poller.ok()) throw std::runtime_error(poller.status().sentence());
  // As one that has opened something: it watches the links, on descriptors of its own.
  const Result<Links::Known> known = (*poller)->links().look_up();
  if (!known.ok()) throw std::runtime_error(known.status().sentence());
  return std::move(*poller);
}

bool poll_until(Poller& poller, const std::function<bool()>& condition) {
  using namespace std::chrono_literals;
  const lab::Deadline deadline = lab::in(lab::kPatience);
  while (!condition()) {
    if (lab::milliseconds_left(deadline) == 0) return false;
    if (!poller.poll(0.1).ok()) return false;
  }
  return true;
}

namespace {

net::Socket outside_socket(net::Family family) {
  Result<net::Socket> socket = net::Socket::create(family, true);
  if (!socket.ok()) throw std::runtime_error(socket.status().sentence());
  const ip_mreqn ipv4{{}, {htonl(INADDR_LOOPBACK)}, kLo};
  const int ipv6 = kLo;
  const int refused =
      family == net::Family::kIpv4
          ? ::setsockopt(socket->fd(), IPPROTO_IP, IP_MULTICAST_IF, &ipv4, sizeof ipv4)
          : ::setsockopt(socket->fd(), IPPROTO_IPV6, IPV6_MULTICAST_IF, &ipv6, sizeof ipv6);
  if (refused != 0) throw std::runtime_error("lo is no outgoing interface");
  return std::move(*socket);
}

}  // namespace

Outsider::Outsider(net::Family family) : socket_(outside_socket(family)) {}

int Outsider::send(const net::Address& to, const std::string& data, uint16_t segment) {
  const int segment_size = segment;
  constexpr int kSegment = 103;  // UDP_SEGMENT
  if (::setsockopt(socket_.fd(), SOL_UDP, kSegment, &segment_size, sizeof segment_size) != 0) {
    return errno;
  }
  const net::SocketAddress kernel_address(to);
  const ssize_t sent = ::sendto(socket_.fd(), data.data(), data.size(), 0, kernel_address.get(),
                                kernel_address.size);
  return sent < 0 ? errno : 0;
}

}  // namespace mc::test
