// Clocks, processors and order statistics.
#pragma once

#include <cstdint>
#include <vector>

namespace bench {

/// What a stretch of work took.
struct Cost {
  uint64_t cpu_ns = 0;   ///< Of the calling process, in user space and in the kernel.
  uint64_t wall_ns = 0;  ///< Of the world.
};

/// Measures from its making on.
class Stopwatch {
 public:
  Stopwatch();
  Cost read() const;

 private:
  Cost start_;
};

/// The median with the quartiles around it.
struct Spread {
  double low = 0;
  double median = 0;
  double high = 0;
};

/// All zero when there are no values.
Spread spread_of(std::vector<double> values);

/// The values at 0, 1, ... 100 % of the sorted values; none when there are none.
std::vector<double> percentiles_of(std::vector<double> values);

/// The number of processors that this process may use.
int processors();

/// Lets the process, and those that it starts, run before all that is not real-time (SCHED_FIFO);
/// throws std::runtime_error where that is refused.
void become_realtime();

/// Pins the process to the n-th processor that it may use, modulo their number.
void pin_to(int n);

}  // namespace bench
