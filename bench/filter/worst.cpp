// Expressions at their worst: packets that are made to find as many states as possible.
#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "../markdown.h"
#include "tools.h"

namespace bench {
namespace {

struct Case {
  const char* pattern;
  const char* alphabet;  // of the packets
  bool is_costly;
};

// Random packets of these bytes: no two alike.
std::vector<std::string> packets_of(const std::string& alphabet, size_t size, size_t count) {
  std::mt19937 random(5);
  std::vector<std::string> packets(count, std::string(size, ' '));
  for (std::string& packet : packets) {
    for (char& each : packet) each = alphabet[random() % alphabet.size()];
  }
  return packets;
}

}  // namespace

std::string measure_worst(bool is_quick) {
  const Case cases[] = {
      {"(a+)+$", "ab", false},
      {".*a.*a.*a.*b", "ac", false},
      {".*\"symbol\":\"AAPL\"", "\"symbol:AP", false},
      {"(?s).*x.{5}y", "xz", false},
      {"(?s).*x.{7}y", "xz", false},
      {"(?:[a-z]+[0-9]*)+!", "a1", false},
      {"x.{500}y", "xz", false},
      {"(?s).*x.{20}y", "xz", true},
      {"(?s).*x.{20}y", "xyz", true},
      {"(?s).*[ab].{60}[cd].{60}[ef]", "abcdef", true},
      {"(?s).*x.{900}y", "xz", true},
  };
  std::vector<Line> table = {{"expression", "packets of", "", "mean", "98 of 100 under", "worst"}};
  for (const Case& each : cases) {
    const FilterRef filter =
        made(mc::filter::regex(each.pattern, each.is_costly ? mc::filter::Costly::kAllowed
                                                            : mc::filter::Costly::kRefused));
    const std::vector<std::string> packets = packets_of(each.alphabet, 1400, is_quick ? 256 : 2048);
    std::vector<double> costs;
    for (int round = 0; round < 2; ++round) {  // the first finds nothing prepared
      costs.clear();
      for (const std::string& bytes : packets) {
        mc::net::Packet packet;
        packet.data = reinterpret_cast<const uint8_t*>(bytes.data());
        packet.size = packet.wire_size = bytes.size();
        const Stopwatch watch;
        filter->matches(packet);
        costs.push_back(static_cast<double>(watch.read().wall_ns));
      }
    }
    std::sort(costs.begin(), costs.end());
    double sum = 0;
    for (const double cost : costs) sum += cost;
    table.push_back({each.pattern, each.alphabet, each.is_costly ? "costly, allowed" : "accepted",
                     nanoseconds(sum / static_cast<double>(costs.size())),
                     nanoseconds(costs[costs.size() * 98 / 100]), nanoseconds(costs.back())});
  }
  return "### One expression, packets of 1,400 bytes that are made to cost\n\n" +
         markdown_table(table) +
         "\nEach packet timed by itself, in its second round; the worst one has the interrupts, "
         "too.\n";
}

}  // namespace bench
