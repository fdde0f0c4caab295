#include "measure.h"

#include <sched.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <string>

namespace bench {
namespace {

uint64_t now_ns(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<uint64_t>(now.tv_nsec);
}

Cost now() {
  return {now_ns(CLOCK_PROCESS_CPUTIME_ID), now_ns(CLOCK_MONOTONIC)};
}

// The value at a fraction of sorted values, interpolated.
double quantile(const std::vector<double>& sorted, double fraction) {
  const double place = fraction * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(std::floor(place));
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - std::floor(place));
}

std::vector<int> allowed_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> allowed;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return allowed;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<size_t>(cpu), &set)) allowed.push_back(cpu);
  }
  return allowed;
}

}  // namespace

Stopwatch::Stopwatch() : start_(now()) {}

Cost Stopwatch::read() const {
  const Cost end = now();
  return {end.cpu_ns - start_.cpu_ns, end.wall_ns - start_.wall_ns};
}

Spread spread_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  return {quantile(values, 0.25), quantile(values, 0.5), quantile(values, 0.75)};
}

std::vector<double> percentiles_of(std::vector<double> values) {
  std::vector<double> percentiles;
  if (values.empty()) return percentiles;
  std::sort(values.begin(), values.end());
  for (int i = 0; i <= 100; ++i) percentiles.push_back(quantile(values, i / 100.0));
  return percentiles;
}

int processors() {
  return static_cast<int>(allowed_processors().size());
}

void become_realtime() {
  sched_param lowest{};
  lowest.sched_priority = 1;
  if (::sched_setscheduler(0, SCHED_FIFO, &lowest) == 0) return;
  throw std::runtime_error(std::string("real-time scheduling is refused: ") + std::strerror(errno));
}

void pin_to(int n) {
  const std::vector<int> allowed = allowed_processors();
  if (allowed.empty()) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<size_t>(allowed[static_cast<size_t>(n) % allowed.size()]), &set);
  ::sched_setaffinity(0, sizeof set, &set);
}

}  // namespace bench
