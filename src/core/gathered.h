// Internal header: packets on their way to be handed over together.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "net/packet.h"
#include "net/run.h"

namespace mc {

// Packets that were read together, in order, and what they come to.
struct Batch {
  std::span<const net::Packet* const> packets;
  uint64_t bytes = 0;  // that are shown
  uint64_t truncated = 0;

  static Batch of(const net::Packet* const& one) noexcept {
    return {{&one, 1}, one->size, (one->flags & net::kTruncated) != 0 ? 1U : 0U};
  }
};

// Keeps packets, not their bytes, which stay where they were read.
//
// Invariant: packets_[0 .. alike_) are like like_. As long as one host sends, nothing of a packet
// needs to be written but what tells its bytes.
class Gathered {
 public:
  Gathered() = default;
  explicit Gathered(size_t room) : packets_(room), most_(room) {
    pointers_.reserve(room);
    for (const net::Packet& each : packets_) pointers_.push_back(&each);
  }

  size_t room() const noexcept { return packets_.size(); }
  bool is_empty() const noexcept { return size() == 0; }
  size_t size() const noexcept { return size_; }
  size_t most() const noexcept { return most_; }

  void forget() noexcept { take(); }
  // Forgets what is there. From now on it is to hold `most`, for which there must be room.
  void begin(size_t most) noexcept {
    forget();
    most_ = most;
  }

  // Must not make it more than the most. Of each packet, the first `mtu` bytes are shown.
  void add(net::Run run, size_t mtu) noexcept {
    const size_t end = size_ + run.count();
    make_alike(run.first, end);
    const uint8_t* data = run.first.data;
    const size_t segment = run.first.size;
    const uint32_t flags = run.first.flags;
    size_t left = run.bytes;
    for (net::Packet* packet = packets_.data() + size_; packet != packets_.data() + end; ++packet) {
      const size_t size = std::min(segment, left);
      packet->data = data;
      packet->size = packet->wire_size = size;
      packet->flags = flags;
      data += size;
      left -= size;
    }
    bytes_ += run.bytes;
    if (segment > mtu) cut(end, mtu);
    size_ = end;
  }

  // All of them, and forgets them: valid until something is added.
  Batch take() noexcept {
    return {{pointers_.data(), std::exchange(size_, 0)},
            std::exchange(bytes_, 0),
            std::exchange(truncated_, 0)};
  }

 private:
  // Has the packets from size_ up to `end` be like this one.
  void make_alike(const net::Packet& first, size_t end) noexcept {
    if (!like_.is_like(first)) {
      like_ = first;
      alike_ = 0;
    }
    if (end <= alike_) return;
    std::fill(packets_.data() + std::max(size_, alike_), packets_.data() + end, like_);
    if (size_ <= alike_) alike_ = end;
  }
  void cut(size_t end, size_t mtu) noexcept {
    for (net::Packet& each : std::span(packets_).subspan(size_, end - size_)) {
      if (each.size <= mtu) continue;
      bytes_ -= each.size - mtu;
      ++truncated_;
      each.cut(mtu);
    }
  }

  size_t size_ = 0;
  std::vector<net::Packet> packets_;
  std::vector<const net::Packet*> pointers_;  // to each of them
  size_t most_ = 0;
  uint64_t bytes_ = 0;
  uint64_t truncated_ = 0;
  size_t alike_ = 0;
  net::Packet like_;
};

}  // namespace mc
