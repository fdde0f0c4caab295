#include "report.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "signals.h"

enum { kMostCodes = 128, kRoles = kLog + 1 };

#define NAME_CALLED(name, where, weight) #name,
#define NAME_BESIDE(name, where) #name,
static const char* const names[] = {FUNCTIONS(NAME_CALLED, NAME_BESIDE)};

enum where { kOwner, kAnywhere };
#define WHERE_CALLED(name, where, weight) where,
#define WHERE_BESIDE(name, where) where,
static const enum where places[] = {FUNCTIONS(WHERE_CALLED, WHERE_BESIDE)};

static uint64_t the_seed;
static int is_tracing;
static atomic_ulong call_counts[kFunctions], failure_counts[kFunctions], role_counts[kRoles];
static struct {
  atomic_int code;
  atomic_ulong count;
} code_counts[kMostCodes];

/* Of the sanitizers, where there is one. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

const char* name_of(enum function function) {
  return names[function];
}

/* Signal handlers call this, so it takes no lock and no memory. */
static void print_calls(void) {
  const struct caller* caller = me;
  if (caller == NULL) {
    dprintf(STDERR_FILENO, "random: seed %llu, no caller's thread\n", (unsigned long long)the_seed);
    return;
  }
  for (unsigned long i = caller->calls > kRing ? caller->calls - kRing : 0; i < caller->calls;
       ++i) {
    const unsigned at = (unsigned)(i % kRing);
    dprintf(STDERR_FILENO, "  %lu %*s%s = %d\n", caller->ring[at].number,
            caller->ring[at].depth * 2, "", names[caller->ring[at].function],
            caller->ring[at].outcome);
  }
  dprintf(STDERR_FILENO, "random: seed %llu, thread %d, call %lu, inside",
          (unsigned long long)the_seed, caller->number, caller->calls);
  for (int i = 0; i < caller->frame_count; ++i)
    dprintf(STDERR_FILENO, " %s (%lu)", names[caller->frames[i].function],
            caller->frames[i].number);
  dprintf(STDERR_FILENO, "\n");
}

void fail_with(const char* format, ...) {
  va_list arguments;
  print_calls();
  fprintf(stderr, "random: ");
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fprintf(stderr, "\n");
  fflush(NULL);
  _exit(1);
}

static void die_of(int number) {
  print_calls();
  dprintf(STDERR_FILENO, number == SIGALRM ? "random: took too long\n" : "random: signal %d\n",
          number);
  _exit(1);
}

void prepare_reports(uint64_t seed, int traces, unsigned seconds) {
  the_seed = seed;
  is_tracing = traces;
  signal(SIGABRT, die_of);
  signal(SIGALRM, die_of);
  alarm(seconds);
  if (__sanitizer_set_death_callback != NULL) {
    __sanitizer_set_death_callback(print_calls);
    return;
  }
  signal(SIGSEGV, die_of);
  signal(SIGBUS, die_of);
}

void begin_call(enum function function, struct thing* thing) {
  REQUIRE(me->frame_count < kMostFrames, "calls are nested too deep");
  struct frame* const frame = &me->frames[me->frame_count++];
  const unsigned at = (unsigned)(me->calls % kRing);
  const int is_free = strstr(names[function], "_free") != NULL;
  *frame = (struct frame){.function = function, .thing = thing, .number = ++me->calls};
  frame->failures = me->failures;
  frame->code = mc_last_error_code();
  frame->is_null = thing != NULL && thing->handle == NULL && !is_free;
  frame->is_foreign = thing != NULL && thing->handle != NULL && !is_mine(thing);
  me->ring[at].number = frame->number;
  me->ring[at].function = function;
  me->ring[at].depth = me->frame_count - 1;
  me->ring[at].outcome = 0;
  if (me->depth > 0) --me->budget;
  atomic_fetch_add_explicit(&call_counts[function], 1, memory_order_relaxed);
  if (is_tracing)
    fprintf(stderr, "%d:%lu %*s%s%s\n", me->number, frame->number, 2 * me->frame_count, "",
            names[function], frame->is_foreign ? " (foreign)" : "");
}

static void count_code(int code) {
  for (int i = 0; i < kMostCodes; ++i) {
    int known = 0;
    if (atomic_compare_exchange_strong(&code_counts[i].code, &known, code) || known == code) {
      atomic_fetch_add_explicit(&code_counts[i].count, 1, memory_order_relaxed);
      return;
    }
  }
}

/* Codes that say that the library did something that it should not do. */
static int is_suspect(int code, enum function function) {
  static const int suspects[] = {MC_ERROR_INTERNAL, MC_ERROR_FORKED, MC_ERROR_INTERRUPTED,
                                 -EFAULT,           -ENOTSOCK,       -EMFILE,
                                 -ENFILE,           -ENOMEM,         -EINTR,
                                 -EEXIST,           -ENOENT};
  if (code == MC_ERROR_INTERRUPTED && signals_come()) return 0;
  if (code == -EBADF) return function != k_mc_poller_register && function != k_mc_register;
  for (size_t i = 0; i < sizeof suspects / sizeof *suspects; ++i) {
    if (suspects[i] == code) return 1;
  }
  return 0;
}

static void check_failure(const struct frame* frame, int outcome) {
  const char* const name = names[frame->function];
  ++me->failures;
  atomic_fetch_add_explicit(&failure_counts[frame->function], 1, memory_order_relaxed);
  count_code(outcome);
  REQUIRE(mc_last_error_code() == outcome, "%s gave %d, but the last code is %d: %s", name, outcome,
          mc_last_error_code(), mc_last_error());
  REQUIRE(*mc_last_error() != '\0', "%s gave %d without a sentence", name, outcome);
  REQUIRE(strcmp(mc_error_name(outcome), "unknown") != 0, "%s gave %d, which has no name", name,
          outcome);
  REQUIRE(!is_suspect(outcome, frame->function), "%s gave %s: %s", name, mc_error_name(outcome),
          mc_last_error());
}

/* What of a failure concerns the handle: that it is NULL, or another thread's. */
static void check_handle(const struct frame* frame, int outcome) {
  const char* const name = names[frame->function];
  if (frame->is_null) REQUIRE(outcome == MC_ERROR_NULL, "%s of NULL gave %d", name, outcome);
  if (places[frame->function] == kOwner && frame->is_foreign) {
    REQUIRE(outcome == MC_ERROR_THREAD || outcome == MC_ERROR_NULL,
            "%s in a foreign thread gave %d", name, outcome);
  } else {
    REQUIRE(outcome != MC_ERROR_THREAD || frame->function == k_mc_poller_adopt,
            "%s in its own thread gave MC_ERROR_THREAD: %s", name, mc_last_error());
  }
}

int finish_call(int outcome) {
  const struct frame frame = me->frames[--me->frame_count];
  const unsigned at = (unsigned)((frame.number - 1) % kRing);
  const int may_be_partial =
      frame.function == k_mc_sendto_many || frame.function == k_mc_multicaster_send_many ||
      frame.function == k_mc_sendto_packed || frame.function == k_mc_multicaster_send_packed;
  if (me->ring[at].number == frame.number) me->ring[at].outcome = outcome;
  if (is_tracing)
    fprintf(stderr, "%d:%lu %*s%s = %d\n", me->number, frame.number, 2 * (me->frame_count + 1), "",
            names[frame.function], outcome);
  if (outcome < 0) check_failure(&frame, outcome);
  if (outcome >= 0 && frame.failures == me->failures && !may_be_partial)
    REQUIRE(mc_last_error_code() == frame.code, "%s succeeded, and left the code %d (%s)",
            names[frame.function], mc_last_error_code(), mc_last_error());
  check_handle(&frame, outcome);
  return outcome;
}

void count_call(enum function function) {
  begin_call(function, NULL);
  finish_call(0);
}

void count_role(enum role role) {
  atomic_fetch_add_explicit(&role_counts[role], 1, memory_order_relaxed);
}

void print_table(void) {
  for (int i = 0; i < kFunctions; ++i)
    printf("%-34s %9lu calls %9lu failed\n", names[i], atomic_load(&call_counts[i]),
           atomic_load(&failure_counts[i]));
  for (int i = 0; i < kMostCodes && atomic_load(&code_counts[i].code) != 0; ++i)
    printf("%-34s %9lu\n", mc_error_name(atomic_load(&code_counts[i].code)),
           atomic_load(&code_counts[i].count));
  for (int i = 0; i < kRoles; ++i)
    printf("callbacks of role %d %24lu\n", i, atomic_load(&role_counts[i]));
}

int count_unreached(void) {
  int count = 0;
  for (int i = 0; i < kFunctions; ++i) {
    if (atomic_load(&call_counts[i]) > atomic_load(&failure_counts[i])) continue;
    fprintf(stderr, "random: %s was never called with success\n", names[i]);
    ++count;
  }
  for (int i = 0; i < kRoles; ++i) {
    if (atomic_load(&role_counts[i]) > 0) continue;
    fprintf(stderr, "random: no callback of role %d ran\n", i);
    ++count;
  }
  return count;
}
