// Internal header: the core's value types as the public structs that they are laid out like,
// without copying.
#pragma once

#include <cstddef>
#include <span>

#include "core/packed.h"
#include "multicast/multicast.h"
#include "net/packet.h"
#include "net/train_limit.h"

namespace mc::capi {

static_assert(sizeof(mc_address) == sizeof(net::Address) && sizeof(mc_address) == 28);
static_assert(offsetof(mc_address, family) == offsetof(net::Address, family));
static_assert(offsetof(mc_address, port) == offsetof(net::Address, port));
static_assert(offsetof(mc_address, bytes) == offsetof(net::Address, bytes));
static_assert(offsetof(mc_address, scope) == offsetof(net::Address, scope));
static_assert(offsetof(mc_address, flow) == offsetof(net::Address, flow));
static_assert(MC_IPV4 == static_cast<int>(net::Family::kIpv4) &&
              MC_IPV6 == static_cast<int>(net::Family::kIpv6));

static_assert(sizeof(mc_packet) == sizeof(net::Packet));
static_assert(offsetof(mc_packet, data) == offsetof(net::Packet, data));
static_assert(offsetof(mc_packet, size) == offsetof(net::Packet, size));
static_assert(offsetof(mc_packet, wire_size) == offsetof(net::Packet, wire_size));
static_assert(offsetof(mc_packet, source) == offsetof(net::Packet, source));
static_assert(offsetof(mc_packet, group) == offsetof(net::Packet, group));
static_assert(offsetof(mc_packet, interface_index) == offsetof(net::Packet, interface_index));
static_assert(offsetof(mc_packet, flags) == offsetof(net::Packet, flags));
static_assert(offsetof(mc_packet, time) == offsetof(net::Packet, time));
static_assert(offsetof(mc_packet, ttl) == offsetof(net::Packet, ttl));
static_assert(offsetof(mc_packet, dscp) == offsetof(net::Packet, dscp));
static_assert(MC_PACKET_TRUNCATED == net::kTruncated && MC_PACKET_TRAIN == net::kTrain);
static_assert(MC_PACKET_TIME == net::kTime && MC_PACKET_TTL == net::kTtl &&
              MC_PACKET_DSCP == net::kDscp && MC_PACKET_HARDWARE_TIME == net::kHardwareTime);
static_assert(MC_MAX_PACKET == net::kMaxPayload);
static_assert(MC_MAX_TRAIN == net::TrainLimit::kMost);

static_assert(sizeof(mc_packed) == sizeof(Packed));
static_assert(offsetof(mc_packed, data) == offsetof(Packed, data));
static_assert(offsetof(mc_packed, size) == offsetof(Packed, size));
static_assert(offsetof(mc_packed, offsets) == offsetof(Packed, offsets));
static_assert(offsetof(mc_packed, sizes) == offsetof(Packed, sizes));
static_assert(offsetof(mc_packed, count) == offsetof(Packed, count));
static_assert(offsetof(mc_packed, packets) == offsetof(Packed, packets));

static_assert(sizeof(mc_buffer) == sizeof(net::Buffer));
static_assert(offsetof(mc_buffer, data) == offsetof(net::Buffer, data));
static_assert(offsetof(mc_buffer, size) == offsetof(net::Buffer, size));

inline const mc_packet* face(const net::Packet& packet) noexcept {
  return reinterpret_cast<const mc_packet*>(&packet);
}
inline const mc_address& face(const net::Address& address) noexcept {
  return reinterpret_cast<const mc_address&>(address);
}
inline const mc_packed* face(const Packed& packed) noexcept {
  return reinterpret_cast<const mc_packed*>(&packed);
}
inline const net::Packet& core_of(const mc_packet& packet) noexcept {
  return reinterpret_cast<const net::Packet&>(packet);
}
// An array of pointers to packets is one of pointers to their faces.
inline const mc_packet* const* faces(std::span<const net::Packet* const> packets) noexcept {
  return reinterpret_cast<const mc_packet* const*>(packets.data());
}
inline const net::Address& core_of(const mc_address& address) noexcept {
  return reinterpret_cast<const net::Address&>(address);
}
inline std::span<const net::Buffer> core_of(const mc_buffer* packets, size_t count) noexcept {
  return {reinterpret_cast<const net::Buffer*>(packets), count};
}

}  // namespace mc::capi
