// The library in a test's hands: owning wrappers over the handles of the C interface, and the place
// where the tests use it.
#pragma once

#include <multicast/multicast.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "raw.h"

namespace peer {

using lab::in;
using lab::kPatience;
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

/// Throws the library's sentence when `result` is a failure; returns it otherwise.
int check(int result);

template <typename Handle, void (*free)(Handle*)>
struct Free {
  void operator()(Handle* handle) const { free(handle); }
};

class Poller {
 public:
  Poller();
  mc_poller* get() const { return handle_.get(); }
  mc_stats stats() const;
  /// Serves what is ready now until nothing is. Not for sources that never run dry.
  void drain() const;
  /// Serves until the predicate holds; false when the deadline passed first.
  bool serve_until(const std::function<bool()>& predicate, lab::Deadline deadline) const;

 private:
  std::unique_ptr<mc_poller, Free<mc_poller, mc_poller_free>> handle_;
};

struct Packet {
  std::string data;
  size_t wire_size = 0;
  uint32_t flags = 0;
};

/// Keeps what it is given. It stays where it is, since the library knows its address.
class Listener {
 public:
  /// Closed, with groups as text (convention 9 of the header).
  Listener(const Poller& poller, const std::vector<std::string>& groups);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  mc_listener* get() const { return handle_.get(); }
  void open() const { check(mc_listener_open(get())); }
  void close() const { check(mc_listener_close(get())); }
  /// Only packets that match the regular expression from their first byte on.
  void filter(const std::string& expression) const;
  mc_stats stats() const;

  /// What was delivered, in order.
  std::vector<Packet> packets;
  /// The data of it; the second forgets it.
  std::vector<std::string> texts() const;
  std::vector<std::string> take_texts();
  /// Called for each packet instead of keeping it.
  std::function<int(const mc_packet&)> on_packet;

 private:
  static int handle(const mc_packet* packet, void* user);

  std::unique_ptr<mc_listener, Free<mc_listener, mc_listener_free>> handle_;
};

/// How many descriptors this process has open.
size_t open_descriptors();

/// The payload of the n-th datagram: the number in eight digits, then filled up to `size` bytes.
std::string numbered(size_t n, size_t size = 8);
/// The payloads of the numbers in [first, first + count).
std::vector<std::string> numbered_run(size_t first, size_t count);

/// How many sockets include and exclude each source, which is written as the kernel does.
using KernelLists = std::map<std::string, std::pair<unsigned, unsigned>>;

/// Two hosts and two links, as raw::TwoLinks; the test runs on the receiver. The sender has two
/// addresses on each link.
class Links : public raw::TwoLinks {
 protected:
  Links();

  static constexpr unsigned kSources = 2;

  /// The address of a source on a link: both counted from zero.
  std::string source(unsigned number, unsigned link) const;
  /// The n-th group, as text, of any number up to 65,535.
  std::string group_text(unsigned n) const;
  /// The same on the receiver's interface of the link.
  std::string on(unsigned n, unsigned link) const { return group_text(n) + "%" + interface(link); }
  raw::Address to(unsigned n) const { return raw::address(group_text(n)); }
  static std::string interface(unsigned link) { return "eth" + std::to_string(link); }
  /// A socket on the sender, bound to the source's address.
  lab::Fd source_socket(unsigned number, unsigned link) const {
    return out(interface(link), source(number, link));
  }
  /// Joins for the host, with a socket that takes no datagram of the tests' port.
  lab::Fd join_for_host(unsigned n, unsigned link) const;
  /// The sources of the n-th group on the receiver's eth0: /proc/net/mcfilter, mcfilter6.
  KernelLists kernel_lists(unsigned n) const;
  /// An address as it is written there.
  std::string hex(const std::string& text) const;

 private:
  lab::Inside on_receiver_;
};

}  // namespace peer

#define SKIP_WITHOUT(program) \
  if (!lab::is_installed(program)) GTEST_SKIP() << (program) << " is not installed"
