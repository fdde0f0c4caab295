// Internal header: datagrams that lie one behind the other.
#pragma once

#include <cstddef>
#include <cstdint>

#include "net/packet.h"

namespace mc::net {

// Datagrams of one message: a train, a part of one, or a single one. They differ in nothing but
// their bytes; all but the last of a train are of one size. Lent as the packet is.
struct Run {
  const Packet& first;
  size_t bytes = 0;  // of all of them, from first.data on

  bool has_one() const noexcept { return bytes <= first.size; }
  size_t count() const noexcept {
    // In 32 bits: dividing is slow, and a message is shorter than 64 KiB.
    const auto size = static_cast<uint32_t>(first.size);
    return has_one() ? 1 : (static_cast<uint32_t>(bytes) + size - 1) / size;
  }
};

}  // namespace mc::net
