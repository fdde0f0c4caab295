// Sender and receiver at the same time: how many packets a second go all the way, none lost.
#include <algorithm>
#include <chrono>
#include <map>

#include "candidates/ways.h"
#include "trials/ends.h"
#include "trials/trial.h"

namespace bench {
namespace {

constexpr uint64_t kWarmUp = 2048;
constexpr uint64_t kMostPackets = 1U << 20;
// Of a measured flow: long against the messages that begin and end it.
constexpr std::chrono::duration<double> kLength(0.05);

class WholePathTrial final : public Trial {
 public:
  WholePathTrial(const Row& row, const Network& network) : ends_(row, network) {}

  Sample take(const std::string& candidate, std::string& reason) override {
    const Way& way = way_of(candidate);
    ends_.open(way.receiver, 0);
    ends_.send(0, 0, way.sender);  // A program may take longer to start than a receiver waits.
    const EndToEnd warm_up = ends_.flow(0, kWarmUp, way.sender);
    uint64_t& count = counts_[candidate];
    if (count == 0) count = packets_of(warm_up, kWarmUp);
    const EndToEnd flow = ends_.flow(kWarmUp, count, way.sender);
    ends_.close();
    const auto packets = static_cast<double>(count);
    Sample sample{judge(warm_up.received, kWarmUp, reason) && judge(flow.sent, count, reason) &&
                      judge(flow.received, count, reason),
                  static_cast<double>(flow.sent.cost.cpu_ns + flow.received.cost.cpu_ns) / packets,
                  static_cast<double>(flow.sent.cost.cpu_ns) / packets,
                  static_cast<double>(flow.elapsed_ns) / packets,
                  {}};
    count = packets_of(flow, count);
    return sample;
  }

 private:
  // How many make a flow of the right length, at the rate of the one before.
  static uint64_t packets_of(const EndToEnd& before, uint64_t count) {
    const double a_packet =
        static_cast<double>(before.elapsed_ns) / 1e9 / static_cast<double>(count);
    return std::clamp<uint64_t>(static_cast<uint64_t>(kLength.count() / a_packet), kWarmUp,
                                kMostPackets);
  }

  Ends ends_;
  std::map<std::string, uint64_t> counts_;
};

}  // namespace

std::unique_ptr<Trial> make_whole_path_trial(const Row& row, const Network& network) {
  return std::make_unique<WholePathTrial>(row, network);
}

}  // namespace bench
