#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "world.h"

enum { kEveryNs = 500000, kMark = 12345 };

static timer_t timer;
static atomic_int is_on;
static atomic_uint rings;

/* Any thread may be interrupted, wherever it is; what a handler may use of the library is this. */
static void on_signal(int number) {
  const int before = errno;
  const unsigned ring = atomic_fetch_add(&rings, 1);
  struct door* const door = &poller_doors[ring / 2 % kDoors];
  mc_poller* const poller = pin(door);
  (void)number;
  if (poller != NULL) {
    errno = kMark;
    const int outcome = ring % 2 == 0 ? mc_poller_stop(poller) : mc_poller_wake(poller);
    const int is_well = outcome == 0 && errno == kMark;
    unpin(door);
    if (!is_well) {
      dprintf(STDERR_FILENO, "random: in a signal handler it gave %d, and errno %d\n", outcome,
              errno);
      _exit(1);
    }
  }
  errno = before;
}

int begin_signals(void) {
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  const struct itimerspec every = {.it_interval = {.tv_nsec = kEveryNs},
                                   .it_value = {.tv_nsec = kEveryNs}};
  if (sigaction(SIGUSR1, &action, NULL) != 0) return 0;
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) return 0;
  atomic_store(&is_on, 1);
  return timer_settime(timer, 0, &every, NULL) == 0;
}

unsigned end_signals(void) {
  if (atomic_load(&is_on)) timer_delete(timer);
  return atomic_load(&rings);
}

int signals_come(void) {
  return atomic_load_explicit(&is_on, memory_order_relaxed);
}
