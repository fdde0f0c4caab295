// Internal header: calling the user at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "base/clock.h"
#include "base/status.h"
#include "core/graveyard.h"
#include "core/resident.h"
#include "io/alarm.h"
#include "io/reactor.h"

namespace mc {

class Poller;
class Timer;

// The user's function, as an object; its destructor is the user's finaliser.
class TimerHandler : public Mortal {
 public:
  // Non-zero: the timer stops.
  virtual int fire() = 0;
};

// The timers of one poller, by the time at which they are due, on one alarm.
class Timers final : private io::Watcher {
 public:
  explicit Timers(io::Reactor& reactor) : reactor_(reactor) {}
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;

  // Makes the alarm with the first timer.
  Status schedule(Timer& timer, int64_t due_ns);
  void cancel(Timer& timer) noexcept;

 private:
  void ready(uint32_t events) override;
  void set_alarm() const noexcept;
  Status make_alarm();

  using Due = std::pair<int64_t, Timer*>;
  io::Reactor& reactor_;
  std::optional<io::Alarm> alarm_;
  std::set<Due> due_;
};

// Fires once or again and again while its poller is served. Lives on a poller, whose end stops it
// for good.
class Timer final : public Resident {
 public:
  // Whether a loop goes on for its sake.
  enum class Counts { kAsWork, kAsNoWork };
  // `after` and `every` (0: once) in seconds.
  static Result<std::unique_ptr<Timer>> create(Poller& poller, double after, double every,
                                               std::unique_ptr<TimerHandler> handler,
                                               Counts counts = Counts::kAsWork);
  ~Timer() override { Timer::close(); }

  Status set(double after, double every);
  void close() noexcept override;
  bool is_running() const noexcept { return is_scheduled_; }

 private:
  friend class Timers;
  Timer(Poller& poller, std::unique_ptr<TimerHandler> handler, Counts counts) noexcept;
  void end_work() noexcept;

  int64_t every_ns_ = 0;  // 0: once
  std::unique_ptr<TimerHandler> handler_;
  int64_t due_ns_ = 0;
  bool is_scheduled_ = false;
  bool is_work_;
};

}  // namespace mc
