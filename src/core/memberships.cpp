#include "core/memberships.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/text.h"
#include "base/undo.h"

namespace mc {
namespace {

// What the kernel needs to look at the lists for a packet, amply.
constexpr int64_t kLookNs = 20'000;

}  // namespace

using net::Address;
using net::SourceSet;

Memberships::~Memberships() {
  // Left explicitly: a forked child may hold the sockets open.
  for (Entry& entry : demands_) {
    auto& [what, demand] = entry;
    for (const auto& [source, each] : demand.included)
      holders_.leave(*each.holder, what, source, demand.room);
    if (demand.any_source != nullptr) leave_any_source(entry);
  }
}

Status Memberships::widen(const GroupOnLink& what, const SourceSet& from, const SourceSet& to) {
  Entry& entry = *demands_.try_emplace(what).first;
  const Undo tidy([&] { forget_if_idle(what); });
  if (to.is_only()) return include(entry, from.is_only() ? from : SourceSet::none(), to);
  return from.is_only() ? add_excluder(entry, to) : exclude_less(entry, from, to);
}

void Memberships::narrow(const GroupOnLink& what, const SourceSet& from,
                         const SourceSet& to) noexcept {
  const auto entry = demands_.find(what);
  if (entry == demands_.end()) return;
  if (from.is_only()) {
    const SourceSet none = SourceSet::none();
    from.each_beyond(to.is_only() ? to : none, [&](const Address& each) {
      leave(*entry, each);
      return true;
    });
  } else if (to.is_only()) {
    remove_excluder(*entry, from, from.list().size());
  } else {
    exclude_more(*entry, from, to);
  }
  forget_if_idle(what);
}

bool Memberships::is_shortened(const GroupOnLink& what) const noexcept {
  const auto entry = demands_.find(what);
  return entry != demands_.end() && entry->second.is_shortened;
}

bool Memberships::is_missing(uint32_t interface_index,
                             const net::JoinedGroups& joined) const noexcept {
  return std::any_of(demands_.begin(), demands_.end(), [&](const auto& each) {
    const GroupOnLink& what = each.first;
    const bool is_joined = each.second.any_source != nullptr || !each.second.included.empty();
    return what.interface_index == interface_index && is_joined &&
           joined.count({interface_index, what.group}) == 0;
  });
}

Status Memberships::join_anew(uint32_t interface_index) noexcept {
  Status first;
  for (auto& [what, demand] : demands_) {
    if (what.interface_index != interface_index) continue;
    const int error = join_anew(what, demand);
    if (error != 0 && first.ok()) first = Status::undescribed(-error);
  }
  return first;
}

// 0, or the errno of the first refusal.
int Memberships::join_anew(const GroupOnLink& what, Demand& demand) noexcept {
  for (const auto& [source, each] : demand.included) holders_.leave_stale(*each.holder, what);
  int first = 0;
  const auto note = [&](int error) { first = first != 0 ? first : error; };
  for (const auto& [source, each] : demand.included)
    note(holders_.join_anew(*each.holder, what, source));
  if (demand.any_source == nullptr) return first;
  holders_.leave_stale(*demand.any_source, what);
  note(holders_.join_anew(*demand.any_source, what, std::nullopt));
  for (auto& [source, each] : demand.excluded) {
    if (!each.is_blocked || holders_.block(*demand.any_source, what, source) == 0) continue;
    each.is_blocked = false;
    --demand.blocked;
    demand.is_shortened = true;
  }
  return first;
}

void Memberships::forget_if_idle(const GroupOnLink& what) noexcept {
  const auto entry = demands_.find(what);
  if (entry->second.included.empty() && entry->second.excluders == 0) demands_.erase(entry);
}

// ---- Some sources

Status Memberships::include(Entry& entry, const SourceSet& from, const SourceSet& to) {
  size_t included = 0;
  Undo leave_again([&] {
    to.each_beyond(from, [&](const Address& each) {
      if (included == 0) return false;
      --included;
      leave(entry, each);
      return true;
    });
  });
  Status outcome;
  to.each_beyond(from, [&](const Address& each) {
    outcome = include(entry, each);
    if (outcome.ok()) ++included;
    return outcome.ok();
  });
  if (outcome.ok()) leave_again.dismiss();
  return outcome;
}

Status Memberships::include(Entry& entry, const Address& source) {
  auto& [what, demand] = entry;
  const auto [place, is_new] = demand.included.try_emplace(source);
  if (is_new) {
    Undo forget([&, added = place] { entry.second.included.erase(added); });
    Result<Holders::Holder*> holder = holders_.join(what, source, demand.room);
    if (!holder.ok()) return std::move(holder).status();
    place->second.holder = *holder;
    ++count_;
    forget.dismiss();
  }
  ++place->second.count;
  return {};
}

void Memberships::leave(Entry& entry, const Address& source) noexcept {
  auto& [what, demand] = entry;
  const auto place = demand.included.find(source);
  if (place == demand.included.end() || --place->second.count > 0) return;
  holders_.leave(*place->second.holder, what, source, demand.room);
  demand.included.erase(place);
  --count_;
}

// ---- All sources except some

Status Memberships::add_excluder(Entry& entry, const SourceSet& set) {
  auto& [what, demand] = entry;
  if (demand.excluders == 0) {
    Result<Holders::Holder*> holder = holders_.join(what, std::nullopt, demand.room);
    if (!holder.ok()) return std::move(holder).status();
    demand.any_source = *holder;
    ++count_;
  }
  ++demand.excluders;
  size_t counted = 0;
  Undo remove_again([&] { remove_excluder(entry, set, counted); });
  for (const Address& each : set.list()) {
    ++demand.excluded[each].count;
    ++counted;
  }
  count_common(demand);
  MC_TRY(bring_to_wire(entry));
  remove_again.dismiss();
  return {};
}

// With nothing blocked any more: a socket that leaves with a list is first one excluder less to the
// kernel, and then takes its list back, so that in between it blocks what another socket hears.
void Memberships::leave_any_source(Entry& entry) noexcept {
  auto& [what, demand] = entry;
  const bool was_changed = demand.blocked > 0 || !demand.included.empty();
  unblock_all(entry);
  if (was_changed) sleep_until(monotonic_ns() + kLookNs);
  holders_.leave(*std::exchange(demand.any_source, nullptr), what, std::nullopt, demand.room);
}

// The first `counted` sources of its list are those that it was counted at.
void Memberships::remove_excluder(Entry& entry, const SourceSet& set, size_t counted) noexcept {
  Demand& demand = entry.second;
  if (demand.excluders == 0) return;
  if (--demand.excluders == 0) {
    leave_any_source(entry);
    demand.excluded.clear();
    demand.common = demand.blocked = 0;
    demand.most_blocked = kUnknown;
    demand.is_shortened = false;
    --count_;
    return;
  }
  for (size_t i = 0; i < counted; ++i) {
    const auto place = demand.excluded.find(set.list()[i]);
    --place->second.count;
    if (place->second.is_idle()) demand.excluded.erase(place);
  }
  count_common(demand);
  // Only the less is wanted now, and what cannot be blocked is refused by the listeners.
  static_cast<void>(bring_to_wire(entry));
}

// An excluder lets in what only its old list has. What differs is noted, so that excluding needs no
// memory when exclude_more() follows.
Status Memberships::exclude_less(Entry& entry, const SourceSet& from, const SourceSet& to) {
  Demand& demand = entry.second;
  size_t noted = 0;
  Undo forget([&] {
    to.each_beyond(from, [&](const Address& each) {
      if (noted == 0) return false;
      --noted;
      forget_note(demand, each);
      return true;
    });
  });
  to.each_beyond(from, [&](const Address& each) {
    ++demand.excluded[each].notes;
    ++noted;
    return true;
  });
  forget.dismiss();
  from.each_beyond(to, [&](const Address& each) {
    Excluded& excluded = demand.excluded.find(each)->second;
    ++excluded.notes;
    if (excluded.count-- == demand.excluders) --demand.common;
    return true;
  });
  Undo take_back([&] { exclude_more(entry, to, from); });
  MC_TRY(bring_to_wire(entry));
  take_back.dismiss();
  return {};
}

// Then an excluder keeps out what only its new list has.
void Memberships::exclude_more(Entry& entry, const SourceSet& from, const SourceSet& to) noexcept {
  Demand& demand = entry.second;
  to.each_beyond(from, [&](const Address& each) {
    Excluded& excluded = demand.excluded.find(each)->second;
    --excluded.notes;
    if (++excluded.count == demand.excluders) ++demand.common;
    return true;
  });
  from.each_beyond(to, [&](const Address& each) {
    forget_note(demand, each);
    return true;
  });
  static_cast<void>(bring_to_wire(entry));
}

void Memberships::forget_note(Demand& demand, const Address& source) noexcept {
  const auto place = demand.excluded.find(source);
  --place->second.notes;
  if (place->second.is_idle()) demand.excluded.erase(place);
}

void Memberships::count_common(Demand& demand) noexcept {
  const auto is_common = [&](const auto& each) { return each.second.count == demand.excluders; };
  demand.common =
      static_cast<size_t>(std::count_if(demand.excluded.begin(), demand.excluded.end(), is_common));
}

// Has the kernel block what all excluders exclude. Fails only where somebody would miss a source.
Status Memberships::bring_to_wire(Entry& entry) {
  auto& [what, demand] = entry;
  for (auto each = demand.excluded.begin(); demand.blocked > 0 && each != demand.excluded.end();
       ++each) {
    auto& [source, state] = *each;
    if (!state.is_blocked || state.count == demand.excluders) continue;
    if (const int error = unblock(entry, *each); error != 0) {
      return Status::system(
          error, cat("cannot unblock the source ", source.text(), " of ", what.group.text()),
          error == ENODEV ? "the interface is gone" : "");
    }
  }
  demand.is_shortened = demand.common > demand.most_blocked || !block_common(entry);
  if (demand.is_shortened) unblock_all(entry);
  if (demand.common == 0) demand.most_blocked = kUnknown;  // the host may have set another limit
  return {};
}

// False: there is no room for all.
bool Memberships::block_common(Entry& entry) noexcept {
  auto& [what, demand] = entry;
  if (demand.blocked == demand.common) return true;
  for (auto& [source, each] : demand.excluded) {
    if (each.is_blocked || each.count != demand.excluders) continue;
    if (holders_.block(*demand.any_source, what, source) != 0) {
      demand.most_blocked = demand.blocked;
      return false;
    }
    each.is_blocked = true;
    ++demand.blocked;
  }
  return true;
}

// What the kernel would not let in stays noted as blocked; nobody wants it.
void Memberships::unblock_all(Entry& entry) noexcept {
  Demand& demand = entry.second;
  if (demand.blocked == 0) return;
  for (auto& each : demand.excluded) {
    if (each.second.is_blocked) unblock(entry, each);
  }
}

// 0, or the errno of the refusal.
int Memberships::unblock(Entry& entry, std::pair<const Address, Excluded>& blocked) noexcept {
  auto& [what, demand] = entry;
  const int error = holders_.unblock(*demand.any_source, what, blocked.first);
  if (error != 0) return error;
  blocked.second.is_blocked = false;
  --demand.blocked;
  return 0;
}

}  // namespace mc
