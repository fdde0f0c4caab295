// Internal header: the event loop that everything of the library is served by.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

#include "base/clock.h"
#include "base/status.h"
#include "core/channels.h"
#include "core/chores.h"
#include "core/descriptor.h"
#include "core/home.h"
#include "core/links.h"
#include "core/resident.h"
#include "core/timer.h"
#include "io/reactor.h"
#include "io/wakeup.h"
#include "net/send_batch.h"

namespace mc {

struct PollerCounts {
  uint64_t turns = 0;   // waits that ended
  uint64_t events = 0;  // descriptors found ready, ours and the users'
};

// Waits for its residents' descriptors and serves them, and its mail. Belongs to one thread at a
// time, but for stop() and wake(). Owns channels and the registrations of users' descriptors; does
// not own its residents (listeners, multicasters), which outlive it closed, nor users' descriptors.
class Poller final : public Mortal {
 public:
  static Result<std::unique_ptr<Poller>> create();
  ~Poller() override;

  // Closes all that lives on it.
  void conclude() noexcept override { evict_all(); }

  // One wait, up to `seconds`, and what it brings. The number of ready descriptors; 0 also after a
  // signal or a wake().
  Result<int> poll(double seconds);
  // Polls and sleeps `interval` in turns until nothing is left, or stop() was called: then
  // kStopped.
  static constexpr int kStopped = 1;
  Result<int> loop(double timeout, double interval);
  // Polls until `done()`, stop() or nothing is left; for calls that block on something of their
  // own.
  Result<int> loop_until(const std::function<bool()>& done);

  // From any thread and any signal handler.
  void stop() noexcept;  // ends the loop that runs, or the next one, once
  void wake() const noexcept { wakeup_.ring(); }
  // Whether a signal ends loops and pulls, with kErrorInterrupted.
  void set_interruptible(bool on) noexcept { wait_policy_.is_interruptible = on; }
  // kErrorInterrupted where it does.
  Status check_interrupted() const;

  // How it waits from the next time on, and its pulled listeners; see io::WaitPolicy::of().
  Status set_wait(int kind, double seconds);

  Status register_descriptor(int fd, uint32_t flags, std::unique_ptr<DescriptorHandler> handler);
  Status unregister_descriptor(int fd);
  // Chooses which events of a registered descriptor are told, of those it has handlers for.
  Status watch_descriptor(int fd, uint32_t events);
  void forget_descriptor(int fd) noexcept;

  // kErrorBusy inside one of its callbacks.
  Status check_idle() const;
  // Whether a loop would go on: something is open, registered, posted or left to do.
  bool has_work() const noexcept {
    return work_ != 0 || !descriptors_.empty() || home_->has_mail() || !chores_.is_empty();
  }
  // Does what other threads asked for.
  void read_mail();
  int fd() const noexcept { return reactor_.fd(); }

  // For residents.
  void admit(Resident& resident) noexcept;
  void dismiss(Resident& resident) noexcept;
  void begin_work() noexcept { ++work_; }
  void end_work() noexcept { --work_; }
  const std::shared_ptr<Home>& home() const noexcept { return home_; }
  const io::Wakeup& wakeup() const noexcept { return wakeup_; }
  io::Reactor& reactor() noexcept { return reactor_; }
  const io::WaitPolicy& wait_policy() const noexcept { return wait_policy_; }
  Channels& channels() noexcept { return channels_; }
  Links& links() noexcept { return links_; }
  Timers& timers() noexcept { return timers_; }
  net::SendBatch& send_batch() noexcept { return send_batch_; }
  // Whether a turn is under way, at whose end the chores will be done.
  bool is_in_turn() const noexcept { return is_in_turn_; }
  Chores& chores() noexcept { return chores_; }
  // A chore is not to wait for whatever else brings the next turn: fd() becomes readable. No system
  // call where a turn ends soon anyway.
  void expect_turn() noexcept;

  // For its links: has the residents follow a change.
  Status follow(net::Lookup& lookup, net::LinkChanges& changes);

  const PollerCounts& counts() const noexcept { return counts_; }
  size_t descriptor_count() const noexcept { return descriptors_.size(); }

 private:
  // Hears what rang while the poller waited.
  class Bell final : public io::Watcher {
   public:
    explicit Bell(Poller& poller) : poller_(poller) {}
    void ready(uint32_t events) override {
      if ((events & io::kReadable) != 0 && poller_.wakeup_.silence() >= kStopRing)
        poller_.is_stopped_ = true;
      rang_ = true;
    }
    bool take_ring() noexcept { return std::exchange(rang_, false); }

   private:
    Poller& poller_;
    bool rang_ = false;
  };
  // The bell says everything: a wake or mail is 1, a stop this much. A stop that was heard has done
  // its last to the poller, which may then be freed.
  static constexpr uint64_t kStopRing = uint64_t{1} << 32;

  Poller(io::Reactor reactor, io::Wakeup wakeup)
      : reactor_(std::move(reactor)),
        wakeup_(std::move(wakeup)),
        channels_(reactor_, chores_, *home_),
        timers_(reactor_) {}

  Status check_registered(int fd) const;
  void hear() noexcept;
  bool take_stop() noexcept;
  Result<int> run(Span wait, Span pause, const std::function<bool()>& done);
  Status do_chores();
  void show_chores(bool on) noexcept;
  Result<io::Turn> turn(const Deadline& deadline);
  Deadline turn_deadline(const Deadline& deadline) const noexcept;
  void bury_descriptor(std::unique_ptr<Descriptor> descriptor) noexcept;
  void evict_all() noexcept;

  io::Reactor reactor_;
  io::Wakeup wakeup_;
  Bell bell_{*this};
  std::shared_ptr<Home> home_ = std::make_shared<Home>(wakeup_);
  Chores chores_;
  Channels channels_;
  Timers timers_;
  Links links_{*this};
  net::SendBatch send_batch_;  // of its multicasters, one at a time
  std::unordered_map<int, std::unique_ptr<Descriptor>> descriptors_;
  Resident* residents_ = nullptr;
  size_t work_ = 0;  // open listeners, multicasters with a source, timers that will fire
  io::WaitPolicy wait_policy_;
  bool is_in_turn_ = false;
  bool is_doing_chores_ = false;
  bool is_turn_expected_ = false;
  bool shows_chores_ = false;  // the bell is watched for writing, too, which it always is ready for
  PollerCounts counts_;
  bool is_stopped_ = false;                  // a stop was heard
  std::atomic<bool> may_be_stopped_{false};  // a hint to hear, which saves a read at each turn
  static_assert(std::atomic<bool>::is_always_lock_free, "stop() is called from signal handlers");
};

}  // namespace mc
