// The candidates by the names that the table shows.
#include <array>
#include <stdexcept>
#include <string_view>

#include "candidates/echo.h"
#include "candidates/names.h"
#include "candidates/receiver.h"
#include "candidates/sender.h"
#include "rivals/frameworks.h"

namespace bench {
namespace {

struct SocketCandidate {
  std::string_view name;
  Reading reading;
  Layout layout;
};

constexpr std::array kSocketReceivers{
    SocketCandidate{"epoll + recvfrom", Reading::kRecvfrom, Layout::kOwnMembership},
    SocketCandidate{"epoll + recvmmsg 16", Reading::kRecvmmsg16, Layout::kOwnMembership},
    SocketCandidate{"epoll + recvmmsg 64", Reading::kRecvmmsg64, Layout::kOwnMembership},
    SocketCandidate{"epoll + recvmmsg 16, UDP_GRO", Reading::kTrains, Layout::kOwnMembership},
    SocketCandidate{"own membership", Reading::kRecvmmsg16, Layout::kOwnMembership},
    SocketCandidate{"holder", Reading::kRecvmmsg16, Layout::kHolder},
    SocketCandidate{"holder, IPv6 socket", Reading::kRecvmmsg16, Layout::kMappedHolder},
};

struct ReceiveCandidate {
  std::string_view name;
  std::unique_ptr<Receiver> (*make)(const Target& target, Tallies& tallies);
};

constexpr std::array kReceivers {
  ReceiveCandidate{"mc_listener", make_multicast_receiver},
      ReceiveCandidate{"mc_listener, batches", make_multicast_batch_receiver},
      ReceiveCandidate{"spinning recvfrom", make_spinning_receiver},
#if MCBENCH_HAS_UV
      ReceiveCandidate{"libuv", make_uv_receiver},
#endif
#if MCBENCH_HAS_ASIO
      ReceiveCandidate{"asio", make_asio_receiver},
#endif
};

struct SendCandidate {
  std::string_view name;
  std::unique_ptr<Sender> (*make)(const Target& target);
};

constexpr std::array kSenders {
  SendCandidate{"sendto", make_sendto_sender},
      SendCandidate{"sendto, looping", make_looping_sendto_sender},
      SendCandidate{"sendmmsg 64", make_sendmmsg_sender},
      SendCandidate{"UDP_SEGMENT, copied", make_copying_train_sender},
      SendCandidate{"UDP_SEGMENT, gathered", make_gathering_train_sender},
      SendCandidate{"feeder", make_feeder}, SendCandidate{"train feeder", make_train_feeder},
      SendCandidate{"mc_multicaster_send", make_multicaster_sender},
      SendCandidate{"mc_multicaster_send, looping", make_looping_multicaster_sender},
      SendCandidate{"mc_multicaster_send, batching", make_gathered_sender},
      SendCandidate{"mc_multicaster_send_many 64", make_multicaster_batch_sender},
      SendCandidate{"mc packet source", make_packet_source_sender},
      SendCandidate{"mc_sendto", make_quick_sender},
#if MCBENCH_HAS_UV
      SendCandidate{"libuv", make_uv_sender},
#endif
#if MCBENCH_HAS_ASIO
      SendCandidate{"asio", make_asio_sender},
#endif
};

struct EchoCandidate {
  std::string_view name;
  std::unique_ptr<Echo> (*make)(const Target& target, Side side, Hearer& hearer);
};

constexpr std::array kEchoes {
  EchoCandidate{"mc_poller, block", make_multicast_echo},
      EchoCandidate{"mc_poller, hybrid 50 us", make_hybrid_multicast_echo},
      EchoCandidate{"epoll_wait + recvfrom", make_epoll_echo},
      EchoCandidate{"spinning recvfrom", make_spinning_echo},
#if MCBENCH_HAS_UV
      EchoCandidate{"libuv", make_uv_echo},
#endif
#if MCBENCH_HAS_ASIO
      EchoCandidate{"asio", make_asio_echo},
#endif
};

}  // namespace

std::unique_ptr<Receiver> make_receiver(const std::string& name, const Target& target,
                                        Tallies& tallies) {
  for (const ReceiveCandidate& each : kReceivers) {
    if (each.name == without_again(name)) return each.make(target, tallies);
  }
  for (const SocketCandidate& each : kSocketReceivers) {
    if (each.name == without_again(name))
      return make_socket_receiver(each.reading, each.layout, target, tallies);
  }
  throw std::invalid_argument("no receiver is called " + name);
}

std::unique_ptr<Sender> make_sender(const std::string& name, const Target& target) {
  for (const SendCandidate& each : kSenders) {
    if (each.name == without_again(name)) return each.make(target);
  }
  throw std::invalid_argument("no sender is called " + name);
}

std::unique_ptr<Echo> make_echo(const std::string& name, const Target& target, Side side,
                                Hearer& hearer) {
  for (const EchoCandidate& each : kEchoes) {
    if (each.name == without_again(name)) return each.make(target, side, hearer);
  }
  throw std::invalid_argument("no echo is called " + name);
}

}  // namespace bench
