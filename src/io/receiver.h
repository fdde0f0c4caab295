// Internal header: one data socket, read in batches.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/status.h"
#include "io/datagrams.h"
#include "io/drops.h"
#include "net/batch.h"
#include "net/group.h"
#include "net/reject_counter.h"
#include "net/run.h"
#include "net/socket.h"

namespace mc::io {

// The socket of a (group, port, interface). Bound to the group and to the interface, so that the
// kernel alone keeps everything else out; holds no membership: joining is not its business
// (docs/architecture.md says why).
class Receiver {
 public:
  // Whether datagrams may come in trains, or a program may be asked about each: a program would see a
  // train once, and drop it whole.
  enum class Takes { kTrains, kProgram };
  static Result<Receiver> open(const net::Endpoint& endpoint, uint32_t receive_buffer, Takes takes);

  int fd() const noexcept { return socket_.fd(); }

  // Reads a batch: the number of messages, 0 when there are none, or the negative errno of the
  // system's refusal. What next() has not yet brought of the last one is dropped.
  int read(net::ReceiveBatch& batch) noexcept { return datagrams_.read(batch, fd()); }
  // The same of one message, and cheaper: the kernel does not look for a second one.
  int read_one(net::ReceiveBatch& batch) noexcept { return datagrams_.read(batch, fd(), 1); }
  bool has_more() const noexcept { return datagrams_.has_more(); }
  bool is_inside_message() const noexcept { return datagrams_.is_inside_message(); }
  void note_time() noexcept { datagrams_.note_time(); }
  const int64_t& came_after_ns() const noexcept { return datagrams_.came_after_ns(); }
  // The next datagrams of what was read, as Datagrams::next. Their bytes are valid until the next
  // read into the same batch, the rest until the next call.
  template <typename Most>
  net::Run next(Most most) noexcept {
    return datagrams_.next(most);
  }

  // Has the kernel drop what the program refuses; an empty one refuses nothing. It counts what it
  // refuses where the process may have that.
  Status set_program(std::span<const net::Instruction> program);
  bool has_program() const noexcept { return program_ != Program::kNone; }
  // Why the program does not count; success where it does.
  const Status& why_uncounted() const noexcept { return why_uncounted_; }

  // Datagrams that the kernel dropped since the socket was opened, as of now.
  const Drops& drops() noexcept;
  // Whether a train ever came: the kernel counts a dropped train as one, so what was lost is then a
  // lower bound.
  bool saw_train() const noexcept { return datagrams_.saw_train(); }
  uint32_t granted_receive_buffer() const noexcept { return granted_receive_buffer_; }
  void ask_receive_buffer(uint32_t bytes) noexcept;
  // Has these details (net::kTime …) told of each packet, besides those asked for before.
  Status ask_details(uint32_t details);

 private:
  enum class Program { kNone, kCounting, kPlain };

  Receiver(net::Socket socket, const net::Endpoint& endpoint);
  Status set_counting(std::span<const net::Instruction> program);
  void set_in_force(Program program) noexcept;

  net::Socket socket_;
  Datagrams datagrams_;  // whose packet's group and interface are the socket's and never change
  std::optional<net::RejectCounter> counter_;  // of the programs; lives as long as the socket
  Status why_uncounted_;
  DropTeller teller_;
  uint32_t granted_receive_buffer_ = 0;
  uint32_t details_ = 0;
  Program program_ = Program::kNone;  // in force
  bool may_count_ = true;             // until it was refused
};

}  // namespace mc::io
