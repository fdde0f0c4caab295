// Where a listener's groups are heard, and how that follows the interfaces.
#include <algorithm>
#include <map>
#include <new>
#include <set>
#include <utility>

#include "base/text.h"
#include "base/undo.h"
#include "core/following.h"
#include "core/listener.h"

namespace mc {

// Where the groups are to be heard when the listener opens; or why one cannot be.
Result<Listener::Places> Listener::find_places(net::Lookup& lookup) const {
  Places places;
  for (size_t group = 0; group < groups_.size(); ++group) {
    Result<std::vector<net::Endpoint>> endpoints = lookup.endpoints_of(groups_[group].words);
    if (!endpoints.ok()) {
      if (!awaits_interfaces_ || !is_missing_interface(endpoints.status().code())) {
        return std::move(endpoints).status().in_context(
            cat("cannot listen to ", groups_[group].words.group.text_with_port()));
      }
      places.push_back({.group = group});
      continue;
    }
    for (const net::Endpoint& each : *endpoints) {
      places.push_back({group, each.interface_index, PlaceState::kJoined,
                        lookup.at(each.interface_index)->is_running});
    }
  }
  return places;
}

// The subscriptions that the places amount to, beyond those that there are; groups of one channel put
// together.
Listener::Subscriptions Listener::plan(const Places& places, const net::Lookup& lookup,
                                       Queue* queue) {
  Subscriptions planned;
  std::map<Spot, Subscription*> by_spot;
  for (const Place& place : places) {
    if (place.state != PlaceState::kJoined) continue;
    const auto& [words, sources] = groups_[place.group];
    if (find_subscription(place) != subscriptions_.end()) continue;
    const auto [same, is_first] = by_spot.try_emplace(spot_of(place));
    if (!is_first) {
      same->second->sources.unite(sources);
      continue;
    }
    planned.push_back(std::make_unique<Subscription>(
        *this, net::endpoint_on(*lookup.at(place.interface_index), words)));
    planned.back()->queue = queue;
    planned.back()->is_in_kernel = wishes_.in_kernel;
    planned.back()->has_hardware_time = (wishes_.details & net::kHardwareTime) != 0;
    planned.back()->sources = sources;
    same->second = planned.back().get();
  }
  return planned;
}

std::span<const Listener::Place> Listener::of_group(const Places& places, size_t group) noexcept {
  const auto first = std::partition_point(places.begin(), places.end(),
                                          [&](const Place& each) { return each.group < group; });
  const auto last =
      std::find_if(first, places.end(), [&](const Place& each) { return each.group != group; });
  return {first, last};
}

// Where it is not joined: the end.
Listener::Subscriptions::const_iterator Listener::find_subscription(
    const Place& place) const noexcept {
  const Spot spot = spot_of(place);
  const auto found = std::partition_point(subscriptions_.begin(), subscriptions_.end(),
                                          [&](const auto& each) { return each->spot() < spot; });
  const bool is_it = found != subscriptions_.end() && (*found)->spot() == spot;
  return is_it ? found : subscriptions_.end();
}

void Listener::sort_subscriptions() noexcept {
  std::sort(subscriptions_.begin(), subscriptions_.end(),
            [](const auto& a, const auto& b) { return a->spot() < b->spot(); });
}

void Listener::follow(net::Lookup& lookup, const net::LinkChanges& changes) {
  if (!is_open() || !is_followed_) return;
  Places next = next_places(lookup);
  subscribe_to(plan(next, lookup, queue_.get()), next);
  if (Status renewed = renew_sources(next); !renewed.ok()) {
    complain(renewed);
    poller_->links().serve_again_later();
  }
  const std::vector<Event> events = events_between(next, lookup, changes);
  // Only now: what moves is joined anew before it is left.
  leave_all_but(next);
  places_ = std::move(next);
  followed_look_ = changes.looks;
  if (silence_) silence_->rebase();
  announce(events);
}

Listener::Places Listener::next_places(net::Lookup& lookup) const {
  Places next;
  for (size_t group = 0; group < groups_.size(); ++group) {
    if (groups_[group].words.interface_text == net::kAllInterfaces) {
      add_next_places(lookup, group, next);
      continue;
    }
    next.push_back(next_place(lookup, of_group(places_, group).front()));
  }
  return next;
}

// Of a group on one interface.
Listener::Place Listener::next_place(net::Lookup& lookup, const Place& place) const {
  const net::Interface* const interface =
      next_interface(lookup, groups_[place.group].words, place.interface_index);
  if (interface != nullptr)
    return {place.group, interface->index, PlaceState::kJoined, interface->is_running};
  const bool is_pending = place.state == PlaceState::kPending;
  return {place.group, 0, is_pending ? PlaceState::kPending : PlaceState::kLost, false};
}

// Of a group on all interfaces: on those that it is on already, and those that came.
void Listener::add_next_places(net::Lookup& lookup, size_t group, Places& next) const {
  const net::Family family = groups_[group].words.group.family;
  const size_t before = next.size();
  const auto present = of_group(places_, group);
  for (const net::Interface& each : lookup.interfaces()) {
    if (!each.carries(family)) continue;
    const bool is_on_it = std::any_of(present.begin(), present.end(), [&](const Place& place) {
      return place.interface_index == each.index;
    });
    if (is_on_it || (each.is_up && each.is_multicast))
      next.push_back({group, each.index, PlaceState::kJoined, each.is_running});
  }
  if (next.size() == before) next.push_back({.group = group});
}

// What cannot be joined is lost, until it is tried again.
void Listener::subscribe_to(Subscriptions planned, Places& next) {
  subscriptions_.reserve(subscriptions_.size() + planned.size());
  bool is_any_refused = false;
  {
    const Undo sort([&] { sort_subscriptions(); });  // also when memory runs out half-way
    for (std::unique_ptr<Subscription>& each : planned) {
      const Status outcome = poller_->channels().subscribe(*each, wishes_);
      if (outcome.ok()) {
        subscriptions_.push_back(std::move(each));
        refused_joins_ = 0;
      } else {
        is_any_refused = true;
        complain(outcome);
      }
    }
  }
  if (!is_any_refused) return;
  for (Place& place : next) {
    if (place.state != PlaceState::kJoined || find_subscription(place) != subscriptions_.end())
      continue;
    place = {place.group, 0, was_pending(place.group) ? PlaceState::kPending : PlaceState::kLost,
             false};
  }
  poller_->links().serve_again_later();
}

bool Listener::was_pending(size_t group) const noexcept {
  const auto present = of_group(places_, group);
  return std::any_of(present.begin(), present.end(),
                     [&](const Place& each) { return each.state == PlaceState::kPending; });
}

// What repeats itself is told again when it has doubled.
void Listener::complain(const Status& refusal) noexcept {
  const uint64_t times = ++refused_joins_;
  if ((times & (times - 1)) != 0) return;
  home_->log(LogLevel::kError, refusal.code(), [&] {
    return cat("cannot listen to all groups, but will try again: ", refusal.sentence());
  });
}

void Listener::leave_all_but(const Places& places) noexcept {
  for (const auto& each : subscriptions_) each->is_kept = false;
  for (const Place& place : places) {
    if (place.state != PlaceState::kJoined) continue;
    if (const auto kept = find_subscription(place); kept != subscriptions_.end())
      (*kept)->is_kept = true;
  }
  std::erase_if(subscriptions_, [&](const std::unique_ptr<Subscription>& each) {
    if (!each->is_kept) retire(*each);
    return !each->is_kept;
  });
}

Event Listener::event_of(EventKind kind, const Place& place, const net::Lookup& lookup) const {
  Event event{kind, {}, {}, place.interface_index};
  if (kind != EventKind::kUp && kind != EventKind::kDown)
    event.group = groups_[place.group].words.group.text_with_port();
  // An interface that is gone has left its name with its subscription.
  if (const net::Interface* interface = lookup.at(place.interface_index)) {
    event.interface = interface->name;
  } else if (const auto left = find_subscription(place); left != subscriptions_.end()) {
    event.interface = (*left)->endpoint.interface_name;
  }
  return event;
}

// Events, each once, in the order in which they came: groups share interfaces, and entries groups.
class Listener::Told {
 public:
  Told(const Listener& listener, const net::Lookup& lookup)
      : listener_(listener), lookup_(lookup) {}
  void add(EventKind kind, const Place& place) {
    const bool is_of_interface = kind == EventKind::kUp || kind == EventKind::kDown;
    const Spot spot = is_of_interface ? Spot({}, place.interface_index) : listener_.spot_of(place);
    if (known_.emplace(kind, spot).second)
      events_.push_back(listener_.event_of(kind, place, lookup_));
  }
  std::vector<Event> take() { return std::move(events_); }

 private:
  const Listener& listener_;
  const net::Lookup& lookup_;
  std::set<std::pair<EventKind, Spot>> known_;
  std::vector<Event> events_;
};

std::vector<Event> Listener::opening_events(const Places& places, const net::Lookup& lookup) const {
  Told told(*this, lookup);
  if (!events_ && std::all_of(places.begin(), places.end(), is_usual)) return {};
  for (const Place& place : places) {
    const bool is_joined = place.state == PlaceState::kJoined;
    told.add(is_joined ? EventKind::kJoined : EventKind::kPending, place);
    if (is_joined && !place.is_running) told.add(EventKind::kDown, place);
  }
  return told.take();
}

// What became of each place; before those are left that are no more.
std::vector<Event> Listener::events_between(const Places& next, const net::Lookup& lookup,
                                            const net::LinkChanges& changes) const {
  Told told(*this, lookup);
  for (const Place& before : places_) {
    if (before.state != PlaceState::kJoined) continue;
    const bool is_there = lookup.at(before.interface_index) != nullptr &&
                          !changes.has_gone(before.interface_index, followed_look_);
    const bool is_one_of_all = groups_[before.group].words.interface_text == net::kAllInterfaces;
    // What moves to another interface was never lost.
    const auto after_it = of_group(next, before.group);
    const bool is_kept = std::any_of(after_it.begin(), after_it.end(), [&](const Place& after) {
      return after.state == PlaceState::kJoined &&
             (!is_one_of_all || after.interface_index == before.interface_index);
    });
    if (!is_there || !is_kept) told.add(EventKind::kLost, before);
  }
  for (const Place& after : next) {
    if (after.state != PlaceState::kJoined) continue;
    const auto before_it = of_group(places_, after.group);
    const auto same = std::find_if(before_it.begin(), before_it.end(), [&](const Place& before) {
      return before.interface_index == after.interface_index;
    });
    if (same == before_it.end() || changes.has_gone(after.interface_index, followed_look_)) {
      const bool is_all = groups_[after.group].words.interface_text == net::kAllInterfaces;
      const bool is_first =
          is_all ? same == before_it.end() : before_it.front().state == PlaceState::kPending;
      told.add(is_first ? EventKind::kJoined : EventKind::kRejoined, after);
      if (!after.is_running) told.add(EventKind::kDown, after);
    } else if (same->is_running != after.is_running) {
      told.add(after.is_running ? EventKind::kUp : EventKind::kDown, after);
    }
  }
  return told.take();
}

uint64_t Listener::packets_to(size_t group) const noexcept {
  uint64_t sum = 0;
  for (const Place& place : of_group(places_, group)) {
    if (place.state == PlaceState::kJoined) sum += (*find_subscription(place))->channel->arrived();
  }
  return sum;
}

void Listener::announce_silence(size_t group, bool is_silent) {
  if (!is_open()) return;
  Event event{is_silent ? EventKind::kSilence : EventKind::kHeard,
              groups_[group].words.group.text_with_port(),
              {},
              0};
  const auto places = of_group(places_, group);
  if (places.size() == 1 && places.front().state == PlaceState::kJoined) {
    event.interface = (*find_subscription(places.front()))->endpoint.interface_name;
    event.interface_index = places.front().interface_index;
  }
  announce({event});
}

Events& Listener::ensure_events() {
  if (!events_) events_ = std::make_unique<Events>(*this, *poller_);
  return *events_;
}

void Listener::announce(const std::vector<Event>& events) {
  for (const Event& event : events) {
    if (event.kind == EventKind::kRejoined) ++rejoined_;
    ensure_events().add(event);
  }
}

}  // namespace mc
