/* Forks: the parent's handles in a child, and the parent afterwards. fork_callback_test.c forks
 * inside callbacks. */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "every_call.h"
#include "worker.h"

enum { kPort = 4370 };

/* What a child gets to see: check_in_child() hands nothing over. */
static struct handles handles;
static int descriptors_before;

static void call_everything(void) {
  for (size_t i = 0; i < every_call_count; ++i) {
    check_note(every_call[i].name);
    if (strcmp(every_call[i].name, "mc_poller_stop") == 0 ||
        strcmp(every_call[i].name, "mc_poller_wake") == 0) {
      CHECK_EQ(every_call[i].call(&handles), MC_ERROR_FORKED); /* signal handlers: no sentence */
      continue;
    }
    CHECK_ERROR(every_call[i].call(&handles), MC_ERROR_FORKED, "forked", "make a new one");
  }
  check_note("");
  CHECK_EQ(handles.refused.calls + handles.refused.destroyed + handles.user.calls, 0);
  errno = 77;
  CHECK_EQ(mc_poller_stop(handles.poller), MC_ERROR_FORKED);
  CHECK_EQ(mc_poller_wake(handles.poller), MC_ERROR_FORKED);
  CHECK_EQ(errno, 77);
}

static void call_and_free_everything(void) {
  call_everything();
  handles_free(&handles);
  CHECK_EQ(handles.user.destroyed, 3); /* the child's own memory, so its own finalisers */
  CHECK_EQ(handles.user.calls, 0);
  CHECK_EQ(check_count_descriptors(), descriptors_before);
}

static void free_poller_first(void) {
  mc_poller_free(handles.poller);
  check_note("the poller is freed");
  CHECK_ERROR(mc_listener_open(handles.listener), MC_ERROR_FORKED, "forked");
  CHECK_ERROR(mc_timer_set(handles.timer, 0, 0), MC_ERROR_FORKED, "forked");
  handles.poller = NULL;
  handles_free(&handles);
  CHECK_EQ(handles.user.destroyed, 3);
  CHECK_EQ(check_count_descriptors(), descriptors_before);
}

static void free_nothing(void) {
  CHECK_ERROR(mc_listener_close(handles.listener), MC_ERROR_FORKED, "forked");
}

static void check_parent_goes_on_after(void (*child)(void)) {
  check_forget_error();
  descriptors_before = check_count_descriptors();
  REQUIRE(handles_make(&handles, kPort));
  CHECK_EQ(check_in_child(child), 0);
  struct pollfd work = {mc_poller_fd(handles.poller), POLLIN, 0};
  CHECK_EQ(poll(&work, 1, 0), 0); /* nobody rang, nothing was set */
  handles_check_untouched(&handles);
  CHECK_OK(mc_listener_close(handles.listener)); /* and its sets are as it left them */
  CHECK_OK(mc_listener_open(handles.listener));
  handles_check_untouched(&handles);
  handles_free(&handles);
  CHECK_EQ(handles.user.destroyed, 3);
}

static void inherited_handles_are_refused_and_freed(void) {
  check_parent_goes_on_after(call_and_free_everything);
}

static void an_inherited_poller_may_be_freed_before_what_lives_on_it(void) {
  check_parent_goes_on_after(free_poller_first);
}

static void a_child_may_end_without_freeing_anything(void) {
  check_parent_goes_on_after(free_nothing);
}

/* ---- What the child has of its own ---------------------------------------------------------- */

static mc_poller* parents_own;

static void start_afresh(void) {
  struct actor user = {.verdict = 1};
  CHECK_EQ(mc_poller_is_polling(mc_default_poller()), 0); /* the parent's has a listener */
  CHECK_OK(mc_poll(0));
  CHECK_OK(mc_sendto("b", 1, check_group, kPort, 0));
  mc_listener* listener = actor_listen(NULL, check_other_group, kPort, &user);
  CHECK_OK(mc_sendto("c", 1, check_other_group, kPort, 0));
  CHECK(poll_until(NULL, &user.calls, 1));
  mc_listener_free(listener);
}

static uint16_t ports[2];

static int note_port(const mc_packet* packet, void* user) {
  struct actor* actor = user;
  if (actor->calls < 2) ports[actor->calls] = packet->source.port;
  return actor_packet(packet, user);
}

static void default_poller_and_kept_senders_start_afresh(void) {
  struct actor user = {.calls = 0};
  parents_own = mc_default_poller();
  mc_listener* listener = actor_listen(NULL, check_group, kPort, &user);
  CHECK_OK(mc_listener_set_handler(listener, note_port, &user, NULL));
  CHECK_OK(mc_sendto("a", 1, check_group, kPort, 0));
  CHECK_EQ(check_in_child(start_afresh), 0);
  CHECK(mc_default_poller() == parents_own);
  CHECK(poll_until(NULL, &user.calls, 2));
  CHECK(ports[0] != ports[1]); /* the child has sent from a socket of its own */
  CHECK_OK(mc_sendto("a", 1, check_group, kPort, 0));
  CHECK(poll_until(NULL, &user.calls, 3));
  mc_listener_free(listener);
}

static void look_for_an_error(void) {
  CHECK_EQ(mc_last_error_code(), 0);
  CHECK(*mc_last_error() == '\0');
}

static void the_last_error_starts_afresh(void) {
  check_forget_error();
  CHECK_EQ(check_in_child(look_for_an_error), 0);
  CHECK_EQ(mc_last_error_code(), MC_ERROR_NULL);
}

static mc_packet* kept;

static int keep(const mc_packet* packet, void* user) {
  (void)user;
  CHECK_OK(mc_packet_copy(&kept, packet));
  return 1;
}

static void reply_to_what_was_kept(void) {
  CHECK_OK(mc_reply(kept, "b", 1));
  mc_packet_free(kept);
}

static void a_child_answers_what_its_parent_kept(void) {
  struct actor user = {.calls = 0};
  mc_multicaster* caster = NULL;
  mc_listener* listener = actor_listen(NULL, check_group, kPort, &user);
  CHECK_OK(mc_listener_set_handler(listener, keep, NULL, NULL));
  REQUIRE_OK(mc_multicaster_new(&caster, NULL, check_group, kPort, 0));
  CHECK_OK(mc_multicaster_set_handler(caster, note_port, &user, NULL));
  user = (struct actor){.calls = 0};
  CHECK_OK(mc_multicaster_send(caster, "a", 1));
  for (int i = 0; i < 100 && kept == NULL; ++i) CHECK_OK(mc_poll(0.1));
  REQUIRE(kept != NULL);
  CHECK_OK(mc_reply(kept, "a", 1));
  CHECK_EQ(check_in_child(reply_to_what_was_kept), 0);
  CHECK(poll_until(NULL, &user.calls, 2));
  CHECK(ports[0] != ports[1]); /* from a socket of its own */
  mc_packet_free(kept);
  kept = NULL;
  mc_multicaster_free(caster);
  mc_listener_free(listener);
}

static void make_handles_and_fork_again(void) {
  handles_free(&handles);
  REQUIRE(handles_make(&handles, kPort + 1));
  descriptors_before = -1;
  CHECK_EQ(check_in_child(call_everything), 0);
  handles_check_untouched(&handles);
  handles_free(&handles);
}

static void a_child_makes_its_own_and_forks_again(void) {
  REQUIRE(handles_make(&handles, kPort));
  CHECK_EQ(check_in_child(make_handles_and_fork_again), 0);
  handles_check_untouched(&handles);
  handles_free(&handles);
}

/* ---- While other threads are at it ---------------------------------------------------------- */

/* A poller that another thread loops on, and to which a third posts without end. */
static struct worker worker;
static mc_timer* timer;
static atomic_int is_over;
static atomic_int posted; /* not yet run */

static int on_timer(void* user) {
  (void)user;
  return 0;
}

static void make_timer(void* user) {
  (void)user;
  CHECK_OK(mc_timer_new(&timer, worker.poller, 0, 1e-6, on_timer, NULL, NULL));
}

static void on_post(void* user) {
  (void)user;
}

static void on_posted(void* user) {
  (void)user;
  atomic_fetch_sub(&posted, 1);
}

static void* post_without_end(void* user) {
  while (!atomic_load(&is_over)) {
    if (atomic_load(&posted) > 100) continue;
    atomic_fetch_add(&posted, 1);
    CHECK_OK(mc_poller_post(worker.poller, on_post, user, on_posted));
  }
  return NULL;
}

static void use_a_poller_that_was_in_use(void) {
  CHECK_ERROR(mc_poller_poll(worker.poller, -1), MC_ERROR_FORKED, "forked");
  CHECK_ERROR(mc_poller_post(worker.poller, on_post, NULL, NULL), MC_ERROR_FORKED, "forked");
  CHECK_ERROR(mc_poller_adopt(worker.poller), MC_ERROR_FORKED, "forked");
  mc_timer_free(timer);
  mc_poller_free(worker.poller);
  CHECK_OK(mc_sendto("a", 1, check_group, kPort, 0));
  CHECK_OK(mc_poll(0));
}

static void a_poller_in_use_by_other_threads_is_inherited_and_freed(void) {
  pthread_t poster;
  worker.interval = 0;
  REQUIRE(worker_start(&worker));
  worker_do(&worker, make_timer, NULL);
  atomic_store(&is_over, 0);
  REQUIRE(pthread_create(&poster, NULL, post_without_end, NULL) == 0);
  for (int i = 0; i < 100; ++i) {
    if (!CHECK_EQ(check_in_child(use_a_poller_that_was_in_use), 0)) break;
  }
  atomic_store(&is_over, 1);
  pthread_join(poster, NULL);
  mc_timer_free(timer);
  worker_end(&worker);
  CHECK_EQ(atomic_load(&posted), 0); /* each was run, or destroyed with the poller, once */
}

static const struct check_test tests[] = {
    {"Inherited handles are refused and freed", inherited_handles_are_refused_and_freed,
     kBothFamilies},
    {"An inherited poller may be freed before what lives on it",
     an_inherited_poller_may_be_freed_before_what_lives_on_it, 0},
    {"A child may end without freeing anything", a_child_may_end_without_freeing_anything, 0},
    {"Default poller and kept senders start afresh", default_poller_and_kept_senders_start_afresh,
     kBothFamilies},
    {"The last error starts afresh", the_last_error_starts_afresh, 0},
    {"A child answers what its parent kept", a_child_answers_what_its_parent_kept, kBothFamilies},
    {"A child makes its own and forks again", a_child_makes_its_own_and_forks_again, 0},
    {"A poller in use by other threads is inherited and freed",
     a_poller_in_use_by_other_threads_is_inherited_and_freed, 0},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
