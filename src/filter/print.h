// Internal header: writing the tree of an expression for RE2.
#pragma once

#include <string>

#include "filter/expression.h"

namespace mc::filter {

// An expression that means what the tree does, so written that RE2 reads it right: of alternatives that are one
// byte each, or are left with one when a common beginning is taken out, RE2 makes one class, and forgets a
// letter's other case where the class has the small letter already (seen in the version of 2023-03-01).
// `a|[Aa]` is then `a`.
std::string printed(const Node& tree);

}  // namespace mc::filter
