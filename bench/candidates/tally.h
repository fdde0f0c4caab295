// What every receiver does with a packet: the same check, in one function that is not inlined.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "flow.h"

namespace bench {

/// What one listener of one group has seen.
struct Tally {
  uint64_t* received = nullptr;  ///< Counts for all listeners together; others read it meanwhile.
  uint64_t next = 0;             ///< The sequence number that must come next.
  uint64_t bad = 0;
  size_t size = 0;
  uint16_t source_port = 0;  ///< 0: any.

  uint64_t count() const { return *received; }

  void take(const uint8_t* data, size_t true_size, uint16_t port) {
    uint64_t sequence = 0;
    std::memcpy(&sequence, data, sizeof sequence);
    const bool is_good =
        true_size == size && sequence == next && (source_port == 0 || port == source_port);
    if (!is_good) ++bad;
    next = sequence + 1;
    publish(received, *received + 1);
  }
};

}  // namespace bench
