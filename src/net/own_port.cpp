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
// Pages of ports that nobody uses are never touched.
struct OwnPort::Senders {
  std::atomic<uint32_t> count{0};   // of sockets
  std::atomic<int64_t> last_ns{0};  // when the latest of them that is gone went; 0: none is
};

// In a forked child they are the parent's; the first to look forgets them.
OwnPort::Senders& OwnPort::of(const Address& source) noexcept {
  using Ports = std::array<Senders, 65536>;
  static std::array<Ports, 2> senders_of_port;  // IPv4 and IPv6
  static std::atomic<uint32_t> generation{0};
  const uint32_t now = fork_generation();
  if (generation.load(std::memory_order_relaxed) != now) {
    generation.store(now, std::memory_order_relaxed);
    for (Ports& ports : senders_of_port) {
      for (Senders& each : ports) {
        if (each.count.load(std::memory_order_relaxed) != 0)
          each.count.store(0, std::memory_order_relaxed);
        if (each.last_ns.load(std::memory_order_relaxed) != 0)
          each.last_ns.store(0, std::memory_order_relaxed);
      }
    }
  }
  return senders_of_port[source.is_ipv4() ? 0 : 1][source.port];
}

namespace {

constexpr int64_t kFreshNs = 1'000'000'000;
// How long a packet may be on its way to a socket of this host.
constexpr int64_t kUnderWayNs = 100'000'000;
// A port is another's, after so long, though a packet may have waited longer.
constexpr int64_t kForgottenNs = 60'000'000'000;

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

OwnPort::OwnPort(const Address& source) noexcept : senders_(&of(source)) {
  senders_->count.fetch_add(1, std::memory_order_relaxed);
}

OwnPort::~OwnPort() {
  if (senders_ == nullptr || birthplace_.is_elsewhere()) return;
  senders_->last_ns.store(coarse_monotonic_ns(), std::memory_order_relaxed);
  senders_->count.fetch_sub(1, std::memory_order_release);  // and its time is there
}

bool is_own(const Address& source, int64_t since_ns) noexcept {
  const OwnPort::Senders& senders = OwnPort::of(source);
  if (senders.count.load(std::memory_order_acquire) == 0) {
    const int64_t last_ns = senders.last_ns.load(std::memory_order_relaxed);
    if (last_ns == 0) return false;
    const int64_t earliest_ns =
        std::max(since_ns - kUnderWayNs, coarse_monotonic_ns() - kForgottenNs);
    if (last_ns < earliest_ns) return false;
  }
  try {
    return is_local(source);
  } catch (const std::bad_alloc&) {
    return false;
  }
}

}  // namespace mc::net
