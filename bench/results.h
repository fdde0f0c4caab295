// All that a run found out.
#pragma once

#include <string>
#include <vector>

#include "machine.h"
#include "rivals/missing.h"
#include "run.h"

namespace bench {

struct Results {
  Description machine;
  std::string command;
  std::vector<Missing> missing;
  std::vector<RowResult> rows;
};

}  // namespace bench
