#include "core/links.h"

#include <new>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "core/poller.h"

namespace mc {
namespace {

constexpr double kAgainSeconds = 1;

}  // namespace

class Links::Again final : public TimerHandler {
 public:
  explicit Again(Links& links) noexcept : links_(links) {}
  int fire() override {
    links_.serve();
    return 0;
  }

 private:
  Links& links_;
};

Status Links::watch() {
  Result<net::LinkWatch> watch = net::LinkWatch::open();
  if (!watch.ok()) return std::move(watch).status();
  Result<net::Lookup> lookup = net::Lookup::open();
  if (!lookup.ok()) return std::move(lookup).status();
  MC_TRY(poller_.reactor().add(watch->fd(), io::kReadable, *this));
  watch_.emplace(std::move(*watch));
  lookup_.emplace(std::move(*lookup));
  return {};
}

// Without a watch everything works but following.
void Links::begin() {
  if (watch_) return;
  const Status watched = watch();
  if (watched.ok() || std::exchange(has_complained_, true)) return;
  poller_.home()->log(LogLevel::kWarning, watched.code(), [&] {
    return cat(watched.sentence(),
               "; what is open will not be joined again when an interface comes back");
  });
}

Result<Links::Known> Links::look_up() {
  begin();
  if (watch_ && watch_->is_here()) {
    hear();
    if (!is_current_) MC_TRY(lookup_->renew());
    is_current_ = true;
    return Known{*lookup_, true};
  }
  Result<net::Lookup> now = net::Lookup::now();
  if (!now.ok()) return std::move(now).status();
  elsewhere_.emplace(std::move(*now));
  return Known{*elsewhere_, false};
}

// Whether there is something to follow.
bool Links::hear() noexcept {
  if (watch_->read(changes_)) {
    is_current_ = false;
    poller_.chores().add(*this);
    poller_.expect_turn();  // the socket tells no more of what was read
  }
  return changes_.is_any;
}

void Links::ready(uint32_t) {
  hear();
}

void Links::serve() noexcept try {
  if (poller_.home()->is_inherited()) return;  // another's chore forked, and this is the child
  const bool is_owed = std::exchange(is_owed_, false);
  if (!watch_ || !(hear() || is_owed)) return;
  Chores::remove(*this);
  if (!watch_->is_here()) {
    if (!std::exchange(has_complained_of_place_, true)) {
      poller_.home()->log(LogLevel::kWarning, 0, [] {
        return "the network interfaces changed, but the thread is in another network namespace; "
               "what "
               "is open can follow only when it is back";
      });
    }
    return serve_again_later();
  }
  if (!is_current_) {
    if (Status renewed = lookup_->renew(); !renewed.ok()) {
      poller_.home()->log(LogLevel::kWarning, renewed.code(), [&] {
        return cat("cannot follow a change of the network interfaces yet: ", renewed.sentence());
      });
      return serve_again_later();
    }
    is_current_ = true;
  }
  has_followed_ = true;
  const Status followed = poller_.follow(*lookup_, changes_);
  changes_.forget();
  if (followed.ok()) return;
  poller_.home()->log(LogLevel::kError, followed.code(), [&] {
    return cat("cannot follow all changes of the network interfaces, but will try again: ",
               std::generic_category().message(-followed.code()));
  });
  changes_.is_incomplete = true;
  serve_again_later();
} catch (const std::bad_alloc&) {
  serve_again_later();
}

void Links::serve_again_later() noexcept try {
  is_owed_ = true;
  if (!again_) {
    Result<std::unique_ptr<Timer>> timer = Timer::create(
        poller_, kAgainSeconds, 0, std::make_unique<Again>(*this), Timer::Counts::kAsNoWork);
    if (!timer.ok()) return poller_.chores().add(*this);  // sooner, then
    again_ = std::move(*timer);
  } else if (!again_->is_running()) {
    [[maybe_unused]] const Status set = again_->set(kAgainSeconds, 0);  // its range is right
  }
} catch (const std::bad_alloc&) {
  poller_.chores().add(*this);
}

}  // namespace mc
