/* Timers that are set anew and stopped: from outside, by themselves, by each other. */
#include <math.h>
#include <poll.h>
#include <time.h>

#include "actor.h"
#include "check.h"

static int fire(void* user) {
  return actor_packet(NULL, user);
}

static mc_timer* start(mc_poller* poller, double after, double every, struct actor* actor) {
  mc_timer* timer = NULL;
  CHECK_OK(mc_timer_new(&timer, poller, after, every, fire, actor, actor_end));
  return timer;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void a_timer_is_set_anew_whatever_it_does(void) {
  struct actor user = {.verdict = 0};
  mc_timer* timer = start(NULL, 3600, 0, &user);
  CHECK_EQ(mc_timer_is_running(timer), 1);
  CHECK_OK(mc_timer_set(timer, 0, 0)); /* while it runs: earlier */
  CHECK_OK(mc_loop(-1, 0));
  CHECK_EQ(user.calls, 1);
  CHECK_EQ(mc_timer_is_running(timer), 0);
  CHECK_OK(mc_timer_set(timer, 0.001, 0)); /* when it has fired */
  CHECK_EQ(mc_timer_is_running(timer), 1);
  CHECK_OK(mc_loop(-1, 0));
  CHECK_EQ(user.calls, 2);
  CHECK_OK(mc_timer_set(timer, 0, 0.001));
  CHECK_OK(mc_timer_set(timer, 3600, 0)); /* later, and no more again and again */
  CHECK_EQ(mc_poll(0.02), 0);
  CHECK_EQ(user.calls, 2);
  CHECK_OK(mc_timer_stop(timer));
  CHECK_OK(mc_timer_stop(timer));
  CHECK_EQ(mc_timer_is_running(timer) + mc_poller_is_polling(mc_default_poller()), 0);
  CHECK_OK(mc_loop(-1, 0));
  CHECK_OK(mc_timer_set(timer, 0, 0)); /* when it was stopped */
  CHECK_OK(mc_timer_set(timer, 0, 0)); /* it counts once as work for a loop */
  CHECK_OK(mc_loop(-1, 0));
  CHECK_EQ(user.calls, 3);
  mc_timer_free(timer);
  CHECK_EQ(user.destroyed, 1);
}

static void set_again(struct actor* self) {
  CHECK_OK(mc_timer_set(self->a, 0, 0));
  CHECK_EQ(mc_timer_is_running(self->a), 1);
  self->verdict = self->calls == 5;
}

static void what_a_timer_that_sets_itself_returns_still_counts(void) {
  struct actor user = {.act = set_again};
  user.a = start(NULL, 0, 0, &user);
  CHECK_OK(mc_loop(-1, 0));
  CHECK_EQ(user.calls, 5); /* it was set anew, and then it had enough */
  CHECK_EQ(mc_timer_is_running(user.a), 0);
  user.calls = 0;
  CHECK_OK(mc_timer_set(user.a, 0, 3600)); /* one that would go on by itself */
  CHECK_OK(mc_loop(-1, 0));
  CHECK_EQ(user.calls, 5);
  mc_timer_free(user.a);
}

static void set_again_for_ever(struct actor* self) {
  CHECK_OK(mc_timer_set(self->a, 0, 0));
}

static void a_timer_that_sets_itself_starves_nobody(void) {
  struct actor user = {.act = set_again_for_ever};
  struct actor other = {.verdict = 0};
  user.a = start(NULL, 0, 0, &user);
  mc_timer* timer = start(NULL, 0.001, 0, &other);
  CHECK(poll_until(NULL, &other.calls, 1));
  const int calls = user.calls;
  CHECK_EQ(mc_poll(10), 1);
  CHECK(user.calls > calls && user.calls < calls + 1000);
  mc_timer_free(user.a);
  mc_timer_free(timer);
}

static void stop_a(struct actor* self) {
  CHECK_OK(mc_timer_stop(self->a));
  CHECK_EQ(mc_timer_is_running(self->a), 0);
}

static void a_timer_stops_itself(void) {
  struct actor user = {.act = stop_a};
  user.a = start(NULL, 0, 0.001, &user);
  CHECK_OK(mc_loop(-1, 0));
  CHECK_EQ(user.calls, 1);
  mc_timer_free(user.a);
}

static void put_off_a(struct actor* self) {
  CHECK_OK(mc_timer_set(self->a, 3600, 0));
}

/* Both are due before the turn begins, so that both would fire in it. */
static void due_together(void (*act)(struct actor*), int still_runs) {
  struct actor first = {.act = act};
  struct actor second = {.verdict = 0};
  mc_timer* timer = start(NULL, 0, 0, &first);
  first.a = start(NULL, 0.000001, 0, &second);
  struct pollfd due = {.fd = mc_poller_fd(mc_default_poller()), .events = POLLIN};
  const double later = now() + 0.001;
  while (now() < later) {
  }
  CHECK_EQ(poll(&due, 1, 10000), 1);
  CHECK_OK(mc_poll(0));
  CHECK_OK(mc_poll(0.01));
  CHECK_EQ(first.calls, 1);
  CHECK_EQ(second.calls, 0);
  CHECK_EQ(mc_timer_is_running(first.a), still_runs);
  CHECK_OK(mc_timer_set(first.a, 0, 0));
  CHECK(poll_until(NULL, &second.calls, 1));
  mc_timer_free(timer);
  mc_timer_free(first.a);
}

static void a_timer_that_is_due_is_stopped_or_put_off_by_another(void) {
  due_together(stop_a, 0);
  due_together(put_off_a, 1);
}

static void set_a_now(struct actor* self) {
  if (self->calls <= 3) CHECK_OK(mc_timer_set(self->a, 0, 0));
}

static void a_timer_is_set_off_by_another(void) {
  struct actor first = {.act = set_a_now, .verdict = 0};
  struct actor second = {.verdict = 0};
  first.a = start(NULL, 3600, 0, &second);
  mc_timer* timer = start(NULL, 0, 0, &first);
  CHECK(poll_until(NULL, &second.calls, 1));
  CHECK_OK(mc_timer_set(timer, 0, 0));
  CHECK(poll_until(NULL, &second.calls, 2));
  CHECK_EQ(first.calls, 2);
  mc_timer_free(timer);
  mc_timer_free(first.a);
}

static void bad_times_leave_a_timer_as_it_was(void) {
  struct actor user = {.verdict = 0};
  const double bad[] = {NAN, -NAN, -1, -1e-300, -INFINITY, INFINITY, 3.1e9, 1e300};
  mc_timer* timer = start(NULL, 0.001, 0, &user);
  for (size_t i = 0; i < COUNT_OF(bad); ++i) {
    CHECK_ERROR(mc_timer_set(timer, bad[i], 0), MC_ERROR_TIME, "after", "give seconds");
    CHECK_ERROR(mc_timer_set(timer, 0, bad[i]), MC_ERROR_TIME, "every", "give seconds");
  }
  CHECK_EQ(mc_timer_is_running(timer), 1);
  CHECK_OK(mc_loop(-1, 0));
  CHECK_EQ(user.calls, 1);
  CHECK_ERROR(mc_timer_set(timer, 0, NAN), MC_ERROR_TIME, "every",
              "not a number; give seconds from 0 to 3e9");
  CHECK_EQ(mc_timer_is_running(timer), 0); /* nor is a stopped one set going */
  CHECK_OK(mc_timer_set(timer, 3e9, 3e9)); /* a century is not too long */
  CHECK_EQ(mc_poll(0), 0);
  CHECK_OK(mc_timer_set(timer, -0.0, 1e-300));
  CHECK(poll_until(NULL, &user.calls, 3));
  mc_timer_free(timer);
}

static void a_timer_without_its_poller_stays_stopped(void) {
  struct actor user = {.verdict = 0};
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  mc_timer* timer = start(poller, 0, 0.001, &user);
  mc_poller_free(poller);
  CHECK_EQ(mc_timer_is_running(timer), 0);
  CHECK_ERROR(mc_timer_set(timer, 0, 0), MC_ERROR_CLOSED, "timer's poller was freed", "make a new");
  CHECK_EQ(mc_timer_is_running(timer), 0);
  CHECK_OK(mc_timer_stop(timer));
  mc_timer_free(timer);
  CHECK_EQ(user.calls, 0);
  CHECK_EQ(user.destroyed, 1);
}

static const struct check_test tests[] = {
    {"A timer is set anew whatever it does", a_timer_is_set_anew_whatever_it_does, 0},
    {"What a timer that sets itself returns still counts",
     what_a_timer_that_sets_itself_returns_still_counts, 0},
    {"A timer that sets itself starves nobody", a_timer_that_sets_itself_starves_nobody, 0},
    {"A timer stops itself", a_timer_stops_itself, 0},
    {"A timer that is due is stopped or put off by another",
     a_timer_that_is_due_is_stopped_or_put_off_by_another, 0},
    {"A timer is set off by another", a_timer_is_set_off_by_another, 0},
    {"Bad times leave a timer as it was", bad_times_leave_a_timer_as_it_was, 0},
    {"A timer without its poller stays stopped", a_timer_without_its_poller_stays_stopped, 0},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
