#include "run.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <random>
#include <sstream>
#include <stdexcept>

#include "candidates/sockets.h"
#include "topology.h"
#include "worker.h"

namespace bench {
namespace {

constexpr size_t kMinRounds = 3;
constexpr size_t kMaxRounds = 5000;
constexpr int kSendingProcessor = 0;
constexpr int kReceivingProcessor = 1;
constexpr int kBurstsPerTurn = 2;

Target at(Target target, const char* interface) {
  target.interface = interface;
  return target;
}

// Every packet with its bookkeeping must fit into the receive buffer; the kernel charges a datagram
// more than its size.
uint64_t fitting_burst(const Row& row, const Network& network) {
  const lab::Inside inside(network.receiver);
  const int granted = granted_receive_buffer(at(row.target, kReceivingInterface));
  const uint64_t fits = static_cast<uint64_t>(granted) / (2 * row.target.size + 1024);
  return std::clamp<uint64_t>(row.burst, 1, std::max<uint64_t>(1, fits));
}

std::string words(uint64_t first, uint64_t count) {
  return std::to_string(first) + " " + std::to_string(count);
}

// One candidate's samples, and what was wrong with the first that does not count.
struct Series {
  std::vector<Sample> samples;
  std::string reason;
};

// The two processes of a row.
class Bench {
 public:
  Bench(const Row& row, const Network& network)
      : row_(row),
        burst_(fitting_burst(row, network)),
        sending_(network.sender, kSendingProcessor,
                 [&] { return make_sending(at(row.target, kSendingInterface)); }),
        receiving_(network.receiver, kReceivingProcessor,
                   [&] { return make_receiving(at(row.target, kReceivingInterface)); }) {}

  // Each sending candidate, heard by a plain receiver: every packet once, in order.
  void verify_senders() {
    for (const std::string& name : row_.candidates) {
      open("epoll + recvmmsg 16", 0);
      send(0, kVerified, name);
      const Burst heard = drain(0, kVerified);
      receiving_.ask("close");
      if (heard.packets == kVerified && heard.wrong == 0) continue;
      throw std::runtime_error(name +
                               " does not send what it should: " + complaint(heard, kVerified));
    }
  }

  Sample take(const std::string& name, std::string& reason) {
    return row_.kind == Kind::kSend ? take_sending(name, reason) : take_receiving(name, reason);
  }

 private:
  static constexpr uint64_t kVerified = 200;  // packets

  void open(const std::string& name, uint16_t source_port) {
    receiving_.ask("open " + std::to_string(source_port) + " " + name);
  }
  Burst drain(uint64_t first, uint64_t count) {
    Burst burst;
    receiving_.ask("drain " + words(first, count)) >> burst;
    return burst;
  }
  Burst send(uint64_t first, uint64_t count, const std::string& name) {
    Burst burst;
    sending_.ask(words(first, count) + " " + name) >> burst;
    return burst;
  }

  static std::string complaint(const Burst& burst, uint64_t expected) {
    return std::to_string(burst.packets) + " packets and " + std::to_string(burst.lost) +
           " lost by the kernel of " + std::to_string(expected) + ", " +
           std::to_string(burst.wrong) + " wrong";
  }

  // Whether the burst is complete and right; the first complaint is kept.
  static bool judge(const Burst& burst, uint64_t expected, std::string& reason) {
    if (burst.packets == expected && burst.lost == 0 && burst.wrong == 0) return true;
    if (reason.empty()) reason = complaint(burst, expected);
    return false;
  }

  Sample take_sending(const std::string& name, std::string& reason) {
    const Burst burst = send(0, burst_, name);
    const auto packets = static_cast<double>(burst_);
    return {judge(burst, burst_, reason), static_cast<double>(burst.cost.cpu_ns) / packets, 0,
            static_cast<double>(burst.cost.wall_ns) / packets};
  }

  Sample take_receiving(const std::string& name, std::string& reason) {
    const uint64_t sent_each = burst_ * row_.target.groups;
    const uint64_t expected = sent_each * row_.target.listeners;
    open(name, kFeederPort);
    const uint64_t warm_up = std::max<uint64_t>(1, burst_ / 10);
    send(0, warm_up, "feeder");
    drain(0, warm_up);
    Sample sample{true, 0, 0, 0};
    const double share = 1 / (kBurstsPerTurn * static_cast<double>(sent_each));
    uint64_t sequence = warm_up;
    for (int i = 0; i < kBurstsPerTurn; ++i, sequence += burst_) {
      const Burst fed = send(sequence, burst_, "feeder");
      const Burst read = drain(sequence, burst_);
      sample.is_valid =
          judge(fed, sent_each, reason) && judge(read, expected, reason) && sample.is_valid;
      sample.cost_ns += static_cast<double>(read.cost.cpu_ns) * share;
      sample.wall_ns += static_cast<double>(read.cost.wall_ns) * share;
      sample.feed_ns += static_cast<double>(fed.cost.cpu_ns) * share;
      if (row_.kind == Kind::kWholePath)
        sample.wall_ns += static_cast<double>(fed.cost.wall_ns) * share;
    }
    if (row_.kind == Kind::kWholePath) sample.cost_ns += sample.feed_ns;
    receiving_.ask("close");
    return sample;
  }

  Row row_;
  uint64_t burst_;
  Worker sending_;
  Worker receiving_;
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

Network::Network() {
  lab::connect(sender, kSendingInterface, "10.77.0.1/24", receiver, kReceivingInterface,
               "10.77.0.2/24");
}

const CandidateResult& RowResult::candidate(const std::string& name) const {
  const auto found = std::find_if(candidates.begin(), candidates.end(),
                                  [&](const CandidateResult& each) { return each.name == name; });
  if (found == candidates.end()) throw std::invalid_argument("not in this row: " + name);
  return *found;
}

RowResult run_row(const Row& row, const Network& network, double seconds) {
  Bench bench(row, network);
  if (row.kind == Kind::kSend) bench.verify_senders();
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
      series[turn].samples.push_back(bench.take(row.candidates[turn], series[turn].reason));
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
