// Internal header: sending packets that lie one behind the other.
#pragma once

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <utility>

#include "core/sent.h"
#include "io/transmitter.h"
#include "net/packet.h"

namespace mc {

// Packets to send, the first of which begins at `data` and each at the end of the last.
struct PackedBuffers {
  const uint8_t* data = nullptr;
  std::span<const uint32_t> sizes;

  // As io::check_packets, of all of them.
  Status check() const noexcept {
    const auto is_fit = [this](uint32_t size) {
      return size <= net::kMaxPayload && (data != nullptr || size == 0);
    };
    const auto unfit = std::find_if_not(sizes.begin(), sizes.end(), is_fit);
    if (unfit == sizes.end()) return {};
    return io::check_packet({data, *unfit}, static_cast<size_t>(unfit - sizes.begin()),
                            sizes.size());
  }
};

// Sends them by send(span of net::Buffer), which says what it sent, some at a time: as if it had
// been given all at once.
template <typename Send>
Sent send_packed(PackedBuffers packets, Send send) {
  constexpr size_t kAtOnce = 128;  // the longest train
  if (Status checked = packets.check(); !checked.ok()) return {0, std::move(checked)};
  std::array<net::Buffer, kAtOnce> some;
  size_t sent = 0;
  const uint8_t* data = packets.data;
  do {
    const auto sizes = packets.sizes.subspan(sent, std::min(packets.sizes.size() - sent, kAtOnce));
    for (size_t i = 0; i < sizes.size(); ++i) {
      some[i] = {data, sizes[i]};
      data += sizes[i];
    }
    try {
      Sent now = send(std::span<const net::Buffer>(some).first(sizes.size()));
      sent += now.count;
      if (!now.reason.ok()) return {sent, std::move(now.reason)};
    } catch (const std::bad_alloc&) {
      if (sent == 0) throw;
      return {sent, Status::undescribed(-ENOMEM)};  // what was sent must be told
    }
  } while (sent < packets.sizes.size());
  return {sent, {}};
}

}  // namespace mc
