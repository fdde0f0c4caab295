#include "worker.h"

#include <map>
#include <memory>
#include <stdexcept>

#include "candidates/receiver.h"
#include "candidates/sender.h"
#include "kernel_counts.h"

namespace bench {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

// Opening or closing a thousand listeners is the longest thing that is ever asked for.
constexpr auto kLate = 20s;

int serve(lab::Channel& channel, int processor, const std::function<Worker::Answer()>& make) {
  pin_to(processor);
  const Worker::Answer answer = make();
  while (std::optional<std::string> line = channel.receive(lab::in(10min))) {
    std::istringstream request(*line);
    channel.send(answer(request));
  }
  return 0;
}

std::string text_of(const Burst& burst) {
  std::ostringstream text;
  text << burst.cost.cpu_ns << ' ' << burst.cost.wall_ns << ' ' << burst.packets << ' '
       << burst.lost << ' ' << burst.wrong;
  return text.str();
}

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

class Sending {
 public:
  explicit Sending(const Target& target) : target_(target) {}

  std::string answer(std::istream& request) {
    uint64_t first = 0, count = 0;
    std::string name;
    request >> first >> count >> std::ws;
    std::getline(request, name);
    std::unique_ptr<Sender>& sender = senders_[name];
    if (!sender) sender = make_sender(name, target_);

    const KernelCounts before = count_packets(target_);
    const Stopwatch watch;
    const uint64_t sent = sender->send(first, count);
    const Cost cost = watch.read();
    const KernelCounts after = count_packets(target_);
    const bool is_right =
        after.udp_sent - before.udp_sent == sent && after.link_sent - before.link_sent >= sent;
    return text_of({cost, sent, 0, is_right ? 0U : sent});
  }

 private:
  Target target_;
  std::map<std::string, std::unique_ptr<Sender>> senders_;
};

}  // namespace

Worker::Worker(const lab::Host& host, int processor, const std::function<Answer()>& make)
    : process_(lab::Process::fork([&] { return serve(channel_, processor, make); },
                                  {&host, false, {}})) {}

std::istringstream Worker::ask(const std::string& request) {
  channel_.send(request);
  std::optional<std::string> answer = channel_.receive(lab::in(kLate));
  if (answer) return std::istringstream(*answer);
  process_.wait(lab::in(1s));
  throw std::runtime_error("no answer to \"" + request + "\": " + process_.errors());
}

std::istream& operator>>(std::istream& in, Burst& burst) {
  return in >> burst.cost.cpu_ns >> burst.cost.wall_ns >> burst.packets >> burst.lost >>
         burst.wrong;
}

Worker::Answer make_receiving(const Target& target) {
  return [role = std::make_shared<Receiving>(target)](std::istream& request) {
    return role->answer(request);
  };
}

Worker::Answer make_sending(const Target& target) {
  return [role = std::make_shared<Sending>(target)](std::istream& request) {
    return role->answer(request);
  };
}

}  // namespace bench
