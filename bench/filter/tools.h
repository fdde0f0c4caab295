// What the tables of filters share.
#pragma once

#include <cstdio>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "../measure.h"
#include "filter/filter.h"

namespace bench {

using mc::filter::FilterRef;

inline std::string text(const char* format, double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

inline std::string nanoseconds(double ns) {
  if (ns >= 1e6) return text("%.1f ms", ns / 1e6);
  return ns >= 1e4 ? text("%.1f us", ns / 1e3) : text("%.0f ns", ns);
}

inline FilterRef made(mc::Result<FilterRef> filter) {
  if (!filter.ok()) throw std::runtime_error(filter.status().sentence());
  return std::move(*filter);
}

/// The median cost of one call, over rounds of at least two milliseconds.
inline double cost_of(const std::function<void()>& call, bool is_quick) {
  constexpr uint64_t kRound = 2'000'000;  // nanoseconds
  std::vector<double> costs;
  size_t calls = 1;
  for (int round = is_quick ? 3 : 7; round >= 0; --round) {
    const Stopwatch watch;
    size_t done = 0;
    uint64_t ns = 0;
    do {
      for (size_t i = 0; i < calls; ++i) call();
      done += calls;
      ns = watch.read().cpu_ns;
    } while (ns < kRound);
    calls = done / 4 > 0 ? done / 4 : 1;
    costs.push_back(static_cast<double>(ns) / static_cast<double>(done));
  }
  costs.erase(costs.begin());  // the first finds the caches cold
  return spread_of(costs).median;
}

/// The tables, as Markdown.
std::string measure_many(bool is_quick);
std::string measure_worst(bool is_quick);
std::string measure_hostile(bool is_quick);
std::string measure_kernel(bool is_quick);

}  // namespace bench
