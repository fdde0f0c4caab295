// Memory that runs out on demand: the test program's own operator new.
#pragma once

namespace mc::test {

// While it lives, the nth allocation (1: the next) of the calling thread by operator new fails: that
// one alone, or all from then on. Scopes do not nest.
class ScarceMemory {
 public:
  enum class After { kWorks, kFails };

  // Whether this program has its own operator new: not where clang's sanitizers bring theirs.
  static bool is_possible();

  ScarceMemory(unsigned nth, After after);
  ~ScarceMemory();
  ScarceMemory(const ScarceMemory&) = delete;
  ScarceMemory& operator=(const ScarceMemory&) = delete;

  // Whether an allocation has failed.
  bool ran_out() const;
};

}  // namespace mc::test
