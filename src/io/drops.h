// Internal header: what became of the datagrams that the kernel dropped.
#pragma once

#include <algorithm>
#include <cstdint>

namespace mc::io {

// Since a socket was opened, or between two moments.
struct Drops {
  uint64_t lost = 0;              // for lack of room
  uint64_t rejected = 0;          // by a program that counts
  uint64_t lost_or_rejected = 0;  // while there was a program that does not

  Drops& operator+=(const Drops& more) noexcept {
    lost += more.lost;
    rejected += more.rejected;
    lost_or_rejected += more.lost_or_rejected;
    return *this;
  }
  friend Drops operator-(Drops later, const Drops& earlier) noexcept {
    later.lost -= earlier.lost;
    later.rejected -= earlier.rejected;
    later.lost_or_rejected -= earlier.lost_or_rejected;
    return later;
  }
};

// Tells them apart. A program counts a reject before the socket counts the drop; so a count that is read
// behind the socket's may be ahead of it, and then explains drops that are seen later. No loss is told that
// was not, and none is taken back; at rest the numbers are exact.
class DropTeller {
 public:
  const Drops& drops() const noexcept { return drops_; }

  // What the socket says has changed; the programs' count is as of later.
  bool is_news(uint32_t dropped) const noexcept { return dropped != dropped_; }
  void note(uint32_t dropped, uint64_t rejected, bool may_be_rejects) noexcept {
    ahead_ += rejected - drops_.rejected;
    drops_.rejected = rejected;
    const uint32_t more = dropped - dropped_;  // modulo 2^32: the kernel's counter wraps
    dropped_ = dropped;
    uint64_t unexplained = more;
    if (ahead_ != 0) {
      // Also modulo 2^32: of a wrap, which rejects caused, only they know.
      const int64_t beyond = static_cast<int32_t>(more - static_cast<uint32_t>(ahead_));
      unexplained = static_cast<uint64_t>(std::max<int64_t>(beyond, 0));
      ahead_ = static_cast<uint64_t>(std::max<int64_t>(-beyond, 0));
    }
    (may_be_rejects ? drops_.lost_or_rejected : drops_.lost) += unexplained;
  }

 private:
  Drops drops_;
  uint32_t dropped_ = 0;
  uint64_t ahead_ = 0;  // rejects that the socket has not counted yet
};

}  // namespace mc::io
