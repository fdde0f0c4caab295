/* A small harness for tests in C: checks that print what they saw, and named tests in a table.
 *
 * Each test runs in a thread of its own, so that it begins without a default poller, without kept
 * sockets and without a last error. When the thread has ended, the process must have as many
 * descriptors as before; a test that takes longer than a minute ends the program.
 */
#ifndef CHECK_H_
#define CHECK_H_

#include <multicast/multicast.h>
#include <stddef.h>
#include <stdint.h>

/* Each gives 1 when it held. A check that fails prints what it saw, and the test goes on. */
#define CHECK(condition) check_that((condition) ? 1 : 0, #condition, __FILE__, __LINE__)
#define CHECK_EQ(actual, expected) \
  check_equal((long long)(actual), (long long)(expected), #actual, #expected, __FILE__, __LINE__)
/* A function of the library must succeed; prints its sentence when it does not. */
#define CHECK_OK(call) check_ok((call), #call, __FILE__, __LINE__)
/* A function of the library must fail with this code, and its sentence must contain these texts:
 * first the value that was wrong. */
#define CHECK_ERROR(call, code, ...) \
  (check_forget_error(),             \
   check_error((call), (code), (const char*[]){__VA_ARGS__, NULL}, #call, __FILE__, __LINE__))
#define CHECK_CONTAINS(text, part) check_contains((text), (part), #text, __FILE__, __LINE__)

/* The same, but the test function returns when they do not hold. */
#define REQUIRE(condition)         \
  do {                             \
    if (!CHECK(condition)) return; \
  } while (0)
#define REQUIRE_OK(call)         \
  do {                           \
    if (!CHECK_OK(call)) return; \
  } while (0)

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

/* Printed with the failures that follow, until it is changed; "" for nothing. Not copied. */
void check_note(const char* note);

/* Runs the function in a forked child; 0 when it returned and none of its checks failed. For what
 * changes the process, and for what may crash. */
int check_in_child(void (*run)(void));

/* How such a child ends, for functions that run later than the end of `run`. */
_Noreturn void check_leave(void);

/* How many descriptors the process has open. */
int check_count_descriptors(void);

/* For tests that depend on the order of datagrams: two processors may overtake each other. */
void check_stay_on_one_processor(void);

/* What check_main() gives the running test: a group of its family. */
extern const char* check_group;
/* A second one of the same family, and 0 or 1 for IPv4 or IPv6. */
extern const char* check_other_group;
extern int check_is_ipv6;

enum { kOnce, kBothFamilies };

struct check_test {
  const char* name; /* a sentence */
  void (*run)(void);
  int families; /* kBothFamilies runs it for IPv4 and for IPv6 */
};

/* Enters the private network and runs the tests: all, or those whose name contains argv[1]. The
 * exit status of the program. */
int check_main(int argc, char** argv, const struct check_test* tests, size_t count);

/* What the macros call. */
int check_that(int held, const char* text, const char* file, int line);
int check_equal(long long actual, long long expected, const char* actual_text,
                const char* expected_text, const char* file, int line);
int check_ok(int outcome, const char* text, const char* file, int line);
int check_error(int outcome, int code, const char* const* parts, const char* text, const char* file,
                int line);
int check_contains(const char* whole, const char* part, const char* text, const char* file,
                   int line);
void check_forget_error(void);

#endif /* CHECK_H_ */
