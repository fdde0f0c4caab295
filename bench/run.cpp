#include "run.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <random>
#include <stdexcept>

#include "trials/trial.h"

namespace bench {
namespace {

constexpr size_t kMinRounds = 3;
constexpr size_t kMaxRounds = 5000;

// One candidate's samples, and what was wrong with the first that does not count.
struct Series {
  std::vector<Sample> samples;
  std::string reason;
};

CandidateResult summarise(const std::string& name, const Series& series) {
  CandidateResult result{name, {}, {}, 0, 0, 0, series.reason};
  std::vector<double> cost, feed, wall;
  for (const Sample& each : series.samples) {
    if (!each.is_valid) continue;
    cost.push_back(each.cost_ns);
    feed.push_back(each.feed_ns);
    wall.push_back(each.wall_ns);
  }
  result.rounds = cost.size();
  result.disqualified = series.samples.size() - cost.size();
  result.cost_ns = spread_of(cost);
  result.feed_ns = spread_of(feed);
  const double median = spread_of(wall).median;
  result.packets_per_second = median > 0 ? 1e9 / median : 0;
  return result;
}

PairResult compare(const Pair& pair, const Series& ours, const Series& rival) {
  std::vector<double> ratios;
  for (size_t i = 0; i < ours.samples.size(); ++i) {
    if (!ours.samples[i].is_valid || !rival.samples[i].is_valid) continue;
    ratios.push_back(ours.samples[i].cost_ns / rival.samples[i].cost_ns);
  }
  return {pair, spread_of(ratios), ratios.size()};
}

}  // namespace

const CandidateResult& RowResult::candidate(const std::string& name) const {
  const auto found = std::find_if(candidates.begin(), candidates.end(),
                                  [&](const CandidateResult& each) { return each.name == name; });
  if (found == candidates.end()) throw std::invalid_argument("not in this row: " + name);
  return *found;
}

RowResult run_row(const Row& row, const Network& network, double seconds) {
  const std::unique_ptr<Trial> trial = make_trial(row, network);
  const size_t count = row.candidates.size();
  std::vector<Series> series(count);
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), size_t{0});
  std::minstd_rand random;  // the same orders in each run
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  for (size_t round = 0; round < kMaxRounds; ++round) {
    if (round >= kMinRounds && std::chrono::steady_clock::now() >= end) break;
    // Each round takes them in another order, so that none profits from its place.
    std::shuffle(order.begin(), order.end(), random);
    for (const size_t turn : order) {
      series[turn].samples.push_back(trial->take(row.candidates[turn], series[turn].reason));
    }
  }
  RowResult result{row, {}, {}};
  for (size_t i = 0; i < count; ++i) {
    result.candidates.push_back(summarise(row.candidates[i], series[i]));
  }
  const auto series_of = [&](const std::string& name) -> const Series& {
    const auto place = std::find(row.candidates.begin(), row.candidates.end(), name);
    return series[static_cast<size_t>(place - row.candidates.begin())];
  };
  for (const Pair& each : row.pairs) {
    result.pairs.push_back(compare(each, series_of(each.ours), series_of(each.rival)));
  }
  return result;
}

}  // namespace bench
