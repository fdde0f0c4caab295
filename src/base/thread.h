// Internal header: telling threads apart.
#pragma once

#include <cstdint>

namespace mc {

// The calling thread's number, from 1 on; no other thread of the process ever has or had it.
uint64_t this_thread() noexcept;

// Whether the calling thread is the one that the process began with, or the only one of a forked
// child.
bool is_main_thread() noexcept;

}  // namespace mc
