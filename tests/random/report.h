/* Calls, counted and checked; and what is printed when something is wrong. */
#ifndef REPORT_H_
#define REPORT_H_

#include "world.h"

/* Calls a function of the library and checks what holds of every call. `thing` is what the handle
 * belongs to, NULL where there is none. */
#define CALL(function, thing, ...) \
  (begin_call(k_##function, thing), finish_call(function(__VA_ARGS__)))
#define CALL_VOID(function, thing, ...) \
  (begin_call(k_##function, thing), function(__VA_ARGS__), finish_call(0))

void begin_call(enum function function, struct thing* thing);
int finish_call(int outcome);
void count_call(enum function function); /* one that has nothing to check */

/* Ends the program with the seed, the number of the call, and the calls before it. */
#define REQUIRE(condition, ...)               \
  do {                                        \
    if (!(condition)) fail_with(__VA_ARGS__); \
  } while (0)
_Noreturn void fail_with(const char* format, ...) __attribute__((format(printf, 1, 2)));

/* Sanitizers, signals and a call that hangs are to be reported in the same way. */
void prepare_reports(uint64_t seed, int traces, unsigned seconds);
void print_table(void);
/* Functions and roles that a run did not reach; 0 when it reached all. */
int count_unreached(void);
void count_role(enum role role);
const char* name_of(enum function function);

#endif /* REPORT_H_ */
