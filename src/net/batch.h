// Internal header: many datagrams in one call, both ways. The only place that knows mmsghdr.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "net/address.h"
#include "net/packet.h"

namespace mc::net {

// What recvmmsg(2) brings: up to kSlots messages. A message is one datagram, or a train of
// datagrams of equal size (the last may be shorter) that the kernel kept together (UDP_GRO).
class ReceiveBatch {
 public:
  static constexpr size_t kSlots = 16;
  static constexpr size_t kSlotSize = 65536;  // a smaller slot would lose the tail of a train

  struct Message {
    const uint8_t* data = nullptr;
    size_t size = 0;
    size_t segment = 0;  // size of each datagram in it; equals size where it is not a train
  };

  ReceiveBatch();
  ~ReceiveBatch();
  ReceiveBatch(const ReceiveBatch&) = delete;
  ReceiveBatch& operator=(const ReceiveBatch&) = delete;

  // Reads without waiting. The number of messages, 0 when none is there, or a negative errno.
  int read(int fd) noexcept;

  // The message `index` of the last read, valid until the next. Fills what it says of `packet`: its
  // source and flags; details where the socket was asked for them; and, where it was asked for
  // packet information, the address that it was sent to and the interface.
  Message message(size_t index, Packet& packet) const noexcept;

 private:
  struct Slots;
  std::unique_ptr<Slots> slots_;
};

// Throws away what waits in a socket; bounded, since more may come.
void discard(int fd) noexcept;

// What became of a batch: the kernel took the first `taken`; `error` (an errno) says why not more,
// 0 if all.
struct SendOutcome {
  size_t taken = 0;
  int error = 0;
};

// Hands datagrams to the kernel, in order, up to the first that it refuses. `wait` says whether to
// wait for room on a blocking socket.
inline constexpr size_t kSendBatch = 64;
SendOutcome send_batch(int fd, const SocketAddress& to, std::span<const Buffer> packets,
                       bool wait) noexcept;

// One datagram: 0, or the errno of the refusal.
int send_one(int fd, const SocketAddress& to, Buffer packet, bool wait) noexcept;

// The same to one host, without waiting. A link-local IPv4 address means nothing without a link,
// and is sent to out of the interface.
int send_unicast(int fd, const Address& to, uint32_t interface_index, Buffer packet) noexcept;

}  // namespace mc::net
