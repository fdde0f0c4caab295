#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "base/text.h"

namespace mc::net {

static_assert(static_cast<int>(Family::kIpv4) == AF_INET);
static_assert(static_cast<int>(Family::kIpv6) == AF_INET6);
static_assert(sizeof(SocketAddress::storage) >= sizeof(sockaddr_in6));
static_assert(offsetof(sockaddr_in, sin_port) == offsetof(sockaddr_in6, sin6_port));

namespace {

constexpr std::array<uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_ipv4_mapped(const Address& address) {
  return !address.is_ipv4() &&
         std::memcmp(address.bytes.data(), kMappedPrefix.data(), kMappedPrefix.size()) == 0;
}

}  // namespace

std::string Address::text() const {
  char buffer[INET6_ADDRSTRLEN] = "";
  if (family == Family::kNone ||
      inet_ntop(static_cast<int>(family), bytes.data(), buffer, sizeof buffer) == nullptr) {
    return "no address";
  }
  return scope != 0 ? cat(buffer, "%", scope) : std::string(buffer);
}

std::string Address::text_with_port() const {
  return is_ipv4() ? cat(text(), ":", port) : cat("[", text(), "]:", port);
}

Result<Address> parse_address(std::string_view text) {
  Address address;
  std::string terminated(text);
  if (inet_pton(AF_INET, terminated.c_str(), address.bytes.data()) == 1) {
    address.family = Family::kIpv4;
  } else if (inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) == 1) {
    address.family = Family::kIpv6;
  } else {
    return Status(
        kErrorAddress,
        cat(quoted(text),
            " is not an IPv4 or IPv6 address; write it as 10.1.2.3 or fd00::1, a group as "
            "239.1.2.3 or ff15::1"));
  }
  if (is_ipv4_mapped(address)) {
    return Status(
        kErrorAddress,
        cat(quoted(text), " is an IPv4 address in IPv6 clothing; write the IPv4 address itself"));
  }
  return address;
}

Status check_host(const Address& address) {
  if (address.family != Family::kIpv4 && address.family != Family::kIpv6) {
    return Status(kErrorAddress,
                  cat("the address is of the unknown family ", static_cast<int>(address.family),
                      "; IPv4 is ", AF_INET, ", IPv6 ", AF_INET6));
  }
  if (address.is_multicast() || address.is_unspecified() || address.is_mapped() ||
      address.is_broadcast()) {
    return Status(kErrorAddress, cat(address.text_with_port(), " is not the address of one host"));
  }
  if (address.port != 0) return {};
  return Status(kErrorPort,
                cat("the address ", address.text(), " has port 0; a port is 1 to 65535"));
}

SocketAddress::SocketAddress(const Address& address) noexcept {
  if (address.is_ipv4()) {
    sockaddr_in kernel_address{};
    kernel_address.sin_family = AF_INET;
    kernel_address.sin_port = htons(address.port);
    std::memcpy(&kernel_address.sin_addr, address.bytes.data(), sizeof kernel_address.sin_addr);
    size = sizeof kernel_address;
    std::memcpy(storage.data(), &kernel_address, size);
  } else {
    sockaddr_in6 kernel_address{};
    kernel_address.sin6_family = AF_INET6;
    kernel_address.sin6_port = htons(address.port);
    kernel_address.sin6_flowinfo = htonl(address.flow);
    kernel_address.sin6_scope_id = address.scope;
    std::memcpy(&kernel_address.sin6_addr, address.bytes.data(), sizeof kernel_address.sin6_addr);
    size = sizeof kernel_address;
    std::memcpy(storage.data(), &kernel_address, size);
  }
}

SocketAddress SocketAddress::mapped(const Address& address) noexcept {
  Address mapped;
  mapped.family = Family::kIpv6;
  mapped.port = address.port;
  std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), mapped.bytes.begin());
  std::copy_n(address.bytes.begin(), 4, mapped.bytes.begin() + kMappedPrefix.size());
  return SocketAddress(mapped);
}

// Field by field, from the kernel's memory into the address: copying either as a whole right after
// it was written in pieces stalls the processor, and this runs for every message.
void read_address(const void* kernel_address, Address& address) noexcept {
  const auto* from = static_cast<const std::byte*>(kernel_address);
  sa_family_t family = AF_UNSPEC;
  in_port_t port = 0;
  std::memcpy(&family, from, sizeof family);
  std::memcpy(&port, from + offsetof(sockaddr_in, sin_port), sizeof port);
  address.port = ntohs(port);
  address.flow = address.scope = 0;
  if (family == AF_INET) {
    address.family = Family::kIpv4;
    address.bytes = {};
    std::memcpy(address.bytes.data(), from + offsetof(sockaddr_in, sin_addr), 4);
  } else if (family == AF_INET6) {
    const std::byte* bytes = from + offsetof(sockaddr_in6, sin6_addr);
    if (std::memcmp(bytes, kMappedPrefix.data(), kMappedPrefix.size()) == 0) {
      address.family = Family::kIpv4;
      address.bytes = {};
      std::memcpy(address.bytes.data(), bytes + kMappedPrefix.size(), 4);
      return;
    }
    address.family = Family::kIpv6;
    std::memcpy(address.bytes.data(), bytes, address.bytes.size());
    std::memcpy(&address.flow, from + offsetof(sockaddr_in6, sin6_flowinfo), sizeof address.flow);
    std::memcpy(&address.scope, from + offsetof(sockaddr_in6, sin6_scope_id), sizeof address.scope);
    address.flow = ntohl(address.flow);
  } else {
    address = {};
  }
}

}  // namespace mc::net
