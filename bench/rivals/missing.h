// Rivals that are not installed, and rows that this machine does not allow: the run does without
// them, and says so.
#pragma once

#include <string>

#include "rows.h"

namespace bench {

/// Why a candidate cannot take part; empty when it can.
std::string why_missing(const std::string& candidate);

/// Why a row cannot be measured; empty when it can.
std::string why_impossible(const Row& row);

struct Missing {
  std::string what;  ///< A candidate, or the title of a row.
  std::string reason;
};

/// Of the rows and their candidates, each once.
std::vector<Missing> missing_of(const std::vector<Row>& rows);

/// The row without the candidates that cannot take part, and without the pairs that then have
/// nobody to be compared with.
Row without_missing(Row row);

}  // namespace bench
