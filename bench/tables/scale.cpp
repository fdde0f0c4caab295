// Many of everything: time to open, and memory.
#include "markdown.h"
#include "tables/figures.h"
#include "tables/parts.h"
#include "text.h"

namespace bench {
namespace {

constexpr const char* kLegend = R"(
In one process, one after the other, on one poller; the kernel's memory is not counted. The first
listeners share a channel, the second have one each.
)";

}  // namespace

std::string scale_part(const Scale& scale) {
  if (!scale.missing.empty())
    return cat({"### Many of everything\n\nNot measured: ", scale.missing, ".\n"});
  std::vector<Line> lines{{"what", "how many", "opened in", "heap, each"}};
  for (const ScalePart& each : scale.parts) {
    lines.push_back({each.what, std::to_string(each.count), format("%.0f ms", each.seconds * 1000),
                     format("%.0f bytes", each.bytes_each)});
  }
  lines.push_back({"all", "", format("%.0f ms", scale.seconds * 1000), ""});
  const double channel = scale.parts[1].bytes_each - scale.parts[0].bytes_each;
  return cat({"### Many of everything\n\n", markdown_table(lines), kLegend, "Their difference, ",
              format("%.0f", channel),
              " bytes, is a channel: a group's socket and its membership.\n"});
}

}  // namespace bench
