// The two processes of a row that send and receive, and what is asked of them.
#pragma once

#include <string>

#include "flow.h"
#include "network.h"
#include "rows.h"
#include "worker.h"

namespace bench {

/// A flow of packets from one process to the other.
struct EndToEnd {
  Burst sent;
  Burst received;
  uint64_t elapsed_ns = 0;  ///< From the order to send until the last packet was received.
};

class Ends {
 public:
  Ends(const Row& row, const Network& network);

  /// Packets of a burst that fits into a receive buffer whatever its size: at most the row's.
  uint64_t burst() const { return burst_; }

  void open(const std::string& receiver, uint16_t source_port);
  void close();
  Burst send(uint64_t first, uint64_t count, const std::string& sender);
  Burst drain(uint64_t first, uint64_t count);
  /// Sends and receives at the same time, with at most half a burst on the way.
  EndToEnd flow(uint64_t first, uint64_t count, const std::string& sender);

 private:
  Flow flow_;
  uint64_t burst_;
  Worker sending_;
  Worker receiving_;
};

/// What is wrong with a burst, or nothing.
std::string complaint(const Burst& burst, uint64_t expected);

/// Whether the burst is complete and right; the first complaint is kept.
bool judge(const Burst& burst, uint64_t expected, std::string& reason);

}  // namespace bench
