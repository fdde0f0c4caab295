#include "core/timer.h"

#include "base/text.h"
#include "core/poller.h"

namespace mc {
namespace {

Result<int64_t> span_in_ns(double seconds, const char* what) {
  Result<Span> span = span_of_seconds(seconds, what);
  if (!span.ok() || span->forever) {
    return Status(kErrorTime, cat(what, " of a timer is negative, too long or not a number; give ",
                                  "seconds from 0 to 3e9"));
  }
  return span->ns;
}

}  // namespace

Status Timers::make_alarm() {
  if (alarm_) return {};
  Result<io::Alarm> made = io::Alarm::create();
  if (!made.ok()) return std::move(made).status();
  MC_TRY(reactor_.add(made->fd(), io::kReadable, *this));
  alarm_ = std::move(*made);
  return {};
}

Status Timers::schedule(Timer& timer, int64_t due_ns) {
  MC_TRY(make_alarm());
  due_.emplace(due_ns, &timer);
  if (timer.is_scheduled_ && timer.due_ns_ != due_ns) due_.erase({timer.due_ns_, &timer});
  timer.due_ns_ = due_ns;
  timer.is_scheduled_ = true;
  set_alarm();
  return {};
}

void Timers::cancel(Timer& timer) noexcept {
  due_.erase({timer.due_ns_, &timer});
  timer.is_scheduled_ = false;
  set_alarm();
}

void Timers::set_alarm() const noexcept {
  due_.empty() ? alarm_->clear() : alarm_->set(due_.begin()->first);
}

// Fires each timer that was due when the turn began, once. One that lags behind its period skips
// what it missed: a busy program is not made busier.
void Timers::ready(uint32_t) {
  const int64_t now = monotonic_ns();
  while (!due_.empty() && due_.begin()->first <= now) {
    auto node = due_.extract(due_.begin());
    Timer& timer = *node.value().second;
    if (timer.every_ns_ > 0) {
      const int64_t missed = (now - timer.due_ns_) / timer.every_ns_;
      node.value().first = timer.due_ns_ += (missed + 1) * timer.every_ns_;
      due_.insert(std::move(node));
    } else {
      timer.is_scheduled_ = false;
      timer.end_work();
    }
    const bool is_enough = timer.handler_->fire() != 0;
    if (timer.home()->is_inherited()) return;  // it forked, and this is the child
    if (is_enough) timer.close();
  }
  set_alarm();
}

Timer::Timer(Poller& poller, std::unique_ptr<TimerHandler> handler, Counts counts) noexcept
    : Resident(poller), handler_(std::move(handler)), is_work_(counts == Counts::kAsWork) {}

void Timer::end_work() noexcept {
  if (is_work_) poller_->end_work();
}

Result<std::unique_ptr<Timer>> Timer::create(Poller& poller, double after, double every,
                                             std::unique_ptr<TimerHandler> handler, Counts counts) {
  std::unique_ptr<Timer> timer(new Timer(poller, std::move(handler), counts));
  MC_TRY(timer->set(after, every));
  return timer;
}

Status Timer::set(double after, double every) {
  MC_TRY(check_poller("timer"));
  Result<int64_t> after_ns = span_in_ns(after, "after");
  if (!after_ns.ok()) return std::move(after_ns).status();
  Result<int64_t> every_ns = span_in_ns(every, "every");
  if (!every_ns.ok()) return std::move(every_ns).status();
  const bool was_running = is_scheduled_;
  MC_TRY(poller_->timers().schedule(*this, monotonic_ns() + *after_ns));
  every_ns_ = *every_ns;
  if (!was_running && is_work_) poller_->begin_work();
  return {};
}

void Timer::close() noexcept {
  if (!is_scheduled_) return;
  poller_->timers().cancel(*this);
  end_work();
}

}  // namespace mc
