#include "core/sifter.h"

#include <algorithm>
#include <new>
#include <optional>
#include <utility>

#include "base/undo.h"
#include "core/subscriber.h"
#include "filter/keys.h"

namespace mc {

void Sifter::add(Subscription& subscription) noexcept try {
  const filter::FilterRef& filter = subscription.subscriber->filter();
  // Who looks at sources, too, counts what it refuses in another place.
  if (!filter || !subscription.sources.is_any() || subscription.subscriber->ignores_own()) return;
  std::optional<filter::Keys> keys = filter::keys_of(*filter);
  if (!keys) return;
  if (free_.empty()) make_room();
  const uint32_t number = free_.back();
  index_.add(number, std::move(*keys));
  free_.pop_back();
  subscriptions_[number] = &subscription;
  subscription.sifted = {filter.get(), number, packets_, 0};
} catch (const std::bad_alloc&) {
  return;  // then it is asked
}

// Whatever is needed later is there: giving a number back and finding all needs no memory.
void Sifter::make_room() {
  subscriptions_.push_back(nullptr);
  Undo forget([&] { subscriptions_.pop_back(); });
  targets_.reserve(subscriptions_.capacity());
  free_.reserve(subscriptions_.capacity());
  free_.push_back(static_cast<uint32_t>(subscriptions_.size() - 1));
  forget.dismiss();
}

void Sifter::remove(Subscription& subscription) noexcept {
  settle(subscription);
  const uint32_t number = subscription.sifted.number;
  index_.remove(number);
  subscriptions_[number] = nullptr;
  free_.push_back(number);
  subscription.sifted = {};
}

void Sifter::build() noexcept try { index_.build(); } catch (const std::bad_alloc&) {
  return;  // it stays as it is, which is right, if slower
}

const std::vector<Sifter::Target>& Sifter::sift(const net::Packet& packet) {
  found_.clear();
  targets_.clear();
  try {
    look_up(packet);
  } catch (const std::bad_alloc&) {
    // Then all are asked.
    targets_.clear();
    for (Subscription* each : subscriptions_) {
      if (each != nullptr) targets_.push_back({each->slot, false});
    }
  }
  const auto comes_first = [](const Target& a, const Target& b) {
    return a.slot != b.slot ? a.slot < b.slot : a.is_exact > b.is_exact;
  };
  // Mostly they are: those who share a key came one after the other.
  if (!std::is_sorted(targets_.begin(), targets_.end(), comes_first))
    std::sort(targets_.begin(), targets_.end(), comes_first);
  targets_.erase(std::unique(targets_.begin(), targets_.end(),
                             [](const Target& a, const Target& b) { return a.slot == b.slot; }),
                 targets_.end());
  ++packets_;
  return targets_;
}

void Sifter::look_up(const net::Packet& packet) {
  index_.find(packet, found_);
  for (const filter::Index::Candidate& each : found_) {
    targets_.push_back({subscriptions_[each.id]->slot, each.is_exact});
  }
}

void Sifter::settle(Subscription& subscription) const noexcept {
  Sifted& sifted = subscription.sifted;
  subscription.subscriber->count_filtered(packets_ - sifted.since - sifted.found);
  sifted.since = packets_;
  sifted.found = 0;
}

}  // namespace mc
