#include "core/multicaster.h"

#include <cerrno>
#include <new>
#include <utility>

#include "base/text.h"
#include "core/following.h"
#include "net/lookup.h"
#include "net/source_address.h"

namespace mc {
Multicaster::Multicaster(Poller& poller, net::GroupText text, net::Endpoint endpoint,
                         io::Transmitter transmitter, int ttl) noexcept
    : Resident(poller),
      text_(std::move(text)),
      endpoint_(std::move(endpoint)),
      transmitter_(std::move(transmitter)),
      ttl_(ttl) {}

namespace {

// Of a group whose interface, or address to send from, is not there: on no interface.
net::Endpoint endpoint_to_come(const net::GroupText& text) {
  return {.group = text.group,
          .source = text.source,
          .interface_name =
              text.interface_text.empty() ? "the default interface" : text.interface_text};
}

// Whether what is sent by it can leave: it may be there long before it is up and has an address.
bool is_ready(const net::Interface& interface, net::Family family) noexcept {
  return interface.is_up && interface.has_any_of(family);
}

Result<io::Transmitter> open_transmitter(const net::Endpoint& endpoint, int ttl) {
  Result<io::Transmitter> opened =
      io::Transmitter::open(endpoint, ttl, io::Transmitter::Mode::kReturnWhenFull);
  if (!opened.ok()) return net::in_context_of_addresses(std::move(opened).status(), endpoint);
  MC_TRY(opened->set_unicast_ttl(ttl));
  return opened;
}

}  // namespace

Result<std::unique_ptr<Multicaster>> Multicaster::create(Poller& poller, const char* group,
                                                         uint16_t port, int ttl,
                                                         WhenMissing when_missing) {
  Result<net::GroupText> text = net::parse_group(group, port);
  if (!text.ok()) return std::move(text).status();
  const std::string wanted = cat("cannot send to ", text->group.text_with_port());
  Result<Links::Known> known = poller.links().look_up();
  if (!known.ok()) return std::move(known).status().in_context(wanted);
  Result<net::Endpoint> endpoint = known->lookup.endpoint_of(*text);
  const bool may_wait =
      when_missing == WhenMissing::kWait && text->interface_text != net::kAllInterfaces;
  bool is_pending = !endpoint.ok() && may_wait && is_missing_interface(endpoint.status().code());
  if (!endpoint.ok() && !is_pending) return std::move(endpoint).status().in_context(wanted);
  if (endpoint.ok() && may_wait) {
    const net::Interface* const present = known->lookup.at(endpoint->interface_index);
    is_pending = present == nullptr || !is_ready(*present, text->group.family);
  }
  if (is_pending) endpoint = endpoint_to_come(*text);
  Result<io::Transmitter> transmitter = open_transmitter(*endpoint, ttl);
  if (!transmitter.ok() && may_wait && transmitter.status().code() == -EADDRNOTAVAIL) {
    is_pending = true;  // the address to send from is not there, if the interface is
    endpoint = endpoint_to_come(*text);
    transmitter = open_transmitter(*endpoint, ttl);
  }
  if (!transmitter.ok()) return std::move(transmitter).status().in_context(wanted);
  std::unique_ptr<Multicaster> made(new Multicaster(poller, std::move(*text), std::move(*endpoint),
                                                    std::move(*transmitter), ttl));
  made->is_followed_ = known->is_followed;
  made->followed_look_ = poller.links().news().looks;
  made->is_pending_ = is_pending;
  made->has_interface_ = !is_pending;
  if (when_missing == WhenMissing::kWait)
    made->announce(is_pending ? EventKind::kPending : EventKind::kJoined);
  return made;
}

Status Multicaster::why_closed() const {
  return Status(kErrorClosed,
                cat("the multicaster of ", endpoint_.text(), " is closed; make a new one"));
}

Sent Multicaster::send(std::span<const net::Buffer> packets) {
  if (Status open = check_open(); !open.ok()) return {0, std::move(open)};
  if (Status checked = io::check_packets(packets); !checked.ok()) return {0, std::move(checked)};
  if (outflow_ && outflow_->takes_sends()) return outflow_->accept(packets);
  const net::SendOutcome outcome = transmit(packets);
  if (outcome.error == 0) return {outcome.taken, {}};
  count_refusal(outcome.error);
  return {outcome.taken, refusal(outcome.error, packets[outcome.taken].size)};
}

void Multicaster::count_refusal(int error) noexcept {
  const bool may_pass = error == EAGAIN || io::is_shortage(error);
  ++(may_pass ? counts_.send_again : counts_.send_failed);
}

net::SendOutcome Multicaster::transmit(std::span<const net::Buffer> packets) noexcept {
  net::SendOutcome outcome = transmitter_.send(packets, poller_->send_batch());
  if (outcome.error != 0 && outcome.taken == 0) outcome = transmit_after(outcome, packets);
  counts_.sent += outcome.taken;
  counts_.sent_bytes += outcome.bytes;
  counts_.trains += outcome.trains;
  if (outflow_) outflow_->spend(packets.first(outcome.taken));
  return outcome;
}

// The poller may not have been served since the interface went and came back. The others follow later: no
// code of theirs is to run inside a send.
[[gnu::noinline]] net::SendOutcome Multicaster::transmit_after(
    net::SendOutcome refused, std::span<const net::Buffer> packets) noexcept try {
  if (is_pending_) refused.error = ENODEV;  // the kernel missed an address to send to
  if (!io::is_of_gone_interface(refused.error) || !is_followed_) return refused;
  Links& links = poller_->links();
  const Result<Links::Known> known = links.look_up();
  if (!known.ok() || !known->is_followed) return refused;
  const uint64_t before = ways_;
  if (links.has_news()) follow(known->lookup, links.news());
  if (ways_ != before) refused = transmitter_.send(packets, poller_->send_batch());
  if (!has_interface_) refused.error = ENODEV;  // and not how else the family says it
  return refused;
} catch (const std::bad_alloc&) {
  return refused;
}

Status Multicaster::refusal(int error_number, size_t size, std::string_view advice) const noexcept {
  if (!has_interface_) advice = "the interface is gone; sending goes on when it is back";
  if (is_pending_) {
    advice =
        "the interface, or the address to send from, is not there yet; sending begins when it is";
  }
  return io::refused_send(error_number, endpoint_, size, advice);
}

void Multicaster::await_interface(bool on) noexcept {
  if (std::exchange(awaits_interface_, on) == on) return;
  on ? poller_->begin_work() : poller_->end_work();
}

void Multicaster::follow(net::Lookup& lookup, const net::LinkChanges& changes) {
  if (!is_open_ || !is_followed_) return;
  const uint32_t present = endpoint_.interface_index;
  const bool has_gone = changes.has_gone(present, followed_look_);
  const net::Interface* next = next_interface(lookup, text_, present);
  if (is_pending_ && next != nullptr && !is_ready(*next, text_.group.family)) next = nullptr;
  // Of what is incomplete, more may be found out.
  if (!changes.is_incomplete) followed_look_ = changes.looks;
  if (next != nullptr && next->index == present && !has_gone && has_interface_) return;
  if (has_interface_ && (lookup.at(present) == nullptr || has_gone)) announce(EventKind::kLost);
  has_interface_ = false;
  if (next == nullptr) return;
  net::Endpoint endpoint = net::endpoint_on(*next, text_);
  endpoint.source = endpoint_.source;  // which may have been chosen since
  const bool is_from_another = is_pending_ && endpoint.source;
  const Status gone = is_from_another ? send_from(endpoint) : transmitter_.go_by(endpoint);
  if (!gone.ok()) {
    complain(gone);
    return poller_->links().serve_again_later();
  }
  has_complained_ = false;
  has_interface_ = true;
  endpoint_ = std::move(endpoint);
  ++ways_;
  announce(std::exchange(is_pending_, false) ? EventKind::kJoined : EventKind::kRejoined);
  if (outflow_) outflow_->interface_is_back();
}

// Once, for it is tried again and again.
void Multicaster::complain(const Status& refusal) noexcept {
  if (std::exchange(has_complained_, true)) return;
  poller_->home()->log(LogLevel::kWarning, refusal.code(), [&] {
    return cat("sending to ", endpoint_.group.text_with_port(),
               " cannot go on yet, and is tried again every second: ", refusal.sentence());
  });
}

void Multicaster::announce(EventKind kind) {
  if (!events_) events_ = std::make_unique<Events>(*this, *poller_);
  events_->add({kind, text_.group.text_with_port(),
                kind == EventKind::kPending ? std::string() : endpoint_.interface_name,
                endpoint_.interface_index, true});
}

Status Multicaster::set_event_handler(std::unique_ptr<EventHandler> handler) {
  MC_TRY(check_open());
  if (!events_) events_ = std::make_unique<Events>(*this, *poller_);
  events_->exchange(std::move(handler), *home_);
  return {};
}

Outflow& Multicaster::ensure_outflow() {
  if (!outflow_) outflow_ = std::make_unique<Outflow>(*this);
  return *outflow_;
}

Status Multicaster::set_source(std::unique_ptr<PacketSource> source) {
  MC_TRY(check_open());
  return ensure_outflow().set_source(std::move(source));
}

Status Multicaster::resume() {
  MC_TRY(check_open());
  return ensure_outflow().resume();
}

void Multicaster::set_error_handler(std::unique_ptr<SendErrorHandler> handler) {
  ensure_outflow().set_error_handler(std::move(handler));
}

Status Multicaster::set_batching(bool on) {
  MC_TRY(check_open());
  ensure_outflow().set_batching(on);
  return on ? Status() : flush().status();
}

Result<size_t> Multicaster::flush() {
  MC_TRY(check_open());
  return outflow_ ? outflow_->flush() : size_t{0};
}

Status Multicaster::set_pace(uint64_t bytes_per_second, uint64_t burst) {
  MC_TRY(check_open());
  if (bytes_per_second == 0) return ensure_outflow().set_pace(Pace());
  constexpr uint64_t kMostBurst = uint64_t{1} << 31;
  if (burst == 0 || burst > kMostBurst) {
    return Status(kErrorSize, cat("a burst of ", burst, " bytes is not 1 to ", kMostBurst));
  }
  const size_t header = endpoint_.group.is_ipv4() ? 28 : 48;  // of IP and UDP
  return ensure_outflow().set_pace(
      Pace(bytes_per_second, static_cast<size_t>(burst), header, monotonic_ns()));
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
  if (is_pending_ && endpoint_.source) {  // it would leave from another address
    count_refusal(ENODEV);
    return refusal(ENODEV, packet.size);
  }
  net::Address host = to;
  if (interface_index == 0) interface_index = endpoint_.interface_index;
  if (host.needs_scope() && host.scope == 0) host.scope = interface_index;
  const int error = transmitter_.send_to(host, interface_index, packet);
  if (error == 0) {
    ++counts_.sent;
    counts_.sent_bytes += packet.size;
    if (outflow_) outflow_->spend({&packet, 1});
    return {};
  }
  count_refusal(error);
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
  if (!is_open_) return;
  if (outflow_) outflow_->send_ahead();
  is_open_ = false;
  if (events_) events_->forget();
  await_interface(false);
  unwatch(~0U);
  if (answers_) answers_->close();
  if (outflow_) counts_.send_failed += outflow_->close();
  transmitter_.close();
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

Status Multicaster::watch_room(bool on) {
  return watch_for(on ? watched_ | io::kWritable : watched_ & ~uint32_t{io::kWritable});
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
  if (outflow_ && (events & ~uint32_t{io::kReadable}) != 0) outflow_->serve();
}

}  // namespace mc
