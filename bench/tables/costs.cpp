// What a packet costs its sender, or its receiver.
#include <algorithm>

#include "markdown.h"
#include "tables/figures.h"
#include "tables/parts.h"
#include "text.h"

namespace bench {
namespace {

Line line_of(const RowResult& result, const PairResult& pair) {
  const CandidateResult& ours = result.candidate(pair.pair.ours);
  const CandidateResult& rival = result.candidate(pair.rival);
  Line line{result.row.title, ours.name, rival_text(pair)};
  if (pair.rounds == 0) {
    line.insert(line.end(), {"-", "-", "no valid round", "-", "-"});
  } else {
    line.insert(line.end(), {cost_text(ours.cost_ns.median), cost_text(rival.cost_ns.median),
                             ratio_text(pair.ratio), rate_text(ours.packets_per_second),
                             rate_text(rival.packets_per_second)});
  }
  line.push_back(rounds_text(pair.rounds, std::max(ours.disqualified, rival.disqualified)));
  return line;
}

constexpr const char* kLegend =
    "\nProcessor time a packet, median; packets a second are its elapsed time.\n";

}  // namespace

std::string costs_part(const std::vector<RowResult>& results) {
  std::vector<Line> lines{{"what", "candidate", "against", "candidate's cost", "rival's cost",
                           "cost ratio", "packets/s", "rival's", "rounds"}};
  for (const RowResult& result : results) {
    if (figure_of(result.row.kind) != Figure::kProcessorTime) continue;
    for (const PairResult& pair : result.pairs) lines.push_back(line_of(result, pair));
  }
  if (lines.size() == 1) return {};
  return cat({"### Sending or receiving alone\n\n", markdown_table(lines), kLegend});
}

}  // namespace bench
