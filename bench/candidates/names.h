// The names of candidates.
#pragma once

#include <string_view>

namespace bench {

/// A candidate may compete against itself, to show the noise: "x (again)" is x.
inline std::string_view without_again(std::string_view name) {
  return name.substr(0, name.find(" (again)"));
}

}  // namespace bench
