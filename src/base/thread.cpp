#include "base/thread.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>

namespace mc {

uint64_t this_thread() noexcept {
  static std::atomic<uint64_t> last{0};
  thread_local uint64_t number = 0;
  if (number == 0) number = last.fetch_add(1, std::memory_order_relaxed) + 1;
  return number;
}

bool is_main_thread() noexcept {
  return syscall(SYS_gettid) == getpid();
}

}  // namespace mc
