#include "table.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "markdown.h"
#include "text.h"

namespace bench {
namespace {

std::string format(const char* pattern, double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), pattern, value);
  return text.data();
}

// Nanoseconds of a packet, or microseconds where they are many.
std::string cost_text(double ns) {
  return ns < 20'000 ? format("%.0f ns", ns) : format("%.1f us", ns / 1000);
}

std::string rate_text(double packets_per_second) {
  return packets_per_second < 100'000 ? format("%.1f k", packets_per_second / 1e3)
                                      : format("%.2f M", packets_per_second / 1e6);
}

std::string ratio_text(const Spread& ratio) {
  const char* const pattern = ratio.median < 0.1 ? "%.4f" : "%.2f";
  return cat({format(pattern, ratio.median), " (", format(pattern, ratio.low), "-",
              format(pattern, ratio.high), ")"});
}

// Whom the pair was measured against: of several rivals, the best.
std::string rival_text(const PairResult& pair) {
  const size_t count = pair.pair.rivals.size();
  if (count < 2) return pair.rival;
  return cat({pair.rival, " (best of ", std::to_string(count), ")"});
}

const char* figure_name(const RowResult& result) {
  return figure_of(result.row.kind) == Figure::kPacketsPerSecond ? "packets/s" : "processor time";
}

std::string expectation_text(const Expectation& expected) {
  const bool is_most = expected.bound == Expectation::Bound::kAtMost;
  return cat({is_most ? "at most " : "at least ", format("%.2f", expected.ratio)});
}

Line expectation_line(const RowResult& result, const PairResult& pair) {
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

std::string expectations(const std::vector<RowResult>& results) {
  std::vector<Line> lines{
      {"what", "candidate", "against", "ratio of", "expected", "measured", "holds"}};
  for (const RowResult& result : results) {
    for (const PairResult& pair : result.pairs) {
      if (pair.pair.expected) lines.push_back(expectation_line(result, pair));
    }
  }
  return lines.size() > 1 ? markdown_table(lines) : "None in these rows.\n";
}

Line pair_line(const RowResult& result, const PairResult& pair) {
  const CandidateResult& ours = result.candidate(pair.pair.ours);
  const CandidateResult& rival = result.candidate(pair.rival);
  const size_t disqualified = std::max(ours.disqualified, rival.disqualified);
  // At the same time as the other, a process may burn time in waiting: that is no cost of a packet.
  const bool has_cost = figure_of(result.row.kind) == Figure::kProcessorTime;
  Line line{result.row.title, ours.name, rival_text(pair)};
  if (pair.rounds == 0) {
    line.insert(line.end(), {"-", "-", "-", "-", "no valid round"});
  } else {
    line.insert(line.end(), {has_cost ? cost_text(ours.cost_ns.median) : "-",
                             has_cost ? cost_text(rival.cost_ns.median) : "-",
                             rate_text(ours.packets_per_second),
                             rate_text(rival.packets_per_second), ratio_text(pair.ratio)});
  }
  line.push_back(std::to_string(pair.rounds) +
                 (disqualified > 0 ? cat({" (-", std::to_string(disqualified), ")"}) : ""));
  return line;
}

std::string all_pairs(const std::vector<RowResult>& results) {
  std::vector<Line> lines{{"what", "candidate", "against", "candidate's cost", "rival's cost",
                           "packets/s", "rival's", "ratio", "rounds"}};
  for (const RowResult& result : results) {
    for (const PairResult& pair : result.pairs) lines.push_back(pair_line(result, pair));
  }
  return markdown_table(lines);
}

constexpr const char* kLegend = R"text(
Cost is processor time a packet, median. A ratio is ours over the rival's: of the cost, so that
below 1 the candidate is cheaper, and on the whole path of packets a second, so that above 1 it is
faster. It is the median of the ratios of each round, with its quartiles; less than 10 % is noise.
"(again)" is a candidate against itself: the noise of this run. Rounds: those that count, and (-n)
those disqualified by a wrong or missing packet.
)text";

std::string missing(const std::vector<Missing>& rivals) {
  std::string text;
  for (const Missing& each : rivals) text += cat({"* ", each.candidate, ": ", each.reason, "\n"});
  return text;
}

}  // namespace

std::string table_of(const Results& results) {
  std::string text;
  for (const auto& [name, value] : results.machine) text += cat({"* ", name, ": ", value, "\n"});
  text += cat({"* command: `", results.command, "`\n"});
  text += cat({"\n### What we expect\n\n", expectations(results.rows)});
  text += cat({"\n### Every pair\n\n", all_pairs(results.rows), kLegend});
  if (!results.missing.empty()) {
    text += cat({"\n### Rivals that could not take part\n\n", missing(results.missing)});
  }
  return text;
}

}  // namespace bench
