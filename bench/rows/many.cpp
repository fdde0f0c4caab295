// Many listeners on one group, and many groups.
#include <algorithm>

#include "rows/makers.h"
#include "text.h"

namespace bench {
namespace {

const std::vector<std::string> kSockets{"epoll + recvmmsg 16", "epoll + recvfrom"};

// With a comma before the thousands.
std::string counted(unsigned count, const std::string& what) {
  const std::string digits = std::to_string(count);
  const std::string_view all = digits;
  const size_t before = all.size() > 3 ? all.size() - 3 : 0;
  return cat({all.substr(0, before), before > 0 ? "," : "", all.substr(before), " ", what,
              count == 1 ? "" : "s"});
}

Row many_row(const std::string& name, const std::string& title, unsigned groups,
             unsigned listeners) {
  Row row{name,
          title + ", deliver + receive",
          Kind::kDeliver,
          target_of(AF_INET, 64),
          0,
          {"mc_listener", "mc_listener, batches", kSockets[0], kSockets[1], "libuv"},
          {},
          groups <= 1000 && listeners <= 1000};
  row.target.groups = groups;
  row.target.listeners = listeners;
  return row;
}

Row listeners_row(unsigned listeners) {
  Row row = many_row("listeners-" + std::to_string(listeners),
                     counted(listeners, "listener") + " on one group", 1, listeners);
  row.burst = std::clamp<uint64_t>(16'000 / listeners, 4, 1000);
  row.pairs = {{"mc_listener", {"libuv"}, {}}, {"mc_listener", kSockets, {}}};
  if (listeners == 1000) {
    row.pairs[0].expected = at_most(0.01);
    row.pairs.push_back({"mc_listener, batches", {"libuv"}, {}});
  }
  return row;
}

Row groups_row(unsigned groups) {
  Row row = many_row("groups-" + std::to_string(groups), counted(groups, "group"), groups, 1);
  row.burst = std::max(1U, 1000 / groups);
  row.pairs = {{"mc_listener", kSockets, {}}, {"mc_listener", {"libuv"}, {}}};
  if (groups == 1000) row.pairs[0].expected = at_most(1.10);
  return row;
}

}  // namespace

std::vector<Row> many_rows() {
  std::vector<Row> rows;
  for (const unsigned listeners : {1U, 10U, 100U, 1000U, 10'000U}) {
    rows.push_back(listeners_row(listeners));
  }
  for (const unsigned groups : {1U, 10U, 100U, 1000U, 5000U}) rows.push_back(groups_row(groups));
  return rows;
}

}  // namespace bench
