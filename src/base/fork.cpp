#include "base/fork.h"

#include <pthread.h>

namespace mc {

uint32_t forks = 0;

namespace {

// Registered when the library is loaded; it is never unloaded (-z nodelete).
[[maybe_unused]] const int registered = pthread_atfork(nullptr, nullptr, [] { ++forks; });

}  // namespace
}  // namespace mc
