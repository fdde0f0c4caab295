// What has arrived, in memory that the sending and the receiving process share: so that a sender
// never has more on its way than a receive buffer holds, and nothing is lost.
#pragma once

#include <atomic>
#include <cstdint>

#include "files.h"

namespace bench {

class Flow {
 public:
  /// Made before the processes that share it are forked.
  Flow();
  ~Flow();
  Flow(const Flow&) = delete;
  Flow& operator=(const Flow&) = delete;

  /// The receiver's count of a burst; 0 whenever no burst is under way.
  uint64_t* received() const { return received_; }

  /// Waits until `sent` minus what was received is at most `window`. False when two seconds were
  /// not enough.
  bool wait_for_room(uint64_t sent, uint64_t window) const;

  /// The count is the first eight bytes of this memory, which a program may map.
  int fd() const { return memory_.get(); }

 private:
  lab::Fd memory_;
  uint64_t* received_;
};

/// Writes a count that another process reads meanwhile.
inline void publish(uint64_t* count, uint64_t value) {
  std::atomic_ref<uint64_t>(*count).store(value, std::memory_order_relaxed);
}

}  // namespace bench
