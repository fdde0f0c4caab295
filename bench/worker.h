// A process of its own that does something on request.
#pragma once

#include <cstdint>
#include <functional>
#include <sstream>
#include <string>

#include "host.h"
#include "measure.h"
#include "process.h"

namespace bench {

/// Answers requests of one line with lines of one; pinned to a processor. Ends with this object.
class Worker {
 public:
  using Answer = std::function<std::string(std::istream& request)>;

  /// `make` is called in the new process, inside the host.
  Worker(const lab::Host& host, int processor, const std::function<Answer()>& make);

  /// The answer; throws std::runtime_error with the worker's stderr when it fails or is late.
  std::istringstream ask(const std::string& request);
  /// The two halves of it: what is between them happens at the same time.
  void tell(const std::string& request);
  std::istringstream hear();

 private:
  std::string request_;
  lab::Channel channel_;
  lab::Process process_;
};

/// What a receiver saw of a burst, or what a sender made of one.
struct Burst {
  Cost cost;
  uint64_t packets = 0;  ///< Received, or taken by the kernel.
  uint64_t lost = 0;     ///< Dropped by the kernel at the receiver's sockets.
  uint64_t wrong = 0;    ///< Received with other content, or sent and not counted by the kernel.
};
std::istream& operator>>(std::istream& in, Burst& burst);
std::string text_of(const Burst& burst);

}  // namespace bench
