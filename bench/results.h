// All that a run found out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "machine.h"
#include "rivals/missing.h"
#include "run.h"
#include "scale.h"

namespace bench {

struct Results {
  Description machine;
  std::string command;
  std::vector<Missing> missing;
  std::vector<RowResult> rows;
  std::optional<Scale> scale;
};

}  // namespace bench
