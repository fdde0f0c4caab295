// What the kernel counts in the calling thread's namespace.
#pragma once

#include <cstdint>

#include "target.h"

namespace bench {

struct KernelCounts {
  uint64_t udp_sent =
      0;  ///< UDP messages of the target's family that left a socket: a train is one.
  uint64_t bytes_sent = 0;  ///< That left by the target's interface, with one header for a train.
};

KernelCounts count_packets(const Target& target);

}  // namespace bench
