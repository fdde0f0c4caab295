#include "trials/ends.h"

#include <algorithm>

#include "candidates/sockets.h"
#include "roles/roles.h"
#include "text.h"

namespace bench {
namespace {

// Every packet with its bookkeeping must fit into the receive buffer; the kernel charges a datagram
// more than its size.
uint64_t fitting_burst(const Row& row, const Network& network) {
  const lab::Inside inside(network.receiver);
  const int granted = granted_receive_buffer(at(row.target, kReceivingInterface));
  const uint64_t fits = static_cast<uint64_t>(granted) / (2 * row.target.size + 1024);
  return std::clamp<uint64_t>(row.burst, 1, std::max<uint64_t>(1, fits));
}

std::string words(uint64_t first, uint64_t count) {
  return std::to_string(first) + " " + std::to_string(count);
}

}  // namespace

Ends::Ends(const Row& row, const Network& network)
    : burst_(fitting_burst(row, network)),
      sending_(network.sender, kSendingProcessor,
               [&] { return make_sending(at(row.target, kSendingInterface), flow_); }),
      receiving_(network.receiver, kReceivingProcessor,
                 [&] { return make_receiving(at(row.target, kReceivingInterface), flow_); }) {}

void Ends::open(const std::string& receiver, uint16_t source_port) {
  receiving_.ask("open " + std::to_string(source_port) + " " + receiver);
}

void Ends::close() {
  receiving_.ask("close");
}

Burst Ends::send(uint64_t first, uint64_t count, const std::string& sender) {
  Burst burst;
  sending_.ask(words(first, count) + " 0 " + sender) >> burst;
  return burst;
}

Burst Ends::drain(uint64_t first, uint64_t count) {
  Burst burst;
  receiving_.ask("drain " + words(first, count) + " 0") >> burst;
  return burst;
}

EndToEnd Ends::flow(uint64_t first, uint64_t count, const std::string& sender) {
  constexpr const char* kPatience = " 200";
  // While it is being emptied, a queue may still be charged for a quarter of its buffer that was
  // read already (the kernel's forward_deficit).
  const std::string window = cat({" ", std::to_string(std::max<uint64_t>(1, burst_ / 2)), " "});
  EndToEnd result;
  receiving_.tell("drain " + words(first, count) + kPatience);
  const Stopwatch watch;
  sending_.tell(words(first, count) + window + sender);
  receiving_.hear() >> result.received;
  result.elapsed_ns = watch.read().wall_ns;
  sending_.hear() >> result.sent;
  return result;
}

std::string complaint(const Burst& burst, uint64_t expected) {
  if (burst.packets == expected && burst.lost == 0 && burst.wrong == 0) return {};
  return std::to_string(burst.packets) + " packets and " + std::to_string(burst.lost) +
         " lost by the kernel of " + std::to_string(expected) + ", " + std::to_string(burst.wrong) +
         " wrong";
}

bool judge(const Burst& burst, uint64_t expected, std::string& reason) {
  const std::string found = complaint(burst, expected);
  if (reason.empty()) reason = found;
  return found.empty();
}

}  // namespace bench
