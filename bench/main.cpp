// mcbench: one command, one table. See docs/performance.md.
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include "machine.h"
#include "network.h"
#include "options.h"
#include "private_network.h"
#include "report.h"
#include "run.h"
#include "table.h"

namespace bench {
namespace {

void list(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    std::printf("%-20s %s\n", row.name.c_str(), row.title.c_str());
    for (const std::string& each : row.candidates) std::printf("%-20s   %s\n", "", each.c_str());
  }
}

int measure(const Options& options, const std::string& command) {
  const std::vector<Row> rows = chosen_rows(options);
  const Description machine = describe_machine();
  const Network network;
  std::vector<RowResult> results;
  bool is_complete = true;
  for (const Row& row : rows) {
    std::fprintf(stderr, "%s ...", row.name.c_str());
    results.push_back(run_row(row, network, options.seconds_a_row));
    for (const PairResult& pair : results.back().pairs) is_complete &= pair.rounds > 0;
    for (const CandidateResult& each : results.back().candidates) {
      if (each.disqualified == 0) continue;
      std::fprintf(stderr, " [%s: %zu disqualified, the first with %s]", each.name.c_str(),
                   each.disqualified, each.reason.c_str());
    }
    std::fprintf(stderr, " %zu rounds\n", results.back().candidates.front().rounds);
  }
  const std::string table = table_of(machine, results);
  std::fputs(table.c_str(), stdout);
  write_results(options.out, table, json_of(machine, command, results));
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
