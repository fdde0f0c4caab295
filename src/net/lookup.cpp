#include "net/lookup.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/text.h"

namespace mc::net {
namespace {

std::optional<uint32_t> number_of(std::string_view text) {
  uint32_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "eth0 (index 2, 10.0.0.5)"
std::string described(const Interface& interface, Family family) {
  std::string address;
  for (const Address& each : interface.addresses) {
    if (each.family == family && address.empty()) address = each.text();
  }
  return cat(interface.name, " (index ", interface.index, ", ",
             address.empty() ? "without an address of the group's family" : address,
             interface.is_running ? ""
             : interface.is_up    ? ", no carrier"
                                  : ", down",
             ")");
}

}  // namespace

Endpoint endpoint_on(const Interface& interface, const GroupText& text) {
  Endpoint endpoint{text.group, text.source, interface.index, interface.name,
                    interface.is_loopback};
  if (endpoint.group.needs_scope()) endpoint.group.scope = interface.index;
  return endpoint;
}

Result<Lookup> Lookup::open() {
  Result<Netlink> netlink = Netlink::open();
  if (!netlink.ok()) return std::move(netlink).status();
  return Lookup(std::move(*netlink));
}

Result<Lookup> Lookup::now() {
  Result<Lookup> lookup = open();
  if (lookup.ok()) MC_TRY(lookup->renew());
  return lookup;
}

Status Lookup::renew() {
  Result<std::vector<Interface>> interfaces = list_interfaces(netlink_);
  if (!interfaces.ok()) return std::move(interfaces).status();
  interfaces_ = std::move(*interfaces);
  routes_.clear();
  return {};
}

const Interface* Lookup::at(uint32_t index) const noexcept {
  const auto found =
      std::lower_bound(interfaces_.begin(), interfaces_.end(), index,
                       [](const Interface& each, uint32_t wanted) { return each.index < wanted; });
  return found != interfaces_.end() && found->index == index ? &*found : nullptr;
}

Result<Interface> Lookup::find(std::string_view text) const {
  const auto pick = [&](auto matches) -> const Interface* {
    auto found = std::find_if(interfaces_.begin(), interfaces_.end(), matches);
    return found == interfaces_.end() ? nullptr : &*found;
  };
  const Interface* found = pick([&](const Interface& each) { return each.name == text; });
  if (found == nullptr) {
    if (const std::optional<uint32_t> index = number_of(text)) found = at(*index);
  }
  if (found == nullptr) {
    if (const Result<Address> address = parse_address(text); address.ok())
      found = pick([&](const Interface& each) { return each.has(*address); });
  }
  if (found != nullptr) return *found;
  return Status(kErrorInterface,
                cat("no such interface: ", quoted(text), "; candidates: ", candidates()));
}

Result<uint32_t> Lookup::route(const Address& group) {
  Address host = group;
  host.port = 0;
  const auto known = routes_.find(host);
  if (known != routes_.end()) return known->second;
  Result<uint32_t> index = route_to(netlink_, host);
  if (index.ok()) routes_.emplace(host, *index);
  return index;
}

Result<Lookup::Default> Lookup::choose(const Address& group) {
  Result<uint32_t> route_index = route(group);
  if (!route_index.ok()) return std::move(route_index).status();
  if (const Interface* routed = at(*route_index); routed != nullptr) return Default{routed};
  const Interface* only = nullptr;
  const Interface* loopback = nullptr;
  size_t usable = 0;
  size_t others = 0;
  for (const Interface& each : interfaces_) {
    if (each.is_loopback) {
      if (each.is_up) loopback = &each;
      continue;
    }
    if (!each.is_multicast) continue;  // an idle tunnel, say
    ++others;
    if (each.is_up) {
      ++usable;
      only = &each;
    }
  }
  if (usable == 1) return Default{only, Why::kOnly};
  if (others == 0 && loopback != nullptr) return Default{loopback, Why::kLoopback};
  return Status(kErrorNoInterface,
                cat("no default interface for ", group.text(), ": no route leads to it and ",
                    usable, " interfaces could carry it; name one, as in ", group.text(),
                    "%NAME; candidates: ", candidates()));
}

Result<Interface> Lookup::default_for(const Address& group) {
  Result<Default> chosen = choose(group);
  if (!chosen.ok()) return std::move(chosen).status();
  return *chosen->interface;
}

Result<std::vector<Endpoint>> Lookup::endpoints_of(const GroupText& text) {
  std::vector<Endpoint> endpoints;
  if (text.interface_text != kAllInterfaces) {
    Result<Endpoint> endpoint = endpoint_of(text);
    if (!endpoint.ok()) return std::move(endpoint).status();
    endpoints.push_back(std::move(*endpoint));
    return endpoints;
  }
  for (const Interface& each : interfaces_) {
    if (each.is_up && each.is_multicast && each.carries(text.group.family))
      endpoints.push_back(endpoint_on(each, text));
  }
  if (!endpoints.empty()) return endpoints;
  return Status(kErrorNoInterface, cat("no interface for ", text.group.text(), "%", kAllInterfaces,
                                       " is up and multicast-capable; candidates: ", candidates()));
}

Result<Endpoint> Lookup::endpoint_of(const GroupText& text) {
  if (text.interface_text == kAllInterfaces) {
    return Status(
        kErrorInterface,
        cat(text.group.text(), "%", kAllInterfaces,
            " means several interfaces, which only a listener can; name one of: ", candidates()));
  }
  Result<Interface> found =
      text.interface_text.empty() ? default_for(text.group) : find(text.interface_text);
  if (!found.ok()) return std::move(found).status();
  return endpoint_on(*found, text);
}

Result<std::string> Lookup::explain(const GroupText& text) {
  const std::string group = text.group.text();
  if (text.interface_text == kAllInterfaces) {
    Result<std::vector<Endpoint>> endpoints = endpoints_of(text);
    if (!endpoints.ok()) return std::move(endpoints).status();
    std::string names;
    for (const Endpoint& each : *endpoints)
      names += cat(names.empty() ? "" : ", ", each.interface_name);
    return cat(group, " is heard on all interfaces that are up and multicast-capable: ", names);
  }
  if (!text.interface_text.empty()) {
    Result<Interface> found = find(text.interface_text);
    if (!found.ok()) return std::move(found).status();
    return cat(group, " goes by ", described(*found, text.group.family), ": ",
               found->name == text.interface_text
                   ? "it is named"
                   : cat("it is what ", text.interface_text, " means"));
  }
  Result<Default> chosen = choose(text.group);
  if (!chosen.ok()) return std::move(chosen).status();
  const std::string_view why =
      chosen->why == Why::kRoute ? "the kernel's route to the group leads there"
      : chosen->why == Why::kOnly
          ? "no route leads to the group, and no other is up and multicast-capable"
          : "no route leads to the group, and no other is multicast-capable";
  return cat(group, " goes by ", described(*chosen->interface, text.group.family), ": ", why,
             "; candidates: ", candidates());
}

std::string Lookup::candidates() const {
  std::string names;
  for (const Interface& each : interfaces_) {
    names += cat(names.empty() ? "" : ", ", each.name, each.is_up ? "" : " (down)");
  }
  return names.empty() ? "none" : names;
}

Result<std::vector<Interface>> list_interfaces() {
  Result<Lookup> lookup = Lookup::now();
  if (!lookup.ok()) return std::move(lookup).status();
  return lookup->interfaces();
}

Result<Interface> find_interface(std::string_view text) {
  Result<Lookup> lookup = Lookup::now();
  if (!lookup.ok()) return std::move(lookup).status();
  return lookup->find(text);
}

Result<Endpoint> resolve(const GroupText& text) {
  Result<Lookup> lookup = Lookup::now();
  if (!lookup.ok()) return std::move(lookup).status();
  return lookup->endpoint_of(text);
}

}  // namespace mc::net
