#include "net/source_address.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "net/lookup.h"

namespace mc::net {

Result<std::optional<Address>> parse_source_address(const char* text, const Endpoint& endpoint) {
  if (text == nullptr || *text == '\0') return std::optional<Address>();
  Result<Address> address = parse_host(text);
  if (!address.ok()) return std::move(address).status();
  const std::string wanted = cat("cannot send to ", endpoint.text(), " from ", quoted(text), ": ");
  if (address->family != endpoint.group.family) {
    return Status(kErrorFamily, cat(wanted, "group and address are of different families"));
  }
  if (address->port != 0) {
    return Status(kErrorAddress,
                  cat(wanted, "give the address alone; its port is another setting"));
  }
  if (address->is_multicast() || address->is_unspecified()) {
    return Status(kErrorAddress, cat(wanted, "it is not the address of a host"));
  }
  const bool is_known = endpoint.interface_index != 0;  // otherwise it is to come
  if (address->scope != 0 && is_known && address->scope != endpoint.interface_index) {
    return Status(kErrorAddress, cat(wanted, "it is of another link than the group"));
  }
  address->scope = 0;  // the endpoint's interface says it
  return std::optional<Address>(*address);
}

Status in_context_of_addresses(Status status, const Endpoint& endpoint) {
  if (status.code() != -EADDRNOTAVAIL || !endpoint.source) return status;
  Result<std::vector<Interface>> interfaces = list_interfaces();
  if (!interfaces.ok()) return status;
  const auto own = std::find_if(interfaces->begin(), interfaces->end(), [&](const Interface& each) {
    return each.index == endpoint.interface_index;
  });
  if (own == interfaces->end()) return status;
  std::string addresses;
  for (const Address& each : own->addresses) {
    if (each.family != endpoint.group.family) continue;
    addresses += cat(addresses.empty() ? "" : ", ", each.text());
  }
  if (addresses.empty()) addresses = "no address of its family";
  return Status(status.code(), cat(status.sentence(), "; ", own->name, " has ", addresses));
}

}  // namespace mc::net
