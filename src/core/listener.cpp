#include "core/listener.h"

#include <algorithm>
#include <limits>

#include "base/text.h"
#include "base/undo.h"

namespace mc {
namespace {

// The filter that a callback replaced while it ran.
class BuriedFilter final : public Mortal {
 public:
  explicit BuriedFilter(filter::FilterRef filter) : filter_(std::move(filter)) {}

 private:
  filter::FilterRef filter_;
};

bool same_channel(const net::Endpoint& a, const net::Endpoint& b) {
  return a.group == b.group && a.interface_index == b.interface_index;
}

// Wanting any source includes wanting one.
void widen(Subscription& subscription, const std::optional<net::Address>& source) {
  if (subscription.sources.empty()) return;
  if (!source) {
    subscription.sources.clear();
    return;
  }
  auto& sources = subscription.sources;
  const auto place = std::lower_bound(sources.begin(), sources.end(), *source);
  if (place == sources.end() || *place != *source) sources.insert(place, *source);
}

}  // namespace

Listener::Listener(Poller& poller) noexcept : graveyard_(poller.graveyard()), poller_(&poller) {
  mtu_ = kDefaultMtu;
  poller.admit(*this);
}

Listener::~Listener() {
  close();
  if (poller_ != nullptr) poller_->dismiss(*this);
}

void Listener::end(std::unique_ptr<Listener> listener) noexcept {
  if (!listener) return;
  listener->close();
  const std::shared_ptr<Graveyard> graveyard = listener->graveyard_;
  graveyard->bury(std::move(listener));
}

void Listener::evict() noexcept {
  close();
  poller_ = nullptr;
}

Status Listener::check_poller() const {
  if (poller_ != nullptr) return {};
  return Status(kErrorClosed,
                "the listener's poller was freed; make a new listener on a living poller");
}

Status Listener::add(const char* group, uint16_t port) {
  if (is_open()) return Status(kErrorOpen, "the listener is open; close it before adding a group");
  Result<net::GroupText> parsed = net::parse_group(group, port);
  if (!parsed.ok()) return std::move(parsed).status();
  groups_.push_back(std::move(*parsed));
  return {};
}

Status Listener::remove(const char* group, uint16_t port) {
  if (is_open())
    return Status(kErrorOpen, "the listener is open; close it before removing a group");
  Result<net::GroupText> parsed = net::parse_group(group, port);
  if (!parsed.ok()) return std::move(parsed).status();
  if (std::erase(groups_, *parsed) > 0) return {};
  return Status(kErrorNoGroup, cat("the listener has no group ", parsed->group.text_with_port(),
                                   " in these words"));
}

void Listener::set_handler(std::unique_ptr<PacketHandler> handler) noexcept {
  handler_.swap(handler);
  graveyard_->bury(std::move(handler));
}

void Listener::set_filter(filter::FilterRef filter) {
  auto old = std::make_unique<BuriedFilter>(filter_);
  filter_ = std::move(filter);
  graveyard_->bury(std::move(old));
}

Status Listener::set_mtu(size_t mtu) {
  if (mtu == 0 || mtu > net::kMaxPayload) {
    return Status(kErrorMtu, cat("mtu ", mtu, " is not 1 to ", net::kMaxPayload, " bytes"));
  }
  mtu_ = mtu;
  return {};
}

void Listener::set_limit(uint64_t limit) noexcept {
  limit_ = remaining_ = limit != 0 ? limit : kNoLimit;
}

Status Listener::set_receive_buffer(uint32_t bytes) {
  if (bytes == 0 || bytes > static_cast<uint32_t>(std::numeric_limits<int>::max()) / 2) {
    return Status(kErrorSize, cat("a receive buffer of ", bytes, " bytes is not 1 to ",
                                  std::numeric_limits<int>::max() / 2));
  }
  if (is_open())
    return Status(kErrorOpen, "the listener is open; close it before changing its receive buffer");
  receive_buffer_ = bytes;
  return {};
}

// The subscriptions that the groups amount to now: interfaces looked up, groups of one channel put
// together.
Result<std::vector<std::unique_ptr<Subscription>>> Listener::plan() {
  std::vector<std::unique_ptr<Subscription>> planned;
  for (const net::GroupText& group : groups_) {
    Result<net::Endpoint> endpoint = net::resolve(group);
    if (!endpoint.ok()) {
      return std::move(endpoint).status().in_context(
          cat("cannot listen to ", group.group.text_with_port()));
    }
    const auto same = std::find_if(planned.begin(), planned.end(), [&](const auto& each) {
      return same_channel(each->endpoint, *endpoint);
    });
    if (same != planned.end()) {
      widen(**same, endpoint->source);
      continue;
    }
    planned.push_back(std::make_unique<Subscription>(*this, *endpoint));
    if (endpoint->source) planned.back()->sources.push_back(*endpoint->source);
  }
  return planned;
}

Status Listener::open() {
  MC_TRY(check_poller());
  if (is_open()) return Status(kErrorOpen, "the listener is open already");
  if (groups_.empty())
    return Status(kErrorNoGroup, "the listener has no group; add one before opening it");
  if (!handler_)
    return Status(kErrorNoHandler, "the listener has no handler; set one before opening it");
  Result<std::vector<std::unique_ptr<Subscription>>> planned = plan();
  if (!planned.ok()) return std::move(planned).status();
  subscriptions_ = std::move(*planned);
  size_t subscribed = 0;
  Undo unsubscribe_again([&] { unsubscribe(subscribed); });
  for (; subscribed < subscriptions_.size(); ++subscribed) {
    Subscription& next = *subscriptions_[subscribed];
    Status outcome = poller_->channels().subscribe(next, receive_buffer_);
    if (!outcome.ok())
      return std::move(outcome).in_context(cat("cannot listen to ", next.endpoint.text()));
  }
  unsubscribe_again.dismiss();
  remaining_ = limit_;
  ++generation_;
  poller_->begin_work();
  return {};
}

void Listener::close() noexcept {
  if (!is_open()) return;
  const ListenerStats last = stats();
  lost_before_ = last.lost;
  lost_is_lower_bound_ = last.lost_is_lower_bound;
  ++generation_;
  unsubscribe(subscriptions_.size());
  poller_->end_work();
}

void Listener::unsubscribe(size_t count) noexcept {
  for (size_t i = 0; i < count; ++i) poller_->channels().unsubscribe(*subscriptions_[i]);
  subscriptions_.clear();
}

ListenerStats Listener::stats() noexcept {
  ListenerStats stats{counts, lost_before_, lost_is_lower_bound_, receive_buffer_, 0};
  if (!is_open()) return stats;
  for (const auto& each : subscriptions_) {
    const Channel::State state = each->channel->state();
    stats.lost += state.lost - each->lost_before;
    stats.lost_is_lower_bound =
        stats.lost_is_lower_bound || (state.lost_is_lower_bound && state.lost > each->lost_before);
    stats.receive_buffer_granted =
        stats.receive_buffer_granted == 0
            ? state.receive_buffer_granted
            : std::min(stats.receive_buffer_granted, state.receive_buffer_granted);
  }
  return stats;
}

}  // namespace mc
