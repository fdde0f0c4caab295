#include "candidates/ways.h"

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "candidates/names.h"

namespace bench {
namespace {

const std::vector<Way>& all_ways() {
  static const std::vector<Way> ways{
      {"libmulticast", "mc_multicaster_send_many 64", "mc_listener, batches"},
      {"libmulticast, a handler a packet", "mc_multicaster_send_many 64", "mc_listener"},
      {"libmulticast, packet source", "mc packet source", "mc_listener, batches"},
      {"libmulticast, batching", "mc_multicaster_send, batching", "mc_listener, batches"},
      {"libmulticast, single sends", "mc_multicaster_send", "mc_listener"},
      {"UDP_SEGMENT + UDP_GRO", "UDP_SEGMENT, copied", "epoll + recvmmsg 16, UDP_GRO"},
      {"sendmmsg + recvmmsg", "sendmmsg 64", "epoll + recvmmsg 64"},
      {"sendto + recvfrom", "sendto", "epoll + recvfrom"},
      {"sendto + spinning recvfrom", "sendto", "spinning recvfrom"},
      {"libuv", "libuv", "libuv"},
      {"asio", "asio", "asio"},
      {"Python socket", "Python socket", "Python socket"},
      {"Python asyncio", "Python asyncio", "Python asyncio"},
      {"Go x/net", "Go x/net", "Go x/net"},
  };
  return ways;
}

}  // namespace

const Way& way_of(const std::string& name) {
  const std::vector<Way>& ways = all_ways();
  const auto found = std::find_if(
      ways.begin(), ways.end(), [&](const Way& each) { return each.name == without_again(name); });
  if (found == ways.end()) throw std::invalid_argument("no way is called " + name);
  return *found;
}

}  // namespace bench
