// Reading what waits already: single datagrams, and trains.
#include "rows/makers.h"

namespace bench {
namespace {

constexpr uint64_t kBurst = 1000;
constexpr uint64_t kTrainBurst = 6400;

Row receive_row(int family, size_t size) {
  const std::string kBatch = "epoll + recvmmsg 64";
  const std::string kTrains = "epoll + recvmmsg 16, UDP_GRO";
  Row row{"receive" + suffix(family, size),
          "receive " + label(family, size),
          Kind::kReceive,
          target_of(family, size),
          kBurst,
          {"mc_listener", "mc_listener, batches", kBatch, again(kBatch), kTrains},
          {{"mc_listener", {kBatch}, at_most(1.10)},
           {"mc_listener, batches", {kBatch}, {}},
           {kTrains, {kBatch}, {}},
           {again(kBatch), {kBatch}, {}}},
          is_quick(family, size)};
  compare_with(row, "mc_listener", {"epoll + recvfrom", "epoll + recvmmsg 16"});
  compare_with(row, "mc_listener", frameworks(family));
  return row;
}

Row receive_train_row(int family, size_t size) {
  const std::string kByHand = "epoll + recvmmsg 16, UDP_GRO";
  return {"receive-trains" + suffix(family, size),
          "receive trains " + label(family, size),
          Kind::kReceive,
          target_of(family, size),
          kTrainBurst,
          {"mc_listener, batches", "mc_listener", kByHand, again(kByHand)},
          {{"mc_listener, batches", {kByHand}, at_most(1.15)},
           {"mc_listener", {kByHand}, {}},
           {again(kByHand), {kByHand}, {}}},
          is_quick(family, size),
          "train feeder"};
}

}  // namespace

std::vector<Row> receive_rows() {
  std::vector<Row> rows;
  for (const int family : {AF_INET, AF_INET6}) {
    for (const size_t size : {64U, 1200U}) rows.push_back(receive_row(family, size));
  }
  return rows;
}

std::vector<Row> receive_train_rows() {
  std::vector<Row> rows;
  for (const int family : {AF_INET, AF_INET6}) {
    for (const size_t size : {64U, 1200U}) rows.push_back(receive_train_row(family, size));
  }
  return rows;
}

}  // namespace bench
