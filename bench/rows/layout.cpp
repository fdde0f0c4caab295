// Hand-written sockets that differ in where the membership is.
#include "rows/makers.h"

namespace bench {
namespace {

Row layout_row(int family, size_t size) {
  const std::string kOwn = "own membership";
  Row row{"layout" + suffix(family, size),
          "layout, deliver + receive " + label(family, size),
          Kind::kDeliver,
          target_of(family, size),
          1000,
          {"holder", kOwn, again(kOwn)},
          {{"holder", {kOwn}, {}}, {again(kOwn), {kOwn}, {}}},
          false};
  if (family == AF_INET) {
    row.candidates.push_back("holder, IPv6 socket");
    row.pairs.insert(row.pairs.begin(), {row.candidates.back(), {kOwn}, {}});
  }
  return row;
}

}  // namespace

std::vector<Row> layout_rows() {
  return {layout_row(AF_INET, 64), layout_row(AF_INET6, 64)};
}

}  // namespace bench
