#include "net/group.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.h"
#include "net/lookup.h"

namespace mc::net {
namespace {

Status check_source(const Address& source, const Address& group, std::string_view text) {
  if (source.family != group.family) {
    return Status(kErrorFamily, cat("in ", quoted(text),
                                    " the source and the group are of different families; "
                                    "give both as IPv4 or both as IPv6"));
  }
  if (source.is_multicast() || source.is_unspecified()) {
    return Status(kErrorAddress,
                  cat("in ", quoted(text), " the source ", source.text(),
                      " is not the address of a host; a source is a unicast address"));
  }
  return {};
}

}  // namespace

Result<GroupText> parse_group(const char* given, uint16_t port) {
  std::string_view whole =
      given == nullptr || *given == '\0' ? kDefaultGroup : std::string_view(given);
  std::string_view rest = whole;
  GroupText parsed;
  std::string_view source_text;
  const size_t at = rest.find('@');
  if (at != std::string_view::npos) {
    source_text = rest.substr(0, at);
    rest.remove_prefix(at + 1);
  }
  const size_t percent = rest.find('%');
  if (percent != std::string_view::npos) {
    parsed.interface_text = rest.substr(percent + 1);
    rest = rest.substr(0, percent);
    if (parsed.interface_text.empty()) {
      return Status(kErrorInterface, cat(quoted(whole),
                                         " ends in % without an interface; "
                                         "write a name, an index or an address after it"));
    }
  }
  Result<Address> group = parse_address(rest);
  if (!group.ok()) return std::move(group).status();
  if (!group->is_multicast()) {
    return Status(kErrorNotMulticast, cat(group->text(),
                                          " is not a multicast group; groups are 224.0.0.0 to "
                                          "239.255.255.255 and ff00:: to ffff::"));
  }
  parsed.group = *group;
  parsed.group.port = port;
  if (port == 0) {
    return Status(kErrorPort,
                  cat("port 0 for ", group->text(), " is not a port; choose 1 to 65535"));
  }
  if (at != std::string_view::npos) {
    Result<Address> source = parse_address(source_text);
    if (!source.ok()) return std::move(source).status();
    MC_TRY(check_source(*source, *group, whole));
    parsed.source = *source;
  }
  if (parsed.group.needs_scope() && parsed.interface_text.empty()) {
    return Status(kErrorScope,
                  cat(group->text(), " is a group of one link only; say which link, as in ",
                      group->text(), "%eth0"));
  }
  return parsed;
}

std::string Endpoint::text() const {
  Address plain = group;
  plain.scope = 0;
  return cat(source ? cat(source->text(), "@") : "", plain.text_with_port(), " on ",
             interface_name);
}

Result<Address> parse_host(std::string_view text) {
  const auto refused = [&](std::string_view why) {
    return Status(kErrorAddress, cat(quoted(text), " is not an address: ", why));
  };
  std::string_view host = text;
  std::string_view port;
  if (!text.empty() && text.front() == '[') {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return refused("the bracket is not closed");
    host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    if (!port.empty() && port.front() != ':') return refused("a colon and a port follow a bracket");
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    host = text.substr(0, text.find(':'));
    port = text.substr(host.size());
  }
  const size_t percent = host.find('%');
  Result<Address> address = parse_address(host.substr(0, percent));
  if (!address.ok()) return address;
  if (percent != std::string_view::npos) {
    if (!address->needs_scope()) return refused("only link-local IPv6 addresses have an interface");
    Result<Interface> interface = find_interface(host.substr(percent + 1));
    if (!interface.ok()) return std::move(interface).status();
    address->scope = interface->index;
  }
  if (port.empty()) return address;
  const char* const end = port.data() + port.size();
  const auto parsed = std::from_chars(port.data() + 1, end, address->port);
  if (parsed.ec != std::errc() || parsed.ptr != end) return refused("a port is 0 to 65535");
  return address;
}

}  // namespace mc::net
