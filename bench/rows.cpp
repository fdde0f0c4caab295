#include "rows.h"

namespace bench {
namespace {

constexpr uint64_t kBurst = 1000;
const std::string kAgain = " (again)";

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

Row receive_row(int family, size_t size) {
  const std::string kBatch = "epoll + recvmmsg 64";
  Row row{"receive" + suffix(family, size),
          "receive " + label(family, size),
          Kind::kReceive,
          target_of(family, size),
          kBurst,
          {"mc_listener", "epoll + recvfrom", "epoll + recvmmsg 16", kBatch, kBatch + kAgain},
          {}};
  for (size_t i = 1; i <= 3; ++i) row.pairs.push_back({row.candidates[0], row.candidates[i]});
  row.pairs.push_back({kBatch + kAgain, kBatch});
  return row;
}

Row send_row(int family, size_t size) {
  const std::string kBatch = "sendmmsg 64";
  return {"send" + suffix(family, size),
          "send " + label(family, size),
          Kind::kSend,
          target_of(family, size),
          kBurst,
          {"mc_multicaster_send", "sendto", "mc_sendto", "sendto, looping",
           "mc_multicaster_send, looping", "mc_multicaster_send_many 64", kBatch,
           "mc packet source", kBatch + kAgain},
          {{"mc_multicaster_send", "sendto"},
           {"mc_sendto", "sendto, looping"},
           {"mc_sendto", "mc_multicaster_send, looping"},
           {"mc_multicaster_send_many 64", kBatch},
           {"mc packet source", kBatch},
           {kBatch + kAgain, kBatch}}};
}

Row layout_row(int family, size_t size) {
  const std::string kOwn = "own membership";
  Row row{"layout" + suffix(family, size),
          "layout, deliver + receive " + label(family, size),
          Kind::kDeliver,
          target_of(family, size),
          kBurst,
          {"holder", kOwn, kOwn + kAgain},
          {{"holder", kOwn}, {kOwn + kAgain, kOwn}}};
  if (family == AF_INET) {
    row.candidates.push_back("holder, IPv6 socket");
    row.pairs.insert(row.pairs.begin(), {row.candidates.back(), kOwn});
  }
  return row;
}

Row many_row(const std::string& name, const std::string& title, unsigned groups, unsigned listeners,
             uint64_t burst) {
  Row row{name,
          title,
          Kind::kDeliver,
          target_of(AF_INET, 64),
          burst,
          {"mc_listener", "epoll + recvmmsg 16", "epoll + recvfrom"},
          {{"mc_listener", "epoll + recvmmsg 16"}, {"mc_listener", "epoll + recvfrom"}}};
  row.target.groups = groups;
  row.target.listeners = listeners;
  return row;
}

std::vector<Row> make_rows() {
  std::vector<Row> rows;
  for (const int family : {AF_INET, AF_INET6}) {
    for (const size_t size : {64U, 1200U}) rows.push_back(receive_row(family, size));
  }
  for (const int family : {AF_INET, AF_INET6}) {
    for (const size_t size : {64U, 1200U}) rows.push_back(send_row(family, size));
  }
  for (const int family : {AF_INET, AF_INET6}) rows.push_back(layout_row(family, 64));
  rows.push_back(
      many_row("listeners-1000", "1,000 listeners on one group, deliver + receive", 1, 1000, 16));
  rows.push_back(many_row("groups-1000", "1,000 groups, deliver + receive", 1000, 1, 1));
  return rows;
}

}  // namespace

const std::vector<Row>& all_rows() {
  static const std::vector<Row> rows = make_rows();
  return rows;
}

}  // namespace bench
