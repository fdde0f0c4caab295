#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace mc::net {

static_assert(static_cast<int>(Family::kIpv4) == AF_INET);
static_assert(static_cast<int>(Family::kIpv6) == AF_INET6);
static_assert(sizeof(SocketAddress::storage) >= sizeof(sockaddr_in6));

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
        cat(quoted(text), " is not an IPv4 or IPv6 address; write it as 239.1.2.3 or ff15::1"));
  }
  if (is_ipv4_mapped(address)) {
    return Status(
        kErrorAddress,
        cat(quoted(text), " is an IPv4 address in IPv6 clothing; write the IPv4 address itself"));
  }
  return address;
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

Address address_of(const void* kernel_address) noexcept {
  Address address;
  sa_family_t family = AF_UNSPEC;
  std::memcpy(&family, kernel_address, sizeof family);
  if (family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, kernel_address, sizeof in);
    address.family = Family::kIpv4;
    address.port = ntohs(in.sin_port);
    std::memcpy(address.bytes.data(), &in.sin_addr, sizeof in.sin_addr);
  } else if (family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, kernel_address, sizeof in);
    address.family = Family::kIpv6;
    address.port = ntohs(in.sin6_port);
    std::memcpy(address.bytes.data(), &in.sin6_addr, sizeof in.sin6_addr);
    if (is_ipv4_mapped(address)) {
      address.family = Family::kIpv4;
      address.bytes = {address.bytes[12], address.bytes[13], address.bytes[14], address.bytes[15]};
      return address;
    }
    address.flow = ntohl(in.sin6_flowinfo);
    address.scope = in.sin6_scope_id;
  }
  return address;
}

}  // namespace mc::net
