// How many packets a second go all the way.
#include "markdown.h"
#include "tables/figures.h"
#include "tables/parts.h"
#include "text.h"

namespace bench {
namespace {

Line line_of(const RowResult& result, const CandidateResult& candidate) {
  Line line{result.row.title, candidate.name};
  if (candidate.rounds == 0) {
    line.insert(line.end(), {"no valid round", "-", "-"});
  } else {
    const double bits =
        candidate.packets_per_second * 8 * static_cast<double>(result.row.target.size);
    line.insert(line.end(), {rate_text(candidate.packets_per_second), format("%.2f", bits / 1e9),
                             ratio_to(result, candidate.name)});
  }
  line.push_back(rounds_text(candidate.rounds, candidate.disqualified));
  return line;
}

constexpr const char* kLegend =
    "\nA sending and a receiving process at the same time, each on a processor, nothing lost. "
    "Gbit/s\n"
    "of payload. The ratio is libmulticast's packets a second over the candidate's.\n";

}  // namespace

std::string ratio_to(const RowResult& result, const std::string& candidate) {
  for (const PairResult& each : result.pairs) {
    const bool is_it = each.pair.ours == result.row.candidates.front() &&
                       each.pair.rivals == std::vector<std::string>{candidate};
    if (is_it && each.rounds > 0) return ratio_text(each.ratio);
  }
  return "-";
}

std::string whole_paths_part(const std::vector<RowResult>& results) {
  std::vector<Line> lines{{"what", "candidate", "packets/s", "Gbit/s", "ratio", "rounds"}};
  for (const RowResult& result : results) {
    if (figure_of(result.row.kind) != Figure::kPacketsPerSecond) continue;
    for (const CandidateResult& each : result.candidates) lines.push_back(line_of(result, each));
  }
  if (lines.size() == 1) return {};
  return cat({"### The whole path\n\n", markdown_table(lines), kLegend});
}

}  // namespace bench
