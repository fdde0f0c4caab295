#include "net/batch.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "net/kernel.h"

namespace mc::net {
namespace {

#ifndef UDP_GRO
constexpr int UDP_GRO = 104;
#endif

// Control data of a message; today only the segment size of a train.
constexpr size_t kControlSize = 64;
static_assert(kControlSize >= CMSG_SPACE(sizeof(int)));

// The segment size that the kernel reports for a train; the message's own size where it reports
// none.
size_t segment_size(const msghdr& header, size_t message_size) noexcept {
  for (cmsghdr* each = CMSG_FIRSTHDR(&header); each != nullptr;
       each = CMSG_NXTHDR(const_cast<msghdr*>(&header),
                          each)) {  // NOLINT: the macro is not const-correct
    if (each->cmsg_level != SOL_UDP || each->cmsg_type != UDP_GRO) continue;
    int size = 0;
    std::memcpy(&size, CMSG_DATA(each), sizeof size);
    if (size > 0) return static_cast<size_t>(size);
  }
  return message_size;
}

}  // namespace

struct ReceiveBatch::Slots {
  std::array<mmsghdr, kSlots> headers{};
  std::array<iovec, kSlots> vectors{};
  std::array<sockaddr_in6, kSlots> sources{};
  struct alignas(cmsghdr) Control {
    std::array<std::byte, kControlSize> bytes;
  };
  std::array<Control, kSlots> controls{};
  // Not initialised: pages that no datagram ever fills are never touched.
  std::unique_ptr<uint8_t[]> data{new uint8_t[kSlots * kSlotSize]};
};

ReceiveBatch::ReceiveBatch() : slots_(std::make_unique<Slots>()) {
  for (size_t i = 0; i < kSlots; ++i) {
    slots_->vectors[i] = {slots_->data.get() + i * kSlotSize, kSlotSize};
    msghdr& header = slots_->headers[i].msg_hdr;
    header.msg_name = &slots_->sources[i];
    header.msg_iov = &slots_->vectors[i];
    header.msg_iovlen = 1;
    header.msg_control = &slots_->controls[i];
  }
}

ReceiveBatch::~ReceiveBatch() = default;

int ReceiveBatch::read(int fd) noexcept {
  for (mmsghdr& each : slots_->headers) {
    // The kernel wrote what it used of these; they are room again.
    each.msg_hdr.msg_namelen = sizeof(sockaddr_in6);
    each.msg_hdr.msg_controllen = kControlSize;
  }
  const int count = kernel().recvmmsg(fd, slots_->headers.data(), kSlots, MSG_DONTWAIT);
  if (count >= 0) return count;
  return errno == EAGAIN ? 0 : -errno;
}

ReceiveBatch::Message ReceiveBatch::message(size_t index, Address& source) const noexcept {
  const mmsghdr& header = slots_->headers[index];
  const size_t size = header.msg_len;
  read_address(&slots_->sources[index], source);
  return {static_cast<const uint8_t*>(slots_->vectors[index].iov_base), size,
          segment_size(header.msg_hdr, size)};
}

SendOutcome send_batch(int fd, const SocketAddress& to, std::span<const Buffer> packets,
                       bool wait) noexcept {
  std::array<mmsghdr, kSendBatch> headers;
  std::array<iovec, kSendBatch> vectors;
  const int flags = wait ? 0 : MSG_DONTWAIT;
  size_t taken = 0;
  while (taken < packets.size()) {
    const size_t count = std::min(packets.size() - taken, kSendBatch);
    for (size_t i = 0; i < count; ++i) {
      const Buffer& packet = packets[taken + i];
      vectors[i] = {const_cast<void*>(packet.data), packet.size};  // NOLINT: sending does not write
      headers[i] = {};
      headers[i].msg_hdr.msg_name =
          const_cast<sockaddr*>(to.get());  // NOLINT: sending does not write
      headers[i].msg_hdr.msg_namelen = to.size;
      headers[i].msg_hdr.msg_iov = &vectors[i];
      headers[i].msg_hdr.msg_iovlen = 1;
    }
    const int sent = kernel().sendmmsg(fd, headers.data(), static_cast<unsigned>(count), flags);
    if (sent < 0) return {taken, errno};
    // A short count hides the reason; the next round tells it.
    taken += static_cast<size_t>(sent);
  }
  return {taken, 0};
}

int send_one(int fd, const SocketAddress& to, Buffer packet, bool wait) noexcept {
  const ptrdiff_t sent =
      kernel().sendto(fd, packet.data, packet.size, wait ? 0 : MSG_DONTWAIT, to.get(), to.size);
  return sent >= 0 ? 0 : errno;
}

}  // namespace mc::net
