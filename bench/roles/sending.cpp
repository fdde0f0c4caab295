#include <algorithm>
#include <map>
#include <memory>

#include "candidates/sender.h"
#include "kernel_counts.h"
#include "rivals/program.h"
#include "roles/roles.h"
#include "text.h"

namespace bench {
namespace {

class Sending {
 public:
  Sending(const Target& target, const Flow& flow)
      : target_(target), flow_(&flow), programs_(target, flow) {}

  std::string answer(std::istream& request) {
    uint64_t first = 0, count = 0, window = 0;
    std::string name;
    request >> first >> count >> window >> std::ws;
    std::getline(request, name);

    const KernelCounts before = count_packets(target_);
    Burst burst = is_program(name) ? send_by_program(first, count, window, name)
                                   : send(first, count, window, name);
    if (!has_left(burst.packets, before, count_packets(target_))) burst.wrong = burst.packets;
    return text_of(burst);
  }

 private:
  Burst send_by_program(uint64_t first, uint64_t count, uint64_t window, const std::string& name) {
    Burst burst;
    std::istringstream(
        programs_.ask(name, cat({"send ", std::to_string(first), " ", std::to_string(count), " ",
                                 std::to_string(window)}))) >>
        burst;
    return burst;
  }

  Burst send(uint64_t first, uint64_t count, uint64_t window, const std::string& name) {
    std::unique_ptr<Sender>& sender = senders_[name];
    if (!sender) sender = make_sender(name, target_);
    const Stopwatch watch;
    const uint64_t sent =
        window == 0 ? sender->send(first, count) : send_within(window, first, count, *sender);
    return {watch.read(), sent, 0, 0};
  }

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
  Programs programs_;
  std::map<std::string, std::unique_ptr<Sender>> senders_;
};

}  // namespace

Worker::Answer make_sending(const Target& target, const Flow& flow) {
  return [role = std::make_shared<Sending>(target, flow)](std::istream& request) {
    return role->answer(request);
  };
}

}  // namespace bench
