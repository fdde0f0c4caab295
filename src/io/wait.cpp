#include "io/wait.h"

#include <cerrno>
#include <optional>

#include "base/signals.h"
#include "base/text.h"
#include "io/reactor.h"

namespace mc::io {
namespace {

constexpr double kLongestLook = 1;     // seconds: a core is busy
constexpr double kLongestPause = 0.1;  // seconds: nobody is heard
// So many looks at the favourite for one at the set. Its packets are read without the way through epoll,
// which is a sixth of a round trip; timers, mail and what is the user's are still noticed within two
// microseconds.
constexpr int kFavouriteLooks = 8;

// `rule` tells the range to whoever left it.
Result<WaitPolicy> timed(WaitPolicy::Kind kind, double seconds, double longest, const char* rule) {
  if (!(seconds >= 0 && seconds <= longest)) return Status(kErrorTime, rule);
  Result<Span> span = span_of_seconds(seconds, "time");
  if (!span.ok()) return std::move(span).status();
  return WaitPolicy{.kind = kind, .ns = span->ns};
}

Awaited sleep(const Awaiting& what, int timeout_ms, const sigset_t* signals = nullptr) noexcept {
  const int count =
      epoll_calls_in_force->wait(what.epoll, what.events, what.capacity, timeout_ms, signals);
  if (count < 0 && errno == EINTR) return {.was_interrupted = true};
  return {.count = count};
}

Awaited look(const Awaiting& what) noexcept {
  return sleep(what, 0);
}

bool is_over(const Awaited& awaited) noexcept {
  return awaited.count != 0 || awaited.favourite_has_some || awaited.was_interrupted;
}

Awaited look_around(const Awaiting& what) noexcept {
  for (int i = 0; i < kFavouriteLooks && what.favourite != nullptr; ++i) {
    if (what.favourite->look()) return {.favourite_has_some = true};
  }
  return look(what);
}

Awaited look_until(int64_t at_ns, const Awaiting& what,
                   const std::optional<HeldSignals>& held) noexcept {
  Awaited awaited;
  do {
    awaited = look_around(what);
    if (held && held->have_come()) awaited.was_interrupted = true;
  } while (!is_over(awaited) && monotonic_ns() < at_ns);
  return awaited;
}

Awaited look_then_sleep(const Awaiting& what, const Deadline& deadline,
                        const WaitPolicy& policy) noexcept {
  // Held until it sleeps: what comes after the last look ends the sleep, and is not missed before.
  std::optional<HeldSignals> held;
  if (policy.is_interruptible) held.emplace();
  const Awaited awaited = look_until(deadline.within(policy.ns), what, held);
  if (is_over(awaited) || deadline.passed()) return awaited;
  return sleep(what, deadline.remaining_ms(), held ? &held->before() : nullptr);
}

// What was ready is served after the pause. With it goes what came meanwhile to the same socket; the rest
// is found by the next turn at once.
Awaited sleep_then_pause(const Awaiting& what, const Deadline& deadline, int64_t ns) noexcept {
  Awaited awaited = sleep(what, deadline.remaining_ms());
  if (awaited.count > 0) awaited.was_interrupted = !sleep_until(deadline.within(ns));
  return awaited;
}

}  // namespace

Result<WaitPolicy> WaitPolicy::of(int kind, double seconds) {
  switch (static_cast<Kind>(kind)) {
    case Kind::kBlock:
      return WaitPolicy{};
    case Kind::kHybrid:
      return timed(Kind::kHybrid, seconds, kLongestLook,
                   "a hybrid wait looks for 0 to 1 second before it sleeps; give 50e-6 or so");
    case Kind::kCoalesce:
      return timed(Kind::kCoalesce, seconds, kLongestPause,
                   "a coalescing wait pauses for 0 to 0.1 seconds; give 100e-6 or so");
  }
  return Status(kErrorFlags, cat("unknown wait policy ", kind,
                                 "; give MC_WAIT_BLOCK, MC_WAIT_HYBRID or MC_WAIT_COALESCE"));
}

Awaited await_events(const Awaiting& what, const Deadline& deadline, const WaitPolicy& policy) {
  const int timeout_ms = deadline.remaining_ms();
  if (timeout_ms == 0 || policy.ns == 0) return sleep(what, timeout_ms);
  const Awaited seen = look(what);
  if (is_over(seen)) return seen;
  if (policy.kind == WaitPolicy::Kind::kCoalesce)
    return sleep_then_pause(what, deadline, policy.ns);
  return look_then_sleep(what, deadline, policy);
}

}  // namespace mc::io
