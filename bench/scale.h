// Many of everything in one process: how long it takes to open them, and what each takes of memory.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "network.h"

namespace bench {

/// What one kind of object takes, the median of a few processes.
struct ScalePart {
  std::string what;
  size_t count = 0;
  double seconds = 0;     ///< To open them all.
  double bytes_each = 0;  ///< Of the heap.
};

struct Scale {
  std::vector<ScalePart> parts;
  double seconds = 0;   ///< To open everything.
  std::string missing;  ///< Why it was not measured; then there is nothing else.
};

inline constexpr double kMostSeconds = 1;  ///< What we expect of the time to open everything.

/// Throws std::runtime_error when something cannot be opened, or is not there afterwards.
Scale measure_scale(const Network& network);

}  // namespace bench
