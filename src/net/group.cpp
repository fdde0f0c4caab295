#include "net/group.h"

#include "base/text.h"

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

Result<Endpoint> resolve(const GroupText& text) {
  Result<Interface> found = text.interface_text.empty() ? default_interface(text.group)
                                                        : find_interface(text.interface_text);
  if (!found.ok()) return std::move(found).status();
  Endpoint endpoint{text.group, text.source, found->index, found->name, found->is_loopback};
  if (endpoint.group.needs_scope()) endpoint.group.scope = found->index;
  return endpoint;
}

}  // namespace mc::net
