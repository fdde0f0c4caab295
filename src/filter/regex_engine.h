// Internal header: RE2, as this library uses it. To be included by the files that call it.
#pragma once

#include <re2/re2.h>
#include <re2/set.h>

#include <string_view>

#include "base/status.h"
#include "filter/byte_set.h"

namespace mc::filter {

// Enough for RE2's program and the states of its automaton, with room to spare: the states of an
// expression in use come to at most kLargestAutomaton (docs/decisions/0004).
inline constexpr int64_t kBudget = 512 << 10;
inline constexpr size_t kLargestAutomaton = 128 << 10;

// How expressions mean the same to us wherever RE2 matches them, with a budget in bytes.
re2::RE2::Options engine_options(int64_t budget = kBudget);

// Why RE2 does not take an expression.
Status refusal(std::string_view pattern);

// The bytes of "\pL" or the like.
ByteSet unicode_class(std::string_view name, bool fold);

}  // namespace mc::filter
