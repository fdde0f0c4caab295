#include "io/receiver.h"

namespace mc::io {

Receiver::Receiver(net::Socket socket, const net::Endpoint& endpoint) : socket_(std::move(socket)) {
  datagrams_.packet().group = endpoint.group;
  datagrams_.packet().interface_index = endpoint.interface_index;
}

Result<Receiver> Receiver::open(const net::Endpoint& endpoint, uint32_t receive_buffer,
                                Takes takes) {
  Result<net::Socket> socket = net::Socket::create_receiving(endpoint.group.family);
  if (!socket.ok()) return std::move(socket).status();
  MC_TRY(socket->share_port());
  MC_TRY(socket->bind_to_interface(endpoint.interface_index));
  // Switched on from birth: a train queued before would be read as one merged datagram.
  if (takes == Takes::kTrains) socket->coalesce_trains();
  Receiver receiver(std::move(*socket), endpoint);
  receiver.ask_receive_buffer(receive_buffer);
  MC_TRY(receiver.socket_.bind(endpoint.group));
  return receiver;
}

void Receiver::ask_receive_buffer(uint32_t bytes) noexcept {
  socket_.ask_receive_buffer(bytes);
  granted_receive_buffer_ = socket_.granted_receive_buffer();
}

Status Receiver::ask_details(uint32_t details) {
  const uint32_t missing = details & ~details_;
  if (missing != 0) MC_TRY(socket_.tell_details(missing));
  details_ |= missing;
  return {};
}

Status Receiver::set_program(std::span<const net::Instruction> program) {
  // What is dropped in between counts as of the time with a program.
  if (!has_program_) read_drops();
  MC_TRY(socket_.set_program(program));
  if (has_program_) read_drops();
  has_program_ = !program.empty();
  return {};
}

void Receiver::read_drops() noexcept {
  const std::optional<uint32_t> drops = socket_.drops();
  if (!drops) return;
  uint64_t& sum = has_program_ ? lost_or_rejected_ : lost_;
  sum += *drops - last_drops_;  // modulo 2^32: the kernel's counter wraps
  last_drops_ = *drops;
}

}  // namespace mc::io
