#include "core/answers.h"

#include <utility>

#include "base/undo.h"
#include "core/multicaster.h"

namespace mc {
namespace {

constexpr int kBatchesPerTurn = 4;
thread_local PresentAnswer present;

}  // namespace

const PresentAnswer& present_answer() noexcept {
  return present;
}

Answers::Answers(Multicaster& multicaster, io::Transmitter& transmitter) noexcept
    : multicaster_(multicaster), transmitter_(transmitter) {
  mtu_ = net::kMaxPayload;
  generation_ = 1;
  take_socket();
}

void Answers::take_socket() noexcept {
  packet_.group = transmitter_.source();
  last_drops_ = transmitter_.drops().value_or(0);
}

void Answers::read_turn(net::ReceiveBatch& batch) {
  const std::shared_ptr<Home> home = multicaster_.home();
  io::Datagrams datagrams;
  for (int i = 0; i < kBatchesPerTurn; ++i) {
    const int count = datagrams.read(batch, transmitter_.fd());
    while (datagrams.next(packet_)) {
      const PresentAnswer outer = std::exchange(present, {&packet_, &multicaster_});
      const Undo looked_at([&] { present = outer; });
      take(packet_);
      // Closed, or nobody is interested any more; or one forked, and the rest is the parent's.
      if (!is_open() || !has_handler() || home->is_inherited()) return;
    }
    if (count < static_cast<int>(net::ReceiveBatch::kSlots)) return;
  }
}

uint64_t Answers::lost() noexcept {
  if (const std::optional<uint32_t> drops = transmitter_.drops()) {
    lost_ += *drops - last_drops_;  // modulo 2^32: the kernel's counter wraps
    last_drops_ = *drops;
  }
  return lost_;
}

uint32_t Answers::granted_receive_buffer() const noexcept {
  return transmitter_.granted_receive_buffer();
}

void Answers::finish() noexcept {
  multicaster_.close();
}

}  // namespace mc
