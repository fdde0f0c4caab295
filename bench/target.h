// What is sent and received in a row of the table: which groups, which size.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace bench {

/// The feeder sends from this port; receivers check it.
inline constexpr uint16_t kFeederPort = 7070;
inline constexpr uint16_t kPort = 7077;
/// What every receiver asks for; the library asks for as much by itself.
inline constexpr int kReceiveBuffer = 4 << 20;

struct Target {
  int family = AF_INET;
  size_t size = 64;        ///< Bytes of each packet; the first eight are its sequence number.
  unsigned groups = 1;     ///< Consecutive addresses.
  unsigned listeners = 1;  ///< On each group.
  std::string interface;   ///< Of the side that looks at it.
};

/// An address as the kernel takes it.
struct KernelAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

/// The n-th group with its port.
KernelAddress group_address(const Target& target, unsigned n);
/// The n-th group as the library takes it: "239.77.0.1%a0".
std::string group_text(const Target& target, unsigned n);
/// Any address of the family, with a port: for binding.
KernelAddress any_address(int family, uint16_t port);
/// The port in what the kernel wrote; it is at the same place in both families.
uint16_t port_of(const void* kernel_address);

}  // namespace bench
