#include "target.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cstring>

namespace bench {
namespace {

in_addr ipv4_group(unsigned n) {
  return {htonl(0xef4d0001U + n)};  // 239.77.0.1
}

in6_addr ipv6_group(unsigned n) {
  in6_addr group{};
  group.s6_addr[0] = 0xff;
  group.s6_addr[1] = 0x15;
  group.s6_addr[12] = 0x77;
  group.s6_addr[14] = static_cast<uint8_t>((n + 1) >> 8);
  group.s6_addr[15] = static_cast<uint8_t>(n + 1);
  return group;
}

KernelAddress pack(const in_addr& address, uint16_t port) {
  sockaddr_in plain{};
  plain.sin_family = AF_INET;
  plain.sin_port = htons(port);
  plain.sin_addr = address;
  KernelAddress result;
  result.size = sizeof plain;
  std::memcpy(&result.storage, &plain, sizeof plain);
  return result;
}

KernelAddress pack(const in6_addr& address, uint16_t port) {
  sockaddr_in6 plain{};
  plain.sin6_family = AF_INET6;
  plain.sin6_port = htons(port);
  plain.sin6_addr = address;
  KernelAddress result;
  result.size = sizeof plain;
  std::memcpy(&result.storage, &plain, sizeof plain);
  return result;
}

}  // namespace

KernelAddress group_address(const Target& target, unsigned n) {
  return target.family == AF_INET ? pack(ipv4_group(n), kPort) : pack(ipv6_group(n), kPort);
}

std::string group_text(const Target& target, unsigned n) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (target.family == AF_INET) {
    const in_addr group = ipv4_group(n);
    ::inet_ntop(AF_INET, &group, text.data(), text.size());
  } else {
    const in6_addr group = ipv6_group(n);
    ::inet_ntop(AF_INET6, &group, text.data(), text.size());
  }
  return std::string(text.data()) + "%" + target.interface;
}

KernelAddress any_address(int family, uint16_t port) {
  return family == AF_INET ? pack(in_addr{}, port) : pack(in6_addr{}, port);
}

uint16_t port_of(const void* kernel_address) {
  static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));
  uint16_t port = 0;
  std::memcpy(&port, static_cast<const char*>(kernel_address) + offsetof(sockaddr_in, sin_port),
              sizeof port);
  return ntohs(port);
}

}  // namespace bench
