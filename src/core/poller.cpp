#include "core/poller.h"

#include <cerrno>
#include <new>

#include "base/text.h"
#include "base/undo.h"

namespace mc {

Result<std::unique_ptr<Poller>> Poller::create() {
  Result<io::Reactor> reactor = io::Reactor::create();
  if (!reactor.ok()) return std::move(reactor).status();
  Result<io::Wakeup> wakeup = io::Wakeup::create();
  if (!wakeup.ok()) return std::move(wakeup).status();
  std::unique_ptr<Poller> poller(new Poller(std::move(*reactor), std::move(*wakeup)));
  MC_TRY(poller->reactor_.add(poller->wakeup_.fd(), io::kReadable, poller->bell_));
  return poller;
}

Poller::~Poller() {
  evict_all();
  // Only now: while callbacks of this poller run, what another thread frees must wait for them.
  Mortals unread = home_->close_mail();
  while (std::unique_ptr<Mortal> letter = unread.pop()) home_->bury(std::move(letter));
  home_->set_log(nullptr);
}

void Poller::evict_all() noexcept {
  const Graveyard::Section section(home_);
  while (residents_ != nullptr) {
    Resident& resident = *residents_;
    dismiss(resident);
    resident.close();
    resident.poller_ = nullptr;
  }
  while (!descriptors_.empty()) forget_descriptor(descriptors_.begin()->first);
  home_->set_over();
  if (home_->is_inherited()) return;  // a thread that is not here may hold the lock of the mail
  // What has come is to end while the user still has his handle; more may come until that goes.
  Mortals unread = home_->take_mail();
  while (std::unique_ptr<Mortal> letter = unread.pop()) home_->bury(std::move(letter));
}

void Poller::read_mail() {
  const std::shared_ptr<Home> home = home_;
  const Graveyard::Section section(home);
  Mortals letters = home->take_mail();
  while (std::unique_ptr<Mortal> letter = letters.pop()) {
    // One of them may have ended the poller, or forked, and this is the child.
    if (!home->is_over() && !home->is_inherited()) letter->arrive();
    home->bury(std::move(letter));
  }
}

Status Poller::follow(net::Lookup& lookup, net::LinkChanges& changes) {
  Status joined = channels_.follow(lookup, changes);
  for (Resident* each = residents_; each != nullptr; each = each->next_) {
    try {
      each->follow(lookup, changes);
    } catch (const std::bad_alloc&) {
      joined = Status::undescribed(-ENOMEM);
    }
  }
  return joined;
}

void Poller::admit(Resident& resident) noexcept {
  resident.previous_ = nullptr;
  resident.next_ = residents_;
  if (residents_ != nullptr) residents_->previous_ = &resident;
  residents_ = &resident;
}

void Poller::dismiss(Resident& resident) noexcept {
  (resident.previous_ != nullptr ? resident.previous_->next_ : residents_) = resident.next_;
  if (resident.next_ != nullptr) resident.next_->previous_ = resident.previous_;
}

Status Poller::check_idle() const {
  if (!home_->inside_section()) return {};
  return Status(kErrorBusy,
                "the poller is running: poll, loop and listen cannot be called from inside its "
                "callbacks; return from the callback instead");
}

Result<int> Poller::poll(double seconds) {
  Result<Span> span = span_of_seconds(seconds, "timeout");
  if (!span.ok()) return std::move(span).status();
  MC_TRY(check_idle());
  const std::shared_ptr<Home> home = home_;
  const bool had_chores = !chores_.is_empty();
  MC_TRY(do_chores());
  if (home->is_over()) return 0;  // one of them ended this poller
  // What was done may be what the caller waits for.
  Result<io::Turn> done = turn(Deadline(had_chores && chores_.is_empty() ? Span{} : *span));
  if (!done.ok()) return std::move(done).status();
  MC_TRY(home->check_process());  // a finaliser forked, or who was told of a log line
  return done->events;
}

Result<int> Poller::loop(double timeout, double interval) {
  Result<Span> wait = span_of_seconds(timeout, "timeout");
  if (!wait.ok()) return std::move(wait).status();
  Result<Span> pause = span_of_seconds(interval, "interval");
  if (!pause.ok()) return std::move(pause).status();
  MC_TRY(check_idle());
  hear();
  if (!has_work() && !is_stopped_) {
    const std::shared_ptr<Home> home = home_;
    home->log(LogLevel::kWarning, 0, [] {
      return "the loop has nothing to serve and ends at once: no listener is open and nothing else "
             "is registered with this poller; each thread has a default poller of its own";
    });
    if (home->is_over()) return 0;  // whoever was told ended this poller
  }
  return run(*wait, *pause, [] { return false; });
}

Result<int> Poller::loop_until(const std::function<bool()>& done) {
  return run(Span{.forever = true}, Span{}, done);
}

Result<int> Poller::run(Span wait, Span pause, const std::function<bool()>& done) {
  MC_TRY(check_idle());
  const std::shared_ptr<Home> home = home_;
  const Home::Service service(home);
  const bool pauses = pause.forever || pause.ns > 0;
  hear();
  while (true) {
    if (take_stop()) return kStopped;
    MC_TRY(do_chores());
    if (home->is_over()) return 0;  // one of them ended this poller
    if (!has_work() || done()) return 0;
    Result<io::Turn> latest = turn(Deadline(wait));
    if (!latest.ok()) return std::move(latest).status();
    MC_TRY(home->check_process());
    if (home->is_over()) return 0;  // a callback ended this poller
    bool is_interrupted = latest->was_interrupted;
    if (pauses && !is_interrupted && !is_stopped_ && has_work() && !done())
      is_interrupted = !wakeup_.wait(Deadline(pause));
    if (is_interrupted) MC_TRY(check_interrupted());
  }
}

// How long a turn may wait.
Deadline Poller::turn_deadline(const Deadline& deadline) const noexcept {
  if (home_->has_mail()) return Deadline(Span{});
  // What chores are there now could not be done, or not watched, in the turn before; they are tried
  // again, but not without a pause.
  constexpr int64_t kPauseNs = 10'000'000;
  return chores_.is_empty() ? deadline : deadline.no_later_than(kPauseNs);
}

// What came between the turns, so that a turn is not waited for with it.
Status Poller::do_chores() {
  if (shows_chores_) show_chores(false);
  if (chores_.is_empty()) return {};
  const std::shared_ptr<Home> home = home_;
  {
    const Graveyard::Section section(home);
    is_doing_chores_ = true;
    is_turn_expected_ = false;
    const Undo done([&] {
      is_doing_chores_ = false;
      if (is_turn_expected_ && !home->is_over()) show_chores(true);
    });
    chores_.run();
    // What followed the links has something to tell.
    if (!home->is_over() && !home->is_inherited() && links_.take_followed()) {
      is_turn_expected_ = false;
      chores_.run();
    }
  }
  return home->check_process();
}

void Poller::expect_turn() noexcept {
  is_turn_expected_ = true;
  if (!is_in_turn_ && !is_doing_chores_ && !shows_chores_) show_chores(true);
}

// Without memory for it, the next turn comes when something else brings it.
void Poller::show_chores(bool on) noexcept {
  if (home_->is_inherited()) return;
  const uint32_t interest = on ? io::kReadable | io::kWritable : uint32_t{io::kReadable};
  if (reactor_.modify(interest, bell_).ok()) shows_chores_ = on;
}

Result<io::Turn> Poller::turn(const Deadline& deadline) {
  // What callbacks close is destroyed when this ends; the finalisers that this runs are callbacks
  // too.
  const std::shared_ptr<Home> home = home_;
  const Graveyard::Section section(home);
  bell_.take_ring();  // of a turn that an exception ended, as its mail may be
  is_in_turn_ = true;
  const Undo turned([this] { is_in_turn_ = false; });
  Result<io::Turn> turn = reactor_.turn(turn_deadline(deadline), wait_policy_);
  ++counts_.turns;
  MC_TRY(home->check_process());  // a callback forked, and this is the child
  if (!turn.ok()) return turn;
  if (bell_.take_ring()) --turn->events;
  counts_.events += static_cast<uint64_t>(turn->events);
  if (home->has_mail()) read_mail();
  MC_TRY(home->check_process());
  is_in_turn_ = false;  // what chores bring belongs to the next one
  if (!home->is_over()) MC_TRY(do_chores());
  return turn;
}

Status Poller::check_interrupted() const {
  if (!wait_policy_.is_interruptible) return {};
  return Status(kErrorInterrupted,
                "a signal ended the wait (mc_poller_set_interruptible); call again to go on");
}

Status Poller::set_wait(int kind, double seconds) {
  Result<io::WaitPolicy> policy = io::WaitPolicy::of(kind, seconds);
  if (!policy.ok()) return std::move(policy).status();
  policy->is_interruptible = wait_policy_.is_interruptible;
  wait_policy_ = *policy;
  return {};
}

// Listens whether a stop has rung, and leaves to the next wait what else has.
void Poller::hear() noexcept {
  may_be_stopped_.store(false);
  const uint64_t rings = wakeup_.silence();
  if (rings % kStopRing != 0) wakeup_.ring(rings % kStopRing);
  if (rings >= kStopRing) is_stopped_ = true;
}

bool Poller::take_stop() noexcept {
  if (may_be_stopped_.load(std::memory_order_relaxed)) hear();
  return std::exchange(is_stopped_, false);
}

void Poller::stop() noexcept {
  may_be_stopped_.store(true);
  wakeup_.ring(kStopRing);
}

Status Poller::register_descriptor(int fd, uint32_t flags,
                                   std::unique_ptr<DescriptorHandler> handler) {
  if (fd < 0) {
    return Status(kErrorDescriptor,
                  cat("descriptor ", fd, " is negative; give an open descriptor"));
  }
  if ((flags & ~kAllRegisterFlags) != 0) {
    return Status(kErrorFlags,
                  cat("unknown flags ", flags & ~kAllRegisterFlags, " for descriptor ", fd));
  }
  auto descriptor = std::make_unique<Descriptor>(*this, fd, flags, std::move(handler));
  const auto entry = descriptors_.try_emplace(fd).first;
  Undo forget([&] {
    if (!entry->second) descriptors_.erase(entry);
  });
  Status added = reactor_.add(fd, descriptor->interest(~0U), *descriptor);
  if (added.code() == -EEXIST) {
    return Status(kErrorRegistered,
                  cat("descriptor ", fd, " is registered already; unregister it first"));
  }
  if (!added.ok()) return added;
  forget.dismiss();
  entry->second.swap(descriptor);
  // A registration dies with its descriptor (epoll(7)); the number is a new one's now.
  if (descriptor) bury_descriptor(std::move(descriptor));
  return {};
}

Status Poller::unregister_descriptor(int fd) {
  MC_TRY(check_registered(fd));
  forget_descriptor(fd);
  return {};
}

Status Poller::watch_descriptor(int fd, uint32_t events) {
  MC_TRY(check_registered(fd));
  constexpr uint32_t kChoice = io::kReadable | io::kPriority | io::kWritable;
  if ((events & ~kChoice) != 0) {
    return Status(kErrorFlags, cat("unknown events ", events & ~kChoice, " for descriptor ", fd));
  }
  Descriptor& descriptor = *descriptors_.find(fd)->second;
  MC_TRY(reactor_.modify(descriptor.interest(events), descriptor));
  descriptor.want(events);
  return {};
}

Status Poller::check_registered(int fd) const {
  if (descriptors_.count(fd) != 0) return {};
  return Status(kErrorNotRegistered, cat("descriptor ", fd, " is not registered with this poller"));
}

void Poller::forget_descriptor(int fd) noexcept {
  const auto entry = descriptors_.find(fd);
  std::unique_ptr<Descriptor> descriptor = std::move(entry->second);
  descriptors_.erase(entry);
  bury_descriptor(std::move(descriptor));
}

void Poller::bury_descriptor(std::unique_ptr<Descriptor> descriptor) noexcept {
  reactor_.remove(*descriptor);
  descriptor->forget();
  home_->bury(std::move(descriptor));
}

}  // namespace mc
