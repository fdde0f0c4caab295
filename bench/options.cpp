#include "options.h"

#include <algorithm>
#include <stdexcept>

namespace bench {
namespace {

constexpr double kQuickSeconds = 3;

bool is_named(const std::string& name, const Options& options) {
  return std::any_of(options.only.begin(), options.only.end(),
                     [&](const std::string& part) { return name.find(part) != std::string::npos; });
}

bool is_chosen(const Row& row, const Options& options) {
  if (options.only.empty()) return row.is_quick || !options.is_quick;
  return is_named(row.name, options);
}

}  // namespace

const char* const kUsage =
    "mcbench: what libmulticast costs, against hand-written loops, on a private network.\n"
    "\n"
    "  --quick         fewer rows, and three seconds for each instead of twenty\n"
    "  --realtime      under SCHED_FIFO, for a machine that has other work to do; needs privilege\n"
    "  --only PART     only rows whose name contains PART; may be repeated\n"
    "  --list          list the rows and their candidates, measure nothing\n"
    "  --out DIR       where table.md and results.json go (bench/results)\n"
    "  --help          this\n";

bool Options::wants_scale() const {
  return only.empty() || is_named("scale", *this);
}

Options parse_options(const std::vector<std::string>& arguments) {
  Options options;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& name = arguments[i];
    const auto value = [&]() -> const std::string& {
      if (i + 1 == arguments.size()) throw std::invalid_argument(name + " needs a value");
      return arguments[++i];
    };
    if (name == "--quick" || name == "quick") {
      options.is_quick = true;
      options.seconds_a_row = kQuickSeconds;
    } else if (name == "--realtime") {
      options.is_realtime = true;
    } else if (name == "--only") {
      options.only.push_back(value());
    } else if (name == "--out") {
      options.out = value();
    } else if (name == "--list") {
      options.list = true;
    } else if (name == "--help" || name == "-h") {
      options.help = true;
    } else {
      throw std::invalid_argument("unknown option " + name + "; see mcbench --help");
    }
  }
  return options;
}

std::vector<Row> chosen_rows(const Options& options) {
  std::vector<Row> rows;
  for (const Row& each : all_rows()) {
    if (is_chosen(each, options)) rows.push_back(each);
  }
  if (rows.empty() && !options.wants_scale())
    throw std::invalid_argument("no row has such a name; see mcbench --list");
  return rows;
}

}  // namespace bench
