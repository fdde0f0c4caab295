// What has arrived, in memory that the sending and the receiving process share: so that a sender
// never has more on its way than a receive buffer holds, and nothing is lost.
#pragma once

#include <atomic>
#include <cstdint>

#include "files.h"

namespace bench {

class Flow {
 public:
  struct Page {
    uint64_t received = 0;
    uint64_t is_crowded = 0;  ///< 1: both processes have the same processor, so who waits yields.
  };

  /// Made before the processes that share it are forked.
  Flow();
  ~Flow();
  Flow(const Flow&) = delete;
  Flow& operator=(const Flow&) = delete;

  /// The receiver's count of a burst; 0 whenever no burst is under way.
  uint64_t* received() const { return &page_->received; }

  /// Waits until `sent` minus what was received is at most `window`. False when two seconds were
  /// not enough.
  bool wait_for_room(uint64_t sent, uint64_t window) const;

  /// This memory, which a program may map: it begins with the Page.
  int fd() const { return memory_.get(); }

 private:
  lab::Fd memory_;
  Page* page_;
};

/// Writes a count that another process reads meanwhile.
inline void publish(uint64_t* count, uint64_t value) {
  std::atomic_ref<uint64_t>(*count).store(value, std::memory_order_relaxed);
}

}  // namespace bench
