/* Signals: polls return early, other waits go on unless they are interruptible; nothing is lost. */
#include <signal.h>
#include <unistd.h>

#include "check.h"
#include "pest.h"
#include "worker.h"

enum { kPort = 4360, kPackets = 500 };

static mc_listener* open_pulled(mc_poller* poller) {
  mc_listener* listener = NULL;
  CHECK_OK(mc_listener_new(&listener, poller));
  CHECK_OK(mc_listener_add(listener, check_group, kPort));
  CHECK_OK(mc_listener_open(listener));
  return listener;
}

static void a_signal_ends_a_poll_with_0(void) {
  struct pest pest = {.signals = 0};
  mc_poller* poller = new_poller();
  for (int interruptible = 0; interruptible <= 1; ++interruptible) {
    CHECK_OK(mc_poller_set_interruptible(poller, interruptible));
    pest_start(&pest);
    CHECK_EQ(mc_poller_poll(poller, -1), 0);
    CHECK(pest_handled() > 0);
    pest_end(&pest);
  }
  mc_poller_free(poller);
}

/* ---- Not interruptible ---------------------------------------------------------------------- */

static void stop_poller(void* poller) {
  CHECK_OK(mc_poller_stop(poller));
}

static void send_one(void* unused) {
  (void)unused;
  CHECK_OK(mc_sendto("a", 1, check_group, kPort, 0));
}

static void a_loop_goes_on(void) {
  struct actor silent = {.calls = 0};
  mc_poller* poller = new_poller();
  const int silence = register_silence(poller, &silent);
  struct pest pest = {.signals = 100, .finally = stop_poller, .user = poller};
  const double intervals[] = {0, 3600, -1};
  for (size_t i = 0; i < COUNT_OF(intervals); ++i) {
    pest_start(&pest);
    CHECK_EQ(mc_poller_loop(poller, intervals[i] != 0 ? 0 : 3600, intervals[i]), MC_STOPPED);
    CHECK(pest_handled() > 0);
    pest_end(&pest);
  }
  mc_poller_free(poller);
  close(silence);
}

/* Again and again, until it is heard. */
static int send_when_pestered(void* unused) {
  if (pest_handled() >= 100) send_one(unused);
  return 0;
}

static void mc_listen_goes_on(void) {
  struct actor user = {.verdict = 1};
  struct pest pest = {.signals = 0};
  mc_timer* timer = NULL;
  CHECK_OK(mc_timer_new(&timer, NULL, 0, 0.001, send_when_pestered, NULL, NULL));
  pest_start(&pest);
  CHECK_EQ(mc_listen(actor_packet, &user, check_group, kPort, 9, 0), 0);
  CHECK_EQ(user.calls, 1);
  CHECK(pest_handled() >= 100);
  pest_end(&pest);
  mc_timer_free(timer);
}

static void a_pull_goes_on(void) {
  struct pest pest = {.signals = 100, .finally = send_one};
  const mc_packet* packet = NULL;
  const mc_packet* const* packets = NULL;
  mc_listener* listener = open_pulled(NULL);
  pest_start(&pest);
  CHECK_EQ(mc_listener_next(listener, &packet, -1), 1);
  pest_end(&pest);
  pest_start(&pest);
  CHECK_EQ(mc_listener_next_many(listener, &packets, 9, 3600), 1);
  pest_end(&pest);
  mc_listener_free(listener);
}

/* ---- Interruptible -------------------------------------------------------------------------- */

static void a_loop_is_interrupted_and_goes_on_when_it_is_called_again(void) {
  struct actor silent = {.calls = 0};
  mc_poller* poller = new_poller();
  const int silence = register_silence(poller, &silent);
  struct pest pest = {.signals = 0};
  CHECK_OK(mc_poller_set_interruptible(poller, 1));
  pest_start(&pest);
  for (int i = 0; i < 20; ++i) {
    CHECK_ERROR(mc_poller_loop(poller, -1, 0), MC_ERROR_INTERRUPTED, "signal", "call again");
    CHECK_ERROR(mc_poller_loop(poller, 0, -1), MC_ERROR_INTERRUPTED, "signal", "call again");
    CHECK_ERROR(mc_poller_loop(poller, 0.001, 3600), MC_ERROR_INTERRUPTED, "signal");
  }
  CHECK_OK(mc_poller_stop(poller)); /* is more than a signal */
  CHECK_EQ(mc_poller_loop(poller, -1, -1), MC_STOPPED);
  pest_end(&pest);
  pest = (struct pest){.signals = 50, .finally = stop_poller, .user = poller};
  CHECK_OK(mc_poller_set_interruptible(poller, 0));
  pest_start(&pest);
  CHECK_EQ(mc_poller_loop(poller, -1, -1), MC_STOPPED);
  pest_end(&pest);
  mc_poller_free(poller);
  close(silence);
}

static void the_shortest_wait_is_interrupted_too(void) {
  struct actor silent = {.calls = 0};
  mc_poller* poller = new_poller();
  const int silence = register_silence(poller, &silent);
  struct pest pest = {.signals = 0};
  CHECK_OK(mc_poller_set_interruptible(poller, 1));
  pest_start(&pest);
  for (int i = 0; i < 20; ++i) {
    CHECK_ERROR(mc_poller_loop(poller, 1e-9, 0), MC_ERROR_INTERRUPTED, "signal");
    CHECK_ERROR(mc_poller_loop(poller, 0, 1e-9), MC_ERROR_INTERRUPTED, "signal");
  }
  pest_end(&pest);
  mc_poller_free(poller);
  close(silence);
}

static void what_never_waits_is_never_interrupted(void) {
  struct actor silent = {.calls = 0};
  mc_poller* poller = new_poller();
  const int silence = register_silence(poller, &silent);
  struct pest pest = {.signals = 100, .finally = stop_poller, .user = poller};
  CHECK_OK(mc_poller_set_interruptible(poller, 1));
  pest_start(&pest);
  CHECK_EQ(mc_poller_loop(poller, 0, 0), MC_STOPPED);
  CHECK(pest_handled() > 0);
  pest_end(&pest);
  mc_poller_free(poller);
  close(silence);
}

static void mc_listen_and_pulls_are_interrupted(void) {
  struct actor user = {.calls = 0};
  struct pest pest = {.signals = 0};
  const mc_packet* packet = NULL;
  const mc_packet* const* packets = NULL;
  mc_listener* listener = open_pulled(NULL);
  CHECK_OK(mc_poller_set_interruptible(mc_default_poller(), 1));
  pest_start(&pest);
  for (int i = 0; i < 20; ++i) {
    CHECK_ERROR(mc_listen(actor_packet, &user, check_group, kPort, 9, 0), MC_ERROR_INTERRUPTED,
                "signal", "call again");
    CHECK_ERROR(mc_listener_next(listener, &packet, -1), MC_ERROR_INTERRUPTED, "signal");
    CHECK_ERROR(mc_listener_next_many(listener, &packets, 9, 3600), MC_ERROR_INTERRUPTED, "signal");
  }
  pest_end(&pest);
  CHECK(packet == NULL && packets == NULL);
  CHECK_EQ(user.calls, 0);
  mc_listener_free(listener);
}

/* ---- Nothing is lost ------------------------------------------------------------------------ */

/* Takes the numbers 0, 1, 2 … in order. */
static int take_number(const mc_packet* packet, void* next) {
  int number = -1;
  CHECK_EQ(packet->size, sizeof number);
  for (size_t i = 0; i < sizeof number; ++i) ((unsigned char*)&number)[i] = packet->data[i];
  CHECK_EQ(number, *(int*)next);
  ++*(int*)next;
  return 0;
}

/* Sends a packet, and a signal around the same time, when the one before has been taken. */
struct sender {
  pthread_t thread, target;
  sem_t taken;
};

static void* send_with_signals(void* user) {
  struct sender* sender = user;
  for (int i = 0; i < kPackets; ++i) {
    if (i % 2 == 0) pthread_kill(sender->target, SIGUSR1);
    CHECK_OK(mc_sendto(&i, sizeof i, check_group, kPort, 0));
    if (i % 2 != 0) pthread_kill(sender->target, SIGUSR1);
    if (!await(&sender->taken)) break;
  }
  return NULL;
}

/* How a wait may take packets; what it returns when there was nothing. */
static int by_poll(mc_poller* poller, mc_listener* listener, int* next) {
  (void)listener;
  (void)next;
  return mc_poller_poll(poller, 0.1) < 0 ? -1 : 0;
}

static int by_loop(mc_poller* poller, mc_listener* listener, int* next) {
  const int before = *next;
  (void)listener;
  const int outcome = mc_poller_loop(poller, -1, *next % 2 == 0 ? 0 : 0.0001);
  return outcome == MC_ERROR_INTERRUPTED || (outcome == MC_STOPPED && *next > before) ? 0 : -1;
}

static int by_next(mc_poller* poller, mc_listener* listener, int* next) {
  const mc_packet* packet = NULL;
  (void)poller;
  const int outcome = mc_listener_next(listener, &packet, -1);
  if (outcome == 1) take_number(packet, next);
  return outcome == 1 || outcome == MC_ERROR_INTERRUPTED ? 0 : -1;
}

static void ignore(int number) {
  (void)number; /* but SIG_IGN would interrupt nothing */
}

struct stopping {
  mc_poller* poller;
  int next;
};

static int take_and_stop(const mc_packet* packet, void* user) {
  struct stopping* stopping = user;
  take_number(packet, &stopping->next);
  return mc_poller_stop(stopping->poller);
}

static void take_all(int (*wait)(mc_poller*, mc_listener*, int*), int pulled) {
  const struct sigaction action = {.sa_handler = ignore};
  struct sigaction before;
  struct sender sender = {.target = pthread_self()};
  struct stopping stopping = {new_poller(), 0};
  mc_listener* listener = NULL;
  CHECK_OK(mc_poller_set_interruptible(stopping.poller, 1));
  CHECK_OK(mc_listener_new(&listener, stopping.poller));
  CHECK_OK(mc_listener_add(listener, check_group, kPort));
  if (!pulled) CHECK_OK(mc_listener_set_handler(listener, take_and_stop, &stopping, NULL));
  CHECK_OK(mc_listener_open(listener));
  CHECK_OK(mc_poll(0)); /* as above */
  sem_init(&sender.taken, 0, 0);
  sigaction(SIGUSR1, &action, &before);
  CHECK_EQ(pthread_create(&sender.thread, NULL, send_with_signals, &sender), 0);
  for (int told = 0; told < kPackets;) {
    if (!CHECK_EQ(wait(stopping.poller, listener, &stopping.next), 0)) break;
    for (; told < stopping.next; ++told) sem_post(&sender.taken);
  }
  pthread_join(sender.thread, NULL);
  CHECK_EQ(stopping.next, kPackets);
  sigaction(SIGUSR1, &before, NULL);
  sem_destroy(&sender.taken);
  mc_listener_free(listener);
  mc_poller_free(stopping.poller);
}

static void interrupted_waits_lose_nothing(void) {
  check_note("by poll");
  take_all(by_poll, 0);
  check_note("by loop");
  take_all(by_loop, 0);
  check_note("by next");
  take_all(by_next, 1);
}

static const struct check_test tests[] = {
    {"A signal ends a poll with 0", a_signal_ends_a_poll_with_0, 0},
    {"A loop goes on after a signal", a_loop_goes_on, 0},
    {"mc_listen goes on after a signal", mc_listen_goes_on, kBothFamilies},
    {"A pull goes on after a signal", a_pull_goes_on, kBothFamilies},
    {"An interruptible loop is interrupted and goes on when it is called again",
     a_loop_is_interrupted_and_goes_on_when_it_is_called_again, 0},
    {"The shortest wait is interrupted, too", the_shortest_wait_is_interrupted_too, 0},
    {"What never waits is never interrupted", what_never_waits_is_never_interrupted, 0},
    {"Interruptible mc_listen and pulls are interrupted", mc_listen_and_pulls_are_interrupted,
     kBothFamilies},
    {"Interrupted waits lose nothing", interrupted_waits_lose_nothing, kBothFamilies},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
