/* Filters, descriptors, sources and pollers ended inside callbacks, and what waits refused. */
#include <unistd.h>

#include "actor.h"
#include "check.h"

enum { kPort = 4306 };

/* Everything that can live on a poller, each with its actor, in one place. */
struct world {
  mc_poller* poller;
  mc_listener* listener;
  mc_filter* filter;
  mc_multicaster* caster;
  int pipe_ends[2];
  struct actor handler, filtering, descriptor, source, failing;
};

static int make_world(struct world* world) {
  *world = (struct world){.poller = NULL};
  CHECK_OK(mc_poller_new(&world->poller));
  world->listener = actor_listen(world->poller, check_group, kPort, &world->handler);
  CHECK_OK(mc_filter_callable(&world->filter, actor_filter, &world->filtering, actor_end));
  CHECK_OK(mc_listener_set_filter(world->listener, world->filter));
  world->filtering.verdict = 1;
  CHECK_OK(mc_multicaster_new(&world->caster, world->poller, check_group, kPort, 0));
  CHECK_OK(
      mc_multicaster_set_error_handler(world->caster, actor_failed, &world->failing, actor_end));
  CHECK(pipe(world->pipe_ends) == 0);
  return CHECK_OK(mc_poller_register(world->poller, world->pipe_ends[0], 0, actor_read, NULL,
                                     &world->descriptor, actor_end));
}

static void free_handles(struct world* world) {
  mc_listener_free(world->listener);
  mc_filter_free(world->filter);
  mc_multicaster_free(world->caster);
  mc_poller_free(world->poller);
  world->listener = NULL;
  world->filter = NULL;
  world->caster = NULL;
  world->poller = NULL;
}

static void end_world(struct world* world) {
  const struct actor* all[] = {&world->handler, &world->filtering, &world->descriptor,
                               &world->failing};
  free_handles(world);
  for (size_t i = 0; i < COUNT_OF(all); ++i) {
    CHECK_EQ(all[i]->destroyed, 1);
    CHECK_EQ(all[i]->misuses, 0);
  }
  CHECK(world->source.destroyed <= 1);
  CHECK_EQ(world->source.misuses, 0);
  close(world->pipe_ends[0]);
  close(world->pipe_ends[1]);
}

static int bad_source(mc_buffer* packet, void* user) {
  struct actor* self = user;
  if (++self->calls > self->supply) return self->verdict;
  packet->data = NULL;
  packet->size = 3;
  return MC_SOURCE_PACKET;
}

/* Makes every callback of the world due. */
static void set_going(struct world* world, mc_source_fn source) {
  world->source.supply = 3;
  world->source.verdict = MC_SOURCE_PAUSE;
  CHECK_OK(mc_multicaster_set_source(world->caster, source, &world->source, actor_end));
  CHECK(write(world->pipe_ends[1], "a", 1) == 1);
  send_numbered(check_group, kPort, 2);
}

static struct actor* actor_of(struct world* world, int which) {
  struct actor* all[] = {&world->handler, &world->filtering, &world->descriptor, &world->source,
                         &world->failing};
  return all[which];
}

static int calls_of_all(struct world* world) {
  int calls = 0;
  for (int i = 0; i < 5; ++i) calls += actor_of(world, i)->calls;
  return calls;
}

static void free_everything(struct actor* self) {
  struct world* world = self->a;
  free_handles(world);
  self->seen = calls_of_all(world);
  for (int i = 0; i < 5; ++i) CHECK_EQ(actor_of(world, i)->destroyed, 0);
}

/* Frees all handles, the poller's first or last, in each kind of callback. */
static void all_is_freed_inside_any_callback(void) {
  for (int which = 0; which < 5; ++which) {
    struct world world;
    REQUIRE(make_world(&world));
    struct actor* actor = actor_of(&world, which);
    actor->act = free_everything;
    actor->a = &world;
    mc_poller* poller = world.poller;
    set_going(&world, which == 4 ? bad_source : actor_source);
    while (actor->calls == 0) REQUIRE_OK(mc_poller_poll(poller, 5));
    CHECK(world.poller == NULL);
    CHECK_EQ(actor->calls, 1);
    CHECK_EQ(calls_of_all(&world), actor->seen); /* nobody was called afterwards */
    CHECK_EQ(world.source.destroyed, 1);
    end_world(&world);
  }
}

static void free_poller(struct actor* self) {
  struct world* world = self->a;
  mc_poller_free(world->poller);
  world->poller = NULL;
  self->seen = calls_of_all(world);
  CHECK_EQ(mc_listener_is_open(world->listener), 0);
  CHECK_EQ(mc_multicaster_is_open(world->caster), 0);
  CHECK_ERROR(mc_listener_open(world->listener), MC_ERROR_CLOSED, "poller was freed");
}

static void a_loop_ends_when_its_poller_is_freed_inside(void) {
  for (int which = 0; which < 5; ++which) {
    struct world world;
    REQUIRE(make_world(&world));
    struct actor* actor = actor_of(&world, which);
    actor->act = free_poller;
    actor->a = &world;
    set_going(&world, which == 4 ? bad_source : actor_source);
    CHECK_OK(mc_poller_loop(world.poller, -1, which % 2 == 0 ? 0 : 0.001));
    CHECK(world.poller == NULL);
    CHECK_EQ(calls_of_all(&world), actor->seen);
    CHECK_EQ(world.descriptor.destroyed + world.source.destroyed, 2);
    CHECK_EQ(world.handler.destroyed, 0);
    end_world(&world);
  }
}

static void free_default_poller(struct actor* self) {
  mc_poller* old = mc_default_poller();
  (void)self;
  mc_poller_free(old);
  CHECK(mc_default_poller() != NULL); /* a new one; it may not have the old one's address */
  CHECK_OK(mc_poll(0));               /* and it is not running */
}

static void mc_listen_ends_when_the_default_poller_is_freed_inside(void) {
  struct actor user = {.act = free_default_poller};
  struct actor sender = {.supply = 1, .verdict = MC_SOURCE_PAUSE};
  mc_multicaster* caster = NULL;
  REQUIRE_OK(mc_multicaster_new(&caster, NULL, check_group, kPort, 0));
  CHECK_OK(mc_multicaster_set_source(caster, actor_source, &sender, actor_end));
  CHECK_OK(mc_listen(actor_packet, &user, check_group, kPort, 9, 0));
  CHECK_EQ(user.calls, 1);
  CHECK_EQ(sender.destroyed, 1);
  mc_multicaster_free(caster);
}

static mc_poller* running; /* NULL: the default poller */

static void try_to_wait_on_the_default_poller(struct actor* self) {
  CHECK_ERROR(mc_poll(0), MC_ERROR_BUSY, "inside", "return from the callback");
  CHECK_ERROR(mc_loop(0, 0), MC_ERROR_BUSY, "inside", "return from the callback");
  CHECK_ERROR(mc_listen(actor_packet, self, check_group, kPort + 1, 9, 1), MC_ERROR_BUSY, "inside",
              "return from the callback");
}

static void try_to_wait(struct actor* self) {
  mc_poller* other = NULL;
  self->seen = 1;
  mc_poller* poller = running != NULL ? running : mc_default_poller();
  CHECK_ERROR(mc_poller_poll(poller, 0), MC_ERROR_BUSY, "inside", "return from the callback");
  CHECK_ERROR(mc_poller_loop(poller, 0, 0), MC_ERROR_BUSY, "inside", "return from the callback");
  if (running == NULL) try_to_wait_on_the_default_poller(self);
  REQUIRE_OK(mc_poller_new(&other)); /* another poller is not running */
  CHECK_OK(mc_poller_wake(other));
  CHECK_EQ(mc_poller_poll(other, -1), 0);
  mc_poller_free(other);
}

static void what_waits_is_busy_inside_any_callback(void) {
  struct actor pulled = {.act = try_to_wait, .supply = 1, .verdict = MC_SOURCE_PAUSE};
  struct world world;
  REQUIRE(make_world(&world));
  running = world.poller;
  for (int i = 0; i < 5; ++i) actor_of(&world, i)->act = try_to_wait;
  set_going(&world, bad_source);
  CHECK(poll_until(world.poller, &world.handler.seen, 1));
  CHECK(poll_until(world.poller, &world.filtering.seen, 1));
  CHECK(poll_until(world.poller, &world.descriptor.seen, 1));
  CHECK(poll_until(world.poller, &world.failing.seen, 1));
  CHECK_OK(mc_multicaster_set_source(world.caster, actor_source, &pulled, actor_end));
  CHECK(poll_until(world.poller, &pulled.seen, 1));
  /* A finaliser is a callback, too, wherever it runs. */
  world.handler.act_at_end = try_to_wait;
  world.handler.seen = 0;
  end_world(&world);
  CHECK_EQ(world.handler.seen, 1);
  CHECK_EQ(pulled.destroyed, 1);
}

static void mc_listen_is_busy_inside_the_default_poller(void) {
  struct actor user = {.act = try_to_wait, .verdict = 1};
  running = NULL;
  mc_listener* listener = actor_listen(NULL, check_group, kPort, &user);
  send_numbered(check_group, kPort, 1);
  CHECK(poll_until(NULL, &user.seen, 1));
  mc_listener_free(listener);
}

static void release_filter(struct actor* self) {
  mc_filter** filter = self->a;
  mc_filter_free(*filter);
  *filter = NULL;
  CHECK_OK(mc_listener_set_filter(self->b, NULL));
  CHECK_EQ(self->destroyed, 0);
}

static void a_filter_takes_itself_away(void) {
  struct actor user = {.calls = 0};
  struct actor filtering = {.act = release_filter, .verdict = 0};
  mc_filter* filter = NULL;
  mc_listener* listener = actor_listen(NULL, check_group, kPort, &user);
  filtering.a = &filter;
  filtering.b = listener;
  REQUIRE_OK(mc_filter_callable(&filter, actor_filter, &filtering, actor_end));
  CHECK_OK(mc_listener_set_filter(listener, filter));
  send_numbered(check_group, kPort, 3);
  CHECK(poll_until(NULL, &user.calls, 2)); /* its last word was no; without it, all pass */
  CHECK_EQ(filtering.calls, 1);
  CHECK_EQ(filtering.destroyed, 1);
  CHECK_EQ(filtering.misuses, 0);
  mc_listener_free(listener);
}

static void free_listener(struct actor* self) {
  mc_listener** listener = self->a;
  mc_listener_free(*listener);
  *listener = NULL;
}

static void a_filter_frees_the_listener_that_asks_it(void) {
  struct actor user = {.calls = 0};
  struct actor filtering = {.act = free_listener, .verdict = 1};
  mc_filter* filter = NULL;
  mc_listener* listener = actor_listen(NULL, check_group, kPort, &user);
  filtering.a = &listener;
  REQUIRE_OK(mc_filter_callable(&filter, actor_filter, &filtering, actor_end));
  CHECK_OK(mc_listener_set_filter(listener, filter));
  mc_filter_free(filter); /* the listener keeps it */
  CHECK_EQ(filtering.destroyed, 0);
  send_numbered(check_group, kPort, 3);
  CHECK(poll_until(NULL, &filtering.calls, 1));
  CHECK_EQ(user.calls, 0);
  CHECK_EQ(user.destroyed + filtering.destroyed, 2);
  CHECK_EQ(user.misuses + filtering.misuses, 0);
}

static void free_filter(struct actor* self) {
  mc_filter_free(self->a);
}

static void a_filter_that_is_asked_directly_frees_itself(void) {
  struct actor filtering = {.act = free_filter, .verdict = 1};
  mc_filter* filter = NULL;
  REQUIRE_OK(mc_filter_callable(&filter, actor_filter, &filtering, actor_end));
  filtering.a = filter;
  CHECK_EQ(mc_filter_matches(filter, "", 0, NULL), 1);
  CHECK_EQ(filtering.destroyed, 1);
  CHECK_EQ(filtering.misuses, 0);
}

static const struct check_test tests[] = {
    {"All is freed inside any callback", all_is_freed_inside_any_callback, kBothFamilies},
    {"A loop ends when its poller is freed inside any callback",
     a_loop_ends_when_its_poller_is_freed_inside, 0},
    {"mc_listen ends when the default poller is freed inside",
     mc_listen_ends_when_the_default_poller_is_freed_inside, kBothFamilies},
    {"What waits is busy inside any callback", what_waits_is_busy_inside_any_callback, 0},
    {"mc_listen is busy inside the default poller", mc_listen_is_busy_inside_the_default_poller,
     kBothFamilies},
    {"A filter takes itself away", a_filter_takes_itself_away, 0},
    {"A filter frees the listener that asks it", a_filter_frees_the_listener_that_asks_it, 0},
    {"A filter that is asked directly frees itself", a_filter_that_is_asked_directly_frees_itself,
     0},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
