// Internal header: what a filter means. Pure: no sockets, no clocks, no state that a packet
// changes.
#pragma once

#include <memory>
#include <string_view>

#include "base/status.h"
#include "net/packet.h"

namespace mc::filter {

// Decides whether a listener wants a packet. It sees the whole datagram, whatever the listener's
// mtu. Immutable once made, so that listeners and threads may share it.
class Filter {
 public:
  virtual ~Filter() = default;
  virtual bool matches(const net::Packet& packet) const = 0;
};

// Shared because any number of listeners, and the handle that made it, hold the same filter.
using FilterRef = std::shared_ptr<const Filter>;

// Accepts what the expression (RE2 syntax) matches from the packet's first byte on, as Python's
// re.match does; it need not match to the end. Bytes are bytes: the expression is read as Latin-1.
Result<FilterRef> regex(std::string_view pattern);

}  // namespace mc::filter
