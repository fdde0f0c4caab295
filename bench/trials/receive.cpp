// Bursts that are sent first and then read: what receiving costs, with or without delivery.
#include <algorithm>

#include "trials/ends.h"
#include "trials/trial.h"

namespace bench {
namespace {

constexpr int kBurstsPerTurn = 2;

class ReceiveTrial final : public Trial {
 public:
  ReceiveTrial(const Row& row, const Network& network) : row_(row), ends_(row, network) {}

  Sample take(const std::string& candidate, std::string& reason) override {
    const uint64_t burst = ends_.burst();
    const uint64_t sent_each = burst * row_.target.groups;
    const uint64_t expected = sent_each * row_.target.listeners;
    ends_.open(candidate, kFeederPort);
    const uint64_t warm_up = std::max<uint64_t>(1, burst / 10);
    ends_.send(0, warm_up, row_.feeder);
    ends_.drain(0, warm_up);
    Sample sample;
    sample.is_valid = true;
    const double share = 1 / (kBurstsPerTurn * static_cast<double>(sent_each));
    uint64_t sequence = warm_up;
    for (int i = 0; i < kBurstsPerTurn; ++i, sequence += burst) {
      const Burst fed = ends_.send(sequence, burst, row_.feeder);
      const Burst read = ends_.drain(sequence, burst);
      sample.is_valid =
          judge(fed, sent_each, reason) && judge(read, expected, reason) && sample.is_valid;
      sample.cost_ns += static_cast<double>(read.cost.cpu_ns) * share;
      sample.wall_ns += static_cast<double>(read.cost.wall_ns) * share;
      sample.feed_ns += static_cast<double>(fed.cost.cpu_ns) * share;
      if (row_.kind == Kind::kDeliver)
        sample.wall_ns += static_cast<double>(fed.cost.wall_ns) * share;
    }
    if (row_.kind == Kind::kDeliver) sample.cost_ns += sample.feed_ns;
    ends_.close();
    return sample;
  }

 private:
  Row row_;
  Ends ends_;
};

}  // namespace

std::unique_ptr<Trial> make_receive_trial(const Row& row, const Network& network) {
  return std::make_unique<ReceiveTrial>(row, network);
}

}  // namespace bench
