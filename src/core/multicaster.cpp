#include "core/multicaster.h"

#include <cerrno>
#include <utility>

#include "base/text.h"

namespace mc {
namespace {

// A flooding source must not starve the rest of the poller.
constexpr int kBatchesPerTurn = 4;

}  // namespace

Multicaster::Multicaster(Poller& poller, net::Endpoint endpoint,
                         io::Transmitter transmitter) noexcept
    : graveyard_(poller.graveyard()),
      poller_(&poller),
      endpoint_(std::move(endpoint)),
      transmitter_(std::move(transmitter)) {
  poller.admit(*this);
}

Result<std::unique_ptr<Multicaster>> Multicaster::create(Poller& poller, const char* group,
                                                         uint16_t port, int ttl) {
  Result<net::GroupText> text = net::parse_group(group, port);
  if (!text.ok()) return std::move(text).status();
  const std::string wanted = cat("cannot send to ", text->group.text_with_port());
  Result<net::Endpoint> endpoint = net::resolve(*text);
  if (!endpoint.ok()) return std::move(endpoint).status().in_context(wanted);
  Result<io::Transmitter> transmitter =
      io::Transmitter::open(*endpoint, ttl, io::Transmitter::Mode::kReturnWhenFull);
  if (!transmitter.ok()) return std::move(transmitter).status().in_context(wanted);
  return std::unique_ptr<Multicaster>(
      new Multicaster(poller, std::move(*endpoint), std::move(*transmitter)));
}

Multicaster::~Multicaster() {
  close();
  if (poller_ != nullptr) poller_->dismiss(*this);
}

void Multicaster::end(std::unique_ptr<Multicaster> multicaster) noexcept {
  if (!multicaster) return;
  multicaster->close();
  const std::shared_ptr<Graveyard> graveyard = multicaster->graveyard_;
  graveyard->bury(std::move(multicaster));
}

void Multicaster::evict() noexcept {
  close();
  poller_ = nullptr;
}

Status Multicaster::check_open() const {
  if (is_open_) return {};
  return Status(kErrorClosed,
                cat("the multicaster of ", endpoint_.text(), " is closed; make a new one"));
}

Sent Multicaster::send(std::span<const net::Buffer> packets) {
  if (Status open = check_open(); !open.ok()) return {0, std::move(open)};
  if (Status checked = io::check_packets(packets); !checked.ok()) return {0, std::move(checked)};
  const net::SendOutcome outcome = transmitter_.send(packets);
  count_sent(packets.first(outcome.taken));
  if (outcome.error == 0) return {outcome.taken, {}};
  ++(outcome.error == EAGAIN ? counts_.send_again : counts_.send_failed);
  return {outcome.taken, io::refused_send(outcome.error, endpoint_, packets[outcome.taken].size)};
}

void Multicaster::count_sent(std::span<const net::Buffer> packets) noexcept {
  counts_.sent += packets.size();
  for (const net::Buffer& each : packets) counts_.sent_bytes += each.size;
}

Status Multicaster::set_source(std::unique_ptr<PacketSource> source) {
  MC_TRY(check_open());
  if (source) {
    if (!outbox_) outbox_ = std::make_unique<Outbox>();
    MC_TRY(watch());
  }
  supply_ = source ? Supply::kMore : Supply::kPaused;
  source_.swap(source);
  graveyard_->bury(std::move(source));
  return {};
}

Status Multicaster::resume() {
  MC_TRY(check_open());
  if (!source_)
    return Status(kErrorNoHandler, "the multicaster has no packet source to resume; set one first");
  MC_TRY(watch());
  if (supply_ == Supply::kPaused) supply_ = Supply::kMore;
  return {};
}

void Multicaster::set_error_handler(std::unique_ptr<SendErrorHandler> handler) noexcept {
  error_handler_.swap(handler);
  graveyard_->bury(std::move(handler));
}

Status Multicaster::set_ttl(int ttl) {
  MC_TRY(check_open());
  return transmitter_.set_ttl(ttl);
}

Status Multicaster::set_loopback(bool on) {
  MC_TRY(check_open());
  return transmitter_.set_loopback(on);
}

void Multicaster::close() noexcept {
  if (!std::exchange(is_open_, false)) return;
  unwatch();
  if (outbox_) {
    counts_.send_failed += outbox_->waiting().size();
    outbox_->clear();
  }
  graveyard_->bury(std::move(source_));
}

Status Multicaster::watch() {
  if (is_watched_) return {};
  MC_TRY(poller_->reactor().add(transmitter_.fd(), io::kWritable, *this));
  is_watched_ = true;
  poller_->begin_work();
  return {};
}

void Multicaster::unwatch() noexcept {
  if (!std::exchange(is_watched_, false)) return;
  poller_->reactor().remove(*this);
  poller_->end_work();
}

void Multicaster::ready(uint32_t) {
  for (int i = 0; i < kBatchesPerTurn && is_watched_; ++i) {
    if (outbox_->is_empty()) pull();
    if (!flush() || !is_open_) return;
    if (supply_ == Supply::kPaused) unwatch();
    if (supply_ == Supply::kEnded) close();
  }
}

// Fills the empty outbox from the source, until it is full or the source pauses or ends.
void Multicaster::pull() {
  outbox_->clear();
  // Bounded in questions, not in packets: a source may give nothing but bad ones.
  for (size_t asked_for = 0; asked_for < net::kSendBatch; ++asked_for) {
    if (supply_ != Supply::kMore || !outbox_->has_room()) return;
    const PacketSource* const asked = source_.get();
    net::Buffer packet;
    const int verdict = source_->next(packet);
    if (!is_open_) return;
    if (verdict != PacketSource::kPacket) {
      // Of a source that replaced itself meanwhile, the last word no longer counts.
      const Supply last_word = verdict == PacketSource::kPause ? Supply::kPaused : Supply::kEnded;
      if (asked == source_.get()) supply_ = last_word;
      continue;
    }
    const Status checked = io::check_packets({&packet, 1});
    if (checked.ok()) {
      outbox_->add(packet);
      continue;
    }
    fail(checked, 1);
    if (!is_open_) return;
  }
}

// Hands the outbox to the kernel. False when something must wait for room.
bool Multicaster::flush() {
  while (is_open_ && !outbox_->is_empty()) {
    const std::span<const net::Buffer> waiting = outbox_->waiting();
    const net::SendOutcome outcome = transmitter_.send(waiting);
    count_sent(waiting.first(outcome.taken));
    outbox_->take(outcome.taken);
    if (outcome.error == EAGAIN) {
      ++counts_.send_again;
      return false;
    }
    if (outcome.error != 0) {
      const Status reason = io::refused_send(outcome.error, endpoint_, waiting[outcome.taken].size);
      outbox_->take(1);
      fail(reason, 1);
    }
  }
  return true;
}

void Multicaster::fail(const Status& reason, uint64_t datagrams) {
  counts_.send_failed += datagrams;
  if (error_handler_ && error_handler_->failed(reason, datagrams) != 0) close();
}

}  // namespace mc
