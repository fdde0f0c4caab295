// Internal header: one batch of packets on its way to the kernel.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

#include "net/packet.h"
#include "net/train_limit.h"

namespace mc {

// Copies of up to a batch of packets, in order, of which the kernel has taken the first few. One
// contiguous buffer, because copying in costs what gathering would (docs/architecture.md).
class Outbox {
 public:
  static constexpr size_t kMost = net::TrainLimit::kMost;  // packets

  bool is_empty() const noexcept { return taken_ == count_; }
  // Room for one more packet of any legal size.
  bool has_room() const noexcept {
    return is_empty() || (count_ < kMost && used_ + net::kMaxPayload <= kBytes);
  }
  std::span<const net::Buffer> waiting() const noexcept {
    return {packets_.data() + taken_, count_ - taken_};
  }

  void add(net::Buffer packet) noexcept {
    if (is_empty()) used_ = count_ = taken_ = 0;
    uint8_t* copy = &bytes_[used_];
    if (packet.size != 0) std::memmove(copy, packet.data, packet.size);
    packets_[count_++] = {copy, packet.size};
    used_ += packet.size;
  }
  // Makes the room of what the kernel has taken room again.
  void move_up() noexcept {
    if (taken_ == 0) return;
    const std::span<const net::Buffer> rest = waiting();
    clear();
    for (const net::Buffer each : rest) add(each);  // never behind where it was
  }
  void take(size_t packets) noexcept { taken_ += packets; }
  void clear() noexcept { used_ = count_ = taken_ = 0; }

 private:
  // A batch of full Ethernet frames, and then one packet of the largest size.
  static constexpr size_t kBytes = kMost * 1472 + net::kMaxPayload;

  std::array<net::Buffer, kMost> packets_{};
  size_t count_ = 0;
  size_t taken_ = 0;
  size_t used_ = 0;
  // Not initialised: pages that no packet fills are never touched.
  std::unique_ptr<uint8_t[]> bytes_{new uint8_t[kBytes]};
};

}  // namespace mc
