// Raw sockets for the proofs of kernel behaviour: nothing here but system calls that throw.
#pragma once

#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lab.hpp"

namespace raw {

using lab::Fd;
using lab::in;
using lab::kPatience;
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

inline constexpr uint16_t kPort = 4500;

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }
  int level() const { return family() == AF_INET ? IPPROTO_IP : IPPROTO_IPV6; }
};

Address address(const std::string& text, uint16_t port = kPort, unsigned scope = 0);

// Sockets are made in the namespace of the calling thread.
Fd udp(int family);
void set(const Fd& fd, int level, int option, int value);
int try_set(const Fd& fd, int level, int option, int value);  // Zero or errno.
void bind(const Fd& fd, const Address& to);

struct Reuse {
  bool address = true;
  bool port = true;
};
enum class Layout {
  kLibrary,  ///< For IPv4 an AF_INET6 socket that carries IPv4.
  kPlain,    ///< For IPv4 an IPv4 socket.
};
/// The layout of the library: bound to its interface, then to its group, without a membership.
Fd data_socket(const Address& group, unsigned interface, Reuse reuse = {},
               Layout layout = Layout::kLibrary);

// Memberships; zero or errno.
int join(const Fd& fd, const Address& group, unsigned interface);
int leave(const Fd& fd, const Address& group, unsigned interface);
int join_source(const Fd& fd, const Address& group, const Address& source, unsigned interface);
/// Of a group that the socket has joined for any source.
int block(const Fd& fd, const Address& group, const Address& source, unsigned interface);
int unblock(const Fd& fd, const Address& group, const Address& source, unsigned interface);
/// Whether the socket takes packets of groups that others have joined (IP_MULTICAST_ALL).
void take_all(const Fd& fd, int family, bool on);

/// A sending socket; `source` binds it to that address.
Fd sender(int family, unsigned interface, const std::string& source = {});
/// Zero or errno.
int send(const Fd& fd, const Address& to, const std::string& payload);

struct Message {
  std::string data;
  int flags = 0;
  std::optional<int> segment_size;   // UDP_GRO
  std::optional<uint32_t> overflow;  // SO_RXQ_OVFL
};
/// What is queued now, or nothing.
std::optional<Message> receive(const Fd& fd, size_t buffer = 65536, bool with_control = true);
std::vector<std::string> receive_all(const Fd& fd);
/// The packets that the socket has lost since it was made (SO_MEMINFO).
uint32_t drops(const Fd& fd);

/// The hosts and links that the tests share: making and ending namespaces takes up to a second.
struct Topology {
  Topology();
  lab::Host sender{"sender"};
  lab::Host receiver{"receiver"};
};

/// Moves the calling thread off the processor of the topology, to one other if there is one: what it
/// sends stays in order, and comes while the others do something.
void send_from_another_processor();

/// Two hosts joined by two links, eth0 and eth1 on either side; sender .1 and receiver .2
/// of 10.1.0.0 and 10.2.0.0. The parameter is the family.
class TwoLinks : public testing::TestWithParam<int> {
 protected:
  TwoLinks();

  bool ipv4() const { return GetParam() == AF_INET; }
  /// The n-th group, of a scope that is not link-local.
  Address group(unsigned n, uint16_t port = kPort) const;
  Address link_local_group(unsigned interface) const;
  /// An address of network 10.<link>.0.0 or its IPv6 companion.
  std::string unicast(unsigned link, unsigned n) const;

  Fd holder() const;
  Fd data(const Address& group, const std::string& interface, Reuse reuse = {},
          Layout layout = Layout::kLibrary) const;
  Fd out(const std::string& interface, const std::string& source = {}) const;
  unsigned there(const std::string& interface) const { return receiver_.index_of(interface); }
  unsigned here(const std::string& interface) const { return sender_.index_of(interface); }
  /// Returns when everything sent so far has reached the receiver's sockets: sends a marker after
  /// it over each link and waits for it.
  void settle();
  /// How many datagrams wait in the socket once everything sent has arrived.
  size_t arrived(const Fd& fd);

  /// For tests that break the links: the next test gets new ones.
  static void renew_topology();

  lab::Host& sender_;
  lab::Host& receiver_;

 private:
  static std::optional<Topology>& topology();
  void mark(unsigned link);
};

inline std::string family_name(const testing::TestParamInfo<int>& test) {
  return test.param == AF_INET ? "IPv4" : "IPv6";
}

}  // namespace raw

#define IN_BOTH_FAMILIES(suite) \
  INSTANTIATE_TEST_SUITE_P(Family, suite, testing::Values(AF_INET, AF_INET6), raw::family_name)
