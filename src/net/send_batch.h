// Internal header: many datagrams to one address in one call, as trains where they are alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "net/address.h"
#include "net/packet.h"
#include "net/train_limit.h"

namespace mc::net {

// What became of a batch: the kernel took the first `taken`, which have so many bytes; `error` (an
// errno) says why not more, 0 if all. They left in so many trains of several datagrams, and singly.
struct SendOutcome {
  size_t taken = 0;
  int error = 0;
  size_t trains = 0;
  size_t bytes = 0;
};

// Hands datagrams to the kernel by sendmmsg(2). Neighbours of equal size (the last may be shorter)
// leave as one train; the kernel's cost is that of a buffer, not of a datagram (docs/performance.md).
// Owns what the call is made of, made at the first; keeps nothing else between calls.
class SendBatch {
 public:
  SendBatch() noexcept;
  ~SendBatch();
  SendBatch(const SendBatch&) = delete;
  SendBatch& operator=(const SendBatch&) = delete;

  // In order, up to the first that the kernel refuses. Trains keep to the limit; one that is refused
  // for what it is goes again as single datagrams, at once, and the limit learns. `wait` says whether
  // to wait for room on a blocking socket.
  SendOutcome send(int fd, const SocketAddress& to, std::span<const Buffer> packets, bool wait,
                   TrainLimit& limit) noexcept;

 private:
  struct Parts;
  void prepare(std::span<const Buffer> packets, const SocketAddress& to,
               const TrainLimit& limit) noexcept;
  bool send_some(int fd, const SocketAddress& to, std::span<const Buffer> packets, bool wait,
                 TrainLimit& limit, SendOutcome& outcome) noexcept;

  std::unique_ptr<Parts> parts_;
};

// One datagram: 0, or the errno of the refusal.
int send_one(int fd, const SocketAddress& to, Buffer packet, bool wait) noexcept;

// The same to one host, without waiting. A link-local IPv4 address means nothing without a link,
// and is sent to out of the interface; `from` is the address that the socket is bound to, if any.
int send_unicast(int fd, const Address& from, const Address& to, uint32_t interface_index,
                 Buffer packet) noexcept;

}  // namespace mc::net
