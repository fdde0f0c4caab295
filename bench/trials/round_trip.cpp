// A packet there and one back, again and again: how long it takes.
#include "network.h"
#include "roles/roles.h"
#include "text.h"
#include "trials/trial.h"

namespace bench {
namespace {

constexpr uint64_t kWarmUp = 100;
constexpr uint64_t kTrips = 1000;

struct Trips {
  uint64_t count = 0;
  uint64_t wrong = 0;
  std::vector<double> percentiles;
};

Trips read_trips(std::istream&& answer) {
  Trips trips;
  answer >> trips.count >> trips.wrong;
  for (double value = 0; answer >> value;) trips.percentiles.push_back(value);
  return trips;
}

class RoundTripTrial final : public Trial {
 public:
  RoundTripTrial(const Row& row, const Network& network)
      : ping_(network.sender, kSendingProcessor,
              [&] { return make_echoing(at(row.target, kSendingInterface), flow_); }),
        pong_(network.receiver, kReceivingProcessor,
              [&] { return make_echoing(at(row.target, kReceivingInterface), flow_); }) {}

  Sample take(const std::string& candidate, std::string& reason) override {
    ping_.ask("meet 0 " + candidate);
    pong_.ask("meet 1 " + candidate);
    pong_.tell("pong " + std::to_string(kWarmUp + kTrips));
    ping_.ask("ping " + std::to_string(kWarmUp));
    const Trips seen = read_trips(ping_.ask("ping " + std::to_string(kTrips)));
    const Trips echoed = read_trips(pong_.hear());
    ping_.ask("close");
    pong_.ask("close");
    Sample sample;
    sample.is_valid =
        seen.count == kTrips && echoed.count == kWarmUp + kTrips && seen.wrong + echoed.wrong == 0;
    sample.trip_percentiles = seen.percentiles;
    if (!sample.is_valid && reason.empty()) {
      reason = cat({std::to_string(seen.count), " trips of ", std::to_string(kTrips), ", ",
                    std::to_string(seen.wrong + echoed.wrong), " wrong packets"});
    }
    return sample;
  }

 private:
  Flow flow_;
  Worker ping_;
  Worker pong_;
};

}  // namespace

std::unique_ptr<Trial> make_round_trip_trial(const Row& row, const Network& network) {
  return std::make_unique<RoundTripTrial>(row, network);
}

}  // namespace bench
