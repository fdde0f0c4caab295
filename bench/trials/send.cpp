// A burst that nobody hears: what sending alone costs.
#include <stdexcept>

#include "trials/ends.h"
#include "trials/trial.h"

namespace bench {
namespace {

class SendTrial final : public Trial {
 public:
  SendTrial(const Row& row, const Network& network) : ends_(row, network) {
    for (const std::string& each : row.candidates) verify(each);
  }

  Sample take(const std::string& candidate, std::string& reason) override {
    const Burst burst = ends_.send(0, ends_.burst(), candidate);
    const auto packets = static_cast<double>(ends_.burst());
    return {judge(burst, ends_.burst(), reason),
            static_cast<double>(burst.cost.cpu_ns) / packets,
            0,
            static_cast<double>(burst.cost.wall_ns) / packets,
            {}};
  }

 private:
  static constexpr uint64_t kVerified = 200;  // packets

  // A plain receiver must hear every packet once, in order.
  void verify(const std::string& candidate) {
    ends_.open("epoll + recvmmsg 16", 0);
    ends_.send(0, kVerified, candidate);
    const std::string found = complaint(ends_.drain(0, kVerified), kVerified);
    ends_.close();
    if (found.empty()) return;
    throw std::runtime_error(candidate + " does not send what it should: " + found);
  }

  Ends ends_;
};

}  // namespace

std::unique_ptr<Trial> make_send_trial(const Row& row, const Network& network) {
  return std::make_unique<SendTrial>(row, network);
}

}  // namespace bench
