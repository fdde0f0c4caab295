#include "io/receiver.h"

#include <cerrno>
#include <utility>

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
  if (!program.empty() && may_count_) {
    why_uncounted_ = set_counting(program);
    if (why_uncounted_.ok()) {
      set_in_force(Program::kCounting);
      return {};
    }
  }
  // What is dropped in between counts as of the time with a program that does not count.
  if (program_ != Program::kPlain) drops();
  MC_TRY(socket_.set_program(program));
  set_in_force(program.empty() ? Program::kNone : Program::kPlain);
  return {};
}

void Receiver::set_in_force(Program program) noexcept {
  if (program_ == Program::kPlain) drops();
  program_ = program == Program::kCounting && !counter_ ? Program::kPlain : program;
}

// What a kernel or a process cannot do is not tried again; what is too long or lacks room is, with the
// next program.
Status Receiver::set_counting(std::span<const net::Instruction> program) {
  const auto refused = [this](Status reason) {
    const int code = reason.code();
    if (code == -EPERM || code == -EINVAL || code == -ENOSYS) may_count_ = false;
    return reason;
  };
  if (!counter_) {
    Result<net::RejectCounter> counter = net::RejectCounter::create();
    if (!counter.ok()) return refused(std::move(counter).status());
    counter_ = std::move(*counter);
  }
  Result<UniqueFd> loaded = counter_->load(program);
  if (!loaded.ok()) return refused(std::move(loaded).status());
  return socket_.set_program(*loaded);
}

const Drops& Receiver::drops() noexcept {
  const std::optional<uint32_t> dropped = socket_.drops();
  if (!dropped || !teller_.is_news(*dropped)) return teller_.drops();
  std::optional<uint64_t> rejected = teller_.drops().rejected;
  if (counter_) rejected = counter_->count();  // behind the socket's: it is never behind that
  if (!rejected) {
    // Older kernels let nobody read it who gave up his privilege: from now on nobody can tell.
    why_uncounted_ = Status::undescribed(-EPERM);
    counter_.reset();
    may_count_ = false;
    if (program_ == Program::kCounting) program_ = Program::kPlain;
    rejected = teller_.drops().rejected;
  }
  teller_.note(*dropped, *rejected, program_ == Program::kPlain);
  return teller_.drops();
}

}  // namespace mc::io
