// What the processes of a benchmark do: each answers requests of one line with lines of one.
#pragma once

#include "target.h"
#include "worker.h"

namespace bench {

/// Receives. Understands "open <source port> <candidate>", "drain <first> <count>" (the answer is a
/// Burst) and "close".
Worker::Answer make_receiving(const Target& target);

/// Sends. Understands "<first> <count> <candidate>"; the answer is a Burst. A candidate is opened
/// when it is first asked for.
Worker::Answer make_sending(const Target& target);

}  // namespace bench
