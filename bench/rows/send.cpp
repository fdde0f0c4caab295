// Sending alone.
#include "rows/makers.h"

namespace bench {
namespace {

constexpr uint64_t kBurst = 2048;

Row send_row(int family, size_t size) {
  const std::string kBatch = "sendmmsg 64";
  Row row{"send" + suffix(family, size),
          "send " + label(family, size),
          Kind::kSend,
          target_of(family, size),
          kBurst,
          {"mc_multicaster_send", "sendto", "mc_sendto", "sendto, looping",
           "mc_multicaster_send, looping", "mc_multicaster_send_many 64", kBatch,
           "mc packet source", again(kBatch), "mc_multicaster_send, batching",
           "UDP_SEGMENT, copied", "UDP_SEGMENT, gathered"},
          {{"mc_multicaster_send", {"sendto"}, {}},
           {"mc_sendto", {"sendto, looping"}, {}},
           {"mc_sendto", {"mc_multicaster_send, looping"}, {}},
           {"mc_multicaster_send_many 64", {kBatch}, {}},
           {"mc_multicaster_send_many 64",
            {"UDP_SEGMENT, copied", "UDP_SEGMENT, gathered"},
            at_most(1.10)},
           {"UDP_SEGMENT, gathered", {"UDP_SEGMENT, copied"}, {}},
           {"mc packet source", {"UDP_SEGMENT, copied"}, {}},
           {"mc_multicaster_send, batching", {"UDP_SEGMENT, copied"}, {}},
           {again(kBatch), {kBatch}, {}}},
          is_quick(family, size)};
  compare_with(row, "mc_multicaster_send", frameworks(family));
  return row;
}

}  // namespace

std::vector<Row> send_rows() {
  std::vector<Row> rows;
  for (const int family : {AF_INET, AF_INET6}) {
    for (const size_t size : {64U, 1200U}) rows.push_back(send_row(family, size));
  }
  return rows;
}

}  // namespace bench
