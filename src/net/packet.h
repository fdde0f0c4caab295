// Internal header: a received datagram as filters and handlers see it, and bytes to send.
#pragma once

#include <cstddef>
#include <cstdint>

#include "net/address.h"

namespace mc::net {

// The largest payload of a UDP datagram over IPv4: 65,535 less the IPv4 and UDP headers. IPv6 would
// carry 20 bytes more; one bound for both lets a program treat them alike.
inline constexpr size_t kMaxPayload = 65507;

enum PacketFlag : uint32_t {
  kTruncated = 1U << 0,  // size < wire_size: the listener's mtu cut it
  kTrain = 1U << 1,      // came as part of a train
  kTime = 1U << 2,       // the fields of this name are filled
  kTtl = 1U << 3,
  kDscp = 1U << 4,
  kHardwareTime = 1U << 5,  // instead of kTime: time is the device's
};
inline constexpr uint32_t kAllDetails = kTime | kTtl | kDscp | kHardwareTime;

// Laid out as the public mc_packet, which grows at its end only; capi/faces.h asserts it. Lent:
// data is valid until the handler returns.
struct Packet {
  const uint8_t* data = nullptr;
  size_t size = 0;       // bytes shown at data
  size_t wire_size = 0;  // bytes that arrived
  Address source;
  Address group;
  uint32_t interface_index = 0;
  uint32_t flags = 0;
  uint64_t time = 0;  // nanoseconds since 1970, or of the device's clock
  uint8_t ttl = 0;
  uint8_t dscp = 0;

  // Whether the other differs in its bytes and flags at most.
  bool is_like(const Packet& other) const noexcept {
    return source == other.source && group == other.group &&
           interface_index == other.interface_index && time == other.time && ttl == other.ttl &&
           dscp == other.dscp;
  }
  void cut(size_t mtu) noexcept {
    size = mtu;
    flags |= kTruncated;
  }
};

// Bytes of the caller's to send as one datagram. Laid out as the public mc_buffer.
struct Buffer {
  const void* data = nullptr;
  size_t size = 0;
};

}  // namespace mc::net
