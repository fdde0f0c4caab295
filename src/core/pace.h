// Internal header: how fast a multicaster may send.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "net/packet.h"

namespace mc {

// A token bucket: `rate` bytes a second flow into it, it holds `burst` of them, and each packet
// takes as many out as it has on the wire. Time is what its caller says.
class Pace {
 public:
  Pace() noexcept = default;  // none: everything may go
  // `header` bytes go with each packet. Full at first.
  Pace(uint64_t rate, size_t burst, size_t header, int64_t now_ns) noexcept
      : rate_(static_cast<double>(rate)),
        burst_(static_cast<double>(burst)),
        header_(header),
        tokens_(burst_),
        filled_ns_(now_ns) {}

  bool is_set() const noexcept { return rate_ > 0; }

  // How many of the packets, from the first on, may go now. One that is larger than the bucket may go
  // when that is full.
  size_t fitting(std::span<const net::Buffer> packets, int64_t now_ns) noexcept {
    if (!is_set()) return packets.size();
    fill(now_ns);
    size_t count = 0;
    for (double left = tokens_; count < packets.size(); ++count) {
      left -= wire_size(packets[count]);
      if (left < 0) break;
    }
    return count == 0 && !packets.empty() && tokens_ >= burst_ ? 1 : count;
  }

  // These went, whether there was enough for them or not.
  void spend(std::span<const net::Buffer> packets, int64_t now_ns) noexcept {
    fill(now_ns);
    for (const net::Buffer& each : packets) tokens_ -= wire_size(each);
  }

  // Nanoseconds until it is worth while to ask again: until half a burst may go together, where so
  // much waits; no longer than a timer can run.
  int64_t wait_ns(std::span<const net::Buffer> packets) const noexcept {
    double wanted = 0;
    for (const net::Buffer& each : packets) {
      wanted += wire_size(each);
      if (wanted >= burst_ / 2) break;
    }
    const double missing = std::min(wanted, burst_) - tokens_;
    if (missing <= 0) return 1;
    return static_cast<int64_t>(std::min(missing * kNsPerSecond / rate_ + 1, kLongestNs));
  }

 private:
  static constexpr double kNsPerSecond = 1e9;
  static constexpr double kLongestNs = 3e9 * kNsPerSecond;

  double wire_size(const net::Buffer& packet) const noexcept {
    return static_cast<double>(packet.size + header_);
  }
  void fill(int64_t now_ns) noexcept {
    const double flowed = rate_ * static_cast<double>(now_ns - filled_ns_) / kNsPerSecond;
    tokens_ = std::min(burst_, tokens_ + flowed);
    filled_ns_ = now_ns;
  }

  double rate_ = 0;  // bytes a second
  double burst_ = 0;
  size_t header_ = 0;
  double tokens_ = 0;  // below 0 when more was spent than was there
  int64_t filled_ns_ = 0;
};

}  // namespace mc
