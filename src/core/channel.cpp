#include "core/channel.h"

#include <utility>

#include "base/undo.h"

namespace mc {
namespace {

constexpr size_t kFewSlots = 16;

}  // namespace

Result<std::unique_ptr<Channel>> Channel::open(const net::Endpoint& endpoint,
                                               uint32_t receive_buffer, io::Reactor& reactor,
                                               net::ReceiveBatch& batch) {
  Result<io::Receiver> receiver = io::Receiver::open(endpoint, receive_buffer);
  if (!receiver.ok()) return std::move(receiver).status();
  std::unique_ptr<Channel> channel(
      new Channel(std::move(*receiver), reactor, batch, receive_buffer));
  MC_TRY(reactor.add(channel->receiver_.fd(), io::kReadable, *channel));
  channel->is_watched_ = true;
  return channel;
}

void Channel::close() noexcept {
  if (std::exchange(is_watched_, false)) reactor_.remove(*this);
}

void Channel::add(Subscription& subscription) {
  // A channel that reads nothing would otherwise keep the empty slots of all who came and went.
  if (!is_offering_ && subscriptions_.size() > 2 * live_ + kFewSlots) compact();
  subscriptions_.push_back(&subscription);
  subscription.channel = this;
  subscription.slot = subscriptions_.size() - 1;
  subscription.lost_before = receiver_.lost();
  ++live_;
}

void Channel::remove(Subscription& subscription) noexcept {
  subscriptions_[subscription.slot] = nullptr;
  subscription.channel = nullptr;
  --live_;
}

void Channel::ask_receive_buffer(uint32_t bytes) noexcept {
  if (bytes <= receive_buffer_asked_) return;
  receive_buffer_asked_ = bytes;
  receiver_.ask_receive_buffer(bytes);
}

Channel::State Channel::state() noexcept {
  const uint64_t lost = receiver_.lost();
  return {lost, lost > 0 && receiver_.saw_train(), receive_buffer_asked_,
          receiver_.granted_receive_buffer()};
}

void Channel::ready(uint32_t) {
  compact();
  const int outcome = receiver_.read_turn(batch_, [this](const net::Packet& packet) {
    offer(packet);
    return is_watched_;
  });
  if (outcome < 0) ++read_errors_;
  receiver_.lost();  // kept current: the kernel's counter is narrow and wraps
}

void Channel::offer(const net::Packet& packet) {
  ++packets_;
  // Who subscribes meanwhile gets the next packet; who leaves meanwhile left an empty slot.
  const size_t present = subscriptions_.size();
  is_offering_ = true;
  const Undo offered([this] { is_offering_ = false; });  // also when a callback throws
  for (size_t i = 0; i < present; ++i) {
    if (Subscription* each = subscriptions_[i]) each->offer(packet);
  }
}

void Channel::compact() noexcept {
  if (live_ == subscriptions_.size()) return;
  size_t slot = 0;
  for (Subscription* each : subscriptions_) {
    if (each == nullptr) continue;
    subscriptions_[slot] = each;
    each->slot = slot++;
  }
  subscriptions_.resize(slot);
}

}  // namespace mc
