#include "core/outflow.h"

#include <algorithm>
#include <cerrno>
#include <new>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/text.h"
#include "core/multicaster.h"

namespace mc {
namespace {

// A flooding source must not starve the rest of the poller.
constexpr int kBatchesPerTurn = 4;
constexpr double kNever = 3e9;  // seconds; a timer that is stopped at once
// After so many refused packets, and none that was not, a source rests.
constexpr size_t kManyRefused = Outbox::kMost;
constexpr int64_t kRestNs = 10'000'000;

}  // namespace

// Fires when what is held may go on.
class Outflow::Awakening final : public TimerHandler {
 public:
  explicit Awakening(Outflow& outflow) noexcept : outflow_(outflow) {}
  int fire() override {
    outflow_.serve();
    return 0;
  }

 private:
  Outflow& outflow_;
};

Status Outflow::set_source(std::unique_ptr<PacketSource> source) {
  if (source && !is_held()) MC_TRY(multicaster_.watch_room(true));
  supply_ = source ? Supply::kMore : Supply::kPaused;
  source_.swap(source);
  multicaster_.home()->bury(std::move(source));
  return {};
}

Status Outflow::resume() {
  if (!source_)
    return Status(kErrorNoHandler, "the multicaster has no packet source to resume; set one first");
  if (!is_held()) MC_TRY(multicaster_.watch_room(true));
  if (supply_ == Supply::kPaused) supply_ = Supply::kMore;
  return {};
}

void Outflow::set_error_handler(std::unique_ptr<SendErrorHandler> handler) noexcept {
  error_handler_.swap(handler);
  multicaster_.home()->bury(std::move(handler));
}

bool Outflow::takes_sends() {
  if (is_batching_) return true;
  send_ahead();
  return waits_for_accepted();
}

Sent Outflow::accept(std::span<const net::Buffer> packets) {
  // In a turn they leave at its end, together with what else it brings; elsewhere in the next.
  Poller& poller = multicaster_.poller();
  if (poller.is_in_turn()) {
    poller.chores().add(*this);
  } else if (!is_held()) {
    if (Status watched = multicaster_.watch_room(true); !watched.ok())
      return {0, std::move(watched)};
  }
  size_t count = 0;
  for (const net::Buffer& each : packets) {
    if (!make_room()) return {count, no_room(each.size)};
    outbox_.add(each);
    has_accepted_ = true;
    ++count;
  }
  return {count, {}};
}

// For one more packet.
bool Outflow::make_room() {
  if (outbox_.has_room()) return true;
  send_waiting(Telling::kLater);
  if (!outbox_.has_room()) outbox_.move_up();
  return outbox_.has_room();
}

Status Outflow::no_room(size_t size) const noexcept {
  std::string_view advice;
  if (is_held()) {
    advice = shortages_ > 0 ? "accepted packets wait for the system's memory: serve the poller"
                            : "accepted packets wait for the pace: serve the poller";
  }
  return multicaster_.refusal(EAGAIN, size, advice);
}

bool Outflow::may_go_on() const noexcept {
  return multicaster_.is_open() && !multicaster_.home()->is_inherited();
}

Result<size_t> Outflow::flush() {
  turn_ends();
  MC_TRY(multicaster_.home()->check_process());
  return waiting();
}

void Outflow::turn_ends() {
  if (!may_go_on()) return;  // another one's callback forked
  tell_late();
  if (may_go_on()) send_waiting(Telling::kNow);
  if (may_go_on()) settle();
}

Status Outflow::set_pace(Pace pace) {
  if (pace.is_set()) MC_TRY(ensure_timer());
  if (is_held()) {
    MC_TRY(multicaster_.watch_room(true));
    timer_->close();
  }
  pace_ = pace;
  return {};
}

Status Outflow::ensure_timer() {
  if (timer_) return {};
  Result<std::unique_ptr<Timer>> made =
      Timer::create(multicaster_.poller(), kNever, 0, std::make_unique<Awakening>(*this));
  if (!made.ok()) return std::move(made).status();
  timer_ = std::move(*made);
  timer_->close();  // until something has to wait
  return {};
}

void Outflow::serve() {
  if (!may_go_on()) return;
  tell_late();
  for (int i = 0; i < kBatchesPerTurn && may_go_on(); ++i) {
    if (outbox_.is_empty()) {
      if (is_resting()) break;
      pull();
    }
    const bool is_through = send_waiting(Telling::kNow);
    if (source_ && refused_ >= kManyRefused) {
      rest();
      break;
    }
    if (!is_through || !is_pulling()) break;
  }
  if (!may_go_on()) return;
  if (supply_ == Supply::kEnded && outbox_.is_empty()) end_source();
  if (multicaster_.is_open()) settle();
}

// Without a source there is nothing left to do, but for answers.
void Outflow::end_source() noexcept {
  supply_ = Supply::kPaused;
  multicaster_.home()->bury(std::move(source_));
  if (!multicaster_.is_answered()) multicaster_.close();
}

// Fills the empty outbox from the source, until it is full or the source pauses or ends.
void Outflow::pull() {
  outbox_.clear();
  has_accepted_ = false;
  // Bounded in questions, not in packets: a source may give nothing but bad ones.
  for (size_t asked_for = 0; asked_for < Outbox::kMost; ++asked_for) {
    if (!is_pulling() || !outbox_.has_room()) return;
    const PacketSource* const asked = source_.get();
    net::Buffer packet;
    const int verdict = source_->next(packet);
    if (!may_go_on()) return;
    if (verdict != PacketSource::kPacket) {
      // Of a source that replaced itself meanwhile, the last word no longer counts.
      const Supply last_word = verdict == PacketSource::kPause ? Supply::kPaused : Supply::kEnded;
      if (asked == source_.get()) supply_ = last_word;
      continue;
    }
    Status checked = io::check_packets({&packet, 1});
    if (checked.ok() && outbox_.has_room()) {  // it may have accepted others meanwhile
      outbox_.add(packet);
      continue;
    }
    if (checked.ok()) checked = no_room(packet.size);
    fail(std::move(checked), Telling::kNow);
    if (!may_go_on()) return;
  }
}

// Hands what waits now to the kernel; what its failures bring is left to the next turn. False when
// something must wait, for room or for the pace.
bool Outflow::send_waiting(Telling telling) {
  for (size_t left = waiting(); left > 0 && !outbox_.is_empty() && may_go_on();) {
    const std::span<const net::Buffer> all = outbox_.waiting();
    const std::span<const net::Buffer> waiting = all.first(std::min(left, all.size()));
    if (shortages_ > 0 && waits_for_memory()) return false;
    const size_t allowed = pace_.fitting(waiting, pace_.is_set() ? monotonic_ns() : 0);
    if (allowed == 0) {
      hold(pace_.wait_ns(waiting));
      return false;
    }
    const net::SendOutcome outcome = multicaster_.transmit(waiting.first(allowed));
    outbox_.take(outcome.taken);
    left -= outcome.taken;
    if (outcome.taken > 0) refused_ = 0, shortages_ = 0;
    if (outcome.error == 0) continue;
    const bool is_shortage = io::is_shortage(outcome.error) && ++shortages_ < io::kShortageTries;
    if (outcome.error == EAGAIN || is_shortage) {
      multicaster_.count_again();
      if (is_shortage) {
        next_try_ns_ = monotonic_ns() + io::shortage_wait_ns(shortages_);
        waits_for_memory();
      }
      return false;
    }
    if (!multicaster_.has_interface()) return false;
    shortages_ = 0;
    Status reason = multicaster_.refusal(outcome.error, waiting[outcome.taken].size);
    outbox_.take(1);
    --left;
    fail(std::move(reason), telling);
  }
  return true;
}

// Whether it is too early to try the first packet again. A socket without memory may well be writable,
// so that is not what is waited for.
bool Outflow::waits_for_memory() noexcept {
  const int64_t left = next_try_ns_ - monotonic_ns();
  if (left > 0) hold(left);
  return left > 0;
}

void Outflow::rest() noexcept {
  rests_until_ns_ = monotonic_ns() + kRestNs;
  if (!is_held()) hold(kRestNs);
}

bool Outflow::is_resting() noexcept {
  if (rests_until_ns_ == 0) return false;
  const int64_t left = rests_until_ns_ - monotonic_ns();
  if (left > 0 && !is_held()) hold(left);
  if (left <= 0) rests_until_ns_ = 0;
  return left > 0;
}

void Outflow::hold(int64_t ns) noexcept try {
  [[maybe_unused]] const Status made = ensure_timer();
  // Its range is right.
  if (timer_) [[maybe_unused]]
    const Status set = timer_->set(static_cast<double>(ns) / 1e9, 0);
} catch (const std::bad_alloc&) {
  // Not held, it is looked at again in the next turn.
}

// Arranges what is waited for. What cannot be watched, for a lack of memory or by the system's limit, stays
// a chore, which the poller does again soon.
void Outflow::settle() noexcept try {
  // A source that has ended is still to be taken leave of, in a turn.
  const bool has_errand = !outbox_.is_empty() || (source_ && supply_ != Supply::kPaused);
  const bool is_gone = !multicaster_.has_interface();
  multicaster_.await_interface(has_errand && is_gone);
  const bool is_to_wait = is_resting() || is_held() || shortages_ > 0;
  const Status watched = multicaster_.watch_room(has_errand && !is_to_wait && !is_gone);
  const bool has_no_timer = has_errand && !is_gone && is_to_wait && !is_held();
  if (!watched.ok() || has_no_timer) multicaster_.poller().chores().add(*this);
} catch (const std::bad_alloc&) {
  multicaster_.poller().chores().add(*this);
}

void Outflow::interface_is_back() noexcept {
  multicaster_.poller().chores().add(*this);
}

void Outflow::fail(Status reason, Telling telling) {
  multicaster_.count_failed(1);
  ++refused_;
  if (telling == Telling::kNow) return tell(reason, 1);
  if (untold_count_++ == 0) untold_ = std::move(reason);
}

void Outflow::tell_late() {
  if (untold_count_ == 0) return;
  const Status reason = std::exchange(untold_, Status());
  tell(reason, std::exchange(untold_count_, 0));
}

void Outflow::tell(const Status& reason, uint64_t datagrams) {
  if (error_handler_) {
    if (error_handler_->failed(reason, datagrams) != 0) multicaster_.close();
    return;
  }
  const uint64_t failed = multicaster_.counts().send_failed;
  if (failed < 2 * told_failed_) return;
  told_failed_ = failed;
  multicaster_.home()->log(LogLevel::kError, reason.code(), [&] {
    return cat(reason.sentence(), " (", failed, " datagrams so far)");
  });
}

void Outflow::send_ahead() noexcept {
  if (waits_for_accepted()) send_waiting(Telling::kLater);
}

size_t Outflow::close() noexcept {
  Chores::remove(*this);
  if (timer_) timer_->close();
  const size_t discarded = waiting();
  outbox_.clear();
  multicaster_.home()->bury(std::move(source_));
  return discarded;
}

}  // namespace mc
