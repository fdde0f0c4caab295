// Figures as people read them.
#pragma once

#include <string>

#include "measure.h"
#include "run.h"

namespace bench {

std::string format(const char* pattern, double value);
/// Nanoseconds, or microseconds where they are many.
std::string cost_text(double ns);
std::string rate_text(double packets_per_second);
/// The median with its quartiles.
std::string ratio_text(const Spread& ratio);
/// Those that count, and those that do not.
std::string rounds_text(size_t rounds, size_t disqualified);
/// Whom a pair was measured against: of several rivals, the best.
std::string rival_text(const PairResult& pair);

}  // namespace bench
