// What the processes of a benchmark do: each answers requests of one line with lines of one.
#pragma once

#include "flow.h"
#include "target.h"
#include "worker.h"

namespace bench {

/// Receives. Understands "open <source port> <candidate>", "drain <first> <count> <patience>" (in
/// milliseconds; 0: what is there already; the answer is a Burst) and "close".
Worker::Answer make_receiving(const Target& target, const Flow& flow);

/// Sends. Understands "<first> <count> <window> <candidate>" (the most packets on the way; 0: no
/// matter); the answer is a Burst. A candidate is opened when it is first asked for.
Worker::Answer make_sending(const Target& target, const Flow& flow);

/// Talks back and forth. Understands "meet <0 or 1> <candidate>" (as the side that begins, or as the
/// other), "ping <count>" (the answer: trips, wrong packets, and the percentiles 0 to 100 of the
/// trips in nanoseconds), "pong <count>" (until so many were echoed since they met; the answer:
/// packets, wrong ones) and "close".
Worker::Answer make_echoing(const Target& target, const Flow& flow);

}  // namespace bench
