#include "markdown.h"

#include <algorithm>

#include "text.h"

namespace bench {

std::string markdown_table(const std::vector<Line>& lines) {
  std::vector<size_t> widths(lines.front().size());
  for (const Line& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], line[i].size());
  }
  std::string text;
  for (size_t n = 0; n < lines.size(); ++n) {
    for (size_t i = 0; i < widths.size(); ++i) {
      text += cat({"| ", lines[n][i], std::string(widths[i] - lines[n][i].size() + 1, ' ')});
    }
    text += "|\n";
    if (n > 0) continue;
    for (const size_t width : widths) text += cat({"|", std::string(width + 2, '-')});
    text += "|\n";
  }
  return text;
}

}  // namespace bench
