/* Whose a poller is: other threads are refused, and may take it over. */
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "check.h"
#include "every_call.h"
#include "worker.h"

enum { kPort = 4320 };

static void call_everything(void* handles) {
  for (size_t i = 0; i < every_call_count; ++i) {
    if (every_call[i].kind == kAnyThread) continue;
    check_note(every_call[i].name);
    CHECK_ERROR(every_call[i].call(handles), MC_ERROR_THREAD, "another thread", "mc_poller_post",
                "mc_poller_adopt");
  }
  check_note("");
}

static void other_threads_are_refused_and_touch_nothing(void) {
  struct handles handles;
  mc_stats before;
  mc_stats after;
  REQUIRE(handles_make(&handles, kPort));
  CHECK_OK(mc_poller_stats(handles.poller, &before, sizeof before));
  elsewhere(call_everything, &handles);
  CHECK_OK(mc_poller_stats(handles.poller, &after, sizeof after));
  CHECK_EQ(after.turns, before.turns);
  CHECK_EQ(after.channels, before.channels);
  handles_check_untouched(&handles);
  handles_free(&handles);
  CHECK_EQ(handles.user.destroyed, 3);
  CHECK_EQ(handles.refused.calls + handles.refused.destroyed, 0);
}

static void call_for_any_thread(void* user) {
  struct handles* handles = user;
  for (size_t i = 0; i < every_call_count; ++i) {
    check_note(every_call[i].name);
    if (every_call[i].kind == kAnyThread) CHECK_OK(every_call[i].call(handles));
  }
  /* The last of them has taken the poller over. */
  check_note("");
  CHECK_EQ(mc_poller_loop(handles->poller, -1, -1), MC_STOPPED);
  CHECK_EQ(mc_poller_poll(handles->poller, 10), 0); /* the posted function */
  CHECK_EQ(handles->refused.calls, 1);
  CHECK_EQ(handles->refused.destroyed, 1);
}

static void some_functions_are_for_every_thread(void) {
  struct handles handles;
  REQUIRE(handles_make(&handles, kPort));
  elsewhere(call_for_any_thread, &handles);
  CHECK_OK(mc_poller_adopt(handles.poller));
  handles_free(&handles);
}

/* ---- Taking over ---------------------------------------------------------------------------- */

struct moved {
  struct handles handles;
  struct actor fired;
  mc_timer* timer;
  pthread_t thread;
};

static int note_thread(void* user) {
  struct moved* moved = user;
  ++moved->fired.calls;
  CHECK(pthread_equal(moved->thread, pthread_self()));
  return 0;
}

static void stop_after_three(struct actor* self) {
  struct moved* moved = self->b;
  CHECK(pthread_equal(moved->thread, pthread_self()));
  if (self->calls == 3) CHECK_OK(mc_poller_stop(self->a));
}

static void serve_adopted(void* user) {
  struct moved* moved = user;
  struct handles* handles = &moved->handles;
  const uint64_t one = 1;
  moved->thread = pthread_self();
  CHECK_ERROR(mc_poller_loop(handles->poller, -1, 0), MC_ERROR_THREAD, "mc_poller_adopt");
  CHECK_OK(mc_poller_adopt(handles->poller));
  CHECK_OK(mc_poller_adopt(handles->poller)); /* it is ours already */
  handles->user.act = stop_after_three;
  handles->user.a = handles->poller;
  handles->user.b = moved;
  CHECK_OK(mc_multicaster_send(handles->multicaster, "a", 1));       /* the listener */
  CHECK_OK(mc_timer_set(handles->timer, 0, 0));                      /* the old timer */
  CHECK(write(handles->registered, &one, sizeof one) == sizeof one); /* the descriptor */
  CHECK_OK(mc_timer_new(&moved->timer, handles->poller, 0, 0, note_thread, moved, NULL));
  CHECK_EQ(mc_poller_loop(handles->poller, -1, 0), MC_STOPPED);
  CHECK_EQ(handles->user.calls, 3);
  CHECK_EQ(moved->fired.calls, 1);
  handles->user.act = NULL;
}

static void everything_on_a_poller_moves_with_it(void) {
  struct moved moved = {.timer = NULL};
  const mc_packet* packet = NULL;
  REQUIRE(handles_make(&moved.handles, kPort));
  elsewhere(serve_adopted, &moved);
  CHECK_ERROR(mc_poller_poll(moved.handles.poller, 0), MC_ERROR_THREAD, "another thread");
  CHECK_ERROR(mc_timer_stop(moved.timer), MC_ERROR_THREAD, "another thread");
  CHECK_OK(mc_poller_adopt(moved.handles.poller)); /* and back again */
  CHECK_EQ(mc_listener_next(moved.handles.pulled, &packet, 10), 1);
  CHECK_OK(mc_timer_set(moved.handles.timer, 3600, 0));
  handles_check_untouched(&moved.handles);
  mc_timer_free(moved.timer);
  handles_free(&moved.handles);
  CHECK_EQ(moved.handles.user.destroyed, 3);
}

static void adopt_in_callback(void* user) {
  CHECK_ERROR(mc_poller_adopt(user), MC_ERROR_BUSY, "being polled", "return");
  CHECK_ERROR(mc_poller_poll(user, 0), MC_ERROR_THREAD, "another thread");
}

static void let_another_adopt(struct actor* self) {
  elsewhere(adopt_in_callback, self->a);
  CHECK_OK(mc_poller_adopt(self->a)); /* its owner may always say so */
}

static void a_poller_is_not_adopted_inside_its_callbacks(void) {
  struct actor user = {.act = let_another_adopt, .verdict = 1};
  struct actor filter = {.act = let_another_adopt, .verdict = 1};
  mc_filter* asked = NULL;
  user.a = new_poller();
  filter.a = user.a;
  mc_listener* listener = actor_listen(user.a, check_group, kPort, &user);
  REQUIRE_OK(mc_filter_callable(&asked, actor_filter, &filter, actor_end));
  CHECK_OK(mc_listener_set_filter(listener, asked));
  send_numbered(check_group, kPort, 1);
  CHECK(poll_until(user.a, &user.calls, 1));
  CHECK_EQ(filter.calls, 1);
  mc_filter_free(asked);
  mc_listener_free(listener);
  mc_poller_free(user.a);
}

/* Its loop waits, or sleeps between its waits, or is just between the two. */
static void check_not_adopted_while_it_loops(double interval) {
  struct worker worker = {.interval = interval};
  struct actor nudge = {.calls = 0};
  REQUIRE(worker_start(&worker));
  worker_do(&worker, actor_end, &nudge); /* it loops now */
  for (int i = 0; i < 20000; ++i) {
    check_forget_error();
    if (!CHECK_EQ(mc_poller_adopt(worker.poller), MC_ERROR_BUSY)) {
      worker.is_gone = 1; /* it is ours now, and no more the thread's to free */
      break;
    }
    if (i % 4 == 0) CHECK_OK(mc_poller_wake(worker.poller));
  }
  worker_end(&worker);
  if (worker.is_gone) mc_poller_free(worker.poller);
}

static void a_poller_is_not_adopted_while_it_loops(void) {
  check_note("waiting");
  check_not_adopted_while_it_loops(0);
  check_note("sleeping");
  check_not_adopted_while_it_loops(-1);
}

/* A pulled listener waits on the poller's behalf. */
struct puller {
  mc_poller* poller;
  sem_t ready, woken;
};

static int tell_ready(const mc_packet* packet, void* puller) {
  (void)packet;
  sem_post(&((struct puller*)puller)->ready);
  return 0; /* refused: the wait goes on */
}

static void* pull(void* user) {
  struct puller* puller = user;
  const mc_packet* packet = NULL;
  mc_listener* listener = NULL;
  mc_filter* filter = NULL;
  CHECK_OK(mc_poller_adopt(puller->poller));
  CHECK_OK(mc_listener_new(&listener, puller->poller));
  CHECK_OK(mc_listener_add(listener, check_group, kPort));
  CHECK_OK(mc_filter_callable(&filter, tell_ready, puller, NULL));
  CHECK_OK(mc_listener_set_filter(listener, filter));
  CHECK_OK(mc_listener_open(listener));
  CHECK_OK(mc_sendto("a", 1, check_group, kPort, 0));
  CHECK_EQ(mc_listener_next(listener, &packet, -1), 0);
  await(&puller->woken); /* whoever wakes it is done with it */
  mc_filter_free(filter);
  mc_listener_free(listener);
  mc_poller_free(puller->poller);
  return NULL;
}

static void a_poller_is_not_adopted_while_a_listener_is_pulled(void) {
  struct puller puller;
  pthread_t thread;
  sem_init(&puller.ready, 0, 0);
  sem_init(&puller.woken, 0, 0);
  REQUIRE_OK(mc_poller_new(&puller.poller));
  REQUIRE(pthread_create(&thread, NULL, pull, &puller) == 0);
  await(&puller.ready);
  for (int i = 0; i < 1000; ++i) {
    if (!CHECK_ERROR(mc_poller_adopt(puller.poller), MC_ERROR_BUSY, "being polled")) break;
  }
  CHECK_OK(mc_poller_wake(puller.poller));
  sem_post(&puller.woken);
  pthread_join(thread, NULL);
  sem_destroy(&puller.ready);
  sem_destroy(&puller.woken);
}

static void adopt_settled(void* user) {
  CHECK_ERROR(mc_poller_adopt(user), MC_ERROR_THREAD, "default poller", "mc_poller_new");
}

static void a_default_poller_stays_with_its_thread(void) {
  mc_poller* own = mc_default_poller();
  REQUIRE(own != NULL);
  elsewhere(adopt_settled, own);
  CHECK_OK(mc_poller_adopt(own));
  CHECK_OK(mc_poll(0));
  CHECK_ERROR(mc_poller_adopt(NULL), MC_ERROR_NULL, "poller is NULL");
}

static const struct check_test tests[] = {
    {"Other threads are refused and touch nothing", other_threads_are_refused_and_touch_nothing,
     kBothFamilies},
    {"Some functions are for every thread", some_functions_are_for_every_thread, 0},
    {"Everything on a poller moves with it", everything_on_a_poller_moves_with_it, kBothFamilies},
    {"A poller is not adopted inside its callbacks", a_poller_is_not_adopted_inside_its_callbacks,
     0},
    {"A poller is not adopted while it loops", a_poller_is_not_adopted_while_it_loops, 0},
    {"A poller is not adopted while a listener is pulled",
     a_poller_is_not_adopted_while_a_listener_is_pulled, 0},
    {"A default poller stays with its thread", a_default_poller_stays_with_its_thread, 0},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
