// Sender and receiver at the same time, at the pace of the slower one.
#include "rows/makers.h"

namespace bench {
namespace {

Row whole_path_row(size_t size, bool quick) {
  const std::string kTrains = "UDP_SEGMENT + UDP_GRO";
  Row row{"path" + suffix(AF_INET, size),
          "whole path " + label(AF_INET, size),
          Kind::kWholePath,
          target_of(AF_INET, size),
          1'000'000,  // as many on the way as a receive buffer holds
          {"libmulticast", "libmulticast, a handler a packet", "libmulticast, packet source",
           "libmulticast, single sends", kTrains, again(kTrains), "sendmmsg + recvmmsg",
           "sendto + recvfrom", "sendto + spinning recvfrom", "libuv", "asio"},
          {{"libmulticast", {kTrains}, at_least(0.85)},
           {"libmulticast", {"libuv", "asio"}, at_least(8)},
           {again(kTrains), {kTrains}, {}}},
          quick};
  for (const std::string& each : row.candidates) {
    if (each != "libmulticast" && each.rfind(kTrains, 0) != 0) {
      row.pairs.push_back({"libmulticast", {each}, {}});
    }
  }
  return row;
}

}  // namespace

std::vector<Row> whole_path_rows() {
  return {whole_path_row(64, true), whole_path_row(256, false), whole_path_row(512, false),
          whole_path_row(1200, true), whole_path_row(1472, false)};
}

}  // namespace bench
