// Internal header: one moment at which a descriptor becomes readable.
#pragma once

#include <cstdint>

#include "base/fork.h"
#include "base/status.h"
#include "base/unique_fd.h"

namespace mc::io {

// A timerfd on the monotonic clock. A forked child shares it with its parent, and sets nothing.
class Alarm {
 public:
  static Result<Alarm> create();

  // Rings at `at_ns` (monotonic_ns()), also when that has passed; replaces what was set before.
  void set(int64_t at_ns) const noexcept;
  // Neither rings nor is ringing.
  void clear() const noexcept;
  int fd() const noexcept { return fd_.get(); }

 private:
  explicit Alarm(UniqueFd fd) noexcept : fd_(std::move(fd)) {}
  UniqueFd fd_;
  Birthplace birthplace_;
};

}  // namespace mc::io
