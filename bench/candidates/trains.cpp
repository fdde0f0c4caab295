#include "candidates/trains.h"

#include <cstring>

namespace bench {

void write_segment_size(msghdr& header, SegmentControl& control, uint16_t size) {
  header.msg_control = control.bytes.data();
  header.msg_controllen = CMSG_SPACE(sizeof size);
  cmsghdr* const message = CMSG_FIRSTHDR(&header);
  message->cmsg_level = kUdpLevel;
  message->cmsg_type = kUdpSegment;
  message->cmsg_len = CMSG_LEN(sizeof size);
  std::memcpy(CMSG_DATA(message), &size, sizeof size);
}

size_t read_segment_size(msghdr& header, size_t message_size) {
  for (cmsghdr* each = CMSG_FIRSTHDR(&header); each != nullptr; each = CMSG_NXTHDR(&header, each)) {
    if (each->cmsg_level != kUdpLevel || each->cmsg_type != kUdpGro) continue;
    int size = 0;
    std::memcpy(&size, CMSG_DATA(each), sizeof size);
    return static_cast<size_t>(size);
  }
  return message_size;
}

}  // namespace bench
