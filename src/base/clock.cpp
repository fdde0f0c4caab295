#include "base/clock.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <limits>

#include "base/text.h"

namespace mc {

const ClockCalls kClockCalls = {::clock_gettime, ::clock_nanosleep};
const ClockCalls* clock_calls_in_force = &kClockCalls;

namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;
constexpr int64_t kNsPerMs = 1'000'000;
// Almost a century: nobody waits longer, and the sum with any clock reading stays in range.
constexpr double kLongestSeconds = 3.0e9;

int64_t read_clock(clockid_t clock) noexcept {
  timespec now{};
  clock_calls_in_force->get(clock, &now);
  return int64_t{now.tv_sec} * kNsPerSecond + now.tv_nsec;
}

int64_t whole_ms(int64_t ns) noexcept {
  return ns / kNsPerMs + (ns % kNsPerMs != 0 ? 1 : 0);
}

}  // namespace

int64_t monotonic_ns() noexcept {
  return read_clock(CLOCK_MONOTONIC);
}

int64_t coarse_monotonic_ns() noexcept {
  return read_clock(CLOCK_MONOTONIC_COARSE);
}

bool sleep_until(int64_t at_ns) noexcept {
  timespec until{};
  until.tv_sec = at_ns / kNsPerSecond;
  until.tv_nsec = at_ns % kNsPerSecond;
  return clock_calls_in_force->sleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == 0;
}

Result<Span> span_of_seconds(double seconds, const char* what) {
  if (std::isnan(seconds)) {
    return Status(kErrorTime,
                  cat(what, " is not a number; give seconds, or a negative number for ever"));
  }
  if (seconds < 0 || seconds > kLongestSeconds) return Span{.forever = true};
  return Span{.ns = static_cast<int64_t>(std::ceil(seconds * static_cast<double>(kNsPerSecond)))};
}

int64_t Deadline::within(int64_t ns) const noexcept {
  const int64_t at_ns = monotonic_ns() + ns;
  return forever_ ? at_ns : std::min(at_ns, at_ns_);
}

Deadline Deadline::no_later_than(int64_t ns) const noexcept {
  const Deadline other(Span{.ns = ns});
  return forever_ || other.at_ns_ < at_ns_ ? other : *this;
}

Deadline::Deadline(Span span) noexcept
    : forever_(span.forever),
      at_ns_(span.forever ? 0 : monotonic_ns() + span.ns),
      rounding_ns_(whole_ms(span.ns) * kNsPerMs - span.ns) {}

int Deadline::remaining_ms() const noexcept {
  if (forever_) return -1;
  int64_t left = at_ns_ + rounding_ns_ - monotonic_ns();
  if (left <= 0) return 0;
  int64_t ms = whole_ms(left);
  return static_cast<int>(std::min<int64_t>(ms, std::numeric_limits<int>::max()));
}

}  // namespace mc
