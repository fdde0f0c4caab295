// Internal header: what a poller shares with everything that lives on it, and what outlives it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

#include "base/fork.h"
#include "base/status.h"
#include "base/thread.h"
#include "core/graveyard.h"
#include "io/wakeup.h"

namespace mc {

// How grave a line of the log is; the public header repeats the numbers.
enum class LogLevel : int { kError = 1, kWarning = 2, kInfo = 3 };

// The user's function for the log; its destructor is the user's finaliser.
class LogHandler : public Mortal {
 public:
  virtual void tell(LogLevel level, const Status& line) = 0;
};

// Who may use what lives on a poller, how other threads reach it, where its dead wait, and to whom
// it talks. Everything belongs to the owner's thread but for what says otherwise.
class Home final : public Graveyard {
 public:
  // `bell` is rung when mail comes, until close_mail().
  explicit Home(const io::Wakeup& bell) noexcept : bell_(&bell) {}

  // Whether the calling thread may use what lives here: kErrorForked, kErrorThread. Any thread.
  Status check() const {
    if (!is_inherited() && is_owner()) [[likely]]
      return {};
    return why_not();
  }
  // kErrorForked in a child of the process that made it. Any thread.
  Status check_process() const {
    if (!is_inherited()) [[likely]]
      return {};
    return forked();
  }
  bool is_inherited() const noexcept { return birthplace_.is_elsewhere(); }
  // Makes the calling thread the owner. kErrorBusy while the old one is inside; kErrorThread when it
  // may not go. Any thread.
  Status adopt();
  // Lasts as long as the owner serves the poller, between its turns, too.
  class Service {
   public:
    explicit Service(std::shared_ptr<Home> home) noexcept : home_(std::move(home)) {
      home_->is_served_.store(true, std::memory_order_relaxed);
    }
    ~Service() { home_->is_served_.store(false, std::memory_order_relaxed); }
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

   private:
    std::shared_ptr<Home> home_;
  };
  // The user has freed the poller, which may not have read it yet. Any thread.
  void give_up() noexcept { is_given_up_.store(true, std::memory_order_release); }
  bool is_given_up() const noexcept { return is_given_up_.load(std::memory_order_acquire); }
  // The owner stays the owner; before any other thread knows of this home.
  void settle() noexcept { is_settled_ = true; }

  // Ends what lives here: now, or, in a thread that does not own it, by mail. Any thread.
  void end(std::unique_ptr<Mortal> dead) noexcept;

  // Hands `letter` over to the owner's thread, which concludes it and buries it. False when the
  // poller has ended, and then the letter stays where it is. Any thread.
  bool send(std::unique_ptr<Mortal>& letter) noexcept;
  bool has_mail() const noexcept { return has_mail_.load(std::memory_order_acquire); }
  Mortals take_mail() noexcept;
  // The poller's memory goes: what came and was not taken; nothing comes any more.
  Mortals close_mail() noexcept;
  // The poller has ended, and its residents with it.
  void set_over() noexcept { is_over_.store(true, std::memory_order_relaxed); }
  // Any thread; another than the owner may learn it late.
  bool is_over() const noexcept { return is_over_.load(std::memory_order_relaxed); }

  // Tells the user when the call at hand is done. `make` gives the sentence, if anybody listens;
  // where there is no memory for it, nothing is told.
  template <typename Make>
  void log(LogLevel level, int code, Make&& make) noexcept {
    if (!log_) return;
    try {
      log_line(level, Status(code, std::forward<Make>(make)()));
    } catch (const std::bad_alloc&) {
      return;
    }
  }
  void set_log(std::unique_ptr<LogHandler> handler) noexcept;
  // Whether nobody has said yet that filters in the kernel do not count.
  bool is_first_uncounted() noexcept { return log_ && !std::exchange(said_uncounted_, true); }

 private:
  class LogLine;
  void log_line(LogLevel level, Status line);
  bool is_owner() const noexcept { return owner_.load(std::memory_order_relaxed) == this_thread(); }
  Status why_not() const;
  static Status forked();
  void take_possession() noexcept;

  Birthplace birthplace_;
  std::atomic<uint64_t> owner_{this_thread()};
  std::atomic<bool> is_served_{false};
  std::atomic<bool> is_given_up_{false};
  bool is_settled_ = false;
  std::atomic<bool> is_over_{false};
  bool is_possessed_ = false;  // by a forked child
  std::unique_ptr<LogHandler> log_;
  bool said_uncounted_ = false;

  std::mutex mutex_;  // of the three below; never held while user code runs
  const io::Wakeup* bell_;
  Mortals mail_;
  std::atomic<bool> has_mail_{false};
};

// Ends a poller or something that lives on one. Any thread.
template <typename T>
void end(std::unique_ptr<T> dead) noexcept {
  if (!dead) return;
  const std::shared_ptr<Home> home = dead->home();
  home->end(std::move(dead));
}

}  // namespace mc
