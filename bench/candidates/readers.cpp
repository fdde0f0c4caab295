#include "candidates/readers.h"

#include <algorithm>

namespace bench {

void handle_packet(Tally& tally, const uint8_t* data, size_t size, const sockaddr_in6& source) {
  tally.take(data, size, port_of(&source));
}

void OneByOne::read(int fd, Tally& tally) {
  for (int count = 0; count < kMessagesPerTurn; ++count) {
    sockaddr_in6 source;
    socklen_t source_size = sizeof source;
    const ssize_t size = ::recvfrom(fd, data_.data(), data_.size(), MSG_DONTWAIT | MSG_TRUNC,
                                    reinterpret_cast<sockaddr*>(&source), &source_size);
    if (size < 0) break;
    handle_packet(tally, data_.data(), static_cast<size_t>(size), source);
  }
}

template <unsigned kSlots>
Batched<kSlots>::Batched() : data_(kSlots * kSlotSize) {
  for (unsigned i = 0; i < kSlots; ++i) {
    vectors_[i] = {&data_[i * kSlotSize], kSlotSize};
    headers_[i].msg_hdr.msg_name = &sources_[i];
    headers_[i].msg_hdr.msg_iov = &vectors_[i];
    headers_[i].msg_hdr.msg_iovlen = 1;
  }
}

template <unsigned kSlots>
void Batched<kSlots>::read(int fd, Tally& tally) {
  for (unsigned batch = 0; batch < kMessagesPerTurn / kSlots; ++batch) {
    for (mmsghdr& each : headers_) each.msg_hdr.msg_namelen = sizeof(sockaddr_in6);
    const int count = ::recvmmsg(fd, headers_.data(), kSlots, MSG_DONTWAIT | MSG_TRUNC, nullptr);
    for (int i = 0; i < count; ++i) {
      const auto n = static_cast<size_t>(i);
      handle_packet(tally, &data_[n * kSlotSize], headers_[n].msg_len, sources_[n]);
    }
    if (count < static_cast<int>(kSlots)) break;
  }
}

template class Batched<16>;
template class Batched<64>;

Trains::Trains() : data_(kSlots * kTrainSize) {
  for (unsigned i = 0; i < kSlots; ++i) {
    vectors_[i] = {&data_[i * kTrainSize], kTrainSize};
    headers_[i].msg_hdr.msg_name = &sources_[i];
    headers_[i].msg_hdr.msg_iov = &vectors_[i];
    headers_[i].msg_hdr.msg_iovlen = 1;
    headers_[i].msg_hdr.msg_control = controls_[i].bytes.data();
  }
}

void Trains::read(int fd, Tally& tally) {
  for (unsigned batch = 0; batch < kMessagesPerTurn / kSlots; ++batch) {
    for (mmsghdr& each : headers_) {
      each.msg_hdr.msg_namelen = sizeof(sockaddr_in6);
      each.msg_hdr.msg_controllen = sizeof(SegmentControl);
    }
    const int count = ::recvmmsg(fd, headers_.data(), kSlots, MSG_DONTWAIT, nullptr);
    for (int i = 0; i < count; ++i) split(static_cast<size_t>(i), tally);
    if (count < static_cast<int>(kSlots)) break;
  }
}

void Trains::split(size_t slot, Tally& tally) {
  const size_t size = headers_[slot].msg_len;
  const size_t segment = read_segment_size(headers_[slot].msg_hdr, size);
  const uint8_t* const data = &data_[slot * kTrainSize];
  for (size_t at = 0; at < size; at += segment) {
    handle_packet(tally, data + at, std::min(segment, size - at), sources_[slot]);
  }
}

}  // namespace bench
