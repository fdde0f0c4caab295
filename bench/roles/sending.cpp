#include <map>
#include <memory>

#include "candidates/sender.h"
#include "kernel_counts.h"
#include "roles/roles.h"

namespace bench {
namespace {

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

Worker::Answer make_sending(const Target& target) {
  return [role = std::make_shared<Sending>(target)](std::istream& request) {
    return role->answer(request);
  };
}

}  // namespace bench
