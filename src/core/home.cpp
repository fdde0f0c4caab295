#include "core/home.h"

namespace mc {

// Waits with the dead, so that it is told when nothing is half changed.
class Home::LogLine final : public Mortal {
 public:
  LogLine(Home& home, LogLevel level, Status line) noexcept
      : home_(home), level_(level), line_(std::move(line)) {}
  ~LogLine() override {
    // What waits in a forked child is the parent's to tell.
    if (home_.log_ && !home_.is_over() && !home_.is_inherited()) home_.log_->tell(level_, line_);
  }

 private:
  Home& home_;
  LogLevel level_;
  Status line_;
};

Status Home::forked() {
  return Status(
      kErrorForked,
      "the handle belongs to the process that forked this one; free it and make a new one");
}

Status Home::why_not() const {
  MC_TRY(check_process());
  return Status(
      kErrorThread,
      "the handle belongs to another thread; have it called there (mc_poller_post), or take "
      "its poller over first (mc_poller_adopt)");
}

Status Home::adopt() {
  MC_TRY(check_process());
  if (is_owner()) return {};
  if (is_settled_) {
    return Status(
        kErrorThread,
        "a thread's default poller stays with it; make one with mc_poller_new to hand on");
  }
  if (inside_section() || is_served_.load(std::memory_order_relaxed)) {
    return Status(kErrorBusy,
                  "the poller is being polled; let that call return before adopting it");
  }
  owner_.store(this_thread(), std::memory_order_relaxed);
  return {};
}

void Home::end(std::unique_ptr<Mortal> dead) noexcept {
  const std::shared_ptr<Graveyard> self = weak_from_this().lock();
  if (is_inherited()) take_possession();
  if (is_owner()) {
    dead->conclude();
    bury(std::move(dead));
  } else if (!send(dead)) {
    dead.reset();  // its poller has ended, and with that everything but its memory
  }
}

// In a forked child the owner may be a thread that is not here, and inside a section that will not
// end.
void Home::take_possession() noexcept {
  if (std::exchange(is_possessed_, true) || is_owner()) return;
  forget_sections();
  owner_.store(this_thread(), std::memory_order_relaxed);
}

bool Home::send(std::unique_ptr<Mortal>& letter) noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (bell_ == nullptr) return false;
  mail_.push(std::move(letter));
  has_mail_.store(true, std::memory_order_release);
  bell_->ring();
  return true;
}

Mortals Home::take_mail() noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  has_mail_.store(false, std::memory_order_relaxed);
  return std::move(mail_);
}

Mortals Home::close_mail() noexcept {
  std::unique_lock<std::mutex> lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock()) {
    if (is_inherited()) return {};  // a thread that is not here holds it, for ever
    lock.lock();
  }
  bell_ = nullptr;
  return std::move(mail_);
}

void Home::log_line(LogLevel level, Status line) {
  bury(std::make_unique<LogLine>(*this, level, std::move(line)));
}

void Home::set_log(std::unique_ptr<LogHandler> handler) noexcept {
  log_.swap(handler);
  bury(std::move(handler));
}

}  // namespace mc
