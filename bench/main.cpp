// mcbench: one command, one table. See docs/performance.md.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include "machine.h"
#include "measure.h"
#include "network.h"
#include "options.h"
#include "private_network.h"
#include "report.h"
#include "results.h"
#include "run.h"
#include "tables/table.h"

namespace bench {
namespace {

void list(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    std::printf("%-20s %s\n", row.name.c_str(), row.title.c_str());
    for (const std::string& each : row.candidates) std::printf("%-20s   %s\n", "", each.c_str());
  }
}

// Says on the terminal how a row went; whether each of its pairs has a valid round.
bool tell(const RowResult& result) {
  for (const CandidateResult& each : result.candidates) {
    if (each.disqualified == 0) continue;
    std::fprintf(stderr, " [%s: %zu disqualified, the first with %s]", each.name.c_str(),
                 each.disqualified, each.reason.c_str());
  }
  std::fprintf(stderr, " %zu rounds\n", result.candidates.front().rounds);
  return std::all_of(result.pairs.begin(), result.pairs.end(),
                     [](const PairResult& each) { return each.rounds > 0; });
}

int measure(const Options& options, const std::string& command) {
  const std::vector<Row> rows = chosen_rows(options);
  if (options.is_realtime) become_realtime();
  Results results{describe_machine(), command, missing_of(rows), {}, {}};
  for (const Missing& each : results.missing) {
    std::fprintf(stderr, "without %s: %s\n", each.what.c_str(), each.reason.c_str());
  }
  const Network network;
  bool is_complete = true;
  for (const Row& row : rows) {
    if (!why_impossible(row).empty()) continue;
    std::fprintf(stderr, "%s ...", row.name.c_str());
    results.rows.push_back(run_row(without_missing(row), network, options.seconds_a_row));
    is_complete &= tell(results.rows.back());
  }
  if (options.wants_scale()) {
    std::fputs("scale ...", stderr);
    results.scale = measure_scale(network);
    std::fprintf(stderr, " %zu kinds\n", results.scale->parts.size());
  }
  const std::string table = table_of(results);
  std::fputs(table.c_str(), stdout);
  std::fflush(stdout);
  write_results(options.out, table, json_of(results));
  std::fprintf(stderr, "written to %s\n", options.out.c_str());
  return is_complete ? 0 : 1;
}

int run(const std::vector<std::string>& arguments) {
  const Options options = parse_options(arguments);
  if (options.help) {
    std::fputs(kUsage, stdout);
    return 0;
  }
  if (options.list) {
    list(chosen_rows(options));
    return 0;
  }
  std::string command = "mcbench";
  for (const std::string& each : arguments) command += " " + each;
  return measure(options, command);
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  // First of all, and before anything makes a thread; --list and --help do without.
  bool needs_network = true;
  for (const std::string& each : arguments) {
    if (each == "--list" || each == "--help" || each == "-h") needs_network = false;
  }
  if (needs_network) lab::enter_private_network();
  try {
    return bench::run(arguments);
  } catch (const std::invalid_argument& refusal) {
    std::fprintf(stderr, "mcbench: %s\n", refusal.what());
    return 2;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "mcbench: %s\n", failure.what());
    return 1;
  }
}
