// A packet there and one back.
#include "rows/makers.h"

namespace bench {
namespace {

Row round_trip_row(size_t size) {
  Row row{"round-trip" + suffix(AF_INET, size),
          "round trip " + label(AF_INET, size),
          Kind::kRoundTrip,
          target_of(AF_INET, size),
          1,
          {"mc_poller, block", "mc_poller, hybrid 50 us", "epoll_wait + recvfrom",
           again("epoll_wait + recvfrom"), "spinning recvfrom"},
          {{"mc_poller, block", {"epoll_wait + recvfrom"}, at_most(1.10)},
           {"mc_poller, hybrid 50 us", {"spinning recvfrom"}, at_most(1.10)},
           {again("epoll_wait + recvfrom"), {"epoll_wait + recvfrom"}, {}}},
          true};
  row.target.groups = 2;
  compare_with(row, "mc_poller, block", frameworks(AF_INET));
  return row;
}

}  // namespace

std::vector<Row> round_trip_rows() {
  return {round_trip_row(64), round_trip_row(1200)};
}

}  // namespace bench
