// The parts of the table that people read, each with what is needed to understand it.
#pragma once

#include <string>
#include <vector>

#include "results.h"

namespace bench {

/// Each is empty when the results have nothing of the kind.
std::string expectations_part(const Results& results);
std::string costs_part(const std::vector<RowResult>& results);
std::string whole_paths_part(const std::vector<RowResult>& results);
std::string round_trips_part(const std::vector<RowResult>& results);

std::string scale_part(const Scale& scale);

/// The ratio of the row's first candidate to that one, or "-".
std::string ratio_to(const RowResult& result, const std::string& candidate);

}  // namespace bench
