/* Handles that another thread than their owner frees: by mail, once, and on the right thread. */
#include <stdatomic.h>

#include "check.h"
#include "worker.h"

enum { kPort = 4330, kRounds = 2000 };

/* A callback's user that says on which thread, and whether in order, it was called and ended. */
struct watched {
  pthread_t owner;
  atomic_int calls;
  atomic_int destroyed;
  sem_t called;
  sem_t ended;
};

static void watch(struct watched* watched, pthread_t owner) {
  watched->owner = owner;
  atomic_store(&watched->calls, 0);
  atomic_store(&watched->destroyed, 0);
  sem_init(&watched->called, 0, 0);
  sem_init(&watched->ended, 0, 0);
}

static int on_call(void* user) {
  struct watched* watched = user;
  CHECK_EQ(atomic_load(&watched->destroyed), 0);
  CHECK(pthread_equal(pthread_self(), watched->owner));
  atomic_fetch_add(&watched->calls, 1);
  sem_post(&watched->called);
  return 0;
}

static int on_packet(const mc_packet* packet, void* user) {
  (void)packet;
  return on_call(user);
}

static int on_source(mc_buffer* packet, void* user) {
  packet->data = "a";
  packet->size = 1;
  on_call(user);
  return MC_SOURCE_PACKET;
}

static void on_end(void* user) {
  struct watched* watched = user;
  CHECK_EQ(atomic_fetch_add(&watched->destroyed, 1), 0);
  CHECK(pthread_equal(pthread_self(), watched->owner));
  sem_post(&watched->ended);
}

/* ---- While the owner loops ------------------------------------------------------------------ */

/* A listener, a timer and a multicaster that keep each other busy. */
struct busy {
  mc_poller* poller;
  mc_listener* listener;
  mc_multicaster* multicaster;
  mc_timer* timer;
  struct watched heard, sent, fired;
};

static void make_busy(void* user) {
  struct busy* busy = user;
  watch(&busy->heard, pthread_self());
  watch(&busy->sent, pthread_self());
  watch(&busy->fired, pthread_self());
  CHECK_OK(mc_listener_new(&busy->listener, busy->poller));
  CHECK_OK(mc_listener_set_handler(busy->listener, on_packet, &busy->heard, on_end));
  CHECK_OK(mc_listener_add(busy->listener, check_group, kPort));
  CHECK_OK(mc_listener_open(busy->listener));
  CHECK_OK(mc_multicaster_new(&busy->multicaster, busy->poller, check_group, kPort, 0));
  CHECK_OK(mc_multicaster_set_source(busy->multicaster, on_source, &busy->sent, on_end));
  CHECK_OK(mc_timer_new(&busy->timer, busy->poller, 0, 1e-6, on_call, &busy->fired, on_end));
}

static void end_busy(struct busy* busy) {
  struct watched* const all[] = {&busy->heard, &busy->sent, &busy->fired};
  for (size_t i = 0; i < COUNT_OF(all); ++i) {
    CHECK_EQ(atomic_load(&all[i]->destroyed), 1);
    sem_destroy(&all[i]->called);
    sem_destroy(&all[i]->ended);
  }
}

static void do_nothing(void* unused) {
  (void)unused;
}

/* After the end there is no call in the turns that follow. */
static void check_ended(struct worker* worker, struct watched* watched) {
  await(&watched->ended);
  const int calls = atomic_load(&watched->calls);
  for (int i = 0; i < 10; ++i) worker_do(worker, do_nothing, NULL);
  CHECK_EQ(atomic_load(&watched->calls), calls);
}

static void what_another_thread_frees_ends_in_the_owners_next_turn(void) {
  struct worker worker = {.interval = 0};
  struct busy busy;
  REQUIRE(worker_start(&worker));
  for (int round = 0; round < 20; ++round) {
    busy = (struct busy){.poller = worker.poller};
    worker_do(&worker, make_busy, &busy);
    await(&busy.fired.called);
    await(&busy.sent.called);
    await(&busy.heard.called);
    mc_timer_free(busy.timer);
    check_ended(&worker, &busy.fired);
    mc_listener_free(busy.listener);
    check_ended(&worker, &busy.heard);
    mc_multicaster_free(busy.multicaster);
    check_ended(&worker, &busy.sent);
    end_busy(&busy);
  }
  worker_end(&worker);
}

static void a_loop_ends_when_another_thread_frees_its_poller(void) {
  for (int round = 0; round < 50; ++round) {
    struct worker worker = {.interval = round % 2 == 0 ? 0 : -1};
    struct busy busy = {.listener = NULL};
    REQUIRE(worker_start(&worker));
    busy.poller = worker.poller;
    worker_do(&worker, make_busy, &busy);
    if (worker.interval == 0) await(&busy.fired.called); /* else it sleeps */
    worker.is_gone = 1;
    mc_poller_free(worker.poller);
    worker_end_without_poller(&worker);
    CHECK_EQ(atomic_load(&busy.fired.destroyed), 0);      /* the handle is still there */
    busy.heard.owner = busy.fired.owner = pthread_self(); /* its poller is gone: here and now */
    mc_timer_free(busy.timer);
    mc_listener_free(busy.listener);
    mc_multicaster_free(busy.multicaster);
    end_busy(&busy);
  }
}

/* ---- When the owner is gone ----------------------------------------------------------------- */

static void make_and_leave(void* user) {
  struct busy* busy = user;
  CHECK_OK(mc_poller_new(&busy->poller));
  make_busy(busy);
}

static void mail_waits_for_whoever_adopts_the_poller(void) {
  struct busy busy;
  elsewhere(make_and_leave, &busy);
  mc_listener_free(busy.listener);
  mc_timer_free(busy.timer);
  mc_multicaster_free(busy.multicaster);
  CHECK_EQ(busy.heard.destroyed + busy.fired.destroyed + busy.sent.destroyed, 0);
  CHECK_OK(mc_poller_adopt(busy.poller));
  busy.heard.owner = busy.fired.owner = busy.sent.owner = pthread_self();
  CHECK_OK(mc_poller_poll(busy.poller, 10));
  end_busy(&busy);
  CHECK_EQ(mc_poller_is_polling(busy.poller), 0);
  mc_poller_free(busy.poller);
}

static void free_unread(void* user) {
  struct busy* busy = user;
  mc_timer_free(busy->timer);
  mc_multicaster_free(busy->multicaster);
  mc_listener_free(busy->listener);
}

static void mail_that_was_not_read_is_carried_out_with_the_end_of_the_poller(void) {
  struct busy busy = {.listener = NULL};
  REQUIRE_OK(mc_poller_new(&busy.poller));
  make_busy(&busy);
  elsewhere(free_unread, &busy);
  CHECK_EQ(busy.heard.destroyed + busy.fired.destroyed + busy.sent.destroyed, 0);
  mc_poller_free(busy.poller);
  end_busy(&busy); /* and in this thread */
}

/* ---- Default pollers ------------------------------------------------------------------------ */

/* A thread whose default poller is freed by another, and what it does next. */
struct robbed {
  mc_poller* poller;
  struct actor user; /* of a listener on it */
  mc_listener* listener;
  sem_t made, freed;
  void (*go_on)(struct robbed* self);
};

static void* be_robbed(void* user) {
  struct robbed* self = user;
  self->poller = mc_default_poller();
  self->listener = actor_listen(NULL, check_group, kPort, &self->user);
  sem_post(&self->made);
  await(&self->freed);
  self->go_on(self);
  return NULL;
}

static void rob(void (*go_on)(struct robbed*), int listener_only) {
  struct robbed self = {.go_on = go_on};
  pthread_t thread;
  sem_init(&self.made, 0, 0);
  sem_init(&self.freed, 0, 0);
  REQUIRE(pthread_create(&thread, NULL, be_robbed, &self) == 0);
  await(&self.made);
  listener_only ? mc_listener_free(self.listener) : mc_poller_free(self.poller);
  sem_post(&self.freed);
  pthread_join(thread, NULL);
  CHECK_EQ(self.user.calls + self.user.destroyed, 0);
  if (!listener_only) {
    mc_listener_free(self.listener);
    CHECK_EQ(self.user.destroyed, 1);
  }
  sem_destroy(&self.made);
  sem_destroy(&self.freed);
}

static void poll_and_listen(struct robbed* self) {
  struct actor user = {.calls = 0};
  CHECK_EQ(mc_poll(0), 0);
  CHECK_EQ(mc_listener_is_open(self->listener), 0);
  CHECK(mc_default_poller() != NULL);
  mc_listener* listener = actor_listen(NULL, check_group, kPort, &user);
  send_numbered(check_group, kPort, 1);
  CHECK(poll_until(NULL, &user.calls, 1));
  mc_listener_free(listener);
}

/* Its own packet comes back to it: mc_listen is a use like any other. */
static void listen_at_once(struct robbed* self) {
  struct actor user = {.verdict = 1};
  struct actor source = {.supply = 1, .verdict = MC_SOURCE_END};
  mc_multicaster* caster = NULL;
  (void)self;
  CHECK_OK(mc_multicaster_new(&caster, NULL, check_group, kPort, 0));
  CHECK_OK(mc_multicaster_set_source(caster, actor_source, &source, actor_end));
  CHECK_EQ(mc_listen(actor_packet, &user, check_group, kPort, 9, 0), 0);
  CHECK_EQ(user.calls, 1);
  mc_multicaster_free(caster);
}

static void leave_at_once(struct robbed* self) {
  (void)self;
}

static void a_default_poller_that_another_thread_freed_is_made_anew(void) {
  rob(poll_and_listen, 0);
}

static void a_default_poller_that_another_thread_freed_is_not_used_again(void) {
  rob(listen_at_once, 0);
}

static void a_thread_ends_before_it_has_noticed_that_its_poller_was_freed(void) {
  rob(leave_at_once, 0);
  rob(leave_at_once, 1); /* nor does user code run for what was freed of it */
}

/* ---- At the same moment --------------------------------------------------------------------- */

/* The owner frees the poller while another thread frees what lives on it, and a third posts. */
struct race {
  pthread_barrier_t line;
  mc_poller* poller;
  mc_listener* listener;
  mc_multicaster* multicaster;
  mc_timer* timer;
  int is_over;
  atomic_int destroyed;
};

static void count_end(void* user) {
  atomic_fetch_add((atomic_int*)user, 1);
}

static int never(void* user) {
  (void)user;
  return 0;
}

static void* free_residents(void* user) {
  struct race* race = user;
  while (pthread_barrier_wait(&race->line), !race->is_over) {
    mc_listener_free(race->listener);
    mc_timer_free(race->timer);
    mc_multicaster_free(race->multicaster);
    pthread_barrier_wait(&race->line);
  }
  return NULL;
}

static void prepare(struct race* race, int is_open) {
  CHECK_OK(mc_poller_new(&race->poller));
  CHECK_OK(mc_listener_new(&race->listener, race->poller));
  CHECK_OK(mc_listener_set_handler(race->listener, on_packet, &race->destroyed, count_end));
  CHECK_OK(mc_listener_add(race->listener, check_group, kPort));
  if (is_open) CHECK_OK(mc_listener_open(race->listener));
  CHECK_OK(mc_multicaster_new(&race->multicaster, race->poller, check_group, kPort, 0));
  CHECK_OK(mc_multicaster_set_error_handler(race->multicaster, actor_failed, &race->destroyed,
                                            count_end));
  CHECK_OK(mc_timer_new(&race->timer, race->poller, 9, 0, never, &race->destroyed, count_end));
}

static void a_poller_and_its_residents_may_be_freed_at_the_same_moment(void) {
  struct race race = {.is_over = 0};
  pthread_t thread;
  pthread_barrier_init(&race.line, NULL, 2);
  REQUIRE(pthread_create(&thread, NULL, free_residents, &race) == 0);
  for (int round = 0; round < kRounds; ++round) {
    atomic_store(&race.destroyed, 0);
    prepare(&race, round % 4 == 0);
    pthread_barrier_wait(&race.line);
    if (round % 2 == 0) mc_poller_poll(race.poller, 0);
    mc_poller_free(race.poller);
    pthread_barrier_wait(&race.line);
    if (!CHECK_EQ(atomic_load(&race.destroyed), 3)) break;
  }
  race.is_over = 1;
  pthread_barrier_wait(&race.line);
  pthread_join(thread, NULL);
  pthread_barrier_destroy(&race.line);
}

static const struct check_test tests[] = {
    {"What another thread frees ends in the owner's next turn",
     what_another_thread_frees_ends_in_the_owners_next_turn, kBothFamilies},
    {"A loop ends when another thread frees its poller",
     a_loop_ends_when_another_thread_frees_its_poller, 0},
    {"Mail waits for whoever adopts the poller", mail_waits_for_whoever_adopts_the_poller, 0},
    {"Mail that was not read is carried out with the end of the poller",
     mail_that_was_not_read_is_carried_out_with_the_end_of_the_poller, 0},
    {"A default poller that another thread freed is made anew",
     a_default_poller_that_another_thread_freed_is_made_anew, kBothFamilies},
    {"A default poller that another thread freed is not used again",
     a_default_poller_that_another_thread_freed_is_not_used_again, 0},
    {"A thread ends before it has noticed that its poller was freed",
     a_thread_ends_before_it_has_noticed_that_its_poller_was_freed, 0},
    {"A poller and its residents may be freed at the same moment",
     a_poller_and_its_residents_may_be_freed_at_the_same_moment, 0},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
