// A listener's sources: what may be said about them, and what that changes while it is open.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "base/undo.h"
#include "core/listener.h"

namespace mc {
namespace {

using net::SourceSet;
using Verb = Listener::SourceVerb;

constexpr uint16_t kSomePort = 1;  // what names a group for its sources has no port

bool is_about_only(Verb verb) {
  return verb == Verb::kAllow || verb == Verb::kDrop;
}

// A list of the other kind: a sentence that names what to call instead.
Status contradiction(Verb verb, const net::GroupText& group, const net::Address& source) {
  std::string_view state;
  std::string_view instead;
  if (is_about_only(verb)) {
    state = " is heard from all sources except those that were blocked: ";
    instead = verb == Verb::kAllow ? "mc_listener_unblock_source" : "mc_listener_block_source";
  } else {
    state = " is heard only from sources that were allowed: ";
    instead = verb == Verb::kBlock ? "mc_listener_drop_source" : "mc_listener_allow_source";
  }
  return Status(
      kErrorSources,
      cat(group.group.text(), state, "to ",
          verb == Verb::kAllow || verb == Verb::kUnblock ? "hear " : "stop hearing ", source.text(),
          " call ", instead, ", or give it another list with mc_listener_set_sources"));
}

Status not_listed(Verb verb, const net::Address& source) {
  return Status(kErrorSources, cat("the source ", source.text(),
                                   verb == Verb::kDrop ? " is not among those that are heard"
                                                       : " is not among those that are blocked"));
}

}  // namespace

// Where the groups that are meant lie in groups_. kNone: groups of any family.
Result<std::vector<size_t>> Listener::find_groups(const char* group, net::Family family) const {
  std::vector<size_t> found;
  net::GroupText meant;
  if (group != nullptr) {
    Result<net::GroupText> parsed = net::parse_group(group, kSomePort);
    if (!parsed.ok()) return std::move(parsed).status();
    meant = std::move(*parsed);
    if (meant.source) {
      return Status(kErrorSources, cat("name the group ", meant.group.text(),
                                       " without a source; the sources are given beside it"));
    }
    if (family != net::Family::kNone && family != meant.group.family) {
      return Status(kErrorFamily, cat("the group ", meant.group.text(),
                                      " and its sources are of different families; give both as "
                                      "IPv4 or both as IPv6"));
    }
  }
  for (size_t i = 0; i < groups_.size(); ++i) {
    const net::GroupText& words = groups_[i].words;
    const bool is_meant =
        group != nullptr
            ? words.group.same_host(meant.group) && words.interface_text == meant.interface_text
            : family == net::Family::kNone || family == words.group.family;
    if (is_meant) found.push_back(i);
  }
  if (!found.empty()) return found;
  if (group != nullptr) {
    return Status(kErrorNoGroup,
                  cat("the listener has no group ", meant.group.text(), " in these words"));
  }
  if (groups_.empty()) return Status(kErrorNoGroup, "the listener has no group; add one first");
  return Status(kErrorFamily,
                cat("the source is of ", family == net::Family::kIpv4 ? "IPv4" : "IPv6",
                    " and the listener has no group of that family"));
}

Status Listener::change_source(SourceVerb verb, const char* group, const char* text) {
  Result<net::Address> source = net::parse_source(text);
  if (!source.ok()) return std::move(source).status();
  Result<std::vector<size_t>> meant = find_groups(group, source->family);
  if (!meant.ok()) return std::move(meant).status();
  const bool is_new = verb == Verb::kAllow || verb == Verb::kBlock;
  std::vector<NewSources> changes;
  for (const size_t i : *meant) {
    SourceSet sources = groups_[i].sources;
    if (verb == Verb::kAllow && sources.is_any()) continue;  // it is heard already
    if (sources.is_only() != is_about_only(verb))
      return contradiction(verb, groups_[i].words, *source);
    const bool is_changed = is_new ? sources.add(*source) : sources.remove(*source);
    if (is_changed) changes.push_back({i, std::move(sources)});
  }
  if (!is_new && changes.empty()) return not_listed(verb, *source);
  return exchange_sources(std::move(changes));
}

Status Listener::set_sources(const char* group, int mode, std::span<const char* const> texts) {
  if (mode != kOnlySources && mode != kExceptSources) {
    return Status(kErrorFlags, cat("unknown mode ", mode, "; ", kOnlySources, " hears only the ",
                                   "sources, ", kExceptSources, " all except them"));
  }
  std::vector<net::Address> hosts;
  hosts.reserve(texts.size());
  net::Family family = net::Family::kNone;
  for (const char* const each : texts) {
    Result<net::Address> source =
        family == net::Family::kNone ? net::parse_source(each) : net::parse_source(each, family);
    if (!source.ok()) return std::move(source).status();
    family = source->family;
    hosts.push_back(*source);
  }
  Result<std::vector<size_t>> meant = find_groups(group, family);
  if (!meant.ok()) return std::move(meant).status();
  const SourceSet sources = mode == kOnlySources ? SourceSet::only(std::move(hosts))
                                                 : SourceSet::except(std::move(hosts));
  std::vector<NewSources> changes;
  for (const size_t i : *meant) {
    if (groups_[i].sources != sources) changes.push_back({i, sources});
  }
  return exchange_sources(std::move(changes));
}

// Gives the subscriptions what the groups on their spots together want, once that has changed.
Status Listener::renew_sources(const Places& places) {
  std::vector<SourceSet> sums(subscriptions_.size(), SourceSet::none());
  for (const Place& each : places) {
    if (const auto found = find_subscription(each); found != subscriptions_.end())
      sums[static_cast<size_t>(found - subscriptions_.begin())].unite(groups_[each.group].sources);
  }
  std::vector<Channels::SourceChange> wanted;
  for (size_t i = 0; i < sums.size(); ++i) {
    if (sums[i] != subscriptions_[i]->sources)
      wanted.push_back({subscriptions_[i].get(), std::move(sums[i])});
  }
  if (wanted.empty()) return {};
  return poller_->channels().change_sources(std::move(wanted));
}

// Gives groups their sources, all of them or none.
Status Listener::exchange_sources(std::vector<NewSources> changes) {
  const auto exchange = [&] {
    for (NewSources& each : changes) std::swap(groups_[each.group].sources, each.sources);
  };
  exchange();
  Undo exchange_again(exchange);
  MC_TRY(renew_sources(places_));
  exchange_again.dismiss();
  return {};
}

// The groups on a link, each once, whose list is not on the wire.
uint64_t Listener::shortened_lists() const noexcept {
  uint64_t count = 0;
  const Subscription* latest = nullptr;
  for (const auto& each : subscriptions_) {
    if (!poller_->channels().is_shortened(*each)) continue;
    if (latest == nullptr || !latest->spot().is_same_group(each->spot())) ++count;
    latest = each.get();
  }
  return count;
}

}  // namespace mc
