// A process of its own that receives or sends on request.
#pragma once

#include <cstdint>
#include <functional>
#include <sstream>
#include <string>

#include "host.h"
#include "measure.h"
#include "process.h"
#include "target.h"

namespace bench {

/// Answers requests of one line with lines of one; pinned to a processor. Ends with this object.
class Worker {
 public:
  using Answer = std::function<std::string(std::istream& request)>;

  /// `make` is called in the new process, inside the host.
  Worker(const lab::Host& host, int processor, const std::function<Answer()>& make);

  /// The answer; throws std::runtime_error with the worker's stderr when it fails or is late.
  std::istringstream ask(const std::string& request);

 private:
  lab::Channel channel_;
  lab::Process process_;
};

/// What a receiver worker saw of a burst, or what a sender worker made of one.
struct Burst {
  Cost cost;
  uint64_t packets = 0;  ///< Received, or taken by the kernel.
  uint64_t lost = 0;     ///< Dropped by the kernel at the receiver's sockets.
  uint64_t wrong = 0;    ///< Received with other content, or sent and not counted by the kernel.
};
std::istream& operator>>(std::istream& in, Burst& burst);

/// Receives. Understands "open <source port> <candidate>", "drain <first> <count>" (the answer is a
/// Burst) and "close".
Worker::Answer make_receiving(const Target& target);

/// Sends. Understands "<first> <count> <candidate>"; the answer is a Burst. A candidate is opened
/// when it is first asked for.
Worker::Answer make_sending(const Target& target);

}  // namespace bench
