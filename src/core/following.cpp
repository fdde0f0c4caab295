#include "core/following.h"

namespace mc {
namespace {

const net::Interface* carrying(const net::Interface* interface, net::Family family) noexcept {
  return interface != nullptr && interface->carries(family) ? interface : nullptr;
}

bool is_fit(const net::Interface& interface, net::Family family) noexcept {
  return !interface.is_loopback && interface.is_running && interface.has_any_of(family);
}

// Whether the words mean this interface, be it this one or another of the same address.
bool is_said_by(const std::string& words, const net::Interface& interface) {
  if (interface.name == words) return true;
  const Result<net::Address> address = net::parse_address(words);
  return address.ok() && interface.has(*address);
}

}  // namespace

bool is_missing_interface(int code) noexcept {
  return code == kErrorInterface || code == kErrorNoInterface;
}

const net::Interface* next_interface(net::Lookup& lookup, const net::GroupText& text,
                                     uint32_t present) {
  const net::Family family = text.group.family;
  const bool is_default = text.interface_text.empty();
  const net::Interface* const here = carrying(lookup.at(present), family);
  if (here != nullptr && is_default && is_fit(*here, family)) return here;
  if (here != nullptr && is_said_by(text.interface_text, *here)) return here;
  const Result<net::Endpoint> found = lookup.endpoint_of(text);
  const net::Interface* const there =
      found.ok() ? carrying(lookup.at(found->interface_index), family) : nullptr;
  const bool is_last_resort = there != nullptr && is_default && there->is_loopback;
  if (there == nullptr || (here != nullptr && is_last_resort)) return here;
  return there;
}

}  // namespace mc
