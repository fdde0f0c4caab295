// Runs a row: candidates take turns, round after round, on the same packets.
#pragma once

#include <string>
#include <vector>

#include "measure.h"
#include "network.h"
#include "rows.h"

namespace bench {

struct CandidateResult {
  std::string name;
  Spread cost_ns;
  Spread feed_ns;
  double packets_per_second = 0;
  std::vector<double> trip_percentiles;  ///< 0 to 100, nanoseconds: each the median of the rounds'.
  size_t rounds = 0;                     ///< That count.
  size_t disqualified = 0;               ///< Because of a wrong or missing packet.
  std::string reason;                    ///< Of the first disqualification.
};

struct PairResult {
  Pair pair;
  std::string rival;  ///< The best of the pair's.
  Spread ratio;       ///< Ours over rival's, of one round.
  size_t rounds = 0;
};

struct RowResult {
  Row row;
  std::vector<CandidateResult> candidates;
  std::vector<PairResult> pairs;

  const CandidateResult& candidate(const std::string& name) const;
};

/// Takes about `seconds`, and at least three rounds. Throws when a sender does not send what it
/// should, or when a process fails or hangs.
RowResult run_row(const Row& row, const Network& network, double seconds);

}  // namespace bench
