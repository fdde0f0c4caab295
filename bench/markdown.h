// Tables that are readable as text, too.
#pragma once

#include <string>
#include <vector>

namespace bench {

using Line = std::vector<std::string>;

/// The first line is the heading. Only ASCII: what is aligned are characters.
std::string markdown_table(const std::vector<Line>& lines);

}  // namespace bench
