// Internal header: one data socket, read in batches.
#pragma once

#include <cstdint>

#include "base/status.h"
#include "net/batch.h"
#include "net/group.h"
#include "net/packet.h"
#include "net/socket.h"

namespace mc::io {

// The socket of a (group, port, interface). Bound to the group and to the interface, so that the
// kernel alone keeps everything else out; holds no membership: joining is not its business
// (docs/architecture.md says why).
class Receiver {
 public:
  static Result<Receiver> open(const net::Endpoint& endpoint, uint32_t receive_buffer);

  int fd() const noexcept { return socket_.fd(); }

  // Reads until the socket is empty or a turn's worth is done, and calls sink(packet) for each
  // datagram, in order; sink returns false to end the turn, and what was read but not yet passed on
  // is dropped. The turn is bounded so that one flooded group does not starve the others. The
  // negative errno of the system's refusal, else 0.
  template <typename Sink>
  int read_turn(net::ReceiveBatch& batch, Sink&& sink) {
    for (int i = 0; i < kBatchesPerTurn; ++i) {
      const int count = batch.read(fd());
      if (count < 0) return count;
      for (int each = 0; each < count; ++each) {
        const auto message = batch.message(static_cast<size_t>(each), packet_.source);
        if (!pass_on(message, sink)) return 0;
      }
      if (static_cast<size_t>(count) < net::ReceiveBatch::kSlots) return 0;
    }
    return 0;
  }

  // Datagrams that the kernel dropped since the socket was opened, as of now.
  uint64_t lost() noexcept;
  // Whether a train ever came: the kernel counts a dropped train as one, so lost() is then a lower
  // bound.
  bool saw_train() const noexcept { return saw_train_; }
  uint32_t granted_receive_buffer() const noexcept { return granted_receive_buffer_; }
  void ask_receive_buffer(uint32_t bytes) noexcept;

 private:
  static constexpr int kBatchesPerTurn = 4;

  Receiver(net::Socket socket, const net::Endpoint& endpoint);

  template <typename Sink>
  bool pass_on(const net::ReceiveBatch::Message& message, Sink& sink) {
    if (message.segment >= message.size) {
      packet_.flags = 0;
      return pass_on(message.data, message.size, sink);
    }
    saw_train_ = true;
    packet_.flags = net::kTrain;
    for (size_t offset = 0; offset < message.size; offset += message.segment) {
      const size_t left = message.size - offset;
      if (!pass_on(message.data + offset, left < message.segment ? left : message.segment, sink))
        return false;
    }
    return true;
  }

  template <typename Sink>
  bool pass_on(const uint8_t* data, size_t size, Sink& sink) {
    packet_.data = data;
    packet_.size = packet_.wire_size = size;
    return sink(static_cast<const net::Packet&>(packet_));
  }

  net::Socket socket_;
  net::Packet packet_;  // group and interface are the socket's and never change
  uint64_t lost_ = 0;
  uint32_t last_drops_ = 0;
  uint32_t granted_receive_buffer_ = 0;
  bool saw_train_ = false;
};

}  // namespace mc::io
