// Sender and receiver at the same time, at the pace of the slower one.
#include "rows/makers.h"

namespace bench {
namespace {

const std::string kTrains = "UDP_SEGMENT + UDP_GRO";

Row whole_path_row(size_t size) {
  return {"path" + suffix(AF_INET, size),
          "whole path " + label(AF_INET, size),
          Kind::kWholePath,
          target_of(AF_INET, size),
          1'000'000,  // as many on the way as a receive buffer holds
          {"libmulticast", kTrains},
          {{"libmulticast", {kTrains}, {}}, {"libmulticast", frameworks(AF_INET), {}}},
          false};
}

// One of those of the table, with all there is.
Row full_row(size_t size) {
  Row row = whole_path_row(size);
  row.is_quick = true;
  row.candidates.push_back(again(kTrains));
  row.pairs[0].expected = at_least(0.85);
  row.pairs[1].expected = at_least(8);
  row.pairs.push_back({again(kTrains), {kTrains}, {}});
  compare_with(row, "libmulticast",
               {"libmulticast, a handler a packet", "libmulticast, packet source",
                "libmulticast, batching", "libmulticast, single sends", "sendmmsg + recvmmsg",
                "sendto + recvfrom", "sendto + spinning recvfrom"});
  compare_with(row, "libmulticast", frameworks(AF_INET));
  return row;
}

// A further point of the curve of throughput against size.
Row point_row(size_t size) {
  Row row = whole_path_row(size);
  row.candidates.insert(row.candidates.end(), {"sendmmsg + recvmmsg", "sendto + recvfrom"});
  for (const std::string& each : frameworks(AF_INET)) row.candidates.push_back(each);
  return row;
}

}  // namespace

std::vector<Row> whole_path_rows() {
  return {full_row(64), point_row(256), point_row(512), full_row(1200), point_row(1472)};
}

}  // namespace bench
