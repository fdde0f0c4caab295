#include "net/batch.h"

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <span>

#include "net/kernel.h"

namespace mc::net {
namespace {

#ifndef UDP_GRO
constexpr int UDP_GRO = 104;
#endif

// Control data of a message: the segment size of a train, and what the socket was asked for.
constexpr size_t kControlSize = 224;
static_assert(kControlSize >= CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(timespec)) +
                                  CMSG_SPACE(sizeof(scm_timestamping)) + CMSG_SPACE(sizeof(int)) +
                                  CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(in6_pktinfo)));

template <typename T>
T content_of(const cmsghdr& control) noexcept {
  T content{};
  std::memcpy(&content, CMSG_DATA(&control), sizeof content);
  return content;
}

uint64_t nanoseconds(const timespec& time) noexcept {
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000U + static_cast<uint64_t>(time.tv_nsec);
}

void take_time(const timespec& time, Packet& packet) noexcept {
  packet.time = nanoseconds(time);
  packet.flags |= kTime;
}

// Comes behind the kernel's time, and in its place.
void take_hardware_time(const scm_timestamping& times, Packet& packet) noexcept {
  const timespec& raw = times.ts[2];
  if (raw.tv_sec == 0 && raw.tv_nsec == 0) return;  // not stamped by the device
  packet.time = nanoseconds(raw);
  packet.flags = (packet.flags & ~uint32_t{kTime}) | kHardwareTime;
}

void take_ttl(int ttl, Packet& packet) noexcept {
  packet.ttl = static_cast<uint8_t>(ttl);
  packet.flags |= kTtl;
}

void take_traffic_class(int traffic_class, Packet& packet) noexcept {
  packet.dscp = static_cast<uint8_t>(traffic_class) >> 2;  // the rest is ECN (RFC 3168)
  packet.flags |= kDscp;
}

void take_ip(const cmsghdr& control, Packet& packet) noexcept {
  switch (control.cmsg_type) {
    case IP_TTL:
      return take_ttl(content_of<int>(control), packet);
    case IP_TOS:
      return take_traffic_class(content_of<uint8_t>(control), packet);
    case IP_PKTINFO: {
      const auto info = content_of<in_pktinfo>(control);
      std::memcpy(packet.group.bytes.data(), &info.ipi_addr, sizeof info.ipi_addr);
      packet.interface_index = static_cast<uint32_t>(info.ipi_ifindex);
      return;
    }
    default:
      return;
  }
}

void take_ipv6(const cmsghdr& control, Packet& packet) noexcept {
  switch (control.cmsg_type) {
    case IPV6_HOPLIMIT:
      return take_ttl(content_of<int>(control), packet);
    case IPV6_TCLASS:
      return take_traffic_class(content_of<int>(control), packet);
    case IPV6_PKTINFO: {
      const auto info = content_of<in6_pktinfo>(control);
      std::memcpy(packet.group.bytes.data(), &info.ipi6_addr, sizeof info.ipi6_addr);
      packet.interface_index = info.ipi6_ifindex;
      packet.group.scope = packet.group.needs_scope() ? info.ipi6_ifindex : 0;
      return;
    }
    default:
      return;
  }
}

// Reads the control data, and returns the segment size that the kernel reports for a train; the
// message's own size where it reports none.
size_t take_controls(const msghdr& header, size_t message_size, Packet& packet) noexcept {
  size_t segment = message_size;
  for (cmsghdr* each = CMSG_FIRSTHDR(&header); each != nullptr;
       each = CMSG_NXTHDR(const_cast<msghdr*>(&header),
                          each)) {  // NOLINT: the macro is not const-correct
    if (each->cmsg_level == SOL_UDP && each->cmsg_type == UDP_GRO) {
      if (const int size = content_of<int>(*each); size > 0) segment = static_cast<size_t>(size);
    } else if (each->cmsg_level == SOL_SOCKET && each->cmsg_type == SO_TIMESTAMPNS) {
      take_time(content_of<timespec>(*each), packet);
    } else if (each->cmsg_level == SOL_SOCKET && each->cmsg_type == SO_TIMESTAMPING) {
      take_hardware_time(content_of<scm_timestamping>(*each), packet);
    } else if (each->cmsg_level == IPPROTO_IP) {
      take_ip(*each, packet);
    } else if (each->cmsg_level == IPPROTO_IPV6) {
      take_ipv6(*each, packet);
    }
  }
  return segment;
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

int ReceiveBatch::read(int fd, size_t most) noexcept {
  const std::span<mmsghdr> headers = std::span(slots_->headers).first(most);
  for (mmsghdr& each : headers) {
    // The kernel wrote what it used of these; they are room again.
    each.msg_hdr.msg_namelen = sizeof(sockaddr_in6);
    each.msg_hdr.msg_controllen = kControlSize;
  }
  const int count =
      kernel().recvmmsg(fd, headers.data(), static_cast<unsigned>(most), MSG_DONTWAIT);
  if (count >= 0) return count;
  return errno == EAGAIN ? 0 : -errno;
}

ReceiveBatch::Message ReceiveBatch::message(size_t index, Packet& packet,
                                            SocketAddress& source) const noexcept {
  const mmsghdr& header = slots_->headers[index];
  const size_t size = header.msg_len;
  const sockaddr_in6& name = slots_->sources[index];
  if (std::memcmp(&source.storage, &name, sizeof name) != 0) {
    std::memcpy(&source.storage, &name, sizeof name);
    read_address(&name, packet.source);
  }
  packet.flags = 0;
  return {static_cast<const uint8_t*>(slots_->vectors[index].iov_base), size,
          take_controls(header.msg_hdr, size, packet)};
}

void discard(int fd) noexcept {
  constexpr int kMost = 4096;
  for (int i = 0; i < kMost && kernel().recv(fd, nullptr, 0, MSG_DONTWAIT) >= 0; ++i) {
  }
}

}  // namespace mc::net
