// Reading single datagrams that wait already.
#include "rows/makers.h"

namespace bench {
namespace {

constexpr uint64_t kBurst = 1000;

Row receive_row(int family, size_t size) {
  const std::string kBatch = "epoll + recvmmsg 64";
  return {"receive" + suffix(family, size),
          "receive " + label(family, size),
          Kind::kReceive,
          target_of(family, size),
          kBurst,
          {"mc_listener", "epoll + recvfrom", "epoll + recvmmsg 16", kBatch, again(kBatch)},
          {{"mc_listener", {"epoll + recvfrom"}, {}},
           {"mc_listener", {"epoll + recvmmsg 16"}, {}},
           {"mc_listener", {kBatch}, at_most(1.10)},
           {again(kBatch), {kBatch}, {}}},
          is_quick(family, size)};
}

}  // namespace

std::vector<Row> receive_rows() {
  std::vector<Row> rows;
  for (const int family : {AF_INET, AF_INET6}) {
    for (const size_t size : {64U, 1200U}) rows.push_back(receive_row(family, size));
  }
  return rows;
}

}  // namespace bench
