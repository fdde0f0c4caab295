// Internal header: how long a train may be on a path.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "net/packet.h"

namespace mc::net {

// The longest train (UDP_SEGMENT, udp(7)) that leaves on a path: what its user allows, and what the
// kernel has refused. Nobody tells beforehand what a path takes: its MTU and its device may change at
// any time. So a refusal is remembered, and forgotten after a while.
class TrainLimit {
 public:
  static constexpr size_t kMost = 128;  // datagrams: UDP_MAX_SEGMENTS since Linux 6.9

  // At most so many datagrams; 1: no trains at all.
  void allow(size_t datagrams) noexcept { allowed_ = datagrams; }

  size_t datagrams() const noexcept { return std::min(allowed_, taken_datagrams_); }
  size_t segment() const noexcept { return taken_segment_; }  // bytes

  // Learns from a refused train, at `now_ns`. False when `error` says nothing of trains; else one like
  // it is not within the limit any more, and the same datagrams may be tried without.
  bool learn(int error, size_t datagrams, size_t segment, int64_t now_ns) noexcept {
    if (error != EINVAL && error != EMSGSIZE && error != EIO) return false;
    if (error == EINVAL && datagrams > kMostBefore) {
      taken_datagrams_ = kMostBefore;
    } else {
      // EIO: a path that cannot segment at all (IPsec, no checksums).
      taken_segment_ = error == EIO ? 0 : segment - 1;
    }
    refused_ns_ = now_ns;
    ++refusals_;
    return true;
  }

  // Whether there is something to forget.
  bool remembers() const noexcept { return refused_ns_ != kNever; }
  // Allows again what was refused long before `now_ns`.
  void forget_old(int64_t now_ns) noexcept {
    if (now_ns - refused_ns_ >= kMemoryNs) forget();
  }
  // The path is another.
  void forget() noexcept {
    taken_datagrams_ = kMost;
    taken_segment_ = kMaxPayload;
    refused_ns_ = kNever;
  }

  uint64_t refusals() const noexcept { return refusals_; }

 private:
  static constexpr size_t kMostBefore = 64;  // UDP_MAX_SEGMENTS before Linux 6.9
  static constexpr int64_t kNever = -1;
  static constexpr int64_t kMemoryNs = 10'000'000'000;

  size_t allowed_ = kMost;
  size_t taken_datagrams_ = kMost;
  size_t taken_segment_ = kMaxPayload;
  int64_t refused_ns_ = kNever;
  uint64_t refusals_ = 0;
};

}  // namespace mc::net
