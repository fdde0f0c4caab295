// Internal header: an IPv4 or IPv6 address with a port, as a value.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/status.h"

struct sockaddr;

namespace mc::net {

// The numbers are those of AF_INET and AF_INET6; address.cpp asserts it.
enum class Family : uint16_t { kNone = 0, kIpv4 = 2, kIpv6 = 10 };

// Laid out as the public mc_address, frozen for ever. An IPv4 address fills the first 4 bytes.
struct Address {
  Family family = Family::kNone;
  uint16_t port = 0;                // host byte order
  std::array<uint8_t, 16> bytes{};  // network byte order
  uint32_t scope = 0;               // IPv6 link-local: the interface index
  uint32_t flow = 0;                // IPv6: the flow label

  auto operator<=>(const Address&) const = default;
  bool operator==(const Address& other) const noexcept {  // at once: the path of each packet has it
    static_assert(std::has_unique_object_representations_v<Address>);
    return std::memcmp(this, &other, sizeof other) == 0;
  }

  bool is_ipv4() const noexcept { return family == Family::kIpv4; }
  bool is_multicast() const noexcept {
    return is_ipv4() ? (bytes[0] & 0xf0) == 0xe0 : bytes[0] == 0xff;
  }
  bool is_mapped() const noexcept {  // IPv4 within IPv6 (RFC 4291, section 2.5.5.2)
    static constexpr std::array<uint8_t, 12> kPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return !is_ipv4() && std::equal(kPrefix.begin(), kPrefix.end(), bytes.begin());
  }
  bool is_unspecified() const noexcept {
    return std::all_of(bytes.begin(), bytes.begin() + (is_ipv4() ? 4 : 16),
                       [](uint8_t byte) { return byte == 0; });
  }
  bool is_broadcast() const noexcept {  // of all networks; IPv6 has none
    return is_ipv4() &&
           std::all_of(bytes.begin(), bytes.begin() + 4, [](uint8_t byte) { return byte == 255; });
  }
  // An IPv6 group that means something only on one link or one host (RFC 4291, section 2.7).
  bool needs_scope() const noexcept {
    if (is_ipv4()) return false;
    if (is_multicast()) return (bytes[1] & 0x0f) <= 2;
    return bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
  }
  // The same host: port, scope and flow label left aside.
  bool same_host(const Address& other) const noexcept {
    return family == other.family && bytes == other.bytes;
  }

  // "239.1.2.3", "ff02::1%3"; with the port "239.1.2.3:4242", "[ff02::1%3]:4242".
  std::string text() const;
  std::string text_with_port() const;
};

// The address that `text` writes, without port or scope. IPv4-mapped IPv6 addresses are refused.
Result<Address> parse_address(std::string_view text);

// That it is the address of one host, with a port: what can be sent to. The kernel takes others for
// something else: it would send what is meant for 0.0.0.0 to this host.
Status check_host(const Address& address);

// An Address as the kernel takes it, made once and used for many calls.
struct SocketAddress {
  alignas(8) std::array<std::byte, 28> storage{};
  unsigned size = 0;

  SocketAddress() = default;
  explicit SocketAddress(const Address& address) noexcept;
  // An IPv4 address as an AF_INET6 socket takes it (RFC 4291, section 2.5.5.2).
  static SocketAddress mapped(const Address& address) noexcept;
  const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(storage.data()); }
};

// Reads what the kernel wrote; kNone for a family that is not ours. An IPv4 address that an
// AF_INET6 socket shows mapped is the IPv4 address.
void read_address(const void* kernel_address, Address& address) noexcept;

}  // namespace mc::net
