#include "scale.h"

#include <malloc.h>

#include <numeric>
#include <stdexcept>

#include "candidates/checked.h"
#include "descriptors.h"
#include "measure.h"
#include "target.h"
#include "text.h"
#include "worker.h"

namespace bench {
namespace {

constexpr size_t kListeners = 10'000;
constexpr size_t kGroups = 5000;
constexpr size_t kMulticasters = 1000;
// A socket for each group and each multicaster, and one for twenty memberships.
constexpr size_t kDescriptors = kGroups + kMulticasters + kGroups / 20 + 100;
constexpr int kProcesses = 3;

size_t heap_bytes() {
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

int ignore(const mc_packet*, void*) {
  return 0;
}

// Opens many things on one poller, and measures each kind.
class Opener {
 public:
  explicit Opener(const Target& target) : target_(target) { checked(mc_poller_new(&poller_)); }
  ~Opener() { mc_poller_free(poller_); }
  Opener(const Opener&) = delete;
  Opener& operator=(const Opener&) = delete;

  // "seconds bytes seconds bytes seconds bytes", in the order of kParts.
  std::string open_all() {
    // All the texts and places before, so that only the library's memory is counted.
    std::vector<std::string> groups;
    for (unsigned i = 0; i <= kGroups; ++i) groups.push_back(group_text(target_, i));
    listeners_.reserve(kListeners + kGroups);
    multicasters_.reserve(kMulticasters);
    std::string result = cat({measured([&] {
                                for (size_t i = 0; i < kListeners; ++i) listen(groups[0]);
                              }),
                              " ", measured([&] {
                                for (size_t i = 1; i <= kGroups; ++i) listen(groups[i]);
                              }),
                              " ", measured([&] {
                                for (size_t i = 0; i < kMulticasters; ++i) speak(groups[i]);
                              })});
    verify();
    return result;
  }

 private:
  template <typename Work>
  static std::string measured(const Work& work) {
    const size_t before = heap_bytes();
    const Stopwatch watch;
    work();
    const double seconds = static_cast<double>(watch.read().wall_ns) / 1e9;
    return cat({std::to_string(seconds), " ", std::to_string(heap_bytes() - before)});
  }

  void listen(const std::string& group) {
    mc_listener* listener = nullptr;
    checked(mc_listener_new(&listener, poller_));
    listeners_.push_back(listener);
    checked(mc_listener_add(listener, group.c_str(), kPort));
    checked(mc_listener_set_handler(listener, ignore, nullptr, nullptr));
    checked(mc_listener_open(listener));
  }

  void speak(const std::string& group) {
    mc_multicaster* multicaster = nullptr;
    checked(mc_multicaster_new(&multicaster, poller_, group.c_str(), kPort, MC_TTL_SUBNET));
    multicasters_.push_back(multicaster);
  }

  void verify() {
    mc_stats stats{};
    checked(mc_poller_stats(poller_, &stats, sizeof stats));
    if (stats.channels == kGroups + 1 && stats.memberships == kGroups + 1) return;
    throw std::runtime_error(
        cat({"of ", std::to_string(kGroups + 1), " groups ", std::to_string(stats.channels),
             " have a socket and ", std::to_string(stats.memberships), " are joined"}));
  }

  Target target_;
  mc_poller* poller_ = nullptr;
  std::vector<mc_listener*> listeners_;
  std::vector<mc_multicaster*> multicasters_;
};

// A process of its own for each measurement: the heap is fresh.
std::vector<double> measure_once(const Network& network) {
  Worker worker(network.receiver, kReceivingProcessor, [] {
    return [](std::istream&) {
      Opener opener(at({}, kReceivingInterface));
      return opener.open_all();
    };
  });
  std::istringstream answer = worker.ask("open all");
  std::vector<double> numbers;
  for (double each = 0; answer >> each;) numbers.push_back(each);
  if (numbers.size() != 6) throw std::runtime_error("scale: an answer of another form");
  return numbers;
}

}  // namespace

Scale measure_scale(const Network& network) {
  Scale scale;
  scale.missing = too_few_descriptors(kDescriptors);
  if (!scale.missing.empty()) return scale;
  std::vector<std::vector<double>> columns(6);
  std::vector<double> totals;
  for (int i = 0; i < kProcesses; ++i) {
    const std::vector<double> numbers = measure_once(network);
    for (size_t n = 0; n < numbers.size(); ++n) columns[n].push_back(numbers[n]);
    totals.push_back(numbers[0] + numbers[2] + numbers[4]);
  }
  const auto median = [&](size_t column) { return spread_of(columns[column]).median; };
  scale.parts = {{"listeners on one group", kListeners, median(0), median(1) / kListeners},
                 {"listeners on groups of their own", kGroups, median(2), median(3) / kGroups},
                 {"multicasters", kMulticasters, median(4), median(5) / kMulticasters}};
  scale.seconds = spread_of(totals).median;
  return scale;
}

}  // namespace bench
