// One turn of a candidate in a row, by the row's kind.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "rows.h"

namespace bench {

struct Network;

/// A candidate's turn in one round, per packet.
struct Sample {
  bool is_valid = false;
  double cost_ns = 0;                    ///< Processor time, as the row's kind defines it.
  double feed_ns = 0;                    ///< The feeder's processor time: sending and delivering.
  double wall_ns = 0;                    ///< Of the process under test.
  std::vector<double> trip_percentiles;  ///< Of a row of round trips only: 0 to 100, nanoseconds.
};

/// The processes of a row, ready for turns.
class Trial {
 public:
  Trial() = default;
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;
  virtual ~Trial() = default;

  /// `reason` is filled when the sample does not count, unless it is filled already.
  virtual Sample take(const std::string& candidate, std::string& reason) = 0;
};

/// The network must outlive it. Throws when a sender does not send what it should.
std::unique_ptr<Trial> make_trial(const Row& row, const Network& network);

std::unique_ptr<Trial> make_send_trial(const Row& row, const Network& network);
std::unique_ptr<Trial> make_receive_trial(const Row& row, const Network& network);
std::unique_ptr<Trial> make_round_trip_trial(const Row& row, const Network& network);
std::unique_ptr<Trial> make_whole_path_trial(const Row& row, const Network& network);

}  // namespace bench
