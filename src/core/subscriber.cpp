#include "core/subscriber.h"

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

}  // namespace

bool Subscriber::accepts(const net::Packet& packet) {
  const uint32_t generation = generation_;
  // A filter may close the listener that asks it; or fork, and in the child the packet is not ours.
  if (filter_->matches(packet) && generation == generation_ && !birthplace_.is_elsewhere())
    return true;
  ++filtered_;
  return false;
}

// The handler took the place of a batch handler, and may give it back.
[[gnu::noinline]] bool Subscriber::take_after_gathered(net::Run run) {
  const uint32_t generation = generation_;
  hand_over();
  if (generation != generation_) return false;
  return handler_ ? take_singly(run) : gather(run);
}

bool Subscriber::gather(net::Run run) {
  const uint64_t most = most_gathered();
  // What comes after the limit comes to a listener that is about to close.
  if (gathered_.size() < most) gathered_.add(run, mtu_);
  if (batch_handler_ && gathered_.size() == most) hand_over();
  return !gathered_.is_empty();
}

void Subscriber::hand_over() {
  if (gathered_.is_empty()) return;
  const uint32_t generation = generation_;
  const Batch batch = gathered_.take();
  if (batch_handler_) {
    heed(show(batch), generation);
    return;
  }
  // Another callback chose another handler since they were gathered. Each call may choose again.
  for (const net::Packet* const& each : batch.packets) {
    const int verdict = batch_handler_ ? show(Batch::of(each)) : show(*each);
    if (!heed(verdict, generation) || birthplace_.is_elsewhere()) return;
  }
}

[[gnu::noinline]] int Subscriber::show_cut(const net::Packet& packet) {
  net::Packet shown = packet;
  shown.cut(mtu_);
  return show(shown);
}

int Subscriber::show(const Batch& batch) {
  count(batch);
  return batch_handler_->handle(batch.packets);
}

void Subscriber::take(std::unique_ptr<Room> room, Graveyard& graveyard) noexcept {
  std::swap(gathered_, room->gathered);
  graveyard.bury(std::move(room));
}

std::span<const net::Packet* const> Subscriber::lend() noexcept {
  const Batch batch = gathered_.take();
  count(batch);
  return batch.packets;
}

void Subscriber::exchange(std::unique_ptr<PacketHandler> handler, Graveyard& graveyard) noexcept {
  handler_.swap(handler);
  graveyard.bury(std::move(batch_handler_));
  graveyard.bury(std::move(handler));
}

void Subscriber::exchange(std::unique_ptr<BatchHandler> handler, Graveyard& graveyard) {
  // While closed, what was lent may still be looked at: opening takes room. While open, only a first
  // batch handler finds none.
  if (handler && is_open() && gathered_.room() < kMostAtOnce)
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

bool Subscriber::is_own(const net::Packet& packet, int64_t since_ns) noexcept {
  return net::is_own(packet.source, since_ns);
}

}  // namespace mc
