// Where and when a table was made.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace bench {

/// Names and values, in the order in which they are shown.
using Description = std::vector<std::pair<std::string, std::string>>;

Description describe_machine();

}  // namespace bench
