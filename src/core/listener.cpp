#include "core/listener.h"

#include <algorithm>
#include <limits>

#include "base/text.h"
#include "base/undo.h"
#include "net/lookup.h"

namespace mc {
namespace {

// What one call gives at most. A batch read may hold more, trains of 128: the next call gives the rest.
constexpr size_t kMostPulled = 1024;
// What waits is read even when the time is over; but a flood that the filter refuses must end.
constexpr int kMostLateReads = 256;

}  // namespace

Listener::Listener(Poller& poller) noexcept : Resident(poller) {
  mtu_ = kDefaultMtu;
}

Status Listener::add(const char* group, uint16_t port) {
  if (is_open()) return Status(kErrorOpen, "the listener is open; close it before adding a group");
  Result<net::GroupText> parsed = net::parse_group(group, port);
  if (!parsed.ok()) return std::move(parsed).status();
  net::SourceSet sources;
  if (parsed->source) sources = net::SourceSet::only({*parsed->source});
  groups_.push_back({std::move(*parsed), std::move(sources)});
  return {};
}

Status Listener::remove(const char* group, uint16_t port) {
  if (is_open())
    return Status(kErrorOpen, "the listener is open; close it before removing a group");
  Result<net::GroupText> parsed = net::parse_group(group, port);
  if (!parsed.ok()) return std::move(parsed).status();
  const auto is_meant = [&](const Entry& each) { return each.words == *parsed; };
  if (std::erase_if(groups_, is_meant) > 0) return {};
  return Status(kErrorNoGroup, cat("the listener has no group ", parsed->group.text_with_port(),
                                   " in these words"));
}

template <typename Handler>
Status Listener::exchange_handler(std::unique_ptr<Handler> handler) {
  if (is_open() && has_handler() != (handler != nullptr)) {
    return Status(
        kErrorOpen,
        "the listener is open; close it before giving a pulled one a handler, or taking it away");
  }
  exchange(std::move(handler), *home_);
  return {};
}

Status Listener::set_handler(std::unique_ptr<PacketHandler> handler) {
  return exchange_handler(std::move(handler));
}

Status Listener::set_handler(std::unique_ptr<BatchHandler> handler) {
  return exchange_handler(std::move(handler));
}

void Listener::set_filter(filter::FilterRef filter) {
  exchange(std::move(filter), *home_);
  tell_channels();
}

void Listener::set_ignore_own(bool on) noexcept {
  ignores_own_ = on;
  tell_channels();
}

Status Listener::set_kernel_filter(bool on) {
  if (is_open()) {
    return Status(
        kErrorOpen,
        "the listener is open; close it before its filter goes to the kernel or comes back");
  }
  wishes_.in_kernel = on;
  return {};
}

Status Listener::set_pending(bool on) {
  if (is_open()) {
    return Status(kErrorOpen,
                  "the listener is open; close it before choosing whether it waits for interfaces");
  }
  awaits_interfaces_ = on;
  return {};
}

Status Listener::set_event_handler(std::unique_ptr<EventHandler> handler) {
  MC_TRY(check_poller("listener"));
  ensure_events().exchange(std::move(handler), *home_);
  return {};
}

Status Listener::set_silence(double seconds) {
  MC_TRY(check_poller("listener"));
  if (!silence_) {
    silence_ = std::make_unique<Silence>(
        *poller_, [this](size_t group) { return packets_to(group); },
        [this](size_t group, bool is_silent) { announce_silence(group, is_silent); });
    if (is_open()) MC_TRY(silence_->begin(groups_.size()));
  }
  return silence_->set(seconds);
}

void Listener::tell_channels() noexcept {
  for (const auto& each : subscriptions_) each->channel->change(*each);
}

Status Listener::set_mtu(size_t mtu) {
  if (mtu == 0 || mtu > net::kMaxPayload) {
    return Status(kErrorMtu, cat("mtu ", mtu, " is not 1 to ", net::kMaxPayload, " bytes"));
  }
  mtu_ = static_cast<uint32_t>(mtu);
  return {};
}

void Listener::set_limit(uint64_t limit) noexcept {
  limit_ = limit != 0 ? limit : kNoLimit;
  // From now on: what was read before does not count.
  remaining_ = limit_ + std::min<uint64_t>(gathered_.size(), kNoLimit - limit_);
}

Status Listener::set_receive_buffer(uint32_t bytes) {
  if (bytes == 0 || bytes > static_cast<uint32_t>(std::numeric_limits<int>::max()) / 2) {
    return Status(kErrorSize, cat("a receive buffer of ", bytes, " bytes is not 1 to ",
                                  std::numeric_limits<int>::max() / 2));
  }
  if (is_open())
    return Status(kErrorOpen, "the listener is open; close it before changing its receive buffer");
  wishes_.receive_buffer = bytes;
  return {};
}

Status Listener::set_details(uint32_t details) {
  if ((details & ~net::kAllDetails) != 0)
    return Status(kErrorFlags, cat("unknown details ", details & ~net::kAllDetails));
  if (is_open())
    return Status(kErrorOpen, "the listener is open; close it before asking for other details");
  // Of the two times a packet has one.
  if ((details & net::kHardwareTime) != 0) details &= ~uint32_t{net::kTime};
  wishes_.details = details;
  return {};
}

Status Listener::open() {
  MC_TRY(check_poller("listener"));
  if (is_open()) return Status(kErrorOpen, "the listener is open already");
  if (groups_.empty())
    return Status(kErrorNoGroup, "the listener has no group; add one before opening it");
  Result<Links::Known> known = poller_->links().look_up();
  if (!known.ok()) return std::move(known).status();
  Result<Places> places = find_places(known->lookup);
  if (!places.ok()) return std::move(places).status();
  std::unique_ptr<Queue> queue;
  if (!has_handler()) {
    Result<std::unique_ptr<Queue>> made =
        Queue::create(poller_->wakeup(), known->is_followed ? poller_->links().fd() : -1);
    if (!made.ok()) return std::move(made).status();
    queue = std::move(*made);
  }
  // What was lent before may still be looked at.
  auto room = std::make_unique<Room>(has_batch_handler() ? kMostAtOnce : 0);
  subscriptions_ = plan(*places, known->lookup, queue.get());
  size_t subscribed = 0;
  Undo unsubscribe_again([&] {
    if (silence_) silence_->end();
    unsubscribe(subscribed);
  });
  for (; subscribed < subscriptions_.size(); ++subscribed) {
    Subscription& next = *subscriptions_[subscribed];
    Status outcome = poller_->channels().subscribe(next, wishes_);
    if (!outcome.ok())
      return std::move(outcome).in_context(cat("cannot listen to ", next.endpoint.text()));
  }
  sort_subscriptions();
  if (silence_) MC_TRY(silence_->begin(groups_.size()));
  const std::vector<Event> events = opening_events(*places, known->lookup);
  if (!events.empty()) ensure_events();
  unsubscribe_again.dismiss();
  take(std::move(room), *home_);
  queue_.swap(queue);
  home_->bury(std::move(queue));
  remaining_ = limit_;
  ++generation_;
  places_ = std::move(*places);
  is_followed_ = known->is_followed;
  followed_look_ = poller_->links().news().looks;
  announce(events);
  if (!queue_) poller_->begin_work();  // what is pulled, no turn of the poller serves
  return {};
}

void Listener::close() noexcept {
  if (!is_open()) return;
  ++generation_;
  for (const auto& each : subscriptions_) retire(*each);
  subscriptions_.clear();
  places_.clear();
  gathered_.forget();
  if (events_) events_->forget();
  if (silence_) silence_->end();
  if (!queue_) poller_->end_work();
}

void Listener::unsubscribe(size_t count) noexcept {
  for (size_t i = 0; i < count; ++i) poller_->channels().unsubscribe(*subscriptions_[i]);
  subscriptions_.clear();
}

// Ends a subscription, and keeps what it counted.
void Listener::retire(Subscription& subscription) noexcept {
  subscription.channel->settle(subscription);
  const Channel::State state = subscription.channel->state();
  const io::Drops drops = state.drops - subscription.drops_before;
  drops_before_ += drops;
  lost_is_lower_bound_ = lost_is_lower_bound_ || (state.lost_is_lower_bound && drops.lost > 0);
  poller_->channels().unsubscribe(subscription);
}

Status Listener::check_pulled() const {
  if (has_handler()) {
    return Status(kErrorHandler,
                  "the listener has a handler, which takes its packets; only one without a handler "
                  "is pulled");
  }
  if (!is_open()) return Status(kErrorClosed, "the listener is closed; open it first");
  return {};
}

Result<int> Listener::fd() {
  MC_TRY(check_pulled());
  return queue_->fd();
}

Result<std::span<const net::Packet* const>> Listener::next(size_t most, double seconds) {
  Result<Span> span = span_of_seconds(seconds, "timeout");
  if (!span.ok()) return std::move(span).status();
  if (most == 0) return Status(kErrorSize, "most is 0; ask for at least 1 packet");
  if (is_pulling_) {
    return Status(kErrorBusy,
                  "the listener is being pulled: not inside its filter, nor its event handler");
  }
  MC_TRY(check_pulled());
  is_pulling_ = true;
  const Undo pulled([&] { is_pulling_ = false; });
  const uint32_t generation = generation_;
  MC_TRY(follow_and_tell());
  if (generation != generation_) return std::span<const net::Packet* const>();
  most = std::min(most, kMostPulled);
  if (gathered_.room() < most) take(std::make_unique<Room>(most), *home_);
  gathered_.begin(most);
  const Deadline deadline(*span);
  for (int late_reads = 0; late_reads <= kMostLateReads;) {
    gather();
    MC_TRY(home_->check_process());  // the filter forked, and this is the child
    if (!gathered_.is_empty() || generation != generation_) break;
    if (poller_->links().has_news()) {  // which another call has heard
      MC_TRY(follow_and_tell());
      if (generation != generation_) break;
    }
    Result<Queue::Outcome> outcome = queue_->wait(deadline, poller_->wait_policy());
    if (!outcome.ok()) return std::move(outcome).status();
    if (*outcome == Queue::Outcome::kInterrupted) {
      queue_->settle();  // it may have read something
      MC_TRY(poller_->check_interrupted());
    }
    if (*outcome == Queue::Outcome::kWoken) break;
    if (*outcome == Queue::Outcome::kLinksChanged) {
      poller_->links().serve();
      MC_TRY(follow_and_tell());
      if (generation != generation_) break;
      continue;
    }
    if (!deadline.passed()) continue;
    if (*outcome == Queue::Outcome::kNothing) break;
    ++late_reads;
  }
  const auto packets = lend();
  if (generation == generation_) {
    queue_->settle();
    if (remaining_ == 0) close();
  }
  return packets;
}

// For a pulled one, which no turn of the poller serves.
Status Listener::follow_and_tell() {
  if (poller_->links().has_news()) poller_->links().serve();
  if (events_) events_->tell();
  return home_->check_process();  // its handler forked, and this is the child
}

Result<const Packed*> Listener::next_packed(size_t most, double seconds) {
  const size_t room = std::min(most, kMostPulled);
  std::unique_ptr<Packing> larger;
  if (!packing_ || packing_->room() < room) larger = std::make_unique<Packing>(room);
  auto packets = next(most, seconds);
  if (!packets.ok()) return std::move(packets).status();
  if (larger) packing_ = std::move(larger);  // only now: until then the old one is lent
  return packets->empty() ? nullptr : &packing_->of(*packets);
}

// Asks the filter about what was read, as far as there is room and the limit allows.
void Listener::gather() {
  const uint32_t generation = generation_;
  while (generation == generation_ && !home_->is_inherited() &&
         gathered_.size() < most_gathered() && queue_->offer_next()) {
  }
}

ListenerStats Listener::stats() noexcept {
  if (is_open()) {
    for (const auto& each : subscriptions_) each->channel->settle(*each);
  }
  ListenerStats stats;
  io::Drops drops = drops_before_;
  stats.lost_is_lower_bound = lost_is_lower_bound_;
  stats.receive_buffer_asked = wishes_.receive_buffer;
  stats.rejoined = rejoined_;
  if (is_open()) {
    for (const Place& each : places_) stats.absent += each.state != PlaceState::kJoined ? 1 : 0;
    stats.source_lists_shortened = shortened_lists();
  }
  for (const auto& each : subscriptions_) {
    const Channel::State state = each->channel->state();
    const io::Drops more = state.drops - each->drops_before;
    drops += more;
    stats.lost_is_lower_bound =
        stats.lost_is_lower_bound || (state.lost_is_lower_bound && more.lost > 0);
    stats.receive_buffer_granted =
        stats.receive_buffer_granted == 0
            ? state.receive_buffer_granted
            : std::min(stats.receive_buffer_granted, state.receive_buffer_granted);
  }
  stats.counts = counts();
  // The kernel drops only what the filters of all who listen there refuse.
  stats.counts.filtered += drops.rejected;
  stats.lost = drops.lost;
  stats.lost_or_rejected = drops.lost_or_rejected;
  return stats;
}

}  // namespace mc
