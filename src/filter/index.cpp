#include "filter/index.h"

#include <algorithm>

#include "base/undo.h"
#include "filter/kinds.h"
#include "filter/regex.h"

namespace mc::filter {
namespace {

constexpr size_t kFewest = 3;  // from here on a set is faster than asking each; measured
// Those that came since are asked singly, so they must be few; building takes time, so they may be
// some.
constexpr size_t kNewOnes = 64;  // one in so many
constexpr size_t kGoneOnes = 4;  // the same
constexpr size_t kWarming = 64;  // texts

std::string_view text_of(const net::Packet& packet) noexcept {
  return {reinterpret_cast<const char*>(packet.data), packet.size};
}

std::string_view bytes_of(const net::Address& address) noexcept {
  return {reinterpret_cast<const char*>(address.bytes.data()), address.bytes.size()};
}

}  // namespace

// Where the users of a key are kept; made if need be.
Index::Users& Index::users_of(const Key& key) {
  if (key.kind == Key::Kind::kPrefix) {
    const auto place =
        std::lower_bound(prefixes_.begin(), prefixes_.end(), key.bytes.size(),
                         [](const Prefixes& each, size_t length) { return each.length < length; });
    if (place != prefixes_.end() && place->length == key.bytes.size())
      return place->users[key.bytes];
    return prefixes_.insert(place, Prefixes{key.bytes.size(), {}})->users[key.bytes];
  }
  if (key.kind == Key::Kind::kNetwork) {
    const auto place = std::find_if(networks_.begin(), networks_.end(), [&](const Networks& each) {
      return each.family == key.network.family && each.bits == key.bits;
    });
    const std::string bytes(bytes_of(key.network));
    if (place != networks_.end()) return place->users[bytes];
    networks_.push_back({key.network.family, key.bits, {}});
    return networks_.back().users[bytes];
  }
  const auto known = expressions_.find(key.bytes);
  if (known != expressions_.end()) return known->second->users;
  auto made = std::make_unique<Expression>();
  made->pattern = key.bytes;
  made->place = single_.size();
  single_.push_back(made.get());
  Undo forget([&] { single_.pop_back(); });
  Users& users = made->users;
  const std::string_view pattern = made->pattern;
  expressions_.emplace(pattern, std::move(made));
  forget.dismiss();
  return users;
}

void Index::add(Id id, Keys keys) {
  const auto [entry, is_new] = keys_.try_emplace(id);
  Undo forget([&] { remove(id); });
  for (Key& each : keys.keys) {
    entry->second.keys.push_back(std::move(each));
    const Key& key = entry->second.keys.back();
    users_of(key).push_back({id, keys.are_exact, key.regex});
  }
  forget.dismiss();
}

void Index::remove(Id id) noexcept {
  const auto entry = keys_.find(id);
  if (entry == keys_.end()) return;
  for (const Key& each : entry->second.keys) remove(id, each);
  keys_.erase(entry);
}

void Index::remove(Id id, const Key& key) noexcept {
  const auto leave = [&](auto& table, const auto place) {
    if (place == table.end()) return;
    std::erase_if(place->second, [&](const User& each) { return each.id == id; });
    if (place->second.empty()) table.erase(place);
  };
  if (key.kind == Key::Kind::kPrefix) {
    for (auto each = prefixes_.begin(); each != prefixes_.end(); ++each) {
      if (each->length != key.bytes.size()) continue;
      leave(each->users, each->users.find(key.bytes));
      if (each->users.empty()) prefixes_.erase(each);
      return;
    }
  } else if (key.kind == Key::Kind::kNetwork) {
    for (auto each = networks_.begin(); each != networks_.end(); ++each) {
      if (each->family != key.network.family || each->bits != key.bits) continue;
      leave(each->users, each->users.find(bytes_of(key.network)));
      if (each->users.empty()) networks_.erase(each);
      return;
    }
  } else if (const auto known = expressions_.find(key.bytes); known != expressions_.end()) {
    Users& users = known->second->users;
    std::erase_if(users, [&](const User& each) { return each.id == id; });
    if (!users.empty()) return;
    remove_expression(*known->second);
    expressions_.erase(known);
  }
}

void Index::remove_expression(Expression& expression) noexcept {
  if (expression.is_member) {
    members_[expression.place] = nullptr;
    ++gone_;
  } else {
    single_[expression.place] = single_.back();
    single_[expression.place]->place = expression.place;
    single_.pop_back();
  }
}

void Index::append(const Users& users, std::vector<Candidate>& found) {
  for (const User& each : users) found.push_back({each.id, each.is_exact});
}

void Index::ask(const Expression& expression, const net::Packet& packet,
                std::vector<Candidate>& found) {
  if (expression.users.front().regex->matches(packet)) append(expression.users, found);
}

void Index::find(const net::Packet& packet, std::vector<Candidate>& found) {
  const std::string_view text = text_of(packet);
  for (const Prefixes& each : prefixes_) {
    if (each.length > text.size()) break;
    const auto users = each.users.find(text.substr(0, each.length));
    if (users != each.users.end()) append(users->second, found);
  }
  for (const Networks& each : networks_) {
    if (each.family != packet.source.family) continue;
    const auto users = each.users.find(bytes_of(network_of(packet.source, each.bits)));
    if (users != each.users.end()) append(users->second, found);
  }
  if (!expressions_.empty()) find_expressions(packet, found);
}

void Index::find_expressions(const net::Packet& packet, std::vector<Candidate>& found) {
  if (set_ && set_->match(text_of(packet), matching_)) {
    for (const int number : matching_) {
      const Expression* const member = members_[static_cast<size_t>(number)];
      if (member != nullptr) append(member->users, found);
    }
  } else {
    for (const Expression* each : members_) {
      if (each != nullptr) ask(*each, packet, found);
    }
  }
  for (const Expression* each : single_) ask(*each, packet, found);
}

bool Index::wants_build() const noexcept {
  if (expressions_.size() >= too_many_) return false;
  if (!set_) return expressions_.size() >= kFewest;
  return single_.size() > members_.size() / kNewOnes || gone_ > members_.size() / kGoneOnes;
}

void Index::build() {
  std::vector<Expression*> all;
  std::vector<Set::Expression> patterns;
  all.reserve(expressions_.size());
  patterns.reserve(expressions_.size());
  for (const auto& [pattern, expression] : expressions_) {
    all.push_back(expression.get());
    patterns.push_back({pattern, expression->users.front().regex->scans()});
  }
  std::unique_ptr<Set> set = all.size() >= kFewest ? Set::of(patterns) : nullptr;
  if (!set && all.size() >= kFewest) {
    too_many_ = all.size();
    return;
  }
  std::vector<int> matching;
  matching.reserve(all.size());
  if (set) {
    // What an expression matches looks much like itself.
    for (size_t i = 0; i < std::min(all.size(), kWarming); ++i)
      set->match(patterns[i].pattern, matching);
  }
  std::vector<Expression*> others;
  others.reserve(all.size());
  // From here on nothing fails.
  set_ = std::move(set);
  matching_.swap(matching);
  members_.swap(set_ ? all : others);
  single_.swap(set_ ? others : all);
  gone_ = 0;
  for (std::vector<Expression*>* const list : {&members_, &single_}) {
    for (size_t i = 0; i < list->size(); ++i) {
      (*list)[i]->place = i;
      (*list)[i]->is_member = list == &members_;
    }
  }
}

}  // namespace mc::filter
