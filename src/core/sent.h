// Internal header: what became of packets that a user sent.
#pragma once

#include <cstddef>

#include "base/status.h"

namespace mc {

// How many of the packets, from the first on, the kernel took; and why not all, where it did not.
struct Sent {
  size_t count = 0;
  Status reason;
};

}  // namespace mc
