#include "net/send_batch.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>

#include "base/clock.h"
#include "net/kernel.h"

namespace mc::net {
namespace {

#ifndef UDP_SEGMENT
constexpr int UDP_SEGMENT = 103;
#endif

// Datagrams of a call; the longest train is one of them.
constexpr size_t kMostPackets = TrainLimit::kMost;
// Up to this size copying a datagram behind its neighbour costs less than the kernel's gathering it
// from where it is; measured, and about equal from 500 to 900 bytes.
constexpr size_t kCopied = 512;

// How many of the packets, from the first on, lie in one piece in memory; at least 1.
size_t adjacent(std::span<const Buffer> packets) noexcept {
  size_t count = 1;
  const auto end_of = [](const Buffer& packet) {
    return static_cast<const uint8_t*>(packet.data) + packet.size;
  };
  while (count < packets.size() && packets[count].data == end_of(packets[count - 1])) ++count;
  return count;
}

// How many of the packets, from the first on, make one train; 1 where they do not.
size_t train_length(std::span<const Buffer> packets, const TrainLimit& limit) noexcept {
  const size_t segment = packets[0].size;
  if (segment == 0 || segment > limit.segment()) return 1;
  const size_t most = std::min({packets.size(), limit.datagrams(), kMaxPayload / segment});
  const auto begin = packets.begin();
  // std::find_if takes four at a time.
  const auto end = std::find_if(begin + 1, begin + static_cast<ptrdiff_t>(most),
                                [segment](const Buffer& each) { return each.size != segment; });
  const auto length = static_cast<size_t>(end - begin);
  // The last one may be shorter, but not empty: the kernel would not see it.
  const bool has_tail = length < most && packets[length].size < segment && packets[length].size > 0;
  return has_tail ? length + 1 : length;
}

}  // namespace

struct SendBatch::Parts {
  struct alignas(cmsghdr) Control {
    std::array<std::byte, CMSG_SPACE(sizeof(uint16_t))> bytes;
  };
  // A message is a train, or a datagram.
  std::array<mmsghdr, kMostPackets> headers{};
  std::array<Control, kMostPackets> controls{};
  std::array<size_t, kMostPackets> lengths{};  // datagrams in it
  std::array<iovec, kMostPackets> pieces{};
  size_t messages = 0;
  size_t piece_count = 0;
  size_t copied = 0;  // bytes
  // Not initialised: pages that nothing is copied to are never touched.
  std::array<uint8_t, kMostPackets * kCopied> copies;

  void begin_message(const SocketAddress& to) noexcept {
    msghdr& header = headers[messages].msg_hdr;
    header.msg_name = const_cast<sockaddr*>(to.get());  // NOLINT: sending does not write
    header.msg_namelen = to.size;
    header.msg_iov = &pieces[piece_count];
    header.msg_iovlen = 0;
    header.msg_control = nullptr;
    header.msg_controllen = 0;
  }

  void add_piece(const void* data, size_t size) noexcept {
    pieces[piece_count++] = {const_cast<void*>(data), size};  // NOLINT: sending does not write
    ++headers[messages].msg_hdr.msg_iovlen;
  }

  // Adds what lies in one piece in memory as one piece.
  void gather(std::span<const Buffer> packets) noexcept {
    while (!packets.empty()) {
      const size_t count = adjacent(packets);
      size_t size = 0;
      for (const Buffer& each : packets.first(count)) size += each.size;
      add_piece(packets[0].data, size);
      packets = packets.subspan(count);
    }
  }

  // Adds copies, one behind the other, as one piece.
  void copy(std::span<const Buffer> packets) noexcept {
    uint8_t* const begin = &copies[copied];
    uint8_t* end = begin;
    for (const Buffer& each : packets) {
      std::memcpy(end, each.data, each.size);
      end += each.size;
    }
    const auto size = static_cast<size_t>(end - begin);
    copied += size;
    add_piece(begin, size);
  }

  void end_message(size_t length, size_t segment) noexcept {
    lengths[messages] = length;
    msghdr& header = headers[messages].msg_hdr;
    if (length > 1) {
      header.msg_control = &controls[messages];
      header.msg_controllen = sizeof(Control);
      cmsghdr* const control = CMSG_FIRSTHDR(&header);
      control->cmsg_level = SOL_UDP;
      control->cmsg_type = UDP_SEGMENT;
      control->cmsg_len = CMSG_LEN(sizeof(uint16_t));
      const auto size = static_cast<uint16_t>(segment);
      std::memcpy(CMSG_DATA(control), &size, sizeof size);
    }
    ++messages;
  }
};

SendBatch::SendBatch() noexcept = default;
SendBatch::~SendBatch() = default;

// Makes messages of the packets, or of the first kMostPackets of them.
void SendBatch::prepare(std::span<const Buffer> packets, const SocketAddress& to,
                        const TrainLimit& limit) noexcept {
  parts_->messages = parts_->piece_count = parts_->copied = 0;
  packets = packets.first(std::min(packets.size(), kMostPackets));
  while (!packets.empty()) {
    const size_t length = train_length(packets, limit);
    const std::span<const Buffer> train = packets.first(length);
    const size_t segment = packets[0].size;
    parts_->begin_message(to);
    if (segment > kCopied || adjacent(train) == length) {
      parts_->gather(train);
    } else {
      parts_->copy(train);
    }
    parts_->end_message(length, segment);
    packets = packets.subspan(length);
  }
}

// One call. False when the kernel refused the first of the packets for good.
bool SendBatch::send_some(int fd, const SocketAddress& to, std::span<const Buffer> packets,
                          bool wait, TrainLimit& limit, SendOutcome& outcome) noexcept {
  prepare(packets, to, limit);
  const int sent = kernel().sendmmsg(
      fd, parts_->headers.data(), static_cast<unsigned>(parts_->messages), wait ? 0 : MSG_DONTWAIT);
  if (sent < 0) {
    outcome.error = errno;
    const size_t length = parts_->lengths[0];
    return length > 1 && limit.learn(outcome.error, length, packets[0].size, coarse_monotonic_ns());
  }
  for (size_t i = 0; i < static_cast<size_t>(sent); ++i) {
    outcome.taken += parts_->lengths[i];
    outcome.bytes += parts_->headers[i].msg_len;
    if (parts_->lengths[i] > 1) ++outcome.trains;
  }
  return true;  // a short count hides the reason; the next call tells it
}

SendOutcome SendBatch::send(int fd, const SocketAddress& to, std::span<const Buffer> packets,
                            bool wait, TrainLimit& limit) noexcept {
  if (!parts_) parts_.reset(new (std::nothrow) Parts);
  if (limit.remembers()) limit.forget_old(coarse_monotonic_ns());
  SendOutcome outcome;
  while (outcome.taken < packets.size()) {
    const std::span<const Buffer> rest = packets.subspan(outcome.taken);
    outcome.error = 0;
    if (parts_) {
      if (!send_some(fd, to, rest, wait, limit, outcome)) break;
    } else {  // no memory for a batch
      outcome.error = send_one(fd, to, rest[0], wait);
      if (outcome.error != 0) break;
      ++outcome.taken;
      outcome.bytes += rest[0].size;
    }
  }
  return outcome;
}

int send_one(int fd, const SocketAddress& to, Buffer packet, bool wait) noexcept {
  const ptrdiff_t sent =
      kernel().sendto(fd, packet.data, packet.size, wait ? 0 : MSG_DONTWAIT, to.get(), to.size);
  return sent >= 0 ? 0 : errno;
}

int send_unicast(int fd, const Address& from, const Address& to, uint32_t interface_index,
                 Buffer packet) noexcept {
  const SocketAddress address(to);
  const bool is_link_local = to.is_ipv4() && to.bytes[0] == 169 && to.bytes[1] == 254;
  if (!is_link_local || interface_index == 0) return send_one(fd, address, packet, false);
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof(in_pktinfo))> control{};
  iovec vector = {const_cast<void*>(packet.data), packet.size};  // NOLINT: sending does not write
  mmsghdr header{};
  header.msg_hdr.msg_name = const_cast<sockaddr*>(address.get());  // NOLINT: the same
  header.msg_hdr.msg_namelen = address.size;
  header.msg_hdr.msg_iov = &vector;
  header.msg_hdr.msg_iovlen = 1;
  header.msg_hdr.msg_control = control.data();
  header.msg_hdr.msg_controllen = control.size();
  cmsghdr* const info = CMSG_FIRSTHDR(&header.msg_hdr);
  info->cmsg_level = IPPROTO_IP;
  info->cmsg_type = IP_PKTINFO;
  info->cmsg_len = CMSG_LEN(sizeof(in_pktinfo));
  in_pktinfo content{};
  content.ipi_ifindex = static_cast<int>(interface_index);
  // Left out, the kernel would choose one again.
  std::memcpy(&content.ipi_spec_dst, from.bytes.data(), sizeof content.ipi_spec_dst);
  std::memcpy(CMSG_DATA(info), &content, sizeof content);
  return kernel().sendmmsg(fd, &header, 1, MSG_DONTWAIT) == 1 ? 0 : errno;
}

}  // namespace mc::net
