// The rows of the table: what is compared with what.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "target.h"

namespace bench {

/// Whose processor time is the cost of a packet.
enum class Kind {
  kReceive,    ///< The receiver's, emptying a full queue.
  kDeliver,    ///< The same and the feeder's, who delivers into the sockets on a veth.
  kSend,       ///< The sender's; nobody listens.
  kWholePath,  ///< Both, working at the same time; what counts is how many packets go through.
  kRoundTrip,  ///< Nobody's; what counts is how long a packet there and one back take.
};

/// What the ratio of a pair is made of.
enum class Figure { kProcessorTime, kPacketsPerSecond, kRoundTrip };
Figure figure_of(Kind kind);

/// What we promise of a ratio.
struct Expectation {
  enum class Bound { kAtMost, kAtLeast };
  Bound bound;
  double ratio;

  bool holds_for(double measured) const {
    return bound == Bound::kAtMost ? measured <= ratio : measured >= ratio;
  }
};

struct Pair {
  std::string ours;
  std::vector<std::string> rivals;  ///< The best of them counts.
  std::optional<Expectation> expected;
};

struct Row {
  std::string name;
  std::string title;
  Kind kind = Kind::kReceive;
  Target target;       ///< Without an interface.
  uint64_t burst = 0;  ///< Packets of a measured burst, to each group.
  std::vector<std::string> candidates;
  std::vector<Pair> pairs;
  bool is_quick = false;          ///< Part of a quick run, too.
  std::string feeder = "feeder";  ///< The sender that receivers of the first two kinds are fed by.
};

const std::vector<Row>& all_rows();

}  // namespace bench
