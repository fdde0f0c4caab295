/* Loops, stops, wake-ups, nesting, and that nobody starves. */
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "check.h"
#include "worker.h"

enum { kPort = 4310 };

static void a_loop_ends_when_nothing_is_left(void) {
  struct actor user = {.verdict = 1};
  struct actor descriptor = {.verdict = 1};
  struct actor source = {.supply = 1, .verdict = MC_SOURCE_END};
  mc_poller* poller = NULL;
  mc_multicaster* caster = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  CHECK_EQ(mc_poller_loop(poller, -1, -1), 0); /* nothing at all */
  REQUIRE_OK(mc_multicaster_new(&caster, poller, check_group, kPort, 0));
  CHECK_EQ(mc_poller_is_polling(poller), 0); /* without a source it is no work */
  CHECK_EQ(mc_poller_loop(poller, -1, -1), 0);
  mc_listener* listener = actor_listen(poller, check_group, kPort, &user);
  const int fd = eventfd(1, EFD_CLOEXEC);
  CHECK_OK(mc_poller_register(poller, fd, 0, actor_read, NULL, &descriptor, actor_end));
  CHECK_OK(mc_multicaster_set_source(caster, actor_source, &source, actor_end));
  CHECK_EQ(mc_poller_is_polling(poller), 1);
  CHECK_EQ(mc_poller_loop(poller, -1, 0), 0);
  CHECK_EQ(user.calls, 1);
  CHECK_EQ(descriptor.destroyed + source.destroyed, 2);
  CHECK_EQ(mc_poller_is_polling(poller) + mc_listener_is_open(listener), 0);
  mc_listener_free(listener);
  mc_multicaster_free(caster);
  mc_poller_free(poller);
  close(fd);
}

static void stop_it(struct actor* self) {
  CHECK_OK(mc_poller_stop(self->a));
}

static void a_stop_ends_one_loop(void) {
  struct actor silent = {.calls = 0};
  struct actor user = {.act = stop_it};
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  const int silence = register_silence(poller, &silent);
  user.a = poller;
  mc_listener* listener = actor_listen(poller, check_group, kPort, &user);
  CHECK_OK(mc_poller_stop(poller)); /* none runs: the next one ends, before it waits */
  CHECK_OK(mc_poller_stop(poller)); /* not counted */
  CHECK_EQ(mc_poller_loop(poller, -1, -1), MC_STOPPED);
  send_numbered(check_group, kPort, 1);
  CHECK_EQ(mc_poller_loop(poller, -1, -1),
           MC_STOPPED); /* ended by the handler, not by the stop before */
  CHECK_EQ(user.calls, 1);
  send_numbered(check_group, kPort, 1);
  CHECK_EQ(mc_poller_loop(poller, -1, 0), MC_STOPPED);
  CHECK_EQ(user.calls, 2);
  mc_listener_free(listener);
  mc_poller_free(poller);
  close(silence);
}

static void a_stop_that_was_served_ends_no_wait(void) {
  struct actor silent = {.calls = 0};
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  const int silence = register_silence(poller, &silent);
  struct pollfd work = {mc_poller_fd(poller), POLLIN, 0};
  CHECK_OK(mc_poller_stop(poller));
  CHECK_EQ(poll(&work, 1, 0), 1);
  CHECK_EQ(mc_poller_loop(poller, -1, -1), MC_STOPPED);
  CHECK_EQ(poll(&work, 1, 0), 0);
  mc_poller_free(poller);
  close(silence);
}

static void a_stop_ends_mc_listen(void) {
  struct actor user = {.act = stop_it, .a = mc_default_poller()};
  struct actor source = {.supply = 5, .verdict = MC_SOURCE_PAUSE};
  mc_multicaster* caster = NULL;
  REQUIRE_OK(mc_multicaster_new(&caster, NULL, check_group, kPort, 0));
  CHECK_OK(mc_multicaster_set_source(caster, actor_source, &source, actor_end));
  CHECK_EQ(mc_listen(actor_packet, &user, check_group, kPort, 9, 0), MC_STOPPED);
  CHECK(user.calls > 0);
  user.act = NULL;
  user.verdict = 1;
  source.calls = 0;
  CHECK_OK(mc_multicaster_resume(caster));
  CHECK_EQ(mc_listen(actor_packet, &user, check_group, kPort, 9, 0), 0);
  mc_multicaster_free(caster);
}

static void a_wake_ends_one_wait_and_no_loop(void) {
  struct actor silent = {.calls = 0};
  mc_stats stats;
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  const int silence = register_silence(poller, &silent);
  CHECK_OK(mc_poller_wake(poller));
  CHECK_OK(mc_poller_wake(poller));
  CHECK_EQ(mc_poller_poll(poller, -1), 0);
  CHECK_EQ(mc_poller_poll(poller, 0.001), 0);
  CHECK_OK(mc_poller_stats(poller, &stats, sizeof stats));
  CHECK_EQ(stats.events, 0); /* the bell is nobody's event */
  CHECK_OK(mc_poller_wake(poller));
  CHECK_OK(mc_poller_stop(poller));
  CHECK_EQ(mc_poller_poll(poller, -1), 0);
  CHECK_EQ(mc_poller_loop(poller, -1, -1), MC_STOPPED); /* polling did not use up the stop */
  mc_poller_free(poller);
  close(silence);
}

static void a_poller_nests_in_an_epoll_set(void) {
  struct actor user = {.calls = 0};
  struct epoll_event event = {.events = EPOLLIN};
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  const int set = epoll_create1(EPOLL_CLOEXEC);
  CHECK_EQ(epoll_ctl(set, EPOLL_CTL_ADD, mc_poller_fd(poller), &event), 0);
  mc_listener* listener = actor_listen(poller, check_group, kPort, &user);
  CHECK_EQ(epoll_wait(set, &event, 1, 0), 0);
  for (int i = 1; i <= 3; ++i) {
    send_numbered(check_group, kPort, 1);
    CHECK_EQ(epoll_wait(set, &event, 1, 5000), 1);
    CHECK_EQ(mc_poller_poll(poller, 0), 1);
    CHECK_EQ(user.calls, i);
    CHECK_EQ(epoll_wait(set, &event, 1, 0), 0); /* its work is done */
  }
  mc_listener_free(listener);
  mc_poller_free(poller);
  close(set);
}

static int poll_inner(int fd, uint32_t events, void* inner) {
  (void)fd;
  (void)events;
  CHECK_OK(mc_poller_poll(inner, 0));
  return 0;
}

static void a_poller_nests_in_another(void) {
  struct actor user = {.calls = 0};
  mc_poller* outer = NULL;
  mc_poller* inner = NULL;
  REQUIRE_OK(mc_poller_new(&outer));
  REQUIRE_OK(mc_poller_new(&inner));
  CHECK_OK(mc_poller_register(outer, mc_poller_fd(inner), 0, poll_inner, NULL, inner, NULL));
  mc_listener* listener = actor_listen(inner, check_group, kPort, &user);
  send_numbered(check_group, kPort, 5);
  CHECK(poll_until(outer, &user.calls, 5));
  mc_listener_free(listener);
  CHECK_OK(mc_poller_unregister(outer, mc_poller_fd(inner)));
  mc_poller_free(inner);
  mc_poller_free(outer);
}

static void many_pollers_serve_only_their_own(void) {
  enum { kCount = 20 };
  struct actor users[kCount];
  mc_poller* pollers[kCount];
  mc_listener* listeners[kCount];
  for (int i = 0; i < kCount; ++i) {
    users[i] = (struct actor){.calls = 0};
    REQUIRE_OK(mc_poller_new(&pollers[i]));
    listeners[i] = actor_listen(pollers[i], check_group, kPort, &users[i]);
  }
  send_numbered(check_group, kPort, 2);
  for (int i = kCount - 1; i >= 0; --i) {
    CHECK_EQ(users[i].calls, 0);
    CHECK(poll_until(pollers[i], &users[i].calls, 2));
    mc_poller_free(pollers[i]);
  }
  for (int i = 0; i < kCount; ++i) {
    CHECK_EQ(users[i].calls, 2);
    mc_listener_free(listeners[i]);
  }
}

struct own_poller {
  mc_poller* poller;
  struct actor silent, listening, sending;
  mc_listener* listener;
  mc_multicaster* caster;
  int silence;
};

static void* leave_a_default_poller(void* user) {
  struct own_poller* own = user;
  own->poller = mc_default_poller();
  CHECK(own->poller != NULL && mc_default_poller() == own->poller);
  own->silence = register_silence(own->poller, &own->silent);
  own->listener = actor_listen(NULL, check_group, kPort, &own->listening);
  CHECK_OK(mc_multicaster_new(&own->caster, NULL, check_group, kPort, 0));
  own->sending.verdict = MC_SOURCE_PAUSE;
  CHECK_OK(mc_multicaster_set_source(own->caster, actor_source, &own->sending, actor_end));
  CHECK_OK(mc_sendto("a", 1, check_group, kPort, 0));
  CHECK(poll_until(NULL, &own->listening.calls, 1));
  return NULL;
}

static void a_default_poller_ends_with_its_thread_and_runs_no_user_code(void) {
  struct own_poller own = {.poller = NULL};
  pthread_t thread;
  const int before = check_count_descriptors();
  mc_poller* here = mc_default_poller();
  const int with_here = check_count_descriptors();
  REQUIRE(pthread_create(&thread, NULL, leave_a_default_poller, &own) == 0);
  pthread_join(thread, NULL);
  CHECK(own.poller != here);
  CHECK_EQ(own.silent.destroyed + own.sending.destroyed, 0);
  CHECK_ERROR(mc_listener_is_open(own.listener), MC_ERROR_THREAD, "another thread");
  CHECK_ERROR(mc_multicaster_is_open(own.caster), MC_ERROR_THREAD, "another thread");
  mc_listener_free(own.listener); /* handles outlive their poller, to be freed by anybody */
  mc_multicaster_free(own.caster);
  CHECK_EQ(own.listening.destroyed, 1);
  CHECK_EQ(check_count_descriptors(), with_here + 1); /* the user's own */
  close(own.silence);
  mc_poller_free(here);
  CHECK_EQ(check_count_descriptors(), before);
}

/* The handler sends what it was given again, so that the group is flooded without end. */
static void echo_twice(struct actor* self) {
  (void)self;
  send_numbered(check_group, kPort, 2);
}

static void a_flooded_group_starves_nobody(void) {
  struct actor flooded = {.act = echo_twice};
  struct actor quiet = {.calls = 0};
  struct actor user = {.calls = 0};
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  mc_listener* one = actor_listen(poller, check_group, kPort, &flooded);
  mc_listener* two = actor_listen(poller, check_other_group, kPort, &quiet);
  const int fd = eventfd(0, EFD_CLOEXEC);
  const uint64_t count = 1;
  CHECK_OK(mc_poller_register(poller, fd, 0, actor_read, NULL, &user, actor_end));
  send_numbered(check_group, kPort, 100);
  for (int turn = 1; turn <= 20; ++turn) {
    CHECK(write(fd, &count, sizeof count) == sizeof count);
    send_numbered(check_other_group, kPort, 1);
    CHECK_OK(mc_poller_poll(poller, 0));
    CHECK_EQ(quiet.calls, turn); /* one turn, and all three had theirs */
    CHECK_EQ(user.calls, turn);
    CHECK(flooded.calls >= turn && flooded.calls <= turn * 64);
  }
  mc_listener_free(one);
  mc_listener_free(two);
  mc_poller_free(poller);
  close(fd);
}

static int has_work(mc_poller* poller) {
  struct pollfd work = {mc_poller_fd(poller), POLLIN, 0};
  return poll(&work, 1, 0);
}

struct told {
  mc_poller* poller;
  mc_multicaster* made; /* by the first event */
  int kinds;            /* as decimal digits */
};

static const char* const kNowhere = "239.1.2.3%nowhere";

static int tell(const mc_event* event, void* user) {
  struct told* const told = user;
  told->kinds = 10 * told->kinds + event->kind;
  if (told->made != NULL) return 0;
  CHECK_OK(mc_multicaster_new_pending(&told->made, told->poller, kNowhere, kPort, 0));
  CHECK_OK(mc_multicaster_set_event_handler(told->made, tell, user, NULL));
  return 0;
}

static void the_poller_is_ready_for_events_of_calls_between_its_turns(void) {
  struct told told = {.kinds = 0};
  struct actor user = {.calls = 0};
  mc_listener* listener = NULL;
  REQUIRE_OK(mc_poller_new(&told.poller));
  REQUIRE_OK(mc_listener_new(&listener, told.poller));
  CHECK_OK(mc_listener_set_handler(listener, actor_packet, &user, NULL));
  CHECK_OK(mc_listener_add(listener, kNowhere, kPort));
  CHECK_OK(mc_listener_set_pending(listener, 1));
  CHECK_OK(mc_listener_set_event_handler(listener, tell, &told, NULL));
  CHECK_EQ(has_work(told.poller), 0);
  CHECK_OK(mc_listener_open(listener));
  CHECK_EQ(has_work(told.poller), 1);
  CHECK_EQ(told.kinds, 0);
  CHECK_EQ(mc_poller_poll(told.poller, 0), 0);                    /* no descriptor was ready */
  CHECK_EQ(told.kinds, 10 * MC_EVENT_PENDING + MC_EVENT_PENDING); /* and what the first brought */
  CHECK_EQ(has_work(told.poller), 0);
  CHECK_OK(mc_listener_close(listener));
  CHECK_OK(mc_listener_open(listener));
  CHECK_OK(mc_listener_close(listener)); /* before it was told */
  CHECK_EQ(mc_poller_poll(told.poller, 0), 0);
  CHECK_EQ(told.kinds, 10 * MC_EVENT_PENDING + MC_EVENT_PENDING);
  CHECK_EQ(has_work(told.poller), 0);
  mc_listener_free(listener);
  mc_multicaster_free(told.made);
  mc_poller_free(told.poller);
}

static const struct check_test tests[] = {
    {"A loop ends when nothing is left", a_loop_ends_when_nothing_is_left, kBothFamilies},
    {"A stop ends one loop, the one that runs or the next", a_stop_ends_one_loop, 0},
    {"A stop that was served ends no wait", a_stop_that_was_served_ends_no_wait, 0},
    {"A stop ends mc_listen", a_stop_ends_mc_listen, kBothFamilies},
    {"A wake ends one wait and no loop", a_wake_ends_one_wait_and_no_loop, 0},
    {"A poller nests in an epoll set", a_poller_nests_in_an_epoll_set, kBothFamilies},
    {"The poller is ready for events of calls between its turns",
     the_poller_is_ready_for_events_of_calls_between_its_turns, 0},
    {"A poller nests in another", a_poller_nests_in_another, kBothFamilies},
    {"Many pollers serve only their own", many_pollers_serve_only_their_own, kBothFamilies},
    {"A default poller ends with its thread and runs no user code",
     a_default_poller_ends_with_its_thread_and_runs_no_user_code, kBothFamilies},
    {"A flooded group starves nobody", a_flooded_group_starves_nobody, kBothFamilies},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
