// A filter asked in the process and in the kernel, and packets that come in trains without one there.
#include <multicast/multicast.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "../markdown.h"
#include "tools.h"

namespace bench {
namespace {

constexpr uint16_t kPort = 4801;
const char* const kGroup = "239.77.0.80%lo";
constexpr int kRound = 64;  // packets sent, and then read

void check(int code) {
  if (code < 0) throw std::runtime_error(mc_last_error());
}

int count_packet(const mc_packet*, void* user) {
  ++*static_cast<uint64_t*>(user);
  return 0;
}

struct Way {
  const char* name;
  bool in_kernel;
  bool in_trains;
};

struct Costs {
  double sending = 0;
  double reading = 0;
};

// One in `of` packets is wanted.
Costs measure(const Way& way, size_t size, int of, int rounds) {
  mc_poller* poller = nullptr;
  mc_listener* listener = nullptr;
  mc_multicaster* sender = nullptr;
  mc_filter* filter = nullptr;
  uint64_t heard = 0;
  check(mc_poller_new(&poller));
  check(mc_listener_new(&listener, poller));
  check(mc_listener_add(listener, kGroup, kPort));
  check(mc_filter_prefix(&filter, "wanted", 6));
  check(mc_listener_set_filter(listener, filter));
  check(mc_listener_set_handler(listener, count_packet, &heard, nullptr));
  check(mc_listener_set_kernel_filter(listener, way.in_kernel));
  check(mc_listener_open(listener));
  check(mc_multicaster_new(&sender, poller, kGroup, kPort, 0));
  check(mc_multicaster_set_train_limit(sender, way.in_trains ? 64 : 1));
  check(mc_poller_poll(poller, 0));
  std::string wanted(size, '.');
  std::string other(size, '.');
  wanted.replace(0, 6, "wanted");
  std::vector<mc_buffer> packets;
  for (int i = 0; i < kRound; ++i) {
    const std::string& each = i % of == 0 ? wanted : other;
    packets.push_back({each.data(), each.size()});
  }
  std::vector<double> sending;
  std::vector<double> reading;
  for (int round = 0; round < rounds; ++round) {
    Stopwatch watch;
    check(mc_multicaster_send_many(sender, packets.data(), packets.size()));
    sending.push_back(static_cast<double>(watch.read().cpu_ns) / kRound);
    watch = Stopwatch();
    while (mc_poller_poll(poller, 0) > 0) {
    }
    reading.push_back(static_cast<double>(watch.read().cpu_ns) / kRound);
  }
  mc_stats stats;
  check(mc_listener_stats(listener, &stats, sizeof stats));
  const uint64_t expected = static_cast<uint64_t>(rounds) *
                            ((kRound + static_cast<uint64_t>(of) - 1) / static_cast<uint64_t>(of));
  if (heard != expected || stats.arrived != static_cast<uint64_t>(rounds) * kRound)
    throw std::runtime_error(std::string(way.name) + ": packets are missing");
  mc_filter_free(filter);
  mc_multicaster_free(sender);
  mc_listener_free(listener);
  mc_poller_free(poller);
  return {spread_of(sending).median, spread_of(reading).median};
}

}  // namespace

std::string measure_kernel(bool is_quick) {
  const Way ways[] = {{"in the process", false, false},
                      {"in the kernel", true, false},
                      {"in the process, sent in trains", false, true},
                      {"in the kernel, sent in trains", true, true}};
  std::vector<Line> table = {
      {"a prefix is asked", "packet", "wanted", "sending and queueing", "reading and filtering"}};
  for (const size_t size : {size_t{64}, size_t{1200}}) {
    for (const int of : {64, 2}) {
      for (const Way& way : ways) {
        const Costs cost = measure(way, size, of, is_quick ? 300 : 3000);
        table.push_back({way.name, std::to_string(size), of == 64 ? "1 in 64" : "1 in 2",
                         nanoseconds(cost.sending), nanoseconds(cost.reading)});
      }
    }
  }
  return "### In the kernel\n\n" + markdown_table(table) +
         "\nFor each packet sent, 64 at a time over lo and then read.\n";
}

}  // namespace bench
