#include "table.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "text.h"

namespace bench {
namespace {

using Line = std::vector<std::string>;

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

Line line_of(const RowResult& result, const PairResult& pair) {
  const CandidateResult& ours = result.candidate(pair.pair.ours);
  const CandidateResult& rival = result.candidate(pair.pair.rival);
  const size_t disqualified = std::max(ours.disqualified, rival.disqualified);
  Line line{result.row.title, ours.name, rival.name};
  if (pair.rounds == 0) {
    line.insert(line.end(), {"-", "-", "no valid round", "-", "-"});
  } else {
    line.insert(line.end(), {cost_text(ours.cost_ns.median), cost_text(rival.cost_ns.median),
                             ratio_text(pair.ratio), rate_text(ours.packets_per_second),
                             rate_text(rival.packets_per_second)});
  }
  line.push_back(std::to_string(pair.rounds) +
                 (disqualified > 0 ? cat({" (-", std::to_string(disqualified), ")"}) : ""));
  return line;
}

// Characters, not bytes, are what is aligned; there are only ASCII ones.
std::string aligned(const std::vector<Line>& lines) {
  std::vector<size_t> widths(lines.front().size());
  for (const Line& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  std::string text;
  for (size_t n = 0; n < lines.size(); ++n) {
    for (size_t i = 0; i < widths.size(); ++i) {
      text += cat({"| ", lines[n][i], std::string(widths[i] - lines[n][i].size() + 1, ' ')});
    }
    text += "|\n";
    if (n > 0) continue;
    for (const size_t width : widths) text += cat({"|", std::string(width + 2, '-')});
    text += "|\n";
  }
  return text;
}

}  // namespace

std::string table_of(const Description& machine, const std::vector<RowResult>& results) {
  std::string text;
  for (const auto& [name, value] : machine) text += cat({"* ", name, ": ", value, "\n"});
  std::vector<Line> lines{{"what", "candidate", "against", "candidate's cost", "rival's cost",
                           "cost ratio", "packets/s", "rival's", "rounds"}};
  for (const RowResult& result : results) {
    for (const PairResult& pair : result.pairs) lines.push_back(line_of(result, pair));
  }
  text += cat({"\n", aligned(lines)});
  text +=
      "\nCost is processor time a packet, median. The ratio is the median of the ratios of each\n"
      "round, with its quartiles; below 1 the candidate is cheaper, and less than 10 % is noise.\n"
      "\"(again)\" is a candidate against itself: the noise of this run. Rounds: those that "
      "count,\n"
      "and (-n) those disqualified by a wrong or missing packet.\n";
  return text;
}

}  // namespace bench
