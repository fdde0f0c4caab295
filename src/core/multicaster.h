// Internal header: what a user sends with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/status.h"
#include "core/answers.h"
#include "core/outbox.h"
#include "core/poller.h"
#include "core/resident.h"
#include "core/sent.h"
#include "io/transmitter.h"
#include "net/group.h"

namespace mc {

// The user's supply of packets, as an object; its destructor is the user's finaliser.
class PacketSource : public Mortal {
 public:
  enum Verdict : int { kEnd = 0, kPacket = 1, kPause = 2 };
  // On kPacket, `packet` says the bytes, which stay valid until the next call.
  virtual int next(net::Buffer& packet) = 0;
};

// The user's function for datagrams of the packet source that could not be sent.
class SendErrorHandler : public Mortal {
 public:
  // Non-zero: close the multicaster.
  virtual int failed(const Status& reason, uint64_t datagrams) = 0;
};

struct SendCounts {
  uint64_t sent = 0;  // datagrams that the kernel took
  uint64_t sent_bytes = 0;
  uint64_t send_failed = 0;  // datagrams that it refused for good, or that closing discarded
  uint64_t send_again = 0;   // times that it had no room for now
  uint64_t trains = 0;       // of several datagrams each, that the kernel took
};

// Sends to one group: directly, or from a packet source that is pulled while the socket is
// writable. What comes back to its port it gives to a handler. Open from birth until closed. Every
// method is allowed inside any callback. Lives on a poller, whose end closes it.
class Multicaster final : public Resident, private io::Watcher {
 public:
  static Result<std::unique_ptr<Multicaster>> create(Poller& poller, const char* group,
                                                     uint16_t port, int ttl);
  ~Multicaster() override { Multicaster::close(); }

  // In order, at once; keeps none.
  Sent send(std::span<const net::Buffer> packets);

  // One, to one host of the group's family, from the same port; to a link-local address out of the
  // interface (0: the multicaster's own).
  Status send_to(const net::Address& to, net::Buffer packet, uint32_t interface_index = 0);
  int fd() const noexcept { return transmitter_.fd(); }

  // Pulls from `source` (null: from none) from the poller's next turn on.
  Status set_source(std::unique_ptr<PacketSource> source);
  Status resume();  // after the source paused
  void set_error_handler(std::unique_ptr<SendErrorHandler> handler) noexcept;
  Status set_ttl(int ttl);
  Status set_loopback(bool on);
  Status set_train_limit(size_t datagrams);
  Status set_source_port(io::SourcePort port);
  const net::Address& source() const noexcept { return transmitter_.source(); }

  // Who takes what comes back to that port (null: nobody), and which of it.
  Status set_handler(std::unique_ptr<PacketHandler> handler);
  Status set_filter(filter::FilterRef filter);
  Answers* answers() const noexcept { return answers_.get(); }  // null before the first handler

  void close() noexcept override;
  bool is_open() const noexcept { return is_open_; }
  Status check_open() const;
  const SendCounts& counts() const noexcept { return counts_; }
  uint64_t trains_refused() const noexcept { return transmitter_.train_limit().refusals(); }

 private:
  Multicaster(Poller& poller, net::Endpoint endpoint, io::Transmitter transmitter,
              int ttl) noexcept;
  void ready(uint32_t events) override;

  enum class Supply { kMore, kPaused, kEnded };

  void pull();
  bool flush();
  void fail(const Status& reason, uint64_t datagrams);
  Status check_host(const net::Address& to) const;
  Answers& ensure_answers();
  bool is_answered() const noexcept { return answers_ && answers_->has_handler(); }
  void serve_source();
  void end_source() noexcept;
  Status watch_for(uint32_t interest);
  void unwatch(uint32_t interest) noexcept;
  bool is_pulling() const noexcept { return (watched_ & io::kWritable) != 0; }
  net::SendOutcome transmit(std::span<const net::Buffer> packets) noexcept;
  void count_sent(std::span<const net::Buffer> packets) noexcept;

  net::Endpoint endpoint_;
  io::Transmitter transmitter_;
  std::unique_ptr<PacketSource> source_;
  std::unique_ptr<SendErrorHandler> error_handler_;
  std::unique_ptr<Outbox> outbox_;    // made with the first source
  std::unique_ptr<Answers> answers_;  // made with the first handler or filter of them
  SendCounts counts_;
  uint64_t told_failed_ = 0;  // of send_failed, what the log was told
  int ttl_;
  bool is_looped_back_ = true;
  io::SourcePort source_port_;
  bool is_open_ = true;
  Supply supply_ = Supply::kPaused;  // what the source said last
  uint32_t watched_ = 0;             // kWritable, kReadable; not 0: counts as the poller's work
};

}  // namespace mc
