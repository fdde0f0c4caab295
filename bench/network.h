// The private network of the benchmark.
#pragma once

#include "host.h"
#include "target.h"

namespace bench {

/// Two hosts and the cable between them.
struct Network {
  Network();
  lab::Host sender{"sender"};
  lab::Host receiver{"receiver"};
};
inline constexpr const char* kSendingInterface = "a0";
inline constexpr const char* kReceivingInterface = "b0";

/// Where the processes of the two hosts are pinned.
inline constexpr int kSendingProcessor = 0;
inline constexpr int kReceivingProcessor = 1;

/// The target as the side with that interface sees it.
Target at(Target target, const char* interface);

}  // namespace bench
