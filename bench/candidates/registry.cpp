// The candidates by the names that the table shows.
#include <array>
#include <stdexcept>
#include <string_view>

#include "candidates/names.h"
#include "candidates/receiver.h"
#include "candidates/sender.h"

namespace bench {
namespace {

struct SocketCandidate {
  std::string_view name;
  Reading reading;
  Layout layout;
};

constexpr std::array<SocketCandidate, 7> kSocketReceivers{{
    {"epoll + recvfrom", Reading::kRecvfrom, Layout::kOwnMembership},
    {"epoll + recvmmsg 16", Reading::kRecvmmsg16, Layout::kOwnMembership},
    {"epoll + recvmmsg 64", Reading::kRecvmmsg64, Layout::kOwnMembership},
    {"epoll + recvmmsg 16, UDP_GRO", Reading::kTrains, Layout::kOwnMembership},
    {"own membership", Reading::kRecvmmsg16, Layout::kOwnMembership},
    {"holder", Reading::kRecvmmsg16, Layout::kHolder},
    {"holder, IPv6 socket", Reading::kRecvmmsg16, Layout::kMappedHolder},
}};

struct SendCandidate {
  std::string_view name;
  std::unique_ptr<Sender> (*make)(const Target& target);
};

constexpr std::array<SendCandidate, 12> kSenders{{
    {"sendto", make_sendto_sender},
    {"sendto, looping", make_looping_sendto_sender},
    {"sendmmsg 64", make_sendmmsg_sender},
    {"UDP_SEGMENT, copied", make_copying_train_sender},
    {"UDP_SEGMENT, gathered", make_gathering_train_sender},
    {"feeder", make_feeder},
    {"train feeder", make_train_feeder},
    {"mc_multicaster_send", make_multicaster_sender},
    {"mc_multicaster_send, looping", make_looping_multicaster_sender},
    {"mc_multicaster_send_many 64", make_multicaster_batch_sender},
    {"mc packet source", make_packet_source_sender},
    {"mc_sendto", make_quick_sender},
}};

}  // namespace

std::unique_ptr<Receiver> make_receiver(const std::string& name, const Target& target,
                                        Tallies& tallies) {
  if (name == "mc_listener") return make_multicast_receiver(target, tallies);
  if (name == "spinning recvfrom") return make_spinning_receiver(target, tallies);
  if (name == "mc_listener, batches") return make_multicast_batch_receiver(target, tallies);
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

}  // namespace bench
