// How long a packet there and one back take.
#include "markdown.h"
#include "tables/figures.h"
#include "tables/parts.h"
#include "text.h"

namespace bench {
namespace {

Line line_of(const RowResult& result, const CandidateResult& candidate) {
  Line line{result.row.title, candidate.name};
  if (candidate.rounds == 0) {
    line.insert(line.end(), {"no valid round", "-", "-", "-"});
  } else {
    for (const size_t percentile : {50U, 90U, 99U}) {
      line.push_back(format("%.1f us", candidate.trip_percentiles[percentile] / 1000));
    }
    line.push_back(ratio_to(result, candidate.name));
  }
  line.push_back(rounds_text(candidate.rounds, candidate.disqualified));
  return line;
}

constexpr const char* kLegend =
    "\nA packet to a group and its echo to another, 1,000 times a round, between two processes "
    "that\n"
    "have a processor each; percentiles, each the median of the rounds. The ratio is that of the\n"
    "first candidate's p50 to the candidate's.\n";

}  // namespace

std::string round_trips_part(const std::vector<RowResult>& results) {
  std::vector<Line> lines{{"what", "candidate", "p50", "p90", "p99", "ratio", "rounds"}};
  for (const RowResult& result : results) {
    if (figure_of(result.row.kind) != Figure::kRoundTrip) continue;
    for (const CandidateResult& each : result.candidates) lines.push_back(line_of(result, each));
  }
  if (lines.size() == 1) return {};
  return cat({"### Round trips\n\n", markdown_table(lines), kLegend});
}

}  // namespace bench
