// The table that people read: Markdown, aligned so that it is readable as text too.
#pragma once

#include <string>
#include <vector>

#include "machine.h"
#include "run.h"

namespace bench {

std::string table_of(const Description& machine, const std::vector<RowResult>& results);

}  // namespace bench
