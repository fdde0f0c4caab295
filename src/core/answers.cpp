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

Answers::Answers(Multicaster& multicaster, io::Transmitter& transmitter, std::string name)
    : multicaster_(multicaster),
      transmitter_(transmitter),
      log_(*multicaster.home(), std::move(name)) {
  mtu_ = net::kMaxPayload;
  generation_ = 1;
  take_socket();
}

Status Answers::begin() {
  MC_TRY(transmitter_.expect_answers(kDefaultReceiveBuffer));
  log_.tell_of_buffer(kDefaultReceiveBuffer, granted_receive_buffer());
  transmitter_.drop_answers();
  take_socket();
  is_expecting_ = true;
  return {};
}

void Answers::pause() noexcept {
  lost();
  is_expecting_ = false;
  transmitter_.expect_no_answers();
}

void Answers::take_socket() noexcept {
  here_ = transmitter_.source();
  last_drops_ = transmitter_.drops().value_or(0);
}

void Answers::read_turn(net::ReceiveBatch& batch) {
  const std::shared_ptr<Home> home = multicaster_.home();
  io::Datagrams datagrams;
  for (int i = 0; i < kBatchesPerTurn; ++i) {
    const int count = datagrams.read(batch, transmitter_.fd());
    if (count < 0) log_.tell_of_failure(count, ++failures_);
    while (datagrams.has_more()) {
      datagrams.packet().group = here_;  // what a message says is then more
      const net::Run answer = datagrams.next([] { return size_t{1}; });
      const PresentAnswer outer = std::exchange(present, {&answer.first, &multicaster_});
      const Undo looked_at([&] { present = outer; });
      take(answer);
      // Closed, or nobody is interested any more; or one forked, and the rest is the parent's.
      if (!is_open() || !has_handler() || home->is_inherited()) return;
    }
    if (count < static_cast<int>(net::ReceiveBatch::kSlots)) break;
  }
  log_.tell_of_loss(lost(), granted_receive_buffer());
}

uint64_t Answers::lost() noexcept {
  if (!is_expecting_) return lost_;
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
