// The rows of the table: what is compared with what.
#pragma once

#include <string>
#include <vector>

#include "target.h"

namespace bench {

/// Whose processor time is the cost of a packet.
enum class Kind {
  kReceive,  ///< The receiver's, emptying a full queue.
  kDeliver,  ///< The same and the feeder's, who delivers into the sockets on a veth.
  kSend,     ///< The sender's; nobody listens.
};

struct Pair {
  std::string ours;
  std::string rival;
};

struct Row {
  std::string name;
  std::string title;
  Kind kind = Kind::kReceive;
  Target target;       ///< Without an interface.
  uint64_t burst = 0;  ///< Packets of a measured burst, to each group.
  std::vector<std::string> candidates;
  std::vector<Pair> pairs;
};

const std::vector<Row>& all_rows();

}  // namespace bench
