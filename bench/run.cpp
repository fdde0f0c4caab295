#include "run.h"

#include <algorithm>
#include <chrono>
#include <limits>
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

// Each the median of the rounds'.
std::vector<double> trip_percentiles(const std::vector<Sample>& samples) {
  std::vector<std::vector<double>> columns;
  for (const Sample& each : samples) {
    if (!each.is_valid) continue;
    columns.resize(each.trip_percentiles.size());
    for (size_t i = 0; i < columns.size(); ++i) columns[i].push_back(each.trip_percentiles[i]);
  }
  std::vector<double> medians;
  medians.reserve(columns.size());
  for (const std::vector<double>& each : columns) medians.push_back(spread_of(each).median);
  return medians;
}

CandidateResult summarise(const std::string& name, const Series& series) {
  CandidateResult result{name, {}, {}, 0, {}, 0, 0, series.reason};
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
  result.trip_percentiles = trip_percentiles(series.samples);
  return result;
}

// Ours over the rival's.
double ratio_of(Figure figure, const Sample& ours, const Sample& rival) {
  if (figure == Figure::kPacketsPerSecond) return rival.wall_ns / ours.wall_ns;
  if (figure == Figure::kRoundTrip) return ours.trip_percentiles[50] / rival.trip_percentiles[50];
  return ours.cost_ns / rival.cost_ns;
}

// The less, the better; a candidate that has no valid round is the worst.
double badness(Figure figure, const CandidateResult& candidate) {
  if (candidate.rounds == 0) return std::numeric_limits<double>::max();
  if (figure == Figure::kPacketsPerSecond) return 1 / candidate.packets_per_second;
  return figure == Figure::kRoundTrip ? candidate.trip_percentiles[50] : candidate.cost_ns.median;
}

// What each candidate of a row did.
class Turns {
 public:
  Turns(const Row& row, Trial& trial)
      : figure_(figure_of(row.kind)),
        candidates_(row.candidates),
        trial_(&trial),
        series_(row.candidates.size()) {}

  void take(size_t candidate) {
    Series& series = series_[candidate];
    series.samples.push_back(trial_->take(candidates_[candidate], series.reason));
  }

  std::vector<CandidateResult> candidates() const {
    std::vector<CandidateResult> results;
    for (size_t i = 0; i < series_.size(); ++i) {
      results.push_back(summarise(candidates_[i], series_[i]));
    }
    return results;
  }

  PairResult compare(const Pair& pair) const {
    const std::string rival = best_of(pair.rivals);
    const std::vector<Sample>& ours = series_of(pair.ours).samples;
    const std::vector<Sample>& theirs = series_of(rival).samples;
    std::vector<double> ratios;
    for (size_t i = 0; i < ours.size(); ++i) {
      if (!ours[i].is_valid || !theirs[i].is_valid) continue;
      ratios.push_back(ratio_of(figure_, ours[i], theirs[i]));
    }
    return {pair, rival, spread_of(ratios), ratios.size()};
  }

 private:
  const Series& series_of(const std::string& candidate) const {
    const auto place = std::find(candidates_.begin(), candidates_.end(), candidate);
    if (place == candidates_.end()) throw std::invalid_argument("not in this row: " + candidate);
    return series_[static_cast<size_t>(place - candidates_.begin())];
  }

  const std::string& best_of(const std::vector<std::string>& rivals) const {
    const auto badness_of = [&](const std::string& name) {
      return badness(figure_, summarise(name, series_of(name)));
    };
    return *std::min_element(
        rivals.begin(), rivals.end(),
        [&](const std::string& a, const std::string& b) { return badness_of(a) < badness_of(b); });
  }

  Figure figure_;
  std::vector<std::string> candidates_;
  Trial* trial_;
  std::vector<Series> series_;
};

}  // namespace

const CandidateResult& RowResult::candidate(const std::string& name) const {
  const auto found = std::find_if(candidates.begin(), candidates.end(),
                                  [&](const CandidateResult& each) { return each.name == name; });
  if (found == candidates.end()) throw std::invalid_argument("not in this row: " + name);
  return *found;
}

RowResult run_row(const Row& row, const Network& network, double seconds) {
  const std::unique_ptr<Trial> trial = make_trial(row, network);
  Turns turns(row, *trial);
  std::vector<size_t> order(row.candidates.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::minstd_rand random;  // the same orders in each run
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  for (size_t round = 0; round < kMaxRounds; ++round) {
    if (round >= kMinRounds && std::chrono::steady_clock::now() >= end) break;
    // Each round takes them in another order, so that none profits from its place.
    std::shuffle(order.begin(), order.end(), random);
    for (const size_t candidate : order) turns.take(candidate);
  }
  RowResult result{row, turns.candidates(), {}};
  for (const Pair& each : row.pairs) result.pairs.push_back(turns.compare(each));
  return result;
}

}  // namespace bench
