// Internal header: what a user sends with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/status.h"
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
};

// Sends to one group: directly, or from a packet source that is pulled while the socket is
// writable. Open from birth until closed. Every method is allowed inside any callback. Lives on a
// poller, whose end closes it.
class Multicaster final : public Resident, private io::Watcher {
 public:
  static Result<std::unique_ptr<Multicaster>> create(Poller& poller, const char* group,
                                                     uint16_t port, int ttl);
  ~Multicaster() override;
  static void end(std::unique_ptr<Multicaster> multicaster) noexcept;

  // In order, at once; keeps none.
  Sent send(std::span<const net::Buffer> packets);

  // Pulls from `source` (null: from none) from the poller's next turn on.
  Status set_source(std::unique_ptr<PacketSource> source);
  Status resume();  // after the source paused
  void set_error_handler(std::unique_ptr<SendErrorHandler> handler) noexcept;
  Status set_ttl(int ttl);
  Status set_loopback(bool on);

  void close() noexcept;
  const std::shared_ptr<Graveyard>& graveyard() const noexcept { return graveyard_; }
  bool is_open() const noexcept { return is_open_; }
  const SendCounts& counts() const noexcept { return counts_; }

 private:
  Multicaster(Poller& poller, net::Endpoint endpoint, io::Transmitter transmitter) noexcept;
  void evict() noexcept override;
  void ready(uint32_t events) override;

  enum class Supply { kMore, kPaused, kEnded };

  Status check_open() const;
  void pull();
  bool flush();
  void fail(const Status& reason, uint64_t datagrams);
  Status watch();
  void unwatch() noexcept;
  void count_sent(std::span<const net::Buffer> packets) noexcept;

  std::shared_ptr<Graveyard> graveyard_;  // the poller's, which it may outlive
  Poller* poller_;                        // null once the poller ended
  net::Endpoint endpoint_;
  io::Transmitter transmitter_;
  std::unique_ptr<PacketSource> source_;
  std::unique_ptr<SendErrorHandler> error_handler_;
  std::unique_ptr<Outbox> outbox_;  // made with the first source
  SendCounts counts_;
  bool is_open_ = true;
  Supply supply_ = Supply::kPaused;  // what the source said last
  bool is_watched_ = false;          // told when writable; counts as the poller's work
};

}  // namespace mc
