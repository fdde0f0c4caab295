// Internal header: keeps signals waiting for a while, so that it can be told whether any came.
#pragma once

#include <csignal>

namespace mc {

// While it lives, the calling thread handles no signal; afterwards those that came. One for the process is
// given to another thread, if there is one that does not hold it. Three system calls in all, where one asks.
class HeldSignals {
 public:
  HeldSignals() noexcept;
  ~HeldSignals();
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  // Whether one is waiting that would have interrupted a system call: neither ignored, nor held
  // back by the user himself.
  bool have_come() const noexcept;
  // What the thread held before; a wait with this mask handles what has come.
  const sigset_t& before() const noexcept { return before_; }

 private:
  sigset_t before_;
};

}  // namespace mc
