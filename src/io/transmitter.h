// Internal header: one sending socket and where it sends to.
#pragma once

#include <cstddef>
#include <span>

#include "base/status.h"
#include "net/address.h"
#include "net/batch.h"
#include "net/group.h"
#include "net/packet.h"
#include "net/socket.h"

namespace mc::io {

// Sends datagrams to one group on one interface. Every datagram of the library leaves through
// send().
class Transmitter {
 public:
  enum class Mode { kReturnWhenFull, kWaitWhenFull };

  static Result<Transmitter> open(const net::Endpoint& endpoint, int ttl, Mode mode);

  int fd() const noexcept { return socket_.fd(); }

  // In order, up to the first that the kernel refuses (EAGAIN: no room for now). A packet is at
  // most net::kMaxPayload bytes. The place where runs of equal sizes will become trains.
  net::SendOutcome send(std::span<const net::Buffer> packets) noexcept;

  Status set_ttl(int ttl) { return socket_.set_ttl(ttl); }
  Status set_loopback(bool on) { return socket_.set_loopback(on); }

 private:
  Transmitter(net::Socket socket, const net::Address& to, Mode mode) noexcept
      : socket_(std::move(socket)), to_(to), wait_(mode == Mode::kWaitWhenFull) {}

  net::Socket socket_;
  net::SocketAddress to_;
  bool wait_;
};

// The sentence for a refused send: what `error_number` means for multicast and what to do about it.
Status refused_send(int error_number, const net::Endpoint& endpoint, size_t size) noexcept;

// Checks that the packets can be UDP datagrams at all; of several, the sentence says which cannot.
Status check_packets(std::span<const net::Buffer> packets) noexcept;

}  // namespace mc::io
