// Waiting, always bounded: deadlines, and polling of a condition that has no event of its own.
#pragma once

#include <chrono>
#include <functional>

namespace lab {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

using Clock = std::chrono::steady_clock;
using Deadline = Clock::time_point;

/// The moment `span` from now.
inline Deadline in(Clock::duration span) {
  return Clock::now() + span;
}

/// For what must happen at all: longer than a busy machine takes a processor away.
constexpr auto kPatience = 20s;

/// What is left until the deadline in whole milliseconds, rounded up, never negative: what poll()
/// takes.
int milliseconds_left(Deadline deadline);

/// Asks the predicate every millisecond until it holds or the deadline has passed, and returns what
/// it said last. For conditions that nothing announces; wait for an event where there is one.
bool wait_until(const std::function<bool()>& predicate, Deadline deadline);

/// Waits until the descriptor is readable (or at its end). False when the deadline passed first.
bool wait_readable(int fd, Deadline deadline);

}  // namespace lab
