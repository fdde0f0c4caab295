#include "net/own_port.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <new>
#include <vector>

#include "base/clock.h"
#include "base/per_thread.h"
#include "net/lookup.h"

namespace mc::net {
namespace {

using Ports = std::array<std::atomic<uint32_t>, 65536>;

// How many sockets send from each port, IPv4 and IPv6. Pages of ports that nobody uses are never
// touched.
std::array<Ports, 2> senders_of_port;
std::atomic<uint32_t> generation_of_senders{0};

// In a forked child they are the parent's; the first to look forgets them.
std::atomic<uint32_t>& senders_of(const Address& source) noexcept {
  const uint32_t now = fork_generation();
  if (generation_of_senders.load(std::memory_order_relaxed) != now) {
    generation_of_senders.store(now, std::memory_order_relaxed);
    for (Ports& ports : senders_of_port) {
      for (std::atomic<uint32_t>& each : ports) each.store(0, std::memory_order_relaxed);
    }
  }
  return senders_of_port[source.is_ipv4() ? 0 : 1][source.port];
}

constexpr int64_t kFreshNs = 1'000'000'000;

// The addresses of the thread's network namespace.
class LocalAddresses {
 public:
  bool contain(const Address& wanted) {
    const int64_t now = coarse_monotonic_ns();
    if (looked_up_ns_ == 0 || now - looked_up_ns_ > kFreshNs) look_up(now);
    return std::any_of(addresses_.begin(), addresses_.end(),
                       [&](const Address& each) { return each.same_host(wanted); });
  }

 private:
  void look_up(int64_t now) {
    looked_up_ns_ = now;
    Result<std::vector<Interface>> interfaces = list_interfaces();
    if (!interfaces.ok()) return;  // then those of before
    addresses_.clear();
    for (const Interface& each : *interfaces)
      addresses_.insert(addresses_.end(), each.addresses.begin(), each.addresses.end());
  }

  std::vector<Address> addresses_;
  int64_t looked_up_ns_ = 0;
};

bool is_local(const Address& source) {
  if (LocalAddresses* const kept = PerThread<LocalAddresses>::get()) return kept->contain(source);
  return LocalAddresses().contain(source);
}

}  // namespace

OwnPort::OwnPort(const Address& source) noexcept : senders_(&senders_of(source)) {
  senders_->fetch_add(1, std::memory_order_relaxed);
}

OwnPort::~OwnPort() {
  if (senders_ != nullptr && !birthplace_.is_elsewhere())
    senders_->fetch_sub(1, std::memory_order_relaxed);
}

bool is_own(const Address& source) noexcept {
  if (senders_of(source).load(std::memory_order_relaxed) == 0) return false;
  try {
    return is_local(source);
  } catch (const std::bad_alloc&) {
    return false;
  }
}

}  // namespace mc::net
