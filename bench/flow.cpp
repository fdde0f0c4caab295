#include "flow.h"

#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include "measure.h"
#include "wait.h"

namespace bench {
namespace {

constexpr size_t kPage = 4096;

}  // namespace

// Not close-on-exec: programs inherit it.
Flow::Flow() : memory_(::memfd_create("flow", 0)) {
  if (!memory_ || ::ftruncate(memory_.get(), kPage) != 0) lab::fail("memfd_create");
  void* const page = ::mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_SHARED, memory_.get(), 0);
  if (page == MAP_FAILED) lab::fail("mmap");
  page_ = static_cast<Page*>(page);
  page_->is_crowded = processors() == 1 ? 1 : 0;
}

Flow::~Flow() {
  ::munmap(page_, kPage);
}

bool Flow::wait_for_room(uint64_t sent, uint64_t window) const {
  const std::atomic_ref<uint64_t> received(page_->received);
  const auto has_room = [&] { return sent - received.load(std::memory_order_relaxed) <= window; };
  if (has_room()) return true;
  const lab::Deadline deadline = lab::in(lab::Clock::duration(std::chrono::seconds(2)));
  // The receiver has a processor of its own, unless there is only one: to yield this one would hand
  // it to a stranger, for milliseconds.
  while (!has_room()) {
    if (page_->is_crowded != 0) ::sched_yield();
    if (lab::Clock::now() >= deadline) return false;
  }
  return true;
}

}  // namespace bench
