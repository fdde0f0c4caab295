/* Functions that are run on the poller's thread: in order, once, a turn later. */
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "check.h"
#include "worker.h"

enum { kPort = 4340, kThreads = 4, kPosts = 25000 };

static void run(void* actor) {
  actor_packet(NULL, actor);
}

static void a_loop_runs_what_was_posted_and_ends(void) {
  struct actor user = {.calls = 0};
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  CHECK_EQ(mc_poller_is_polling(poller), 0);
  CHECK_OK(mc_poller_post(poller, run, &user, actor_end));
  CHECK_EQ(user.calls, 0); /* never at once, in its own thread neither */
  CHECK_EQ(mc_poller_is_polling(poller), 1);
  CHECK_EQ(mc_poller_loop(poller, -1, -1), 0);
  CHECK_EQ(user.calls + user.destroyed, 2);
  CHECK_EQ(user.misuses, 0);
  CHECK_OK(mc_poller_post(poller, run, &user, NULL)); /* without a finaliser */
  CHECK_EQ(mc_poller_poll(poller, -1), 0);            /* it is nobody's event */
  CHECK_EQ(user.calls, 2);
  mc_poller_free(poller);
}

static void what_cannot_be_posted_is_refused(void) {
  struct actor user = {.calls = 0};
  CHECK_ERROR(mc_poller_post(NULL, run, &user, actor_end), MC_ERROR_NULL, "poller is NULL");
  CHECK_ERROR(mc_poller_post(mc_default_poller(), NULL, &user, actor_end), MC_ERROR_NULL,
              "fn is NULL");
  CHECK_EQ(mc_poller_is_polling(mc_default_poller()), 0);
  CHECK_EQ(user.calls + user.destroyed, 0);
}

/* ---- From several threads ------------------------------------------------------------------- */

struct letter {
  int thread, number;
};

/* What has come; all of it on the poller's thread. */
static int arrived[kThreads];
static int ended;
static int disorders;
static mc_poller* target;

static void arrive(void* user) {
  const struct letter* letter = user;
  if (arrived[letter->thread]++ != letter->number) ++disorders;
}

static void end_letter(void* letter) {
  ++ended;
  free(letter);
}

static void* post_all(void* number) {
  for (int i = 0; i < kPosts; ++i) {
    struct letter* letter = malloc(sizeof *letter);
    *letter = (struct letter){*(int*)number, i};
    if (!CHECK_OK(mc_poller_post(target, arrive, letter, end_letter))) free(letter);
  }
  return NULL;
}

static void posts_of_several_threads_come_all_once_and_in_order(void) {
  pthread_t threads[kThreads];
  int numbers[kThreads];
  struct actor silent = {.calls = 0};
  REQUIRE_OK(mc_poller_new(&target));
  const int silence = register_silence(target, &silent);
  ended = disorders = 0;
  for (int i = 0; i < kThreads; ++i) {
    numbers[i] = i;
    arrived[i] = 0;
    REQUIRE(pthread_create(&threads[i], NULL, post_all, &numbers[i]) == 0);
  }
  CHECK(poll_until(target, &ended, kThreads * kPosts / 2));
  for (int i = 0; i < kThreads; ++i) pthread_join(threads[i], NULL);
  CHECK(poll_until(target, &ended, kThreads * kPosts));
  CHECK_EQ(mc_poller_poll(target, 0), 0);
  CHECK_EQ(ended, kThreads * kPosts);
  CHECK_EQ(disorders, 0);
  for (int i = 0; i < kThreads; ++i) CHECK_EQ(arrived[i], kPosts);
  mc_poller_free(target);
  close(silence);
}

/* ---- From inside ---------------------------------------------------------------------------- */

static void post_itself(struct actor* self) {
  CHECK_OK(mc_poller_post(self->a, run, self, NULL));
}

static void what_posts_itself_starves_nobody(void) {
  struct actor endless = {.act = post_itself};
  struct actor heard = {.calls = 0};
  struct actor read = {.calls = 0};
  const uint64_t one = 1;
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  endless.a = poller;
  mc_listener* listener = actor_listen(poller, check_group, kPort, &heard);
  const int fd = eventfd(0, EFD_CLOEXEC);
  CHECK_OK(mc_poller_register(poller, fd, 0, actor_read, NULL, &read, actor_end));
  CHECK_OK(mc_poller_post(poller, run, &endless, NULL));
  for (int turn = 1; turn <= 50; ++turn) {
    CHECK(write(fd, &one, sizeof one) == sizeof one);
    send_numbered(check_group, kPort, 1);
    CHECK_EQ(mc_poller_poll(poller, -1), 2);
    CHECK_EQ(endless.calls, turn); /* a turn later each, and each turn is open to all */
    CHECK_EQ(heard.calls, turn);
    CHECK_EQ(read.calls, turn);
  }
  CHECK_EQ(mc_poller_poll(poller, -1), 0); /* nor does it wait while mail is there */
  CHECK_EQ(endless.calls, 51);
  mc_listener_free(listener);
  mc_poller_free(poller);
  close(fd);
}

static void post_and_stop(struct actor* self) {
  CHECK_OK(mc_poller_post(self->a, run, self->b, actor_end));
  CHECK_OK(mc_poller_stop(self->a));
  CHECK_ERROR(mc_poller_poll(self->a, 0), MC_ERROR_BUSY, "inside its callbacks");
  CHECK_ERROR(mc_poller_loop(self->a, 0, 0), MC_ERROR_BUSY, "inside its callbacks");
}

static void a_stop_from_a_posted_function_leaves_the_rest_for_later(void) {
  struct actor later = {.calls = 0};
  struct actor user = {.act = post_and_stop, .b = &later};
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  user.a = poller;
  CHECK_OK(mc_poller_post(poller, run, &user, actor_end));
  CHECK_EQ(mc_poller_loop(poller, -1, -1), MC_STOPPED);
  CHECK_EQ(user.calls + user.destroyed, 2);
  CHECK_EQ(later.calls, 0);
  struct pollfd work = {mc_poller_fd(poller), POLLIN, 0};
  CHECK_EQ(poll(&work, 1, 0), 1); /* the stop has not silenced the mail */
  CHECK_EQ(mc_poller_loop(poller, -1, -1), 0);
  CHECK_EQ(later.calls + later.destroyed, 2);
  mc_poller_free(poller);
}

static void close_both(struct actor* self) {
  CHECK_OK(mc_listener_close(self->a));
  mc_listener_free(self->b);
}

static void a_posted_function_closes_and_frees(void) {
  struct actor user = {.act = close_both};
  struct actor one = {.calls = 0};
  struct actor two = {.calls = 0};
  user.a = actor_listen(NULL, check_group, kPort, &one);
  user.b = actor_listen(NULL, check_group, kPort, &two);
  CHECK_OK(mc_poller_post(mc_default_poller(), run, &user, actor_end));
  CHECK_EQ(mc_loop(-1, 0), 0); /* and nothing is left */
  CHECK_EQ(mc_listener_is_open(user.a), 0);
  CHECK_EQ(two.destroyed, 1);
  CHECK_EQ(user.misuses + two.misuses, 0);
  mc_listener_free(user.a);
}

static void free_poller(struct actor* self) {
  mc_poller_free(self->a);
}

static void after_a_posted_function_that_frees_the_poller_none_runs(void) {
  struct actor before = {.calls = 0};
  struct actor user = {.act = free_poller};
  struct actor after = {.calls = 0};
  struct actor heard = {.calls = 0};
  user.a = new_poller();
  mc_listener* listener = actor_listen(user.a, check_group, kPort, &heard);
  CHECK_OK(mc_poller_post(user.a, run, &before, actor_end));
  CHECK_OK(mc_poller_post(user.a, run, &user, actor_end));
  CHECK_OK(mc_poller_post(user.a, run, &after, actor_end));
  CHECK_EQ(mc_poller_loop(user.a, -1, -1), 0);
  CHECK_EQ(before.calls + before.destroyed, 2);
  CHECK_EQ(user.calls + user.destroyed, 2);
  CHECK_EQ(after.calls, 0);
  CHECK_EQ(after.destroyed, 1);
  CHECK_EQ(before.misuses + user.misuses + after.misuses, 0);
  CHECK_EQ(mc_listener_is_open(listener), 0);
  mc_listener_free(listener);
}

/* A finaliser of what never ran finds its poller closed to new posts. */
static void post_in_vain(struct actor* self) {
  struct actor* refused = self->b;
  CHECK_ERROR(mc_poller_post(self->a, run, refused, actor_end), MC_ERROR_CLOSED, "being freed");
}

static void what_never_ran_is_only_destroyed(void) {
  struct actor refused = {.calls = 0};
  struct actor users[100];
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  for (size_t i = 0; i < COUNT_OF(users); ++i) {
    users[i] = (struct actor){.act_at_end = post_in_vain, .a = poller, .b = &refused};
    CHECK_OK(mc_poller_post(poller, run, &users[i], actor_end));
  }
  mc_poller_free(poller);
  for (size_t i = 0; i < COUNT_OF(users); ++i) {
    CHECK_EQ(users[i].calls, 0);
    CHECK_EQ(users[i].destroyed, 1);
  }
  CHECK_EQ(refused.calls + refused.destroyed, 0);
}

/* ---- Nested --------------------------------------------------------------------------------- */

static void* post_one(void* user) {
  struct actor* actor = user;
  CHECK_OK(mc_poller_post(actor->a, run, actor, actor_end));
  return NULL;
}

static void posts_are_told_by_the_descriptor_of_the_poller(void) {
  struct actor user = {.calls = 0};
  pthread_t thread;
  user.a = new_poller();
  struct pollfd work = {mc_poller_fd(user.a), POLLIN, 0};
  CHECK_EQ(poll(&work, 1, 0), 0);
  REQUIRE(pthread_create(&thread, NULL, post_one, &user) == 0);
  CHECK_EQ(poll(&work, 1, 10000), 1);
  CHECK_EQ(mc_poller_poll(user.a, 0), 0);
  CHECK_EQ(user.calls + user.destroyed, 2);
  CHECK_EQ(poll(&work, 1, 0), 0);
  pthread_join(thread, NULL);
  mc_poller_free(user.a);
}

static int poll_inner(int fd, uint32_t events, void* inner) {
  (void)fd;
  (void)events;
  CHECK_OK(mc_poller_poll(inner, 0));
  return 0;
}

static void posts_reach_a_poller_that_is_nested_in_another(void) {
  struct actor user = {.calls = 0};
  mc_poller* outer = NULL;
  REQUIRE_OK(mc_poller_new(&outer));
  user.a = new_poller();
  CHECK_OK(mc_poller_register(outer, mc_poller_fd(user.a), 0, poll_inner, NULL, user.a, NULL));
  post_one(&user);
  CHECK(poll_until(outer, &user.destroyed, 1));
  CHECK_EQ(user.calls, 1);
  CHECK_OK(mc_poller_unregister(outer, mc_poller_fd(user.a)));
  mc_poller_free(user.a);
  mc_poller_free(outer);
}

static const struct check_test tests[] = {
    {"A loop runs what was posted and ends", a_loop_runs_what_was_posted_and_ends, 0},
    {"What cannot be posted is refused", what_cannot_be_posted_is_refused, 0},
    {"Posts of several threads come all, once and in order",
     posts_of_several_threads_come_all_once_and_in_order, 0},
    {"What posts itself starves nobody", what_posts_itself_starves_nobody, kBothFamilies},
    {"A stop from a posted function leaves the rest for later",
     a_stop_from_a_posted_function_leaves_the_rest_for_later, 0},
    {"A posted function closes and frees", a_posted_function_closes_and_frees, kBothFamilies},
    {"After a posted function that frees the poller none runs",
     after_a_posted_function_that_frees_the_poller_none_runs, 0},
    {"What never ran is only destroyed", what_never_ran_is_only_destroyed, 0},
    {"Posts are told by the descriptor of the poller",
     posts_are_told_by_the_descriptor_of_the_poller, 0},
    {"Posts reach a poller that is nested in another",
     posts_reach_a_poller_that_is_nested_in_another, 0},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
