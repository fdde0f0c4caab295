// Internal header: how much memory RE2's automaton of an expression can come to need.
#pragma once

#include <cstddef>

#include "filter/program.h"

namespace mc::filter {

// The bytes of all states that packets can lead to, as RE2 counts them for an anchored search that
// ends with the first match; at least RE2's number. Beyond `most` it stops counting: the result is
// then some number above it.
size_t automaton_size(const Program& program, size_t most);

}  // namespace mc::filter
