// Internal header: what one read brought, datagram by datagram.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "net/address.h"
#include "net/batch.h"
#include "net/packet.h"
#include "net/run.h"

namespace mc::io {

// Takes the messages of a batch apart; trains are split without copying. What it tells is valid
// until the batch is read into again.
class Datagrams {
 public:
  // Reads what `fd` has, up to `most` messages; what was left of the last read is dropped. How many
  // messages, or the negative errno of the refusal.
  int read(net::ReceiveBatch& batch, int fd, size_t most = net::ReceiveBatch::kSlots) noexcept {
    drop();
    came_after_ns_ = emptied_ns_;
    const int64_t now = notes_time_ ? coarse_monotonic_ns() : 0;
    const int count = batch.read(fd, most);
    batch_ = &batch;
    if (count > 0) messages_ = static_cast<size_t>(count);
    if (notes_time_ && count >= 0 && static_cast<size_t>(count) < most) emptied_ns_ = now;
    return count;
  }
  // From the next read on, notes when the socket is found empty.
  void note_time() noexcept { notes_time_ = true; }
  // When that was last (coarse_monotonic_ns()) before what was read, which came later; 0: nobody knows.
  const int64_t& came_after_ns() const noexcept { return came_after_ns_; }

  bool has_more() const noexcept { return is_inside_message() || index_ != messages_; }
  bool is_inside_message() const noexcept { return data_ != end_; }

  // Of which next() changes what the message says: where the socket was not asked, group, interface
  // and details stay as they are.
  net::Packet& packet() noexcept { return packet_; }

  // The next datagrams of one message, only while there are more. Where several are left, most() is
  // asked how many to take together. Valid until the next call.
  template <typename Most>
  net::Run next(Most most) noexcept {
    if (!is_inside_message()) begin_message();
    const auto left = static_cast<size_t>(end_ - data_);
    const size_t bytes = left <= segment_ ? left : std::min(left, most() * segment_);
    packet_.data = data_;
    packet_.size = packet_.wire_size = std::min(left, segment_);
    data_ += bytes;
    return {packet_, bytes};
  }

  // Whether a train ever came.
  bool saw_train() const noexcept { return saw_train_; }
  void drop() noexcept {
    data_ = end_;
    index_ = messages_ = 0;
  }

 private:
  void begin_message() noexcept {
    const net::ReceiveBatch::Message message = batch_->message(index_++, packet_, source_);
    data_ = message.data;
    end_ = message.data + message.size;
    segment_ = message.segment;
    if (message.segment >= message.size) return;
    packet_.flags |= net::kTrain;
    saw_train_ = true;
  }

  net::Packet packet_;
  net::SocketAddress source_;  // the packet's
  net::ReceiveBatch* batch_ = nullptr;
  size_t messages_ = 0;
  size_t index_ = 0;               // of the next message
  const uint8_t* data_ = nullptr;  // what is left of the present one
  const uint8_t* end_ = nullptr;
  size_t segment_ = 0;
  bool saw_train_ = false;
  bool notes_time_ = false;
  int64_t emptied_ns_ = 0;
  int64_t came_after_ns_ = 0;
};

}  // namespace mc::io
