// What may be chosen of how a multicaster sends, at any time: what was sent before leaves as before.
#include <utility>

#include "base/text.h"
#include "base/undo.h"
#include "core/multicaster.h"
#include "net/source_address.h"

namespace mc {

// What was sent before is to leave before the change, as far as it can.
Status Multicaster::begin_change() {
  MC_TRY(check_open());
  if (outflow_) outflow_->send_ahead();
  return {};
}

Status Multicaster::set_ttl(int ttl) {
  MC_TRY(begin_change());
  MC_TRY(transmitter_.set_ttl(ttl));
  MC_TRY(transmitter_.set_unicast_ttl(ttl));
  ttl_ = ttl;
  return {};
}

Status Multicaster::set_dscp(int dscp) {
  MC_TRY(begin_change());
  MC_TRY(transmitter_.set_dscp(dscp));
  dscp_ = dscp;
  return {};
}

Status Multicaster::set_loopback(bool on) {
  MC_TRY(begin_change());
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
  MC_TRY(begin_change());
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
  MC_TRY(take_over(std::move(*fresh)));
  source_port_ = port;
  return {};
}

Status Multicaster::set_source_address(const char* text) {
  MC_TRY(begin_change());
  Result<std::optional<net::Address>> source = net::parse_source_address(text, endpoint_);
  if (!source.ok()) return std::move(source).status();
  if (*source == endpoint_.source) return {};
  net::Endpoint changed = endpoint_;
  changed.source = *source;
  if (!is_pending_) return send_from(std::move(changed));
  endpoint_ = std::move(changed);
  // What it waited for may have been the address alone.
  const Result<Links::Known> known = poller_->links().look_up();
  if (known.ok() && known->is_followed) follow(known->lookup, poller_->links().news());
  return {};
}

// Where the socket is bound to another address: by a new one.
Status Multicaster::send_from(net::Endpoint changed) {
  // The port stays: for a moment both sockets have it.
  MC_TRY(transmitter_.share_port(true));
  const Undo as_before(
      [&] { [[maybe_unused]] const Status set = transmitter_.share_port(source_port_.is_shared); });
  Result<io::Transmitter> fresh = io::Transmitter::open(
      changed, ttl_, io::Transmitter::Mode::kReturnWhenFull, {transmitter_.source().port, true});
  if (!fresh.ok()) {
    return net::in_context_of_addresses(std::move(fresh).status(), changed)
        .in_context(cat("cannot send to ", changed.text()));
  }
  MC_TRY(take_over(std::move(*fresh)));
  endpoint_ = std::move(changed);
  return {};
}

// The place of the present socket, with all that was said about it.
Status Multicaster::take_over(io::Transmitter fresh) {
  MC_TRY(fresh.set_unicast_ttl(ttl_));
  if (!is_looped_back_) MC_TRY(fresh.set_loopback(false));
  if (dscp_ != 0) MC_TRY(fresh.set_dscp(dscp_));
  if (is_answered()) MC_TRY(fresh.expect_answers(kDefaultReceiveBuffer));
  fresh.train_limit() = transmitter_.train_limit();
  if (is_pending_) fresh.train_limit().forget();  // what was refused was not because of trains
  if (watched_ != 0) MC_TRY(poller_->reactor().exchange(fresh.fd(), watched_, *this));
  if (answers_) answers_->leave_socket();
  std::swap(transmitter_, fresh);
  if (answers_) answers_->take_socket();
  return {};
}

}  // namespace mc
