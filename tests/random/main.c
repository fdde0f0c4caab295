/* A random caller of the whole interface.
 *
 * usage: random_caller SEED CALLS [THREADS [signals | trace]]
 *        random_caller functions
 *
 * Makes so many calls, valid and not, that follow from the seed, and checks what holds of all of
 * them; at the end everything is freed, and nothing may be left. With `signals`, handlers of signals
 * stop and wake pollers meanwhile, and waits may be interrupted: then a run is not to be repeated
 * exactly. `trace` writes each call; `functions` writes the names of the functions that it knows.
 */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "acts.h"
#include "lab.h"
#include "report.h"
#include "signals.h"
#include "values.h"

enum { kMostThreads = 8, kSecondsFor1000Calls = 3, kLeastSeconds = 120, kGroupsOfLinks = 12 };

/* With others: how often. */
enum { kCompany = 12 };

static int has_company;

/* A veth pair whose ends are both here, so that what leaves by one arrives at the other. */
static void make_links(void) {
  static const char commands[] =
      "ip -batch - <<'END'\n"
      "link add rv0 type veth peer name rv1\n"
      "link set rv0 addrgenmode none up\n"
      "link set rv1 addrgenmode none up\n"
      "address add 10.77.0.1/24 dev rv0\n"
      "address add 10.77.1.1/24 dev rv1\n"
      "address add fd77::1/64 dev rv0 nodad\n"
      "address add fd77:1::1/64 dev rv1 nodad\n"
      "address add fe80::1/64 dev rv0 nodad\n"
      "address add fe80::2/64 dev rv1 nodad\n"
      "END\n";
  lab_require_private();
  if (system(commands) != 0) fail_with("no veth pair"); /* NOLINT(cert-env33-c) */
  /* Else the kernel takes what comes from our own address for forged. */
  FILE* const file = fopen("/proc/sys/net/ipv4/conf/all/accept_local", "w");
  if (file == NULL || fputs("1", file) < 0 || fclose(file) != 0)
    fprintf(stderr, "random: IPv4 will not pass the veth pair: %s\n", strerror(errno));
}

static int count_descriptors(void) {
  int count = 0;
  DIR* const directory = opendir("/proc/self/fd");
  if (directory == NULL) return -1;
  while (readdir(directory) != NULL) ++count;
  closedir(directory);
  return count;
}

/* How many (group, interface) pairs are joined. */
static int count_memberships(void) {
  int count = 0;
  char line[256];
  FILE* file = fopen("/proc/thread-self/net/igmp", "r");
  if (file == NULL) fail_with("no /proc/net/igmp");
  while (fgets(line, sizeof line, file) != NULL) count += line[0] == '\t';
  fclose(file);
  file = fopen("/proc/thread-self/net/igmp6", "r");
  if (file == NULL) fail_with("no /proc/net/igmp6");
  while (fgets(line, sizeof line, file) != NULL) ++count;
  fclose(file);
  return count;
}

/* The kernel joins the groups of new IPv6 addresses when it comes to it: one of each address, and
 * two of each interface. */
static void wait_for_links(void) {
  const time_t deadline = time(NULL) + 10;
  while (count_memberships() < kGroupsOfLinks && time(NULL) < deadline) poll(NULL, 0, 1);
  REQUIRE(count_memberships() == kGroupsOfLinks, "%d groups are joined, not %d",
          count_memberships(), kGroupsOfLinks);
}

/* ---- Callers -------------------------------------------------------------------------------- */

static void end_caller(void) {
  me->most = 0; /* callbacks rest */
  clear_shelf(&me->own);
}

static void* run_caller(void* caller) {
  me = caller;
  while (me->calls < me->most) {
    if (has_company && one_in(kCompany)) {
      act_with_others();
    } else {
      act();
    }
  }
  end_caller();
  return NULL;
}

static void run_threads(uint64_t seed, unsigned long calls, int count) {
  pthread_t threads[kMostThreads];
  struct caller* callers[kMostThreads];
  for (int i = 0; i < count; ++i) {
    callers[i] = make_caller(seed, i + 1, calls / (unsigned long)count);
    if (pthread_create(&threads[i], NULL, run_caller, callers[i]) != 0) fail_with("no thread");
  }
  for (int i = 0; i < count; ++i) pthread_join(threads[i], NULL);
  for (int i = 0; i < count; ++i) inherit(callers[i]);
}

/* ---- The end -------------------------------------------------------------------------------- */

static void check_record(const struct record* record, unsigned* counts) {
  const int destroyed = atomic_load(&record->destroyed);
  const int is_taken = atomic_load(&record->is_taken);
  const int may_stay = record->home != NULL && record->home->ended_with_thread;
  ++counts[record->role];
  REQUIRE(destroyed <= 1, "a destroy ran %d times", destroyed);
  REQUIRE(is_taken || (destroyed == 0 && atomic_load(&record->calls) == 0) || record->is_of_listen,
          "what was not taken was called or destroyed, of role %d", record->role);
  REQUIRE(!is_taken || may_stay || destroyed == 1, "a destroy never ran, of role %d", record->role);
}

static void check_end(int descriptors, int memberships) {
  unsigned counts[kLog + 1] = {0};
  for (const struct record* each = me->records; each != NULL; each = each->older)
    check_record(each, counts);
  REQUIRE(count_memberships() == memberships, "%d memberships are left, not %d",
          count_memberships(), memberships);
  REQUIRE(count_descriptors() == descriptors, "%d descriptors are left, not %d",
          count_descriptors(), descriptors);
}

static void free_memory(void) {
  struct caller* visitor = me->older;
  for (struct thing *each = me->things, *older; each != NULL; each = older) {
    older = each->older;
    free(each);
  }
  for (struct record *each = me->records, *older; each != NULL; each = older) {
    older = each->older;
    free(each);
  }
  for (struct caller* older; visitor != NULL; visitor = older) {
    older = visitor->older;
    free(visitor);
  }
  free(me);
}

static void print_functions(void) {
  for (int i = 0; i < kFunctions; ++i) puts(name_of((enum function)i));
}

struct order {
  uint64_t seed;
  unsigned long calls;
  int threads;
};

/* In a thread of its own, so that the library's own of the thread ends before it is counted. */
static void* run_order(void* given) {
  const struct order* const order = given;
  me = make_caller(order->seed, 0, order->calls);
  has_company = order->threads > 1;
  if (has_company) {
    run_threads(order->seed, order->calls, order->threads);
    me->most = 0;
    clear_between();
    end_caller();
  } else {
    run_caller(me);
  }
  return me;
}

int main(int argc, char** argv) {
  pthread_t thread;
  void* caller = NULL;
  if (argc == 2 && strcmp(argv[1], "functions") == 0) {
    print_functions();
    return 0;
  }
  if (argc < 3) {
    fputs("usage: random_caller SEED CALLS [THREADS [signals | trace]]\n", stderr);
    return 2;
  }
  struct order order = {.seed = strtoull(argv[1], NULL, 0), .calls = strtoul(argv[2], NULL, 0)};
  order.threads = argc > 3 ? (int)strtoul(argv[3], NULL, 0) : 1;
  if (order.threads < 1 || order.threads > kMostThreads) order.threads = 1;
  lab_enter_private_network();
  make_links();
  wait_for_links();
  lock_doors();
  prepare_values();
  const int has_signals = argc > 4 && strcmp(argv[4], "signals") == 0;
  prepare_reports(order.seed, argc > 4 && !has_signals,
                  kLeastSeconds + (unsigned)(order.calls / 1000 * kSecondsFor1000Calls));
  const int descriptors = count_descriptors();
  const int memberships = count_memberships();
  if (has_signals && !begin_signals()) fail_with("no timer for signals");
  if (pthread_create(&thread, NULL, run_order, &order) != 0) fail_with("no thread");
  pthread_join(thread, &caller);
  const unsigned signals = end_signals();
  me = caller;
  REQUIRE(!has_signals || signals > 0, "no signal came");
  check_end(descriptors, memberships);
  print_table();
  const int unreached = count_unreached();
  free_memory();
  printf("seed %llu, %lu calls asked for, %d threads, %u signals: well\n",
         (unsigned long long)order.seed, order.calls, order.threads, signals);
  return unreached == 0 ? 0 : 1;
}
