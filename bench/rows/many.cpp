// Many listeners on one group, and many groups.
#include "rows/makers.h"

namespace bench {
namespace {

Row many_row(const std::string& name, const std::string& title, unsigned groups, unsigned listeners,
             uint64_t burst, Expectation expected) {
  const std::vector<std::string> kSockets{"epoll + recvmmsg 16", "epoll + recvfrom"};
  Row row{name,
          title,
          Kind::kDeliver,
          target_of(AF_INET, 64),
          burst,
          {"mc_listener", "mc_listener, batches", kSockets[0], kSockets[1]},
          {{"mc_listener", kSockets, expected}, {"mc_listener, batches", kSockets, {}}},
          true};
  row.target.groups = groups;
  row.target.listeners = listeners;
  return row;
}

}  // namespace

std::vector<Row> many_rows() {
  return {many_row("listeners-1000", "1,000 listeners on one group, deliver + receive", 1, 1000, 16,
                   at_most(0.01)),
          many_row("groups-1000", "1,000 groups, deliver + receive", 1000, 1, 1, at_most(1.10))};
}

}  // namespace bench
