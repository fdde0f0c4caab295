#include "core/reply.h"

#include <array>
#include <optional>

#include "base/fork.h"
#include "base/per_thread.h"
#include "base/text.h"
#include "core/answers.h"
#include "core/multicaster.h"
#include "io/transmitter.h"
#include "net/socket.h"

namespace mc {
namespace {

// The sockets that a thread answers from, one for each family; made on first use.
class Repliers {
 public:
  Repliers() = default;
  Repliers(const Repliers&) = delete;
  Repliers& operator=(const Repliers&) = delete;

  Status send(const net::Address& to, uint32_t interface_index, net::Buffer answer);

 private:
  struct Replier {
    std::optional<net::Socket> socket;
    Birthplace birthplace;
  };
  std::array<Replier, 2> repliers_;
};

Status Repliers::send(const net::Address& to, uint32_t interface_index, net::Buffer answer) {
  Replier& replier = repliers_[to.is_ipv4() ? 0 : 1];
  if (!replier.socket || replier.birthplace.is_elsewhere()) {
    Result<net::Socket> socket = net::Socket::create(to.family, false);
    if (!socket.ok()) return std::move(socket).status();
    socket->ask_receive_buffer(0);  // nobody reads what comes back
    socket->refuse_multicast();
    MC_TRY(socket->bind(net::Address{.family = to.family}));
    replier = {std::move(*socket), Birthplace()};
  }
  const int error = net::send_unicast(replier.socket->fd(), {}, to, interface_index, answer);
  return error == 0 ? Status() : io::refused_answer(error, to, answer.size);
}

}  // namespace

Status reply(const net::Packet& packet, net::Buffer answer) {
  MC_TRY(io::check_packets({&answer, 1}));
  const PresentAnswer& present = present_answer();
  if (present.packet == &packet) {
    return present.multicaster->send_to(packet.source, answer, packet.interface_index);
  }
  if (Status host = net::check_host(packet.source); !host.ok()) {
    return std::move(host).in_context("cannot answer the packet's source");
  }
  if (Repliers* const kept = PerThread<Repliers>::get()) {
    return kept->send(packet.source, packet.interface_index, answer);
  }
  Repliers once;  // the thread is ending, and what it kept is gone
  return once.send(packet.source, packet.interface_index, answer);
}

}  // namespace mc
