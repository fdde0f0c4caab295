#include "base/fork.h"

#include <pthread.h>

namespace mc {
namespace {

uint32_t generation = 0;  // written only in a new child, which has one thread

// Registered when the library is loaded; it is never unloaded (-z nodelete).
[[maybe_unused]] const int registered = pthread_atfork(nullptr, nullptr, [] { ++generation; });

}  // namespace

uint32_t fork_generation() noexcept {
  return generation;
}

}  // namespace mc
