// Internal header: which traffic a user means, written as text or resolved for the kernel.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "net/address.h"

namespace mc::net {

inline constexpr std::string_view kDefaultGroup = "224.0.42.42";
// In the place of an interface: every one that is up and multicast-capable. No interface is called
// so (Linux keeps the name for its settings).
inline constexpr std::string_view kAllInterfaces = "all";

// What "[source@]group[%interface]" says, checked as far as text alone allows. The interface is
// looked up later, when a socket is opened: it may not exist yet.
struct GroupText {
  Address group;  // with its port, without a scope
  std::optional<Address> source;
  std::string interface_text;  // empty: the default interface

  bool operator==(const GroupText&) const = default;
};

// Parses the text grammar; nullptr and "" are the default group.
Result<GroupText> parse_group(const char* text, uint16_t port);

// One host, as a datagram is sent to it: "10.0.0.1:53", "[fe80::1%eth0]:53"; without a port it is 0,
// and without brackets, too: "fe80::1%eth0". The interface is that of Lookup::find().
Result<Address> parse_host(std::string_view text);

// A group on one interface: all that a socket needs to know.
struct Endpoint {
  Address group;  // with port, and with scope where the group needs one
  std::optional<Address> source;
  uint32_t interface_index = 0;
  std::string interface_name;
  bool is_loopback = false;

  std::string text() const;  // "239.1.2.3:4242 on eth0"
};

}  // namespace mc::net
