#include "tables/table.h"

#include "tables/parts.h"
#include "text.h"

namespace bench {
namespace {

std::string description(const Results& results) {
  std::string text;
  for (const auto& [name, value] : results.machine) text += cat({"* ", name, ": ", value, "\n"});
  return cat({text, "* command: `", results.command, "`\n"});
}

constexpr const char* kLegend = R"text(
A ratio is the candidate's figure over the rival's, the median of the ratios of each round, with its
quartiles; less than 10 % is noise. "(again)" is a candidate against itself: the noise of this run.
Rounds: those that count, and (-n) those disqualified by a wrong or missing packet.
)text";

std::string missing_part(const std::vector<Missing>& rivals) {
  if (rivals.empty()) return {};
  std::string text = "### What could not take part\n\n";
  for (const Missing& each : rivals) text += cat({"* ", each.what, ": ", each.reason, "\n"});
  return text;
}

}  // namespace

std::string table_of(const Results& results) {
  std::string text = cat({description(results), kLegend});
  for (const std::string& part :
       {expectations_part(results), costs_part(results.rows), whole_paths_part(results.rows),
        round_trips_part(results.rows), results.scale ? scale_part(*results.scale) : "",
        missing_part(results.missing)}) {
    if (!part.empty()) text += cat({"\n", part});
  }
  return text;
}

}  // namespace bench
