// The two processes of a row that send and receive, and what is asked of them.
#pragma once

#include <string>

#include "network.h"
#include "rows.h"
#include "worker.h"

namespace bench {

class Ends {
 public:
  Ends(const Row& row, const Network& network);

  /// Packets of a burst that fits into a receive buffer whatever its size: at most the row's.
  uint64_t burst() const { return burst_; }

  void open(const std::string& receiver, uint16_t source_port);
  void close();
  Burst send(uint64_t first, uint64_t count, const std::string& sender);
  Burst drain(uint64_t first, uint64_t count);

 private:
  uint64_t burst_;
  Worker sending_;
  Worker receiving_;
};

/// What is wrong with a burst, or nothing.
std::string complaint(const Burst& burst, uint64_t expected);

/// Whether the burst is complete and right; the first complaint is kept.
bool judge(const Burst& burst, uint64_t expected, std::string& reason);

}  // namespace bench
