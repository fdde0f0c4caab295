// Internal header: which expressions can be in many of their places at once.
#pragma once

#include "filter/program.h"

namespace mc::filter {

// Whether it may begin anew at many places of a packet, as .*word does at each w: where it goes on
// over bytes of many kinds and also ends by one of them, again and again. Then packets lead an
// automaton of many such expressions to ever new states. One like \w+, does not: each byte says
// which of both it is.
bool scans(const Program& program);

}  // namespace mc::filter
