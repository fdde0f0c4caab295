#include <memory>

#include "candidates/receiver.h"
#include "roles/roles.h"

namespace bench {
namespace {

class Receiving {
 public:
  explicit Receiving(const Target& target)
      : target_(target), tallies_(size_t{target.groups} * target.listeners) {}

  std::string answer(std::istream& request) {
    std::string verb;
    request >> verb;
    if (verb == "open") return open(request);
    if (verb == "drain") return drain(request);
    receiver_.reset();
    return "closed";
  }

 private:
  std::string open(std::istream& request) {
    std::string source_port, name;
    request >> source_port >> std::ws;
    std::getline(request, name);
    for (Tally& each : tallies_) {
      each = {&received_, 0, 0, target_.size, static_cast<uint16_t>(std::stoul(source_port))};
    }
    receiver_ = make_receiver(name, target_, tallies_);
    lost_ = 0;
    return "open";
  }

  std::string drain(std::istream& request) {
    uint64_t first = 0, count = 0;
    request >> first >> count;
    for (Tally& each : tallies_) {
      each.next = first;
      each.bad = 0;
    }
    received_ = 0;
    const uint64_t expected = count * tallies_.size();
    const Stopwatch watch;
    while (received_ < expected && receiver_->turn()) {
    }
    Burst burst{watch.read(), received_, 0, 0};
    for (const Tally& each : tallies_) burst.wrong += each.bad;
    const uint64_t lost = receiver_->lost();
    burst.lost = lost - lost_;
    lost_ = lost;
    return text_of(burst);
  }

  Target target_;
  Tallies tallies_;
  uint64_t received_ = 0;
  uint64_t lost_ = 0;
  std::unique_ptr<Receiver> receiver_;
};

}  // namespace

Worker::Answer make_receiving(const Target& target) {
  return [role = std::make_shared<Receiving>(target)](std::istream& request) {
    return role->answer(request);
  };
}

}  // namespace bench
