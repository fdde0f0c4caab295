// A clock that moves only as a test says.
#pragma once

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <vector>

#include "base/clock.h"

namespace mc::test {

// While it lives, the library's clock begins at a second, goes on by `step_ns` with each look at it, and is
// moved by sleeping. One at a time, and only while no other thread uses the library.
class FakeClock {
 public:
  explicit FakeClock(int64_t step_ns = 0) : step_ns_(step_ns) {
    if (fake != nullptr) std::abort();
    fake = this;
    clock_calls_in_force = &kFake;
  }
  ~FakeClock() {
    clock_calls_in_force = &kClockCalls;
    fake = nullptr;
  }
  FakeClock(const FakeClock&) = delete;
  FakeClock& operator=(const FakeClock&) = delete;

  int64_t now() const { return now_ns_; }
  void advance(int64_t ns) { now_ns_ += ns; }
  // A signal ends each sleep after so long.
  void interrupt_sleep_after(int64_t ns) { interruption_ns_ = ns; }

  // Until when the library slept, and what happened meanwhile.
  std::vector<int64_t> sleeps;
  std::function<void()> in_sleep;

 private:
  static inline FakeClock* fake = nullptr;

  static int get(int, timespec* now) {
    fake->now_ns_ += fake->step_ns_;
    now->tv_sec = fake->now_ns_ / kSecond;
    now->tv_nsec = fake->now_ns_ % kSecond;
    return 0;
  }
  static int sleep(int clock, int flags, const timespec* until, timespec*) {
    if (clock != CLOCK_MONOTONIC || flags != TIMER_ABSTIME) return EINVAL;
    const int64_t until_ns = until->tv_sec * kSecond + until->tv_nsec;
    fake->sleeps.push_back(until_ns);
    if (fake->in_sleep) fake->in_sleep();
    if (fake->interruption_ns_ > 0) {
      fake->advance(fake->interruption_ns_);
      return EINTR;
    }
    if (until_ns > fake->now_ns_) fake->now_ns_ = until_ns;
    return 0;
  }

  static constexpr int64_t kSecond = 1'000'000'000;
  static constexpr ClockCalls kFake = {get, sleep};

  int64_t now_ns_ = kSecond;
  int64_t step_ns_;
  int64_t interruption_ns_ = 0;
};

}  // namespace mc::test
