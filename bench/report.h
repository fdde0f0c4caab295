// The same results for programs.
#pragma once

#include <string>

#include "results.h"

namespace bench {

/// As JSON. Costs are nanoseconds of processor time a packet.
std::string json_of(const Results& results);

/// Makes the directory and writes table.md and results.json into it; throws std::runtime_error.
void write_results(const std::string& directory, const std::string& table, const std::string& json);

}  // namespace bench
