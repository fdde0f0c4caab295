// Internal header: what a filter means. Pure: no sockets, no clocks, no state that a packet
// changes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "net/packet.h"

namespace mc::filter {

class Callable;
class Visitor;

// How dear it is to ask a filter. Of the parts of a combination the cheap ones are asked first.
enum class Cost : int {
  kHeader,            // size, source
  kBytes,             // bytes at known places
  kExpression,        // a regular expression
  kCostlyExpression,  // one over the bound
  kCallable,          // code of the user's
};

// What the callables of one filter have said of the packet at hand: each is asked at most once.
class Asked {
 public:
  static constexpr size_t kMost = 64;  // callables in one filter

  // Asks, unless it has been asked.
  bool ask(const Callable& callable, const net::Packet& packet);

 private:
  struct Answer {
    const Callable* from;
    bool accepts;
  };
  std::array<Answer, kMost> answers_;  // not initialised beyond count_
  size_t count_ = 0;
};

// Decides whether a listener wants a packet. It sees the whole datagram, whatever the listener's
// mtu. Immutable once made, so that listeners and threads may share it.
class Filter {
 public:
  virtual ~Filter() = default;

  bool matches(const net::Packet& packet) const {
    Asked asked;
    return matches(packet, asked);
  }
  virtual bool matches(const net::Packet& packet, Asked& asked) const = 0;
  virtual Cost cost() const noexcept = 0;
  // Appends the filter as text: "all of (size 1 to 100, prefix "NOTIFY")".
  virtual void describe(std::string& text) const = 0;
  virtual void accept(Visitor& visitor) const = 0;
};

// Shared because any number of listeners, and the handle that made it, hold the same filter.
using FilterRef = std::shared_ptr<const Filter>;

FilterRef everything();

// Packets that begin with these bytes. None: everything.
Result<FilterRef> prefix(std::string_view bytes);

// Packets that have these bytes from `offset` on, as far as the mask has ones; an empty mask is all
// ones. What goes beyond the packet's end does not match. kErrorSize: beyond any packet's end.
Result<FilterRef> bytes_at(size_t offset, std::string_view value, std::string_view mask);

// Packets of `least` to `most` bytes. kErrorSize: there are no such.
Result<FilterRef> size_range(size_t least, size_t most);

// Packets from a host ("10.1.2.3") or a network ("10.0.0.0/8", "fe80::/10"). kErrorAddress.
Result<FilterRef> source_network(std::string_view text);

// Packets from a source port of `first` to `last`. kErrorPort: there are no such.
Result<FilterRef> source_port(uint16_t first, uint16_t last);

// That no combination has more parts than any may: to be asked before they are collected.
Status check_part_count(size_t count);

// Packets that all parts match; of no parts: everything. The parts are asked in the order of their
// cost, among equals in the order given, and no further than needed. kErrorFilter: nested too deep,
// or too large.
Result<FilterRef> all_of(std::vector<FilterRef> parts);
// Packets that some part matches; of no parts: nothing. Otherwise as all_of.
Result<FilterRef> any_of(std::vector<FilterRef> parts);
Result<FilterRef> not_of(FilterRef part);

// Accepts what the expression (RE2 syntax) matches from the packet's first byte on, as Python's
// re.match does; it need not match to the end. Bytes are bytes: the expression is read as Latin-1.
// kErrorPattern: it is bad or too large. kErrorCostly: packets could make it slow, and that is not
// allowed (docs/decisions/0004).
enum class Costly { kRefused, kAllowed };
Result<FilterRef> regex(std::string_view pattern, Costly costly = Costly::kRefused);

}  // namespace mc::filter
