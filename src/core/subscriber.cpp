#include "core/subscriber.h"

#include <algorithm>
#include <cstring>

#include "net/own_port.h"

namespace mc {
namespace {

// The filter that a callback replaced while it ran.
class BuriedFilter final : public Mortal {
 public:
  explicit BuriedFilter(filter::FilterRef filter) : filter_(std::move(filter)) {}

 private:
  filter::FilterRef filter_;
};

net::Packet cut(net::Packet packet, size_t mtu) noexcept {
  packet.size = mtu;
  packet.flags |= net::kTruncated;
  return packet;
}

}  // namespace

bool Subscriber::take(const net::Packet& packet) {
  const uint64_t generation = generation_;
  if (filter_) {
    const bool wanted = filter_->matches(packet);
    // A filter may close the listener that asks it; or fork, and in the child the packet is not ours.
    if (!wanted || generation != generation_ || birthplace_.is_elsewhere()) {
      ++counts.filtered;
      return false;
    }
  }
  if (handler_ && !gathered_.is_empty()) {  // it took the place of a batch handler
    hand_over();
    if (generation != generation_) return false;
  }
  if (handler_) {
    const bool is_enough = (packet.size <= mtu_ ? show(packet) : show(cut(packet, mtu_))) != 0;
    if ((is_enough || remaining_ == 0) && generation == generation_) finish();
    return false;
  }
  // What comes after the limit comes to a listener that is about to close.
  if (gathered_.size() < remaining_ && !gathered_.is_full())
    gathered_.add(packet.size <= mtu_ ? packet : cut(packet, mtu_));
  const bool is_complete = gathered_.is_full() || gathered_.size() == remaining_;
  if (batch_handler_ && is_complete) hand_over();
  return !gathered_.is_empty();
}

int Subscriber::show(const net::Packet& packet) {
  count(packet);
  return handler_->handle(packet);
}

void Subscriber::count(const net::Packet& shown) noexcept {
  ++counts.delivered;
  counts.delivered_bytes += shown.size;
  if ((shown.flags & net::kTruncated) != 0) ++counts.truncated;
  if (remaining_ != kNoLimit) --remaining_;
}

void Subscriber::take(std::unique_ptr<Room> room, Graveyard& graveyard) noexcept {
  std::swap(gathered_, room->gathered);
  std::swap(lent_, room->lent);
  graveyard.bury(std::move(room));
}

std::span<const net::Packet* const> Subscriber::take_gathered() noexcept {
  std::swap(gathered_, lent_);
  gathered_.clear();
  return lent_.packets();
}

std::span<const net::Packet* const> Subscriber::lend() noexcept {
  const auto packets = take_gathered();
  for (const net::Packet* each : packets) count(*each);
  return packets;
}

// To the batch handler; or singly, when another callback chose another handler since they were
// gathered. Each call may choose again.
void Subscriber::hand_over() {
  if (gathered_.is_empty()) return;
  const uint64_t generation = generation_;
  auto rest = take_gathered();
  while (!rest.empty() && has_handler()) {
    const size_t together = batch_handler_ ? std::min<uint64_t>(rest.size(), remaining_) : 1;
    const bool is_enough = show(rest.first(together)) != 0;
    if (generation != generation_) return;
    if (is_enough || remaining_ == 0) return finish();
    rest = rest.subspan(together);
  }
}

int Subscriber::show(std::span<const net::Packet* const> packets) {
  if (!batch_handler_) return show(*packets.front());
  for (const net::Packet* each : packets) count(*each);
  return batch_handler_->handle(packets);
}

void Subscriber::exchange(std::unique_ptr<PacketHandler> handler, Graveyard& graveyard) noexcept {
  handler_.swap(handler);
  graveyard.bury(std::move(batch_handler_));
  graveyard.bury(std::move(handler));
}

void Subscriber::exchange(std::unique_ptr<BatchHandler> handler, Graveyard& graveyard) {
  // While closed, what was lent may still be looked at: opening takes room. While open, only a first
  // batch handler finds none.
  if (handler && is_open() && lent_.room() < kMostAtOnce)
    take(std::make_unique<Room>(kMostAtOnce), graveyard);
  batch_handler_.swap(handler);
  graveyard.bury(std::move(handler_));
  graveyard.bury(std::move(handler));
}

void Subscriber::exchange(filter::FilterRef filter, Graveyard& graveyard) {
  auto old = std::make_unique<BuriedFilter>(filter_);
  filter_ = std::move(filter);
  graveyard.bury(std::move(old));
}

bool Subscriber::is_own(const net::Packet& packet) noexcept {
  return net::is_own(packet.source);
}

bool Subscription::wants(const net::Address& source) const noexcept {
  const auto by_bytes = [](const net::Address& a, const net::Address& b) {
    return std::memcmp(a.bytes.data(), b.bytes.data(), a.bytes.size()) < 0;
  };
  return std::binary_search(sources.begin(), sources.end(), source, by_bytes);
}

}  // namespace mc
