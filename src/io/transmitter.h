// Internal header: one sending socket and where it sends to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/status.h"
#include "net/address.h"
#include "net/batch.h"
#include "net/group.h"
#include "net/own_port.h"
#include "net/packet.h"
#include "net/send_batch.h"
#include "net/socket.h"

namespace mc::io {

// The port to send from; 0: one that the system chooses.
struct SourcePort {
  uint16_t number = 0;
  bool is_shared = false;
};

// Sends datagrams to one group on one interface. Every datagram of the library leaves through
// send().
class Transmitter {
 public:
  enum class Mode { kReturnWhenFull, kWaitWhenFull };

  // Where the endpoint is on no interface (index 0), nothing can be sent to the group until go_by(), and
  // its source, which may not be there either, is left out for good: who wants it opens another.
  static Result<Transmitter> open(const net::Endpoint& endpoint, int ttl, Mode mode,
                                  SourcePort port = {});

  int fd() const noexcept { return socket_.fd(); }

  // In order, up to the first that the kernel refuses (EAGAIN: no room for now). A packet is at
  // most net::kMaxPayload bytes. `batch` is what a call of several is made of.
  net::SendOutcome send(std::span<const net::Buffer> packets, net::SendBatch& batch) noexcept {
    if (packets.size() != 1) return batch.send(fd(), to_, packets, wait_, train_limit_);
    const int error = net::send_one(fd(), to_, packets[0], wait_);  // cheaper than a batch of one
    if (error != 0) return {.error = error};
    return {.taken = 1, .bytes = packets[0].size};
  }

  // How long the trains may be that several packets leave in.
  net::TrainLimit& train_limit() noexcept { return train_limit_; }
  const net::TrainLimit& train_limit() const noexcept { return train_limit_; }

  // One datagram to one host.
  int send_to(const net::Address& to, uint32_t interface_index, net::Buffer packet) noexcept {
    return net::send_unicast(fd(), source_, to, interface_index, packet);
  }

  // Sends from now on by this endpoint's interface, to its group there.
  Status go_by(const net::Endpoint& endpoint);

  // Where it sends from; the address only where it was chosen.
  const net::Address& source() const noexcept { return source_; }
  // Makes room for answers, which tell where they were sent to; takes it back.
  Status expect_answers(uint32_t receive_buffer);
  void drop_answers() noexcept { net::discard(fd()); }  // those that wait
  void expect_no_answers() noexcept { socket_.ask_receive_buffer(0); }
  Status share_port(bool on) { return socket_.share_address(on); }
  // Gives the socket and its port up; source() stays.
  void close() noexcept {
    socket_.close();
    own_port_ = {};
  }
  uint32_t granted_receive_buffer() const noexcept { return socket_.granted_receive_buffer(); }
  std::optional<uint32_t> drops() const noexcept { return socket_.drops(); }

  Status set_ttl(int ttl) { return socket_.set_ttl(ttl); }
  Status set_unicast_ttl(int ttl) { return socket_.set_unicast_ttl(ttl); }
  Status set_loopback(bool on) { return socket_.set_loopback(on); }
  Status set_dscp(int dscp) { return socket_.set_dscp(dscp); }

 private:
  Transmitter(net::Socket socket, const net::Endpoint& to, const net::Address& source,
              Mode mode) noexcept
      : socket_(std::move(socket)),
        source_(source),
        own_port_(source),
        to_(to.interface_index != 0 ? net::SocketAddress(to.group) : net::SocketAddress()),
        wait_(mode == Mode::kWaitWhenFull) {}

  net::Socket socket_;
  net::Address source_;
  net::OwnPort own_port_;
  net::SocketAddress to_;
  net::TrainLimit train_limit_;
  bool wait_;
};

// Whether a refusal says that the system has no memory for the datagram, now or at all: unlike EAGAIN
// it is not over when the socket is writable.
bool is_shortage(int error_number) noexcept;
// How often such a datagram is tried, and how long to wait behind so many tries: an eighth of a second
// in all.
inline constexpr int kShortageTries = 8;
constexpr int64_t shortage_wait_ns(int tries) noexcept {
  return int64_t{1'000'000} << (tries - 1);
}

// Whether a refusal may say that the interface went, and perhaps came back as another.
bool is_of_gone_interface(int error_number) noexcept;

// The sentence for a refused datagram to one host.
Status refused_answer(int error_number, const net::Address& to, size_t size) noexcept;

// The sentence for a refused send: what `error_number` means for multicast and what to do about it, unless
// `advice` knows better.
Status refused_send(int error_number, const net::Endpoint& endpoint, size_t size,
                    std::string_view advice = {}) noexcept;

// Whether packets are fit to be UDP datagrams, all at once and without a branch; true only if they are,
// almost always if they are.
inline bool look_fit(std::span<const net::Buffer> packets) noexcept {
  size_t bits = 0;
  size_t nulls = 0;
  for (const net::Buffer& each : packets) {
    bits |= each.size;
    nulls += each.data == nullptr ? 1 : 0;
  }
  return bits <= net::kMaxPayload && nulls == 0;
}
Status check_one_by_one(std::span<const net::Buffer> packets) noexcept;
// Checks that the packets can be UDP datagrams at all; of several, the sentence says which cannot.
inline Status check_packets(std::span<const net::Buffer> packets) noexcept {
  if (look_fit(packets)) [[likely]]
    return {};
  return check_one_by_one(packets);
}
// The same of one, which is the one with this index of so many.
Status check_packet(const net::Buffer& packet, size_t index, size_t count) noexcept;

}  // namespace mc::io
