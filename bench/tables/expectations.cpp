// What we promise, and what came of it.
#include "markdown.h"
#include "tables/figures.h"
#include "tables/parts.h"
#include "text.h"

namespace bench {
namespace {

const char* figure_name(const RowResult& result) {
  switch (figure_of(result.row.kind)) {
    case Figure::kPacketsPerSecond:
      return "packets/s";
    case Figure::kRoundTrip:
      return "median time";
    case Figure::kProcessorTime:
      break;
  }
  return "processor time";
}

std::string expectation_text(const Expectation& expected) {
  const bool is_most = expected.bound == Expectation::Bound::kAtMost;
  return cat({is_most ? "at most " : "at least ", format("%.2f", expected.ratio)});
}

Line line_of(const RowResult& result, const PairResult& pair) {
  Line line{result.row.title, pair.pair.ours, rival_text(pair), figure_name(result),
            expectation_text(*pair.pair.expected)};
  if (pair.rounds == 0) {
    line.insert(line.end(), {"no valid round", "-"});
  } else {
    line.insert(line.end(), {ratio_text(pair.ratio),
                             pair.pair.expected->holds_for(pair.ratio.median) ? "yes" : "NO"});
  }
  return line;
}

Line line_of(const Scale& scale) {
  std::string title;
  for (const ScalePart& each : scale.parts) {
    title += cat({title.empty() ? "" : ", ", std::to_string(each.count), " ", each.what});
  }
  return {title,
          "libmulticast",
          "-",
          "seconds to open all",
          cat({"at most ", format("%.2f", kMostSeconds)}),
          format("%.2f", scale.seconds),
          scale.seconds <= kMostSeconds ? "yes" : "NO"};
}

}  // namespace

std::string expectations_part(const Results& results) {
  std::vector<Line> lines{
      {"what", "candidate", "against", "ratio of", "expected", "measured", "holds"}};
  for (const RowResult& result : results.rows) {
    for (const PairResult& pair : result.pairs) {
      if (pair.pair.expected) lines.push_back(line_of(result, pair));
    }
  }
  if (results.scale && results.scale->missing.empty()) lines.push_back(line_of(*results.scale));
  if (lines.size() == 1) return {};
  return cat({"### What we expect\n\n", markdown_table(lines)});
}

}  // namespace bench
