#include "filter/scanning.h"

#include <algorithm>
#include <vector>

namespace mc::filter {
namespace {

constexpr size_t kManyKinds = 10;   // of bytes
constexpr size_t kManyPlaces = 10;  // of a counted repetition

class Finder {
 public:
  explicit Finder(const Program& program) : program_(program), closure_(program) {}

  bool run() {
    size_t open = 0;
    for (const Step& each : program_.steps()) {
      if (each.kind != Step::Kind::kByte || !is_open(each.out)) continue;
      if (++open > kManyPlaces || leads_to(each.out, each)) return true;
    }
    return false;
  }

 private:
  // Whether a byte of many kinds may come next, or another byte in its place.
  bool is_open(uint32_t next) {
    closure_.clear();
    closure_.add(next, kPassesAll);
    const std::vector<uint32_t>& all = closure_.bytes();
    return std::any_of(all.begin(), all.end(), [&](uint32_t one) {
      const ByteSet& many = *program_.steps()[one].bytes;
      return many.count() > kManyKinds && std::any_of(all.begin(), all.end(), [&](uint32_t other) {
               return other != one && (many & *program_.steps()[other].bytes).any();
             });
    });
  }

  // Whether `step` can come again.
  bool leads_to(uint32_t from, const Step& step) {
    std::vector<bool> seen(program_.steps().size());
    for (std::vector<uint32_t> waiting{from}; !waiting.empty();) {
      const uint32_t at = waiting.back();
      waiting.pop_back();
      if (seen[at]) continue;
      seen[at] = true;
      const Step& now = program_.steps()[at];
      if (&now == &step) return true;
      if (now.kind == Step::Kind::kMatch) continue;
      waiting.push_back(now.out);
      if (now.kind == Step::Kind::kSplit) waiting.push_back(now.other);
    }
    return false;
  }

  const Program& program_;
  Closure closure_;
};

}  // namespace

bool scans(const Program& program) {
  return Finder(program).run();
}

}  // namespace mc::filter
