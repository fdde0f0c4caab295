/* Wait policies: whatever the policy, everything is heard, timeouts hold, and nothing is lost. What each
 * policy does is tested from inside (tests/unit/wait_test.cpp). */
#include <math.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "check.h"
#include "pest.h"
#include "pulled.h"
#include "worker.h"

enum { kPort = 4390, kBackPort = 4391, kRounds = 100, kTooLong = 10 };

static const struct policy {
  const char* name;
  int number;
  double seconds;
} policies[] = {
    {"block", MC_WAIT_BLOCK, 0},
    {"hybrid, 50 us", MC_WAIT_HYBRID, 50e-6},
    {"hybrid, 1 s", MC_WAIT_HYBRID, 1},
    {"coalesce, 100 us", MC_WAIT_COALESCE, 100e-6},
    {"coalesce, 20 ms", MC_WAIT_COALESCE, 0.02},
};

static const struct policy* now; /* what is being tested */

/* Runs the function for each policy; `shortly` leaves out those whose pauses add up. */
static void under_each(void (*run)(void), int shortly) {
  for (size_t i = 0; i < COUNT_OF(policies); ++i) {
    now = &policies[i];
    if (shortly && now->number == MC_WAIT_COALESCE && now->seconds > 0.001) continue;
    check_note(now->name);
    run();
  }
  check_note("");
}

static mc_poller* poller_under_policy(void) {
  mc_poller* poller = new_poller();
  CHECK_OK(mc_poller_set_wait(poller, now->number, now->seconds));
  return poller;
}

/* ---- The choice ----------------------------------------------------------------------------- */

static void bad_choices_are_refused_and_change_nothing(void) {
  static const double bad[] = {-1,   -5e-324, (double)NAN, (double)INFINITY, -(double)INFINITY,
                               1e300};
  struct actor silent = {.calls = 0};
  mc_poller* poller = new_poller();
  const int silence = register_silence(poller, &silent);
  CHECK_OK(mc_poller_set_wait(poller, MC_WAIT_COALESCE, 0));
  for (size_t i = 0; i < COUNT_OF(bad); ++i) {
    CHECK_ERROR(mc_poller_set_wait(poller, MC_WAIT_HYBRID, bad[i]), MC_ERROR_TIME, "0 to 1 sec");
    CHECK_ERROR(mc_poller_set_wait(poller, MC_WAIT_COALESCE, bad[i]), MC_ERROR_TIME, "0 to 0.1 s");
    CHECK_OK(mc_poller_set_wait(poller, MC_WAIT_BLOCK, bad[i])); /* says nothing there */
  }
  CHECK_ERROR(mc_poller_set_wait(poller, MC_WAIT_HYBRID, 1.001), MC_ERROR_TIME, "0 to 1 second");
  CHECK_ERROR(mc_poller_set_wait(poller, MC_WAIT_COALESCE, 0.101), MC_ERROR_TIME, "0 to 0.1 sec");
  CHECK_ERROR(mc_poller_set_wait(poller, -1, 0), MC_ERROR_FLAGS, "-1", "MC_WAIT_BLOCK");
  CHECK_ERROR(mc_poller_set_wait(poller, 3, 0), MC_ERROR_FLAGS, "policy 3", "MC_WAIT_COALESCE");
  CHECK_EQ(mc_poller_poll(poller, 0.001), 0);
  mc_poller_free(poller);
  close(silence);
}

/* ---- Time ----------------------------------------------------------------------------------- */

static void time_out(void) {
  struct actor silent = {.calls = 0};
  mc_poller* poller = poller_under_policy();
  const int silence = register_silence(poller, &silent);
  mc_listener* pulled = pulled_open(poller, check_group, kPort);
  const mc_packet* packet = NULL;
  const double begin = seconds_now();
  CHECK_EQ(mc_poller_poll(poller, 0.02), 0);
  const double polled = seconds_now();
  CHECK(polled - begin >= 0.02);
  CHECK_EQ(mc_listener_next(pulled, &packet, 0.02), 0);
  CHECK(seconds_now() - polled >= 0.02);
  /* Without a timeout there is no wait, and a policy would be felt. */
  for (int i = 0; i < 1000; ++i) {
    CHECK_EQ(mc_poller_poll(poller, 0), 0);
    CHECK_EQ(mc_listener_next(pulled, &packet, 0), 0);
  }
  CHECK(seconds_now() - begin < kTooLong);
  mc_listener_free(pulled);
  mc_poller_free(poller);
  close(silence);
}

static void timeouts_hold(void) {
  under_each(time_out, 0);
}

static void nest(void) {
  struct actor user = {.calls = 0};
  mc_poller* poller = poller_under_policy();
  mc_listener* listener = actor_listen(poller, check_group, kPort, &user);
  const double begin = seconds_now();
  for (int i = 1; i <= kRounds; ++i) {
    CHECK_OK(mc_sendto("a", 1, check_group, kPort, 0));
    REQUIRE(becomes_readable(mc_poller_fd(poller)));
    CHECK_EQ(mc_poller_poll(poller, 0), 1);
    CHECK_EQ(user.calls, i);
  }
  CHECK(seconds_now() - begin < kTooLong);
  mc_listener_free(listener);
  mc_poller_free(poller);
}

static void in_another_loop_there_is_no_policy(void) {
  under_each(nest, 0);
}

/* ---- Everything is heard -------------------------------------------------------------------- */

static void set_policy(void* poller) {
  CHECK_OK(mc_poller_set_wait(poller, now->number, now->seconds)); /* in a callback */
}

static void do_nothing(void* unused) {
  (void)unused;
}

static void be_posted_to_and_stopped(void) {
  struct worker worker = {.interval = 0};
  if (!worker_start(&worker)) return;
  worker_do(&worker, set_policy, worker.poller);
  for (int i = 0; i < 10; ++i) {
    CHECK_OK(mc_poller_wake(worker.poller));
    worker_do(&worker, do_nothing, NULL);
  }
  worker_end(&worker);
}

static void other_threads_are_heard(void) {
  under_each(be_posted_to_and_stopped, 0);
}

static void ring(struct actor* self) {
  const uint64_t one = 1;
  CHECK(write(*(int*)self->a, &one, sizeof one) == sizeof one);
}

static int count_ring(int fd, uint32_t events, void* user) {
  struct actor* const actor = user;
  actor_read(fd, events, user);
  CHECK_OK(mc_sendto("a", 1, check_group, kPort, 0));
  return actor->calls == kRounds;
}

/* Each packet rings, and each ring sends a packet: packets alone would be the favourite's. */
static void serve_descriptors_and_packets(void) {
  struct actor descriptor = {.calls = 0};
  struct actor user = {.act = ring};
  int bell = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
  mc_poller* poller = poller_under_policy();
  user.a = &bell;
  mc_listener* listener = actor_listen(poller, check_group, kPort, &user);
  CHECK_OK(mc_poller_register(poller, bell, 0, count_ring, NULL, &descriptor, actor_end));
  CHECK(poll_until(poller, &descriptor.calls, kRounds));
  CHECK(poll_until(poller, &user.calls, kRounds));
  CHECK_EQ(descriptor.destroyed, 1);
  mc_listener_free(listener);
  mc_poller_free(poller);
  close(bell);
}

static void descriptors_and_packets_are_served_by_turns(void) {
  under_each(serve_descriptors_and_packets, 1);
}

static int tick(void* user) {
  return ++((struct actor*)user)->calls == 5;
}

static void serve_timers(void) {
  struct actor user = {.calls = 0};
  mc_timer* timer = NULL;
  mc_poller* poller = poller_under_policy();
  CHECK_OK(mc_timer_new(&timer, poller, 0.003, 0.003, tick, &user, actor_end));
  CHECK_EQ(mc_poller_loop(poller, -1, 0), 0);
  CHECK_EQ(user.calls, 5);
  mc_timer_free(timer);
  mc_poller_free(poller);
}

static void timers_fire(void) {
  under_each(serve_timers, 0);
}

/* ---- Packets between two threads ------------------------------------------------------------ */

/* Sends back what it hears, on a poller under the same policy. */
static int echo(const mc_packet* packet, void* unused) {
  (void)unused;
  CHECK_OK(mc_sendto(packet->data, packet->size, check_other_group, kBackPort, 0));
  return 0;
}

struct side {
  struct worker worker;
  mc_listener* listener;
};

static void open_echo(void* user) {
  struct side* side = user;
  set_policy(side->worker.poller);
  CHECK_OK(mc_listener_new(&side->listener, side->worker.poller));
  CHECK_OK(mc_listener_set_handler(side->listener, echo, NULL, NULL));
  CHECK_OK(mc_listener_add(side->listener, check_group, kPort));
  CHECK_OK(mc_listener_open(side->listener));
}

static void close_echo(void* user) {
  mc_listener_free(((struct side*)user)->listener);
}

static void send_and_hear(void) {
  struct side there = {.listener = NULL};
  struct actor user = {.calls = 0};
  mc_poller* poller = poller_under_policy();
  mc_listener* pushed = actor_listen(poller, check_other_group, kBackPort, &user);
  mc_listener* pulled = NULL;
  const mc_packet* packet = NULL;
  CHECK_OK(mc_listener_new(&pulled, poller));
  CHECK_OK(mc_listener_add(pulled, check_other_group, kBackPort));
  CHECK_OK(mc_listener_open(pulled));
  if (!worker_start(&there.worker)) return;
  worker_do(&there.worker, open_echo, &there);
  for (int i = 1; i <= kRounds; ++i) {
    CHECK_OK(mc_sendto(&i, sizeof i, check_group, kPort, 0));
    if (!CHECK(poll_until(poller, &user.calls, i))) break;
    if (!CHECK_EQ(mc_listener_next(pulled, &packet, kTooLong), 1)) break;
    CHECK_EQ(packet->size, sizeof i);
    CHECK_EQ(packet->data[0], i);
  }
  worker_do(&there.worker, close_echo, &there);
  worker_end(&there.worker);
  mc_listener_free(pushed);
  mc_listener_free(pulled);
  mc_poller_free(poller);
}

static void packets_go_to_and_fro(void) {
  under_each(send_and_hear, 1);
}

/* ---- Signals -------------------------------------------------------------------------------- */

/* Were those that come while it looks not noticed, each of these would look for all of its time. */
static void be_interrupted(void) {
  struct actor silent = {.calls = 0};
  struct actor user = {.calls = 0};
  struct pest pest = {.signals = 0};
  const mc_packet* packet = NULL;
  mc_poller* poller = mc_default_poller();
  const int silence = register_silence(poller, &silent);
  mc_listener* pulled = NULL;
  CHECK_OK(mc_listener_new(&pulled, poller));
  CHECK_OK(mc_listener_add(pulled, check_group, kPort));
  CHECK_OK(mc_listener_open(pulled));
  CHECK_OK(mc_poller_set_wait(poller, now->number, now->seconds));
  CHECK_OK(mc_poller_set_interruptible(poller, 1));
  pest_start(&pest);
  const double begin = seconds_now();
  for (int i = 0; i < 10; ++i) {
    CHECK_EQ(mc_poller_poll(poller, -1), 0);
    CHECK_ERROR(mc_poller_loop(poller, -1, 0), MC_ERROR_INTERRUPTED, "signal", "call again");
    CHECK_ERROR(mc_listen(actor_packet, &user, check_group, kPort, 9, 0), MC_ERROR_INTERRUPTED,
                "signal");
    CHECK_ERROR(mc_listener_next(pulled, &packet, -1), MC_ERROR_INTERRUPTED, "signal");
  }
  CHECK(seconds_now() - begin < kTooLong);
  CHECK(pest_handled() > 0);
  pest_end(&pest);
  mc_listener_free(pulled);
  CHECK_OK(mc_unregister(silence));
  mc_poller_free(poller);
  close(silence);
}

static void signals_interrupt_each_wait(void) {
  under_each(be_interrupted, 0);
}

struct pestered {
  mc_poller* poller;
  struct actor user;
};

/* Packets come all the time, so that there is something to pause for; until there were signals and
 * packets. */
static int send_or_stop(void* arg) {
  struct pestered* pestered = arg;
  if (pest_handled() < 100 || pestered->user.calls == 0)
    return mc_sendto("a", 1, check_group, kPort, 0);
  return mc_poller_stop(pestered->poller);
}

static void go_on(void) {
  mc_timer* timer = NULL;
  struct pestered pestered = {.poller = poller_under_policy()};
  mc_poller* poller = pestered.poller;
  mc_listener* listener = actor_listen(poller, check_group, kPort, &pestered.user);
  struct pest pest = {.signals = 0};
  CHECK_OK(mc_timer_new(&timer, poller, 0, 0.001, send_or_stop, &pestered, NULL));
  pest_start(&pest);
  CHECK_EQ(mc_poller_loop(poller, -1, 0), MC_STOPPED);
  pest_end(&pest);
  mc_timer_free(timer);
  mc_listener_free(listener);
  mc_poller_free(poller);
}

static void signals_do_not_break_other_loops(void) {
  under_each(go_on, 0);
}

static const struct check_test tests[] = {
    {"Bad choices are refused and change nothing", bad_choices_are_refused_and_change_nothing, 0},
    {"Timeouts hold", timeouts_hold, kBothFamilies},
    {"In another loop there is no policy", in_another_loop_there_is_no_policy, kBothFamilies},
    {"Other threads are heard", other_threads_are_heard, 0},
    {"Descriptors and packets are served by turns", descriptors_and_packets_are_served_by_turns,
     kBothFamilies},
    {"Timers fire", timers_fire, 0},
    {"Packets go to and fro", packets_go_to_and_fro, kBothFamilies},
    {"Signals interrupt each wait", signals_interrupt_each_wait, 0},
    {"Signals do not break other loops", signals_do_not_break_other_loops, 0},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
