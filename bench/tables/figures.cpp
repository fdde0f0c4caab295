#include "tables/figures.h"

#include <array>
#include <cstdio>

#include "text.h"

namespace bench {

std::string format(const char* pattern, double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), pattern, value);
  return text.data();
}

std::string cost_text(double ns) {
  return ns < 20'000 ? format("%.0f ns", ns) : format("%.1f us", ns / 1000);
}

std::string rate_text(double packets_per_second) {
  if (packets_per_second < 1000) return format("%.0f", packets_per_second);
  return packets_per_second < 100'000 ? format("%.1f k", packets_per_second / 1e3)
                                      : format("%.2f M", packets_per_second / 1e6);
}

std::string ratio_text(const Spread& ratio) {
  const char* const pattern = ratio.median < 0.1 ? "%.4f" : "%.2f";
  return cat({format(pattern, ratio.median), " (", format(pattern, ratio.low), "-",
              format(pattern, ratio.high), ")"});
}

std::string rounds_text(size_t rounds, size_t disqualified) {
  return cat({std::to_string(rounds),
              disqualified > 0 ? cat({" (-", std::to_string(disqualified), ")"}) : ""});
}

std::string rival_text(const PairResult& pair) {
  const size_t count = pair.pair.rivals.size();
  if (count < 2) return pair.rival;
  return cat({pair.rival, " (best of ", std::to_string(count), ")"});
}

}  // namespace bench
