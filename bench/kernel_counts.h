// What the kernel counts in the calling thread's namespace.
#pragma once

#include <cstdint>

#include "target.h"

namespace bench {

struct KernelCounts {
  uint64_t udp_sent = 0;   ///< UDP datagrams of the target's family that left a socket.
  uint64_t link_sent = 0;  ///< Frames that left by the target's interface.
};

KernelCounts count_packets(const Target& target);

}  // namespace bench
