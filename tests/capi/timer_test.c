/* Timers: once, again and again, in order, lagging, closed from anywhere, refused. */
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "actor.h"
#include "check.h"

static int fire(void* user) {
  struct actor* actor = user;
  ++actor->calls;
  if (actor->destroyed) ++actor->misuses;
  if (actor->act) actor->act(actor);
  return actor->verdict;
}

static mc_timer* start(mc_poller* poller, double after, double every, struct actor* actor) {
  mc_timer* timer = NULL;
  CHECK_OK(mc_timer_new(&timer, poller, after, every, fire, actor, actor_end));
  return timer;
}

static void a_timer_that_fires_once_ends_the_loop(void) {
  struct actor user = {.verdict = 0};
  mc_timer* timer = start(NULL, 0.001, 0, &user);
  CHECK_EQ(mc_poller_is_polling(mc_default_poller()), 1);
  CHECK_OK(mc_loop(-1, 0)); /* nothing is left once it has fired */
  CHECK_EQ(user.calls, 1);
  CHECK_EQ(user.destroyed, 0); /* it may yet be looked at: freeing is what destroys */
  mc_timer_free(timer);
  CHECK_EQ(user.destroyed, 1);
  mc_timer_free(NULL);
}

static void stop_at_five(struct actor* self) {
  if (self->calls == 5) self->verdict = 1;
}

static void a_timer_fires_again_until_it_says_enough(void) {
  struct actor user = {.act = stop_at_five};
  mc_timer* timer = start(NULL, 0, 0.001, &user);
  CHECK_OK(mc_loop(-1, 0));
  CHECK_EQ(user.calls, 5);
  CHECK_EQ(mc_poller_is_polling(mc_default_poller()), 0);
  mc_timer_free(timer);
  CHECK_EQ(user.destroyed, 1);
  CHECK_EQ(user.misuses, 0);
}

/* Each notes how many had fired before it. */
static void note_rank(struct actor* self) {
  int* fired = self->a;
  self->seen = (*fired)++;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* Making a timer takes time, so each is due within bounds; where those of two are apart, so is their
 * order. */
static void timers_fire_in_the_order_in_which_they_are_due(void) {
  enum { kTimers = 100 };
  static struct actor users[kTimers];
  mc_timer* timers[kTimers];
  double earliest[kTimers];
  double latest[kTimers];
  int fired = 0;
  int compared = 0;
  for (int i = 0; i < kTimers; ++i) {
    const double after = (i * 37 % kTimers) * 0.0005;
    users[i] = (struct actor){.act = note_rank, .a = &fired};
    earliest[i] = now() + after;
    timers[i] = start(NULL, after, 0, &users[i]);
    latest[i] = now() + after;
  }
  CHECK_OK(mc_loop(-1, 0));
  CHECK_EQ(fired, kTimers);
  for (int i = 0; i < kTimers; ++i) {
    for (int j = 0; j < kTimers; ++j) {
      if (latest[i] >= earliest[j]) continue;
      CHECK(users[i].seen < users[j].seen);
      ++compared;
    }
  }
  CHECK(compared > kTimers);
  for (int i = 0; i < kTimers; ++i) mc_timer_free(timers[i]);
}

static void a_thousand_timers_cost_one_descriptor(void) {
  enum { kTimers = 1000 };
  static mc_timer* timers[kTimers];
  struct actor user = {.verdict = 0};
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  const int before = check_count_descriptors();
  for (int i = 0; i < kTimers; ++i) timers[i] = start(poller, 1000, 1000, &user);
  CHECK_EQ(check_count_descriptors(), before + 1);
  for (int i = 0; i < kTimers; ++i) mc_timer_free(timers[i]);
  CHECK_EQ(user.destroyed, kTimers);
  CHECK_EQ(mc_poller_is_polling(poller), 0);
  mc_poller_free(poller);
}

/* A period far shorter than a turn: what was missed is skipped, not made up for. */
static void a_timer_that_lags_fires_once_a_turn(void) {
  struct actor user = {.verdict = 0};
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  mc_timer* timer = start(poller, 0, 1e-9, &user);
  for (int turn = 1; turn <= 50; ++turn) {
    CHECK_EQ(mc_poller_poll(poller, 10), 1);
    CHECK_EQ(user.calls, turn);
  }
  mc_timer_free(timer);
  mc_poller_free(poller);
}

static void free_a(struct actor* self) {
  mc_timer_free(self->a);
}

static void a_timer_frees_itself(void) {
  struct actor user = {.act = free_a};
  user.a = start(NULL, 0, 0.001, &user);
  CHECK_OK(mc_loop(-1, 0));
  CHECK_EQ(user.calls, 1);
  CHECK_EQ(user.destroyed, 1);
  CHECK_EQ(user.misuses, 0);
}

static void a_timer_frees_another_that_is_due_too(void) {
  struct actor first = {.act = free_a};
  struct actor second = {.verdict = 0};
  mc_timer* timer = start(NULL, 0, 0, &first);
  first.a = start(NULL, 0.000001, 0, &second);
  struct pollfd due = {.fd = mc_poller_fd(mc_default_poller()), .events = POLLIN};
  CHECK_EQ(poll(&due, 1, 10000), 1); /* and the poller nests: its descriptor tells */
  CHECK_OK(mc_loop(-1, 0));
  CHECK_EQ(first.calls, 1);
  CHECK_EQ(second.calls, 0);
  CHECK_EQ(second.destroyed, 1);
  mc_timer_free(timer);
  CHECK_EQ(first.destroyed, 1);
}

static void free_poller(struct actor* self) {
  mc_poller_free(self->b);
}

static void a_timer_frees_the_poller(void) {
  struct actor first = {.act = free_poller};
  struct actor second = {.verdict = 0};
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  first.b = poller;
  mc_timer* timer = start(poller, 0, 0.001, &first);
  mc_timer* other = start(poller, 0, 0.001, &second);
  CHECK_OK(mc_poller_loop(poller, -1, 0));
  CHECK_EQ(first.calls, 1);
  CHECK(second.calls <= 1);                        /* which of the two was first is theirs to say */
  CHECK_EQ(first.destroyed + second.destroyed, 0); /* the handles are still the user's */
  mc_timer_free(timer);
  mc_timer_free(other);
  CHECK_EQ(first.destroyed, 1);
  CHECK_EQ(second.destroyed, 1);
}

static void start_another(struct actor* self) {
  if (self->calls == 1) self->b = start(NULL, 0, 0, self->a);
}

static void a_timer_starts_another(void) {
  struct actor second = {.verdict = 0};
  struct actor first = {.act = start_another, .a = &second};
  mc_timer* timer = start(NULL, 0, 0, &first);
  CHECK_OK(mc_loop(-1, 0));
  CHECK_EQ(first.calls, 1);
  CHECK_EQ(second.calls, 1);
  mc_timer_free(timer);
  mc_timer_free(first.b);
  CHECK_EQ(second.destroyed, 1);
}

static void bad_times_are_refused(void) {
  struct actor user = {.verdict = 0};
  mc_timer* const untouched = (mc_timer*)&user;
  mc_timer* timer = untouched;
  const double bad[] = {NAN, -1, -0.001, INFINITY, 1e10};
  for (size_t i = 0; i < COUNT_OF(bad); ++i) {
    CHECK_ERROR(mc_timer_new(&timer, NULL, bad[i], 0, fire, &user, actor_end), MC_ERROR_TIME,
                "after", "give seconds");
    CHECK_ERROR(mc_timer_new(&timer, NULL, 0, bad[i], fire, &user, actor_end), MC_ERROR_TIME,
                "every", "give seconds");
  }
  CHECK_ERROR(mc_timer_new(NULL, NULL, 0, 0, fire, &user, actor_end), MC_ERROR_NULL, "out is NULL");
  CHECK_ERROR(mc_timer_new(&timer, NULL, 0, 0, NULL, &user, actor_end), MC_ERROR_NULL,
              "fn is NULL");
  CHECK(timer == untouched);
  CHECK_EQ(user.destroyed, 0);
  CHECK_EQ(mc_poller_is_polling(mc_default_poller()), 0);
}

static void without_descriptors(void) {
  struct actor user = {.verdict = 0};
  mc_timer* timer = NULL;
  REQUIRE(mc_default_poller() != NULL);
  const int free_number = dup(0); /* the lowest that is not taken */
  close(free_number);
  const struct rlimit none = {.rlim_cur = (rlim_t)free_number, .rlim_max = 1024};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  CHECK_ERROR(mc_timer_new(&timer, NULL, 0, 0, fire, &user, actor_end), -EMFILE, "timer", "ulimit");
  CHECK(timer == NULL);
  CHECK_EQ(user.destroyed, 0);
  CHECK_EQ(mc_poller_is_polling(mc_default_poller()), 0);
}

static void without_descriptors_there_is_no_timer(void) {
  CHECK_EQ(check_in_child(without_descriptors), 0);
}

static const struct check_test tests[] = {
    {"A timer that fires once ends the loop", a_timer_that_fires_once_ends_the_loop, 0},
    {"A timer fires again until it says enough", a_timer_fires_again_until_it_says_enough, 0},
    {"Timers fire in the order in which they are due",
     timers_fire_in_the_order_in_which_they_are_due, 0},
    {"A thousand timers cost one descriptor", a_thousand_timers_cost_one_descriptor, 0},
    {"A timer that lags fires once a turn", a_timer_that_lags_fires_once_a_turn, 0},
    {"A timer frees itself", a_timer_frees_itself, 0},
    {"A timer frees another that is due too", a_timer_frees_another_that_is_due_too, 0},
    {"A timer frees the poller", a_timer_frees_the_poller, 0},
    {"A timer starts another", a_timer_starts_another, 0},
    {"Bad times are refused", bad_times_are_refused, 0},
    {"Without descriptors there is no timer", without_descriptors_there_is_no_timer, 0},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
