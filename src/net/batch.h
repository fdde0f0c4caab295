// Internal header: many datagrams received in one call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

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

  // Reads up to `most` messages without waiting. How many, 0 when none is there, or a negative
  // errno.
  int read(int fd, size_t most = kSlots) noexcept;

  // The message `index` of the last read, valid until the next. Fills what it says of `packet`: its
  // source and flags; details where the socket was asked for them; and, where it was asked for
  // packet information, the address that it was sent to and the interface. `source` is the packet's
  // as the kernel wrote it: who sent the last message often sends the next.
  Message message(size_t index, Packet& packet, SocketAddress& source) const noexcept;

 private:
  struct Slots;
  std::unique_ptr<Slots> slots_;
};

// Throws away what waits in a socket; bounded, since more may come.
void discard(int fd) noexcept;

}  // namespace mc::net
