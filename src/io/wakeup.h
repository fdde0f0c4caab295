// Internal header: a bell that any thread and any signal handler may ring.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/status.h"
#include "base/unique_fd.h"

namespace mc::io {

// An eventfd: readable from the first ring until it is silenced.
class Wakeup {
 public:
  static Result<Wakeup> create();

  // From any thread or signal handler; keeps errno, and touches nothing of this object once the ring
  // can be heard: whoever hears it may end it.
  void ring(uint64_t rings = 1) const noexcept;
  // The sum of the rings since the last time.
  uint64_t silence() const noexcept;
  // Waits until it rings or `deadline` passes; false when a signal ended the wait.
  bool wait(const Deadline& deadline) const noexcept;
  int fd() const noexcept { return fd_.get(); }

 private:
  explicit Wakeup(UniqueFd fd) noexcept : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace mc::io
