#include "core/channels.h"

#include <algorithm>

#include "base/undo.h"

namespace mc {
namespace {

// The memberships of a subscription, numbered: one for any source, or one for each source.
size_t membership_count(const Subscription& subscription) {
  return std::max<size_t>(1, subscription.sources.size());
}

net::Membership membership_of(const Subscription& subscription, size_t index) {
  net::Membership membership{subscription.endpoint.group, subscription.endpoint.interface_index,
                             std::nullopt};
  if (!subscription.sources.empty()) membership.source = subscription.sources[index];
  return membership;
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
  MC_TRY(join(subscription));
  remove.dismiss();
  close_channel.dismiss();
  return {};
}

void Channels::unsubscribe(Subscription& subscription) noexcept {
  leave(subscription, membership_count(subscription));
  subscription.channel->remove(subscription);
  close_if_unused(subscription);
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

Status Channels::join(const Subscription& subscription) {
  size_t joined = 0;
  Undo leave_again([&] { leave(subscription, joined); });
  for (; joined < membership_count(subscription); ++joined) {
    MC_TRY(memberships_.join(membership_of(subscription, joined)));
  }
  leave_again.dismiss();
  return {};
}

void Channels::leave(const Subscription& subscription, size_t joined) noexcept {
  for (size_t i = 0; i < joined; ++i) memberships_.leave(membership_of(subscription, i));
}

}  // namespace mc
