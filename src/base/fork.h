// Internal header: noticing that this process is a child of the one that made an object.
#pragma once

#include <cstdint>

namespace mc {

// Counts the forks between the program's start and this process; written only in a new child, which
// has one thread. Hidden, as -fvisibility says it of definitions alone.
[[gnu::visibility("hidden")]] extern uint32_t forks;
inline uint32_t fork_generation() noexcept {
  return forks;
}

// Remembers in which process an object was made. After a fork both processes hold the same sockets
// and the same epoll set: whoever inherited them may close its descriptors, and must change nothing
// that lies behind them.
class Birthplace {
 public:
  bool is_elsewhere() const noexcept { return generation_ != fork_generation(); }

 private:
  uint32_t generation_ = fork_generation();
};

}  // namespace mc
