#include "rows.h"

#include "rows/makers.h"

namespace bench {
namespace {

std::vector<Row> make_rows() {
  std::vector<Row> rows;
  for (const auto make : {receive_rows, receive_train_rows, send_rows, whole_path_rows,
                          round_trip_rows, layout_rows, many_rows}) {
    for (Row& each : make()) rows.push_back(std::move(each));
  }
  return rows;
}

}  // namespace

std::string again(const std::string& candidate) {
  return candidate + " (again)";
}

std::string label(int family, size_t size) {
  return std::to_string(size) + " B " + (family == AF_INET ? "IPv4" : "IPv6");
}

std::string suffix(int family, size_t size) {
  return (family == AF_INET ? "-ipv4-" : "-ipv6-") + std::to_string(size);
}

Target target_of(int family, size_t size) {
  Target target;
  target.family = family;
  target.size = size;
  return target;
}

Expectation at_most(double ratio) {
  return {Expectation::Bound::kAtMost, ratio};
}

Expectation at_least(double ratio) {
  return {Expectation::Bound::kAtLeast, ratio};
}

Figure figure_of(Kind kind) {
  if (kind == Kind::kWholePath) return Figure::kPacketsPerSecond;
  return kind == Kind::kRoundTrip ? Figure::kRoundTrip : Figure::kProcessorTime;
}

std::vector<std::string> frameworks(int family) {
  std::vector<std::string> names{"libuv", "asio"};
  if (family == AF_INET) {
    names.insert(names.end(), {"Go x/net", "Python socket", "Python asyncio"});
  }
  return names;
}

void compare_with(Row& row, const std::string& ours, const std::vector<std::string>& rivals) {
  for (const std::string& each : rivals) {
    row.candidates.push_back(each);
    row.pairs.push_back({ours, {each}, {}});
  }
}

bool is_quick(int family, size_t size) {
  return family == AF_INET && (size == 64 || size == 1200);
}

const std::vector<Row>& all_rows() {
  static const std::vector<Row> rows = make_rows();
  return rows;
}

}  // namespace bench
