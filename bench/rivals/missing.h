// Rivals that are not installed: the run does without them, and says so.
#pragma once

#include <string>

#include "rows.h"

namespace bench {

/// Why a candidate cannot take part; empty when it can.
std::string why_missing(const std::string& candidate);

/// The row without the candidates that cannot take part, and without the pairs that then have
/// nobody to be compared with.
Row without_missing(Row row);

}  // namespace bench
