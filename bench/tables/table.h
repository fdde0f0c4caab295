// The table that people read: Markdown, aligned so that it is readable as text too.
#pragma once

#include <string>

#include "results.h"

namespace bench {

std::string table_of(const Results& results);

}  // namespace bench
