#include "rivals/missing.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "descriptors.h"
#include "rivals/program.h"

namespace bench {
namespace {

struct Rival {
  std::string_view name;  // what the names of its candidates begin with
  bool is_here;
  const char* package;
};

constexpr std::array<Rival, 2> kRivals{{
    {"libuv", MCBENCH_HAS_UV != 0, "libuv1-dev"},
    {"asio", MCBENCH_HAS_ASIO != 0, "libasio-dev"},
}};

bool is_missing(const std::string& candidate) {
  return !why_missing(candidate).empty();
}

}  // namespace

std::string why_missing(const std::string& candidate) {
  if (is_program(candidate)) return why_no_program(candidate);
  for (const Rival& each : kRivals) {
    if (candidate.rfind(each.name, 0) != 0 || each.is_here) continue;
    return std::string("not installed when the benchmark was built (") + each.package + ")";
  }
  return {};
}

// A rival has a socket for each listener.
std::string why_impossible(const Row& row) {
  constexpr size_t kOthers = 200;
  return too_few_descriptors(size_t{row.target.groups} * row.target.listeners + kOthers);
}

std::vector<Missing> missing_of(const std::vector<Row>& rows) {
  std::vector<Missing> all;
  for (const Row& row : rows) {
    if (const std::string why = why_impossible(row); !why.empty()) all.push_back({row.title, why});
    for (const std::string& candidate : row.candidates) {
      const bool is_known = std::any_of(
          all.begin(), all.end(), [&](const Missing& each) { return each.what == candidate; });
      if (!is_known && is_missing(candidate)) all.push_back({candidate, why_missing(candidate)});
    }
  }
  return all;
}

Row without_missing(Row row) {
  std::erase_if(row.candidates, is_missing);
  for (Pair& each : row.pairs) std::erase_if(each.rivals, is_missing);
  std::erase_if(row.pairs,
                [](const Pair& each) { return each.rivals.empty() || is_missing(each.ours); });
  return row;
}

}  // namespace bench
