// The command line.
#pragma once

#include <string>
#include <vector>

#include "rows.h"

namespace bench {

struct Options {
  std::string out = "bench/results";
  std::vector<std::string> only;  ///< Parts of row names; none: all rows.
  bool is_quick = false;
  double seconds_a_row = 20;
  bool is_realtime = false;
  bool list = false;
  bool help = false;

  /// Whether to open many of everything, too.
  bool wants_scale() const;
};

extern const char* const kUsage;

/// Throws std::invalid_argument with a sentence.
Options parse_options(const std::vector<std::string>& arguments);

/// The rows that the options choose, in the table's order.
std::vector<Row> chosen_rows(const Options& options);

}  // namespace bench
