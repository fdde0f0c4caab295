#include "core/channels.h"

#include <utility>

#include "base/undo.h"

namespace mc {
namespace {

GroupOnLink joined_by(const Subscription& subscription) {
  return {subscription.endpoint.group, subscription.endpoint.interface_index};
}

}  // namespace

Status Channels::subscribe(Subscription& subscription, ChannelWishes wishes) {
  Result<Channel*> channel = find_or_open(subscription, wishes);
  if (!channel.ok()) return std::move(channel).status();
  Undo close_channel([&] { close_if_unused(subscription); });
  // The socket is there before the group is joined, so that nothing of what the join brings is
  // missed.
  (*channel)->add(subscription);
  Undo remove([&] { (*channel)->remove(subscription); });
  MC_TRY((*channel)->ask(wishes));
  MC_TRY(memberships_.widen(joined_by(subscription), net::SourceSet::none(), subscription.sources));
  remove.dismiss();
  close_channel.dismiss();
  return {};
}

void Channels::unsubscribe(Subscription& subscription) noexcept {
  memberships_.narrow(joined_by(subscription), subscription.sources, net::SourceSet::none());
  subscription.channel->remove(subscription);
  close_if_unused(subscription);
}

Status Channels::change_sources(std::vector<SourceChange> changes) {
  size_t widened = 0;
  Undo narrow_again([&] {
    for (size_t i = 0; i < widened; ++i) {
      const auto& [subscription, sources] = changes[i];
      memberships_.narrow(joined_by(*subscription), sources, subscription->sources);
    }
  });
  for (; widened < changes.size(); ++widened) {
    const auto& [subscription, sources] = changes[widened];
    MC_TRY(memberships_.widen(joined_by(*subscription), subscription->sources, sources));
  }
  narrow_again.dismiss();
  for (auto& [subscription, sources] : changes) {
    std::swap(subscription->sources, sources);
    subscription->channel->change(*subscription);
    memberships_.narrow(joined_by(*subscription), sources, subscription->sources);
  }
  return {};
}

Status Channels::follow(const net::Lookup& lookup, net::LinkChanges& changes) {
  if (changes.is_incomplete) {
    // Where the kernel does not show them, joining anew is the lesser evil.
    const std::optional<net::JoinedGroups> joined = net::joined_groups();
    for (const net::Interface& each : lookup.interfaces()) {
      if (!joined || memberships_.is_missing(each.index, *joined))
        changes.gone[each.index] = changes.looks;
    }
  }
  Status first;
  for (const auto& [each, look] : changes.gone) {
    if (lookup.at(each) == nullptr) continue;
    Status joined = memberships_.join_anew(each);
    if (!joined.ok() && first.ok()) first = std::move(joined);
  }
  return first;
}

bool Channels::is_shortened(const Subscription& subscription) const noexcept {
  const net::SourceSet& sources = subscription.sources;
  return !sources.is_only() && !sources.is_any() &&
         memberships_.is_shortened(joined_by(subscription));
}

uint64_t Channels::packets() const noexcept {
  uint64_t sum = packets_of_closed_;
  for (const auto& [key, channel] : channels_) sum += channel->packets();
  return sum;
}

uint64_t Channels::read_errors() const noexcept {
  uint64_t sum = read_errors_of_closed_;
  for (const auto& [key, channel] : channels_) sum += channel->read_errors();
  return sum;
}

net::ReceiveBatch& Channels::batch() {
  if (!batch_) batch_ = std::make_unique<net::ReceiveBatch>();
  return *batch_;
}

Result<Channel*> Channels::find_or_open(const Subscription& subscription, ChannelWishes wishes) {
  const Key key = key_of(subscription);
  const auto found = channels_.find(key);
  if (found != channels_.end()) return found->second.get();
  Queue* const queue = subscription.queue;
  const Channel::Place place =
      queue != nullptr ? Channel::Place{queue->reactor(), queue->batch(), chores_, queue}
                       : Channel::Place{reactor_, batch(), chores_, nullptr};
  Result<std::unique_ptr<Channel>> opened =
      Channel::open(subscription.endpoint, wishes, place, home_);
  if (!opened.ok()) return std::move(opened).status();
  return channels_.emplace(key, std::move(*opened)).first->second.get();
}

void Channels::close_if_unused(const Subscription& subscription) noexcept {
  const auto entry = channels_.find(key_of(subscription));
  if (entry->second->has_subscriptions()) return;
  entry->second->close();
  packets_of_closed_ += entry->second->packets();
  read_errors_of_closed_ += entry->second->read_errors();
  home_.bury(std::move(entry->second));
  channels_.erase(entry);
}

}  // namespace mc
