// The two sides of a ping-pong.
#include <chrono>
#include <memory>
#include <vector>

#include "candidates/echo.h"
#include "candidates/sender.h"
#include "rivals/program.h"
#include "roles/roles.h"
#include "text.h"

namespace bench {
namespace {

// Checks what is heard, as every receiver does.
class Checker : public Hearer {
 public:
  explicit Checker(size_t packet_size) : size_(packet_size) {}
  uint64_t heard() const { return next_; }
  uint64_t wrong() const { return wrong_; }

 protected:
  ~Checker() = default;

  void check(const uint8_t* data, size_t size) {
    uint64_t sequence = 0;
    std::memcpy(&sequence, data, sizeof sequence);
    if (size != size_ || sequence != next_) ++wrong_;
    ++next_;
  }

 private:
  size_t size_;
  uint64_t next_ = 0;
  uint64_t wrong_ = 0;
};

class Pong final : public Checker {
 public:
  using Checker::Checker;

  void hear(const uint8_t* data, size_t size, uint16_t) override {
    check(data, size);
    echo->send(data, size);
  }

  void run(uint64_t count) {
    while (heard() < count && echo->turn()) {
    }
  }

  std::unique_ptr<Echo> echo;
};

class Ping final : public Checker {
 public:
  explicit Ping(size_t packet_size) : Checker(packet_size), packets_(packet_size) {}

  void hear(const uint8_t* data, size_t size, uint16_t) override {
    heard_at_ = Clock::now();
    check(data, size);
  }

  // How long each trip took, in nanoseconds.
  std::vector<double> run(uint64_t count) {
    std::vector<double> trips;
    trips.reserve(count);
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t sequence = heard();
      const uint8_t* packet = packets_.stamp(0, sequence);
      const Clock::time_point start = Clock::now();
      if (!echo->send(packet, packets_.size())) break;
      while (heard() == sequence) {
        if (!echo->turn()) return trips;
      }
      trips.push_back(std::chrono::duration<double, std::nano>(heard_at_ - start).count());
    }
    return trips;
  }

  std::unique_ptr<Echo> echo;

 private:
  using Clock = std::chrono::steady_clock;
  Packets packets_;
  Clock::time_point heard_at_;
};

class Echoing {
 public:
  Echoing(const Target& target, const Flow& flow) : target_(target), programs_(target, flow) {}

  std::string answer(std::istream& request) {
    std::string verb;
    request >> verb;
    if (verb == "close") return close();
    if (verb == "meet") return meet(request);
    uint64_t count = 0;
    request >> count;
    if (!program_.empty()) return programs_.ask(program_, cat({verb, " ", std::to_string(count)}));
    return verb == "ping" ? ping(count) : pong(count);
  }

 private:
  std::string meet(std::istream& request) {
    std::string side, name;
    request >> side >> std::ws;
    std::getline(request, name);
    program_ = is_program(name) ? name : "";
    if (!program_.empty()) return programs_.ask(program_, "meet " + side);
    if (side == "0") {
      ping_ = std::make_unique<Ping>(target_.size);
      ping_->echo = make_echo(name, target_, Side::kPing, *ping_);
    } else {
      pong_ = std::make_unique<Pong>(target_.size);
      pong_->echo = make_echo(name, target_, Side::kPong, *pong_);
    }
    return "meet";
  }

  std::string ping(uint64_t count) {
    const std::vector<double> trips = ping_->run(count);
    std::string text = cat({std::to_string(trips.size()), " ", std::to_string(ping_->wrong())});
    for (const double each : percentiles_of(trips)) text += cat({" ", std::to_string(each)});
    return text;
  }

  std::string pong(uint64_t count) {
    pong_->run(count);
    return cat({std::to_string(pong_->heard()), " ", std::to_string(pong_->wrong())});
  }

  std::string close() {
    if (!program_.empty()) return programs_.ask(program_, "part");
    ping_.reset();
    pong_.reset();
    return "closed";
  }

  Target target_;
  Programs programs_;
  std::string program_;  // that talks now, or ""
  std::unique_ptr<Ping> ping_;
  std::unique_ptr<Pong> pong_;
};

}  // namespace

Worker::Answer make_echoing(const Target& target, const Flow& flow) {
  return [role = std::make_shared<Echoing>(target, flow)](std::istream& request) {
    return role->answer(request);
  };
}

}  // namespace bench
