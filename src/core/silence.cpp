#include "core/silence.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "core/poller.h"

namespace mc {
namespace {

constexpr int64_t kLooks = 4;                        // in the time after which it is silent
constexpr int64_t kMostWhileSilentNs = 250'000'000;  // between looks, to hear the end of it soon
constexpr int64_t kLeastNs = 1'000'000;

}  // namespace

class Silence::Look final : public TimerHandler {
 public:
  explicit Look(Silence& silence) noexcept : silence_(silence) {}
  int fire() override {
    silence_.look();
    return 0;
  }

 private:
  Silence& silence_;
};

Status Silence::set(double seconds) {
  Result<Span> span = span_of_seconds(seconds, "silence");
  if (!span.ok() || span->forever)
    return Status(kErrorTime, "a silence is 0 (not watched for) to 3e9 seconds");
  const int64_t before = std::exchange(limit_ns_, span->ns);
  Status watched = is_watching_ ? watch() : Status();
  if (!watched.ok()) limit_ns_ = before;
  return watched;
}

Status Silence::begin(size_t groups) {
  groups_.assign(groups, {.heard_ns = monotonic_ns()});
  MC_TRY(watch());
  is_watching_ = true;
  return {};
}

void Silence::end() noexcept {
  is_watching_ = false;
  if (timer_) timer_->close();
}

Status Silence::watch() {
  if (limit_ns_ == 0) {
    if (timer_) timer_->close();
    return {};
  }
  const bool is_any_silent =
      std::any_of(groups_.begin(), groups_.end(), [](const Group& each) { return each.is_silent; });
  int64_t period = std::max(limit_ns_ / kLooks, kLeastNs);
  if (is_any_silent) period = std::min(period, kMostWhileSilentNs);
  const double seconds = static_cast<double>(period) / 1e9;
  if (timer_) return timer_->set(seconds, 0);
  Result<std::unique_ptr<Timer>> made =
      Timer::create(poller_, seconds, 0, std::make_unique<Look>(*this), Timer::Counts::kAsNoWork);
  if (!made.ok()) return std::move(made).status();
  timer_ = std::move(*made);
  return {};
}

void Silence::rebase() {
  for (size_t i = 0; is_watching_ && i < groups_.size(); ++i) groups_[i].count = count_(i);
}

void Silence::look() {
  const int64_t now = monotonic_ns();
  for (size_t i = 0; i < groups_.size(); ++i) {
    Group& group = groups_[i];
    const uint64_t count = count_(i);
    const bool has_come = count > group.count || (count < group.count && count != 0);
    group.count = count;
    if (has_come) group.heard_ns = now;
    // What was told stays true until something comes, however long the time is now.
    group.is_silent = !has_come && (group.was_told_silent || now - group.heard_ns >= limit_ns_);
  }
  // Before it is told, for which there may be no memory: then the next look does.
  [[maybe_unused]] const Status set = watch();  // there is a timer, and its range is right
  for (size_t i = 0; i < groups_.size(); ++i) {
    Group& group = groups_[i];
    if (group.is_silent == group.was_told_silent) continue;
    tell_(i, group.is_silent);
    group.was_told_silent = group.is_silent;
  }
}

}  // namespace mc
