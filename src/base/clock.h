// Internal header: time as the library counts it.
#pragma once

#include <cstdint>

#include "base/status.h"

struct timespec;

namespace mc {

// The calls that tests replace: clock_gettime(2) and clock_nanosleep(2).
struct ClockCalls {
  int (*get)(int clock, timespec* now);
  int (*sleep)(int clock, int flags, const timespec* until, timespec* left);
};
extern const ClockCalls kClockCalls;
extern const ClockCalls* clock_calls_in_force;

// Nanoseconds since some fixed moment; never jumps.
int64_t monotonic_ns() noexcept;

// The same to a few milliseconds and several times cheaper: for ageing caches.
int64_t coarse_monotonic_ns() noexcept;

// Sleeps until monotonic_ns() is `at_ns`, and a little longer: by the thread's timer slack. False
// when a signal ended it before.
bool sleep_until(int64_t at_ns) noexcept;

// A span that a user gave in seconds: negative is for ever, NaN is an error that names `what`.
// Spans too long to count are for ever too.
struct Span {
  bool forever = false;
  int64_t ns = 0;
};
Result<Span> span_of_seconds(double seconds, const char* what);

// A moment by which to be done.
class Deadline {
 public:
  explicit Deadline(Span span) noexcept;

  // Milliseconds to wait as poll(2) and epoll_wait(2) take them: -1 for ever, rounded up, so that a
  // wait does not end early unless it is longer than 24 days. They count from the whole span, rounded
  // up: of a short one the clock would have eaten what is left before anybody waits.
  int remaining_ms() const noexcept;
  bool passed() const noexcept { return !forever_ && monotonic_ns() >= at_ns_; }
  // This one, or one `ns` from now if that comes first.
  Deadline no_later_than(int64_t ns) const noexcept;
  // The moment `ns` from now, or the deadline's if that comes first.
  int64_t within(int64_t ns) const noexcept;

 private:
  bool forever_;
  int64_t at_ns_;
  int64_t rounding_ns_;  // to whole milliseconds
};

}  // namespace mc
