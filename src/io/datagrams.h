// Internal header: what one read brought, datagram by datagram.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "net/batch.h"
#include "net/packet.h"

namespace mc::io {

// Takes the messages of a batch apart; trains are split without copying. What it tells is valid
// until the batch is read into again.
class Datagrams {
 public:
  // Reads what `fd` has, up to `most` messages; what was left of the last read is dropped. How many
  // messages, or the negative errno of the refusal.
  int read(net::ReceiveBatch& batch, int fd, size_t most = net::ReceiveBatch::kSlots) noexcept {
    drop();
    const int count = batch.read(fd, most);
    batch_ = &batch;
    if (count > 0) count_ = static_cast<size_t>(count);
    return count;
  }

  // The next datagram; false when there is none. Of `packet` it fills what the message says: where
  // the socket was not asked, group, interface and details stay as they are.
  bool next(net::Packet& packet) noexcept {
    if (rest_.size == 0) {
      if (index_ == count_) return false;
      rest_ = batch_->message(index_++, packet);
      is_train_ = rest_.segment < rest_.size;
      if (is_train_) packet.flags |= net::kTrain;
    }
    packet.data = rest_.data;
    packet.size = packet.wire_size = std::min(rest_.size, rest_.segment);
    rest_.data += packet.size;
    rest_.size -= packet.size;
    return true;
  }

  bool has_more() const noexcept { return rest_.size != 0 || index_ != count_; }
  bool is_train() const noexcept { return is_train_; }
  void drop() noexcept { rest_.size = index_ = count_ = 0; }

 private:
  net::ReceiveBatch* batch_ = nullptr;
  size_t count_ = 0;
  size_t index_ = 0;                 // of the next message
  net::ReceiveBatch::Message rest_;  // of the present one
  bool is_train_ = false;
};

}  // namespace mc::io
