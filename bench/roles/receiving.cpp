#include <memory>

#include "candidates/receiver.h"
#include "rivals/program.h"
#include "roles/roles.h"
#include "text.h"

namespace bench {
namespace {

class Receiving {
 public:
  Receiving(const Target& target, const Flow& flow)
      : target_(target),
        programs_(target, flow),
        tallies_(size_t{target.groups} * target.listeners),
        received_(flow.received()) {}

  std::string answer(std::istream& request) {
    std::string verb;
    request >> verb;
    if (verb == "open") return open(request);
    if (verb == "drain") return drain(request);
    return close();
  }

 private:
  std::string open(std::istream& request) {
    std::string source_port, name;
    request >> source_port >> std::ws;
    std::getline(request, name);
    program_ = is_program(name) ? name : "";
    if (!program_.empty()) return programs_.ask(program_, "open " + source_port);
    for (Tally& each : tallies_) {
      each = {received_, 0, 0, target_.size, static_cast<uint16_t>(std::stoul(source_port))};
    }
    receiver_ = make_receiver(name, target_, tallies_);
    lost_ = 0;
    return "open";
  }

  std::string drain(std::istream& request) {
    uint64_t first = 0, count = 0;
    int patience = 0;
    request >> first >> count >> patience;
    if (!program_.empty()) {
      return programs_.ask(program_, cat({"drain ", std::to_string(first), " ",
                                          std::to_string(count), " ", std::to_string(patience)}));
    }
    for (Tally& each : tallies_) {
      each.next = first;
      each.bad = 0;
    }
    const Stopwatch watch;
    read(count * tallies_.size(), patience);
    Burst burst{watch.read(), *received_, 0, 0};
    publish(received_, 0);
    for (const Tally& each : tallies_) burst.wrong += each.bad;
    const uint64_t lost = receiver_->lost();
    burst.lost = lost - lost_;
    lost_ = lost;
    return text_of(burst);
  }

  std::string close() {
    receiver_.reset();
    return program_.empty() ? "closed" : programs_.ask(program_, "close");
  }

  // Ends early when nothing comes any more.
  void read(uint64_t expected, int patience) {
    constexpr int kIdleTurns = 2;  // One may have ended early by itself.
    for (int idle = 0; *received_ < expected;) {
      if (receiver_->turn(patience)) {
        idle = 0;
      } else if (patience == 0 || ++idle == kIdleTurns) {
        return;
      }
    }
  }

  Target target_;
  Programs programs_;
  std::string program_;  // that receives now, or ""
  Tallies tallies_;
  uint64_t* received_;
  uint64_t lost_ = 0;
  std::unique_ptr<Receiver> receiver_;
};

}  // namespace

Worker::Answer make_receiving(const Target& target, const Flow& flow) {
  return [role = std::make_shared<Receiving>(target, flow)](std::istream& request) {
    return role->answer(request);
  };
}

}  // namespace bench
