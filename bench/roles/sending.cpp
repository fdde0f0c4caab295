#include <algorithm>
#include <map>
#include <memory>

#include "candidates/sender.h"
#include "kernel_counts.h"
#include "roles/roles.h"

namespace bench {
namespace {

class Sending {
 public:
  Sending(const Target& target, const Flow& flow) : target_(target), flow_(&flow) {}

  std::string answer(std::istream& request) {
    uint64_t first = 0, count = 0, window = 0;
    std::string name;
    request >> first >> count >> window >> std::ws;
    std::getline(request, name);
    std::unique_ptr<Sender>& sender = senders_[name];
    if (!sender) sender = make_sender(name, target_);

    const KernelCounts before = count_packets(target_);
    const Stopwatch watch;
    const uint64_t sent =
        window == 0 ? sender->send(first, count) : send_within(window, first, count, *sender);
    const Cost cost = watch.read();
    const KernelCounts after = count_packets(target_);
    return text_of({cost, sent, 0, has_left(sent, before, after) ? 0U : sent});
  }

 private:
  uint64_t send_within(uint64_t window, uint64_t first, uint64_t count, Sender& sender) const {
    for (uint64_t sent = 0; sent < count;) {
      const uint64_t part = std::min<uint64_t>(count - sent, kSendBatch);
      if (!flow_->wait_for_room(sent + part, window)) return sent;
      if (sender.send(first + sent, part) != part) return sent;
      sent += part;
    }
    return count;
  }

  // Whether the kernel agrees: every byte went over the cable, with the headers of each message.
  bool has_left(uint64_t packets, const KernelCounts& before, const KernelCounts& after) const {
    const uint64_t headers = target_.family == AF_INET ? 14 + 20 + 8 : 14 + 40 + 8;
    const uint64_t messages = after.udp_sent - before.udp_sent;
    return messages > 0 && messages <= packets &&
           after.bytes_sent - before.bytes_sent >= packets * target_.size + messages * headers;
  }

  Target target_;
  const Flow* flow_;
  std::map<std::string, std::unique_ptr<Sender>> senders_;
};

}  // namespace

Worker::Answer make_sending(const Target& target, const Flow& flow) {
  return [role = std::make_shared<Sending>(target, flow)](std::istream& request) {
    return role->answer(request);
  };
}

}  // namespace bench
