#include "net/own_port.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <new>
#include <vector>

#include "base/clock.h"
#include "net/interface.h"

namespace mc::net {
namespace {

// How many sockets send from each port. Pages of ports that nobody uses are never touched.
std::array<std::atomic<uint32_t>, 65536> senders;

constexpr int64_t kFreshNs = 1'000'000'000;

bool is_local(const Address& source) {
  thread_local std::vector<Address> addresses;
  thread_local int64_t looked_up_ns = 0;
  const int64_t now = coarse_monotonic_ns();
  if (looked_up_ns == 0 || now - looked_up_ns > kFreshNs) {
    looked_up_ns = now;
    Result<std::vector<Interface>> interfaces = list_interfaces();
    if (interfaces.ok()) {  // otherwise those of before
      addresses.clear();
      for (const Interface& each : *interfaces)
        addresses.insert(addresses.end(), each.addresses.begin(), each.addresses.end());
    }
  }
  return std::any_of(addresses.begin(), addresses.end(),
                     [&](const Address& each) { return each.same_host(source); });
}

}  // namespace

OwnPort::OwnPort(uint16_t port) noexcept : port_(port) {
  senders[port_].fetch_add(1, std::memory_order_relaxed);
}

OwnPort::~OwnPort() {
  if (port_ != 0) senders[port_].fetch_sub(1, std::memory_order_relaxed);
}

bool is_own(const Address& source) noexcept {
  if (senders[source.port].load(std::memory_order_relaxed) == 0) return false;
  try {
    return is_local(source);
  } catch (const std::bad_alloc&) {
    return false;
  }
}

}  // namespace mc::net
