#include "io/alarm.h"

#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace mc::io {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;

}  // namespace

Result<Alarm> Alarm::create() {
  UniqueFd fd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!fd) return Status::system(errno, "cannot make a timer (timerfd_create)");
  return Alarm(std::move(fd));
}

void Alarm::set(int64_t at_ns) const noexcept {
  if (birthplace_.is_elsewhere()) return;
  at_ns = std::max<int64_t>(at_ns, 1);  // 0 would disarm it
  itimerspec when{};
  when.it_value.tv_sec = at_ns / kNsPerSecond;
  when.it_value.tv_nsec = at_ns % kNsPerSecond;
  // It fails only for a moment out of range, which monotonic_ns() and Span exclude.
  ::timerfd_settime(fd_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
}

void Alarm::clear() const noexcept {
  if (birthplace_.is_elsewhere()) return;
  const itimerspec never{};
  ::timerfd_settime(fd_.get(), 0, &never, nullptr);
}

}  // namespace mc::io
