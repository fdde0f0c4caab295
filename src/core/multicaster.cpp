#include "core/multicaster.h"

#include <cerrno>
#include <utility>

#include "base/text.h"

namespace mc {
namespace {

// A flooding source must not starve the rest of the poller.
constexpr int kBatchesPerTurn = 4;

}  // namespace

Multicaster::Multicaster(Poller& poller, net::Endpoint endpoint, io::Transmitter transmitter,
                         int ttl) noexcept
    : Resident(poller),
      endpoint_(std::move(endpoint)),
      transmitter_(std::move(transmitter)),
      ttl_(ttl) {}

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
  MC_TRY(transmitter->set_unicast_ttl(ttl));
  return std::unique_ptr<Multicaster>(
      new Multicaster(poller, std::move(*endpoint), std::move(*transmitter), ttl));
}

Status Multicaster::check_open() const {
  if (is_open_) return {};
  return Status(kErrorClosed,
                cat("the multicaster of ", endpoint_.text(), " is closed; make a new one"));
}

Sent Multicaster::send(std::span<const net::Buffer> packets) {
  if (Status open = check_open(); !open.ok()) return {0, std::move(open)};
  if (Status checked = io::check_packets(packets); !checked.ok()) return {0, std::move(checked)};
  const net::SendOutcome outcome = transmit(packets);
  if (outcome.error == 0) return {outcome.taken, {}};
  ++(outcome.error == EAGAIN ? counts_.send_again : counts_.send_failed);
  return {outcome.taken, io::refused_send(outcome.error, endpoint_, packets[outcome.taken].size)};
}

// Hands packets to the kernel and counts what it took.
net::SendOutcome Multicaster::transmit(std::span<const net::Buffer> packets) noexcept {
  const net::SendOutcome outcome = transmitter_.send(packets, poller_->send_batch());
  count_sent(packets.first(outcome.taken));
  counts_.trains += outcome.trains;
  return outcome;
}

void Multicaster::count_sent(std::span<const net::Buffer> packets) noexcept {
  counts_.sent += packets.size();
  for (const net::Buffer& each : packets) counts_.sent_bytes += each.size;
}

Status Multicaster::set_source(std::unique_ptr<PacketSource> source) {
  MC_TRY(check_open());
  if (source) {
    if (!outbox_) outbox_ = std::make_unique<Outbox>();
    MC_TRY(watch_for(watched_ | io::kWritable));
  }
  supply_ = source ? Supply::kMore : Supply::kPaused;
  source_.swap(source);
  home_->bury(std::move(source));
  return {};
}

Status Multicaster::resume() {
  MC_TRY(check_open());
  if (!source_)
    return Status(kErrorNoHandler, "the multicaster has no packet source to resume; set one first");
  MC_TRY(watch_for(watched_ | io::kWritable));
  if (supply_ == Supply::kPaused) supply_ = Supply::kMore;
  return {};
}

void Multicaster::set_error_handler(std::unique_ptr<SendErrorHandler> handler) noexcept {
  error_handler_.swap(handler);
  home_->bury(std::move(handler));
}

Status Multicaster::set_ttl(int ttl) {
  MC_TRY(check_open());
  MC_TRY(transmitter_.set_ttl(ttl));
  MC_TRY(transmitter_.set_unicast_ttl(ttl));
  ttl_ = ttl;
  return {};
}

Status Multicaster::set_loopback(bool on) {
  MC_TRY(check_open());
  MC_TRY(transmitter_.set_loopback(on));
  is_looped_back_ = on;
  return {};
}

Status Multicaster::set_train_limit(size_t datagrams) {
  MC_TRY(check_open());
  if (datagrams == 0 || datagrams > net::TrainLimit::kMost) {
    return Status(kErrorSize, cat("a train of at most ", datagrams,
                                  " datagrams is not 1 (none) to ", net::TrainLimit::kMost));
  }
  transmitter_.train_limit().allow(datagrams);
  return {};
}

Status Multicaster::set_source_port(io::SourcePort port) {
  MC_TRY(check_open());
  if (port.number == source_port_.number && port.is_shared == source_port_.is_shared) return {};
  // The present one, which nobody else could give us.
  if (port.number != 0 && port.number == transmitter_.source().port) {
    MC_TRY(transmitter_.share_port(port.is_shared));
    source_port_ = port;
    return {};
  }
  const std::string wanted = cat("cannot send to ", endpoint_.text(), " from port ", port.number);
  Result<io::Transmitter> fresh =
      io::Transmitter::open(endpoint_, ttl_, io::Transmitter::Mode::kReturnWhenFull, port);
  if (!fresh.ok()) return std::move(fresh).status().in_context(wanted);
  MC_TRY(fresh->set_unicast_ttl(ttl_));
  if (!is_looped_back_) MC_TRY(fresh->set_loopback(false));
  if (is_answered()) MC_TRY(fresh->expect_answers(kDefaultReceiveBuffer));
  fresh->train_limit() = transmitter_.train_limit();
  if (watched_ != 0) MC_TRY(poller_->reactor().exchange(fresh->fd(), watched_, *this));
  if (answers_) answers_->leave_socket();
  std::swap(transmitter_, *fresh);
  if (answers_) answers_->take_socket();
  source_port_ = port;
  return {};
}

Status Multicaster::check_host(const net::Address& to) const {
  if (to.family != endpoint_.group.family) {
    return Status(kErrorFamily, cat("the address is not of the same family as the group of the "
                                    "multicaster, ",
                                    endpoint_.text()));
  }
  return net::check_host(to);
}

Status Multicaster::send_to(const net::Address& to, net::Buffer packet, uint32_t interface_index) {
  MC_TRY(check_open());
  MC_TRY(io::check_packets({&packet, 1}));
  MC_TRY(check_host(to));
  net::Address host = to;
  if (interface_index == 0) interface_index = endpoint_.interface_index;
  if (host.needs_scope() && host.scope == 0) host.scope = interface_index;
  const int error = transmitter_.send_to(host, interface_index, packet);
  if (error == 0) {
    count_sent({&packet, 1});
    return {};
  }
  ++(error == EAGAIN ? counts_.send_again : counts_.send_failed);
  return io::refused_answer(error, host, packet.size);
}

Answers& Multicaster::ensure_answers() {
  if (!answers_) {
    poller_->channels().batch();
    answers_ =
        std::make_unique<Answers>(*this, transmitter_, cat("the answers to ", endpoint_.text()));
  }
  return *answers_;
}

Status Multicaster::set_handler(std::unique_ptr<PacketHandler> handler) {
  MC_TRY(check_open());
  const bool was_answered = is_answered();
  if (handler && !was_answered) {
    MC_TRY(ensure_answers().begin());
    if (Status watched = watch_for(watched_ | io::kReadable); !watched.ok()) {
      answers_->pause();
      return watched;
    }
  }
  if (!handler && was_answered) {
    unwatch(io::kReadable);
    answers_->pause();
  }
  if (answers_) answers_->set_handler(std::move(handler), *home_);
  return {};
}

Status Multicaster::set_filter(filter::FilterRef filter) {
  MC_TRY(check_open());
  ensure_answers().set_filter(std::move(filter), *home_);
  return {};
}

void Multicaster::close() noexcept {
  if (!std::exchange(is_open_, false)) return;
  unwatch(~0U);
  if (answers_) answers_->close();
  transmitter_.close();
  if (outbox_) {
    counts_.send_failed += outbox_->waiting().size();
    outbox_->clear();
  }
  home_->bury(std::move(source_));
}

// Watches the socket for just this; 0 rests it.
Status Multicaster::watch_for(uint32_t interest) {
  if (interest == watched_) return {};
  io::Reactor& reactor = poller_->reactor();
  if (watched_ == 0) {
    MC_TRY(reactor.add(transmitter_.fd(), interest, *this));
    poller_->begin_work();
  } else if (interest == 0) {
    reactor.remove(*this);
    poller_->end_work();
  } else {
    MC_TRY(reactor.modify(interest, *this));
  }
  watched_ = interest;
  return {};
}

void Multicaster::unwatch(uint32_t interest) noexcept {
  // Events that are told although nobody wants them any more are ignored.
  [[maybe_unused]] const Status done = watch_for(watched_ & ~interest);
}

void Multicaster::ready(uint32_t events) {
  if (is_answered() && (events & ~uint32_t{io::kWritable}) != 0) {
    answers_->read_turn(poller_->channels().batch());
    if (!is_open_) return;
  }
  if ((events & ~uint32_t{io::kReadable}) != 0) serve_source();
}

void Multicaster::serve_source() {
  for (int i = 0; i < kBatchesPerTurn && is_pulling() && !home_->is_inherited(); ++i) {
    if (outbox_->is_empty()) pull();
    if (home_->is_inherited()) return;  // the source forked, and this is the child
    if (!flush() || !is_open_) return;
    if (supply_ == Supply::kPaused) unwatch(io::kWritable);
    if (supply_ == Supply::kEnded) end_source();
  }
}

// Without a source there is nothing left to do, but for answers.
void Multicaster::end_source() noexcept {
  if (!is_answered()) return close();
  supply_ = Supply::kPaused;
  unwatch(io::kWritable);
  home_->bury(std::move(source_));
}

// Fills the empty outbox from the source, until it is full or the source pauses or ends.
void Multicaster::pull() {
  outbox_->clear();
  // Bounded in questions, not in packets: a source may give nothing but bad ones.
  for (size_t asked_for = 0; asked_for < Outbox::kMost; ++asked_for) {
    if (supply_ != Supply::kMore || !outbox_->has_room()) return;
    const PacketSource* const asked = source_.get();
    net::Buffer packet;
    const int verdict = source_->next(packet);
    if (!is_open_ || home_->is_inherited()) return;
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
    const net::SendOutcome outcome = transmit(waiting);
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
  if (!error_handler_ && counts_.send_failed >= 2 * told_failed_) {
    told_failed_ = counts_.send_failed;
    home_->log(LogLevel::kError, reason.code(),
               [&] { return cat(reason.sentence(), " (", told_failed_, " datagrams so far)"); });
  }
  if (error_handler_ && error_handler_->failed(reason, datagrams) != 0) close();
}

}  // namespace mc
