#include "core/channel.h"

#include <algorithm>
#include <new>
#include <utility>

#include "base/undo.h"
#include "filter/lowering.h"

namespace mc {
namespace {

constexpr size_t kFewSlots = 16;
constexpr size_t kWorthSifting = 3;            // filters
constexpr size_t kLargestMessage = 64U << 10;  // as a part of the receive buffer
constexpr unsigned kQuietTurns = 64;
constexpr size_t kManyPackets = 1024;  // no message has more
// Bounds a turn, so that one flooded group does not starve the others.
constexpr int kBatchesPerTurn = 4;
constexpr uint64_t kPacketsPerTurn = 512;  // and then the batch at hand: trains have many

}  // namespace

Result<std::unique_ptr<Channel>> Channel::open(const net::Endpoint& endpoint, ChannelWishes wishes,
                                               Place place, Home& home) {
  using Takes = io::Receiver::Takes;
  Result<io::Receiver> receiver = io::Receiver::open(
      endpoint, wishes.receive_buffer, wishes.in_kernel ? Takes::kProgram : Takes::kTrains);
  if (!receiver.ok()) return std::move(receiver).status();
  std::unique_ptr<Channel> channel(
      new Channel(std::move(*receiver), endpoint, place, home, wishes));
  MC_TRY(place.reactor.add(channel->receiver_.fd(), io::kReadable, *channel));
  channel->is_watched_ = true;
  channel->log_.tell_of_buffer(wishes.receive_buffer, channel->receiver_.granted_receive_buffer());
  return channel;
}

void Channel::close() noexcept {
  if (!std::exchange(is_watched_, false)) return;
  place_.reactor.remove(*this);
  if (place_.queue != nullptr) place_.queue->forget(*this);
}

void Channel::add(Subscription& subscription) {
  // A channel that reads nothing would otherwise keep the empty slots of all who came and went.
  if (!is_offering_ && slots_.size() > 2 * live_ + kFewSlots) compact();
  slots_.push_back({&subscription});
  Undo forget([&] { slots_.pop_back(); });
  gathered_.reserve(slots_.capacity());  // so that no packet needs memory for them
  asked_.reserve(slots_.capacity());
  forget.dismiss();
  subscription.channel = this;
  subscription.slot = slots_.size() - 1;
  subscription.came_after_ns = &receiver_.came_after_ns();
  ++live_;
  change(subscription);
  subscription.drops_before = receiver_.drops();  // what a program refused before is not for it
}

void Channel::remove(Subscription& subscription) noexcept {
  if (subscription.sifted.filter != nullptr) sifter_->remove(subscription);
  slots_[subscription.slot] = {};
  subscription.channel = nullptr;
  --live_;
  if (takes_program_ || (sifter_ && sifter_->wants_build())) place_.chores.add(*this);
}

void Channel::change(Subscription& subscription) noexcept {
  slots_[subscription.slot].direct =
      subscription.takes_everything() ? subscription.subscriber : nullptr;
  if (subscription.subscriber->ignores_own()) receiver_.note_time();
  subscription.is_new = has_new_ = is_special_ = true;
  if (takes_program_ || receiver_.has_program()) widen();
}

Status Channel::ask(ChannelWishes wishes) {
  MC_TRY(receiver_.ask_details(wishes.details));
  if (wishes.receive_buffer > receive_buffer_asked_) {
    receive_buffer_asked_ = wishes.receive_buffer;
    receiver_.ask_receive_buffer(wishes.receive_buffer);
    log_.tell_of_buffer(receive_buffer_asked_, receiver_.granted_receive_buffer());
  }
  return {};
}

Channel::State Channel::state() noexcept {
  const io::Drops& drops = receiver_.drops();
  return {drops, drops.lost > 0 && receiver_.saw_train(), receive_buffer_asked_,
          receiver_.granted_receive_buffer()};
}

void Channel::ready(uint32_t) {
  compact();
  place_.reactor.favour(*this);
  if (place_.queue != nullptr && read_batch() > 0) return place_.queue->hold(*this);
  if (place_.queue == nullptr) read_turn();
  count_loss();
}

// For the log alone, since statistics ask at once; and because the kernel's counter is narrow and
// wraps. Behind the packets, which need not wait; and seldom where none can be missing.
void Channel::count_loss() noexcept {
  if (!std::exchange(may_have_lost_, false) && ++quiet_turns_ < kQuietTurns) return;
  quiet_turns_ = 0;
  log_.tell_of_loss(receiver_.drops().lost, receiver_.granted_receive_buffer());
}

// The subscription may be gone when its subscriber has taken the packets.
inline void Channel::note_gathered(size_t slot) noexcept {
  Subscription* const each = slots_[slot].subscription;
  if (each != nullptr && !std::exchange(each->has_gathered, true)) gathered_.push_back(slot);
}

// Inline: what it does is little for a single packet, and much of it is coming and going.
[[gnu::always_inline]] inline void Channel::offer(net::Run run) {
  packets_ += run.count();
  // Who subscribes meanwhile gets the next packet; who leaves meanwhile left an empty slot.
  const size_t present = slots_.size();
  is_offering_ = true;
  const Undo offered([this] { is_offering_ = false; });  // also when a callback throws
  if (is_special_ && offer_sifted(run)) return;
  for (size_t i = 0; i < present; ++i) {
    const auto [subscription, direct] = slots_[i];
    if (direct != nullptr ? direct->take_accepted(run)
                          : subscription != nullptr && subscription->offer(run))
      note_gathered(i);
    if (birthplace_.is_elsewhere()) return;  // a callback forked: the packet is the parent's
  }
}

// To those that the sifter finds and those that it does not hold, in the order in which they came.
// False: there is no sifter.
[[gnu::noinline]] bool Channel::offer_sifted(net::Run run) {
  if (has_new_) sort_in();
  is_special_ = sifter_ != nullptr;
  if (!sifter_) return false;
  const std::vector<Sifter::Target>& found = sifter_->sift(run.first);
  for (const Sifter::Target& each : found) ++slots_[each.slot].subscription->sifted.found;
  size_t next = 0;
  // Neither list changes while packets are offered.
  const auto ask_before = [&](size_t end) {
    for (; next < asked_.size() && asked_[next] < end && !birthplace_.is_elsewhere(); ++next) {
      Subscription* const each = slots_[asked_[next]].subscription;
      if (each != nullptr && each->offer(run)) note_gathered(asked_[next]);
    }
  };
  for (const Sifter::Target& target : found) {
    ask_before(target.slot);
    if (birthplace_.is_elsewhere()) break;  // a callback forked: the packet is the parent's
    Subscription* const each = slots_[target.slot].subscription;
    if (each == nullptr) continue;
    if (target.is_exact ? each->offer_sifted(run) : each->offer(run)) note_gathered(target.slot);
  }
  ask_before(slots_.size());
  return true;
}

// Finds out anew which subscriptions can be sifted.
[[gnu::noinline]] void Channel::sort_in() {
  has_new_ = false;
  if (!sifter_) {
    const auto has_filter = [](const Slot& each) {
      return each.subscription != nullptr && each.subscription->subscriber->filter();
    };
    const auto filters = std::count_if(slots_.begin(), slots_.end(), has_filter);
    if (static_cast<size_t>(filters) < kWorthSifting) return;
    sifter_.reset(new (std::nothrow) Sifter);
    if (!sifter_) return;
  }
  asked_.clear();
  for (const auto [each, direct] : slots_) {
    if (each == nullptr) continue;
    if (std::exchange(each->is_new, false)) {
      if (each->sifted.filter != nullptr) sifter_->remove(*each);
      sifter_->add(*each);  // if it can
    }
    if (each->sifted.filter == nullptr) asked_.push_back(each->slot);
  }
  if (sifter_->wants_build()) place_.chores.add(*this);
}

// What is dear, once for all that changed in the turn.
void Channel::turn_ends() {
  if (!is_watched_ || birthplace_.is_elsewhere())
    return;  // another's chore forked, and this is the child
  if (sifter_ && sifter_->wants_build()) sifter_->build();
  if (takes_program_) lower();
}

// Nothing that somebody wants now may be dropped; what nobody wants will be, when the turn ends.
void Channel::widen() noexcept try {
  if (receiver_.has_program()) {
    const Status detached = receiver_.set_program({});
    // It cannot happen, for there is a program; and if it did, the old one might drop too much.
    if (!detached.ok()) log_.tell_of_program(detached);
  }
  if (place_.queue == nullptr) {
    place_.chores.add(*this);
  } else {
    lower();  // no turn of the poller serves it
  }
} catch (const std::bad_alloc&) {
  return;  // there is only nothing to say why with
}

// Has the kernel drop what no subscriber can want, if all allow it.
void Channel::lower() noexcept try {
  std::vector<const filter::Filter*> filters;
  for (const auto [each, direct] : slots_) {
    if (each == nullptr) continue;
    const filter::FilterRef& filter = each->subscriber->filter();
    if (!each->is_in_kernel || !filter) return;
    filters.push_back(filter.get());
  }
  const auto program = filter::lower(filters, family_);
  if (program.empty()) return;
  Status attached = receiver_.set_program(program);
  if (!attached.ok() && receiver_.has_program()) {
    // The kernel asks for the new one's memory before it lets go of the old one; and the old one must not
    // stay, for it knows nothing of what comes.
    attached = receiver_.set_program({});
    if (attached.ok()) attached = receiver_.set_program(program);
  }
  if (attached.ok()) return log_.tell_of_uncounted(receiver_.why_uncounted());
  takes_program_ = false;  // then without
  log_.tell_of_program(attached);
} catch (const std::bad_alloc&) {
  return;  // what it would drop is refused later
}

// Reads until the socket is empty or a turn's worth is done.
void Channel::read_turn() {
  const uint64_t before = packets_;
  for (int i = 0; i < kBatchesPerTurn; ++i) {
    const int count = read_batch();
    if (count <= 0) return;
    while (receiver_.has_more()) {
      offer_message();
      // Closed by a callback; or one forked, and the rest is the parent's.
      if (!is_watched_ || birthplace_.is_elsewhere()) return;
    }
    hand_over();
    if (!is_watched_ || birthplace_.is_elsewhere()) return;
    if (static_cast<size_t>(count) < net::ReceiveBatch::kSlots) return;
    if (packets_ - before >= kPacketsPerTurn) return;
  }
}

// Offers the packets of a message until it ends or a callback closes the channel.
void Channel::offer_message() {
  size_t most = kManyPackets;  // once it is 0, they go singly to the end
  do {
    offer(
        receiver_.next([&] { return most == 0 ? 1 : std::max<size_t>(most = most_at_once(), 1); }));
  } while (receiver_.is_inside_message() && is_watched_ && !birthplace_.is_elsewhere());
}

// How many packets all subscribers can take one after the other, before any code of the user's runs; 0:
// none, each has some run.
size_t Channel::most_at_once() const noexcept {
  if (sifter_) return 0;  // some have filters
  size_t most = kManyPackets;
  for (const auto [each, direct] : slots_) {
    if (each != nullptr) most = std::min(most, each->subscriber->most_at_once());
    if (most == 0) break;
  }
  return most;
}

// Whether packets may have been dropped before so many messages were read. A buffer that overflowed
// held more than a batch, or than there is room for; and a program drops whatever comes.
bool Channel::may_have_lost(int messages) const noexcept {
  const auto count = static_cast<size_t>(std::max(messages, 0));
  return count == net::ReceiveBatch::kSlots || receiver_.has_program() ||
         count * kLargestMessage > receiver_.granted_receive_buffer();
}

int Channel::read_batch() {
  const int count = looked_ != 0 ? std::exchange(looked_, 0) : receiver_.read(place_.batch);
  if (may_have_lost(count)) may_have_lost_ = true;
  if (count >= 0) return count;
  log_.tell_of_failure(count, ++read_errors_);
  return count;
}

bool Channel::offer_next() {
  if (!receiver_.has_more()) {
    count_loss();
    return false;
  }
  offer(receiver_.next([this] { return std::max<size_t>(most_at_once(), 1); }));
  return true;
}

// Before the bytes of what was gathered are overwritten.
void Channel::hand_over() {
  if (gathered_.empty()) return;
  is_offering_ = true;
  const Undo offered([this] {
    is_offering_ = false;
    gathered_.clear();
  });
  std::sort(gathered_.begin(), gathered_.end());
  for (const size_t slot : gathered_) {
    if (Subscription* each = slots_[slot].subscription) each->has_gathered = false;
  }
  for (size_t i = 0; i < gathered_.size() && !birthplace_.is_elsewhere(); ++i) {  // which may move
    if (Subscription* each = slots_[gathered_[i]].subscription) each->subscriber->hand_over();
  }
}

void Channel::compact() noexcept {
  if (live_ == slots_.size()) return;
  size_t slot = 0;
  gathered_.clear();
  for (const Slot each : slots_) {
    if (each.subscription == nullptr) continue;
    slots_[slot] = each;
    if (each.subscription->has_gathered) gathered_.push_back(slot);  // when a callback threw
    each.subscription->slot = slot++;
  }
  slots_.resize(slot);
  is_special_ = has_new_ = true;
}

}  // namespace mc
