#include "io/transmitter.h"

#include <algorithm>
#include <cerrno>
#include <new>

#include "base/text.h"

namespace mc::io {

namespace {

Status send_by(net::Socket& socket, const net::Endpoint& endpoint) {
  // On lo the kernel itself would choose no address, and packets would come from 0.0.0.0.
  static constexpr net::Address kLocalhost{.family = net::Family::kIpv4, .bytes = {127, 0, 0, 1}};
  const net::Address from = endpoint.is_loopback ? kLocalhost : net::Address{};
  return socket.set_outgoing_interface(endpoint.interface_index, from);
}

}  // namespace

Result<Transmitter> Transmitter::open(const net::Endpoint& endpoint, int ttl, Mode mode,
                                      SourcePort port) {
  Result<net::Socket> socket =
      net::Socket::create(endpoint.group.family, mode == Mode::kWaitWhenFull);
  if (!socket.ok()) return std::move(socket).status();
  // A sending socket has its own port and may be answered; so far nobody reads the answers.
  socket->ask_receive_buffer(0);
  MC_TRY(send_by(*socket, endpoint));
  MC_TRY(socket->set_ttl(ttl));
  // Of its port, only what is sent to this host is for it; not what others of the host have joined.
  socket->refuse_multicast();
  if (port.is_shared) MC_TRY(socket->share_address(true));
  net::Address source{.family = endpoint.group.family};
  if (endpoint.interface_index != 0 && endpoint.source) source = *endpoint.source;
  if (source.needs_scope()) source.scope = endpoint.interface_index;
  source.port = port.number;
  MC_TRY(socket->bind(source));
  Result<net::Address> bound = socket->local_address();
  if (!bound.ok()) return std::move(bound).status();
  return Transmitter(std::move(*socket), endpoint, *bound, mode);
}

Status Transmitter::go_by(const net::Endpoint& endpoint) {
  // A link-local source bound the socket to its link.
  if (source_.needs_scope()) {
    MC_TRY(socket_.bind_to_interface(endpoint.interface_index));
    source_.scope = endpoint.interface_index;
  }
  MC_TRY(send_by(socket_, endpoint));
  to_ = net::SocketAddress(endpoint.group);
  train_limit_.forget();
  return {};
}

Status Transmitter::expect_answers(uint32_t receive_buffer) {
  MC_TRY(socket_.tell_destination());
  socket_.ask_receive_buffer(receive_buffer);
  return {};
}

namespace {

constexpr std::string_view kShortage =
    "the system has no memory for it, or it is larger than the socket's send buffer "
    "(net.core.wmem_default); send more slowly, or smaller ones";

std::string_view advice_on(int error_number, const net::Endpoint& endpoint) noexcept {
  switch (error_number) {
    case EAGAIN:
      return "the socket's send buffer is full; send again when it is writable";
    case EPERM:
      return "a firewall rule refused it (nft list ruleset)";
    case ENOBUFS:
    case ENOMEM:
      return kShortage;
    case ENETUNREACH:
      return endpoint.is_loopback && !endpoint.group.is_ipv4()
                 ? "lo has no route for it (ip -6 route add local ff00::/8 dev lo table local)"
                 : "the interface is down, gone or without an address (ip address), or there is no "
                   "route from this host to the group (ip route)";
    case EADDRNOTAVAIL:
      return "the interface has no address to send from yet (ip address)";
    case ENETDOWN:
      return "the interface is down (ip link set up)";
    case ENODEV:
    case ENXIO:
      return "the interface is gone; send again when it is back";
    case EMSGSIZE:
      return "the datagram is too large for the interface";
    default:
      return {};
  }
}

}  // namespace

bool is_shortage(int error_number) noexcept {
  return error_number == ENOBUFS || error_number == ENOMEM;
}

bool is_of_gone_interface(int error_number) noexcept {
  return error_number == ENODEV || error_number == ENXIO || error_number == EADDRNOTAVAIL ||
         error_number == ENETUNREACH;
}

Status refused_send(int error_number, const net::Endpoint& endpoint, size_t size,
                    std::string_view advice) noexcept try {
  if (advice.empty()) advice = advice_on(error_number, endpoint);
  return Status::system(error_number, cat("cannot send ", size, " bytes to ", endpoint.text()),
                        advice);
} catch (const std::bad_alloc&) {
  // What the kernel took before must still be told.
  return Status::undescribed(-error_number);
}

namespace {

std::string_view advice_on_host(int error_number) noexcept {
  switch (error_number) {
    case EAGAIN:
      return "the socket's send buffer is full; send again later";
    case EPERM:
      return "a firewall rule refused it (nft list ruleset)";
    case ENOBUFS:
    case ENOMEM:
      return kShortage;
    case ENETUNREACH:
      return "there is no route from this host to that one";
    case EACCES:
      return "it is a broadcast address, or a route of this host forbids it (ip route get)";
    case EHOSTUNREACH:
    case EINVAL:
      return "a route of this host forbids it (ip route get)";
    default:
      return {};
  }
}

}  // namespace

Status refused_answer(int error_number, const net::Address& to, size_t size) noexcept try {
  return Status::system(error_number, cat("cannot send ", size, " bytes to ", to.text_with_port()),
                        advice_on_host(error_number));
} catch (const std::bad_alloc&) {
  return Status::undescribed(-error_number);
}

namespace {

bool is_unfit(const net::Buffer& packet) noexcept {
  return packet.size > net::kMaxPayload || (packet.data == nullptr && packet.size != 0);
}

Status unfit(const net::Buffer& packet, size_t index, size_t count) {
  const std::string name = count == 1 ? "the packet" : cat("packet ", index + 1, " of ", count);
  if (packet.data == nullptr) {
    return Status(kErrorNull, cat(name, " is NULL but has ", packet.size, " bytes"));
  }
  return Status(
      kErrorPacketTooLarge,
      cat(name, " has ", packet.size, " bytes; a UDP datagram carries at most ", net::kMaxPayload));
}

}  // namespace

Status check_packet(const net::Buffer& packet, size_t index, size_t count) noexcept try {
  if (!is_unfit(packet)) return {};
  return unfit(packet, index, count);
} catch (const std::bad_alloc&) {
  return Status::undescribed(packet.data == nullptr ? kErrorNull : kErrorPacketTooLarge);
}

Status check_one_by_one(std::span<const net::Buffer> packets) noexcept {
  const auto first = std::find_if(packets.begin(), packets.end(), is_unfit);
  if (first == packets.end()) return {};
  return check_packet(*first, static_cast<size_t>(first - packets.begin()), packets.size());
}

}  // namespace mc::io
