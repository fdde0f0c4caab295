// Internal header: packets that were read together as one block of memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "net/packet.h"

namespace mc {

// Laid out as the public mc_packed, which grows at its end only; capi/faces.h asserts it.
struct Packed {
  const uint8_t* data = nullptr;
  size_t size = 0;  // from data to the end of the last packet
  const uint32_t* offsets = nullptr;
  const uint32_t* sizes = nullptr;
  size_t count = 0;
  const net::Packet* const* packets = nullptr;
};

// Tells where in the block that they were read into packets lie. Nothing of them is copied: what
// waits to be handed over together lies in one receive buffer, in order.
class Packing {
 public:
  explicit Packing(size_t room) : offsets_(room), sizes_(room) {}

  size_t room() const noexcept { return offsets_.size(); }

  // Of one packet or more, for which there must be room. Lent until it is called again.
  const Packed& of(std::span<const net::Packet* const> packets) noexcept {
    const uint8_t* const data = packets.front()->data;
    for (size_t i = 0; i < packets.size(); ++i) {
      offsets_[i] = static_cast<uint32_t>(packets[i]->data - data);
      sizes_[i] = static_cast<uint32_t>(packets[i]->size);
    }
    const size_t end = size_t{offsets_[packets.size() - 1]} + sizes_[packets.size() - 1];
    packed_ = {data, end, offsets_.data(), sizes_.data(), packets.size(), packets.data()};
    return packed_;
  }

 private:
  std::vector<uint32_t> offsets_;
  std::vector<uint32_t> sizes_;
  Packed packed_;
};

}  // namespace mc
