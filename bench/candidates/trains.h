// Trains by hand: many datagrams of equal size in one message (UDP_SEGMENT, UDP_GRO; udp(7)).
#pragma once

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace bench {

inline constexpr int kUdpSegment = 103;
inline constexpr int kUdpGro = 104;
inline constexpr int kUdpLevel = 17;  // SOL_UDP

/// How many packets of a size one train takes: the kernel's limits.
constexpr size_t longest_train(size_t size) {
  return std::min<size_t>(128, 65507 / size);
}

/// The control message of a train, both ways.
struct SegmentControl {
  alignas(cmsghdr) std::array<uint8_t, CMSG_SPACE(sizeof(int))> bytes{};
};

/// Writes the segment size for a train that is to be sent with this header.
void write_segment_size(msghdr& header, SegmentControl& control, uint16_t size);

/// The segment size of a message that was received; the message's own size when it is no train.
size_t read_segment_size(msghdr& header, size_t message_size);

}  // namespace bench
