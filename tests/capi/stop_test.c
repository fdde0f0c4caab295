/* Stops and wakes of other threads and of signal handlers: none is lost, none counts twice. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "worker.h"

enum { kPort = 4350, kTimes = 10000 };

static mc_poller* _Atomic target;
static int (*_Atomic ring)(mc_poller*); /* mc_poller_stop or mc_poller_wake */
static atomic_int rung;

static void ring_it(void) {
  atomic_fetch_add(&rung, 1);
  atomic_load (&ring)(atomic_load(&target));
}

static void on_signal(int number) {
  (void)number;
  ring_it();
}

/* A thread that rings once each time that it is asked to. */
struct ringer {
  pthread_t thread;
  pthread_t sleeper;
  int by_signal; /* to the sleeper, whose handler rings */
  sem_t asked;
  struct sigaction before;
};

static void* ring_when_asked(void* user) {
  struct ringer* ringer = user;
  for (int i = 0; i < kTimes; ++i) {
    while (sem_wait(&ringer->asked) != 0) {
    }
    if (ringer->by_signal) {
      pthread_kill(ringer->sleeper, SIGUSR1);
    } else {
      ring_it();
    }
  }
  return NULL;
}

/* The thread sanitizer loses a signal that comes in a thread's very first blocking call, so that is
 * made before. */
static void start(struct ringer* ringer, int by_signal, mc_poller* poller, int (*fn)(mc_poller*)) {
  const struct sigaction action = {.sa_handler = on_signal};
  CHECK_OK(mc_poller_poll(poller, 0));
  ringer->by_signal = by_signal;
  ringer->sleeper = pthread_self();
  atomic_store(&target, poller);
  atomic_store(&ring, fn);
  atomic_store(&rung, 0);
  CHECK_EQ(sem_init(&ringer->asked, 0, 0), 0);
  CHECK_EQ(sigaction(SIGUSR1, &action, &ringer->before), 0);
  CHECK_EQ(pthread_create(&ringer->thread, NULL, ring_when_asked, ringer), 0);
}

static void finish(struct ringer* ringer) {
  pthread_join(ringer->thread, NULL);
  CHECK_EQ(atomic_load(&rung), kTimes);
  sigaction(SIGUSR1, &ringer->before, NULL);
  sem_destroy(&ringer->asked);
}

/* What ended the wait is the ring that was asked for just before, and none of earlier. */
static int check_rung(int times) {
  return CHECK_EQ(atomic_load(&rung), times);
}

/* Before the wait, in it, in the pause, or between them. */
static void stop_loops(int by_signal) {
  struct actor silent = {.calls = 0};
  struct ringer ringer;
  mc_stats stats;
  mc_poller* poller = new_poller();
  const int silence = register_silence(poller, &silent);
  start(&ringer, by_signal, poller, mc_poller_stop);
  for (int i = 0; i < kTimes; ++i) {
    sem_post(&ringer.asked);
    CHECK_EQ(mc_poller_loop(poller, i % 3 == 0 ? 0 : -1, i % 2 == 0 ? 0 : -1), MC_STOPPED);
    check_rung(i + 1);
  }
  finish(&ringer);
  CHECK_OK(mc_poller_stats(poller, &stats, sizeof stats));
  CHECK_EQ(stats.events, 0);
  mc_poller_free(poller);
  CHECK_EQ(silent.calls, 0);
  close(silence);
}

static void stops_of_a_thread_end_one_loop_each(void) {
  stop_loops(0);
}
static void stops_of_a_signal_handler_end_one_loop_each(void) {
  stop_loops(1);
}

static void stop_listening(int by_signal) {
  struct actor user = {.calls = 0};
  struct ringer ringer;
  start(&ringer, by_signal, mc_default_poller(), mc_poller_stop);
  for (int i = 0; i < kTimes; ++i) {
    sem_post(&ringer.asked);
    CHECK_EQ(mc_listen(actor_packet, &user, check_group, kPort, 9, 0), MC_STOPPED);
    check_rung(i + 1);
  }
  finish(&ringer);
  CHECK_EQ(user.calls, 0);
}

static void stops_of_a_thread_end_one_mc_listen_each(void) {
  stop_listening(0);
}
static void stops_of_a_signal_handler_end_one_mc_listen_each(void) {
  stop_listening(1);
}

/* A poll may be ended by the signal itself before its handler has rung: then the ring ends the
 * next. Without signals each ring ends one wait. */
static void wakes_of_a_thread_end_one_poll_each(void) {
  struct ringer ringer;
  mc_poller* poller = new_poller();
  start(&ringer, 0, poller, mc_poller_wake);
  for (int i = 0; i < kTimes; ++i) {
    sem_post(&ringer.asked);
    CHECK_EQ(mc_poller_poll(poller, -1), 0);
    check_rung(i + 1);
  }
  finish(&ringer);
  mc_poller_free(poller);
}

static mc_listener* open_pulled(mc_poller* poller) {
  mc_listener* listener = NULL;
  CHECK_OK(mc_listener_new(&listener, poller));
  CHECK_OK(mc_listener_add(listener, check_group, kPort));
  CHECK_OK(mc_listener_open(listener));
  return listener;
}

static void wake_pulls(int by_signal) {
  struct ringer ringer;
  const mc_packet* packet = NULL;
  const mc_packet* const* packets = NULL;
  mc_poller* poller = new_poller();
  mc_listener* listener = open_pulled(poller);
  start(&ringer, by_signal, poller, mc_poller_wake);
  for (int i = 0; i < kTimes; ++i) {
    sem_post(&ringer.asked);
    CHECK_EQ(i % 2 == 0 ? mc_listener_next(listener, &packet, -1)
                        : mc_listener_next_many(listener, &packets, 9, -1),
             0);
    check_rung(i + 1);
  }
  finish(&ringer);
  CHECK(packet == NULL && packets == NULL);
  CHECK_OK(mc_sendto("a", 1, check_group, kPort, 0)); /* and no wake is left over */
  CHECK_EQ(mc_listener_next(listener, &packet, -1), 1);
  mc_listener_free(listener);
  mc_poller_free(poller);
}

static void wakes_of_a_thread_end_one_pull_each(void) {
  wake_pulls(0);
}
static void wakes_of_a_signal_handler_end_one_pull_each(void) {
  wake_pulls(1);
}

/* A stop is for loops; it wakes a pull, and still ends the next loop. */
static void a_stop_wakes_a_pull_and_still_ends_a_loop(void) {
  struct actor silent = {.calls = 0};
  const mc_packet* packet = NULL;
  mc_poller* poller = new_poller();
  mc_listener* listener = open_pulled(poller);
  const int silence = register_silence(poller, &silent);
  CHECK_OK(mc_poller_stop(poller));
  CHECK_EQ(mc_listener_next(listener, &packet, -1), 0);
  CHECK_EQ(mc_poller_loop(poller, -1, -1), MC_STOPPED);
  mc_listener_free(listener);
  mc_poller_free(poller);
  close(silence);
}

/* One that nobody waited for yet, and a stop that the loop takes without waiting. */
static void a_stop_does_not_use_up_a_wake(void) {
  struct actor silent = {.calls = 0};
  mc_poller* poller = new_poller();
  const int silence = register_silence(poller, &silent);
  CHECK_OK(mc_poller_wake(poller));
  CHECK_OK(mc_poller_stop(poller));
  CHECK_EQ(mc_poller_loop(poller, -1, -1), MC_STOPPED);
  struct pollfd work = {mc_poller_fd(poller), POLLIN, 0};
  CHECK_EQ(poll(&work, 1, 0), 1); /* the wake is still there for the next wait */
  CHECK_EQ(mc_poller_poll(poller, 0), 0);
  CHECK_EQ(poll(&work, 1, 0), 0);
  mc_poller_free(poller);
  close(silence);
}

/* The end of a worker: another thread stops it, and it cleans up. */
static void a_poller_may_be_freed_as_soon_as_a_stop_has_ended_its_loop(void) {
  struct actor silent = {.calls = 0};
  struct ringer ringer;
  mc_poller* poller = new_poller();
  start(&ringer, 0, poller, mc_poller_stop);
  for (int i = 0; i < kTimes; ++i) {
    const int silence = register_silence(poller, &silent);
    atomic_store(&target, poller);
    sem_post(&ringer.asked);
    CHECK_EQ(mc_poller_loop(poller, i % 4 == 0 ? -1 : 0, 0), MC_STOPPED);
    mc_poller_free(poller);
    close(silence);
    poller = new_poller();
  }
  finish(&ringer);
  mc_poller_free(poller);
}

/* ---- errno ---------------------------------------------------------------------------------- */

/* The only eventfd of the process, which is the poller's bell. */
static int find_bell(void) {
  char path[32];
  char text[32];
  for (int fd = 0; fd < 256; ++fd) {
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    const ssize_t size = readlink(path, text, sizeof text - 1);
    if (size < 0) continue;
    text[size] = '\0';
    if (strstr(text, "eventfd") != NULL) return fd;
  }
  return -1;
}

static atomic_int kept;

static void ring_with_errno(int number) {
  (void)number;
  const int saved = errno;
  errno = 77;
  mc_poller_stop(atomic_load(&target));
  if (errno == 77) atomic_fetch_add(&kept, 1);
  mc_poller_wake(atomic_load(&target));
  if (errno == 77) atomic_fetch_add(&kept, 1);
  errno = saved;
}

/* The bell is as full as it can be, so that ringing it fails inside (and it rings all the same). */
static void stop_and_wake_keep_errno_in_a_handler(void) {
  const struct sigaction action = {.sa_handler = ring_with_errno};
  struct sigaction before;
  const uint64_t most = UINT64_MAX - 1;
  mc_poller* poller = new_poller();
  const int bell = find_bell();
  REQUIRE(bell >= 0);
  CHECK(write(bell, &most, sizeof most) == sizeof most);
  atomic_store(&target, poller);
  atomic_store(&kept, 0);
  sigaction(SIGUSR1, &action, &before);
  raise(SIGUSR1);
  sigaction(SIGUSR1, &before, NULL);
  CHECK_EQ(atomic_load(&kept), 2);
  CHECK_EQ(mc_poller_loop(poller, -1, -1), MC_STOPPED);
  mc_poller_free(poller);
}

static const struct check_test tests[] = {
    {"Stops of a thread end one loop each", stops_of_a_thread_end_one_loop_each, 0},
    {"Stops of a signal handler end one loop each", stops_of_a_signal_handler_end_one_loop_each, 0},
    {"Stops of a thread end one mc_listen each", stops_of_a_thread_end_one_mc_listen_each, 0},
    {"Stops of a signal handler end one mc_listen each",
     stops_of_a_signal_handler_end_one_mc_listen_each, 0},
    {"Wakes of a thread end one poll each", wakes_of_a_thread_end_one_poll_each, 0},
    {"Wakes of a thread end one pull each", wakes_of_a_thread_end_one_pull_each, kBothFamilies},
    {"Wakes of a signal handler end one pull each", wakes_of_a_signal_handler_end_one_pull_each, 0},
    {"A stop wakes a pull and still ends a loop", a_stop_wakes_a_pull_and_still_ends_a_loop, 0},
    {"A stop does not use up a wake", a_stop_does_not_use_up_a_wake, 0},
    {"A poller may be freed as soon as a stop has ended its loop",
     a_poller_may_be_freed_as_soon_as_a_stop_has_ended_its_loop, 0},
    {"Stop and wake keep errno in a handler", stop_and_wake_keep_errno_in_a_handler, 0},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
