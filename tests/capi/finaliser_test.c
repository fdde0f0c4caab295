/* Finalisers: exactly once, never inside another callback, and free to close and open anything.
 *
 * Most tests run in a child, because what they look for ends a process.
 */
#include <sys/eventfd.h>
#include <unistd.h>

#include "actor.h"
#include "check.h"

enum { kPort = 4307 };

static int make_event(void) {
  const int fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
  CHECK(fd >= 0);
  return fd;
}

static void register_again(struct actor* self) {
  CHECK_OK(mc_register(self->fd, 0, actor_read, NULL, self->b, actor_end));
}

/* A finaliser that runs outside of every callback registers the very descriptor again. */
static void register_the_same_descriptor(void) {
  struct actor second = {.calls = 0};
  struct actor first = {.act_at_end = register_again, .b = &second, .fd = make_event()};
  const int fd = first.fd;
  CHECK_OK(mc_register(fd, 0, actor_read, NULL, &first, actor_end));
  CHECK_OK(mc_unregister(fd));
  CHECK_EQ(first.destroyed, 1);
  CHECK(poll_until(NULL, &second.calls, 1));
  CHECK_OK(mc_unregister(fd));
  CHECK_EQ(second.destroyed, 1);
}

static void register_many(struct actor* self) {
  for (int i = 0; i < 200; ++i) {
    CHECK_OK(mc_register(make_event(), MC_ONCE, actor_read, NULL, self->b, NULL));
  }
}

static void register_many_others(void) {
  struct actor others = {.calls = 0};
  struct actor first = {.act_at_end = register_many, .b = &others};
  const int fd = make_event();
  CHECK_OK(mc_register(fd, 0, actor_read, NULL, &first, actor_end));
  CHECK_OK(mc_unregister(fd));
  CHECK(poll_until(NULL, &others.calls, 200));
  CHECK_EQ(first.misuses + first.calls, 0);
  CHECK_EQ(mc_poller_is_polling(mc_default_poller()), 0);
}

static void free_poller_a(struct actor* self) {
  mc_poller_free(self->a);
}

static void free_the_poller_when_unregistered(void) {
  struct actor other = {.calls = 0};
  struct actor first = {.act_at_end = free_poller_a};
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  first.a = poller;
  const int fd = make_event();
  CHECK_OK(mc_poller_register(poller, fd, 0, actor_read, NULL, &first, actor_end));
  CHECK_OK(mc_poller_register(poller, make_event(), 0, actor_read, NULL, &other, actor_end));
  CHECK_OK(mc_poller_unregister(poller, fd));
  CHECK_EQ(first.destroyed, 1);
  CHECK_EQ(other.destroyed, 1);
}

static void close_caster_a(struct actor* self) {
  CHECK_OK(mc_multicaster_close(self->a));
}

/* Whether the call counts as failed or not, its destroy is told accordingly. */
static void close_the_multicaster_when_the_source_is_replaced(void) {
  struct actor first = {.act_at_end = close_caster_a};
  struct actor second = {.calls = 0};
  mc_multicaster* caster = NULL;
  REQUIRE_OK(mc_multicaster_new(&caster, NULL, check_group, kPort, 0));
  first.a = caster;
  CHECK_OK(mc_multicaster_set_source(caster, actor_source, &first, actor_end));
  const int outcome = mc_multicaster_set_source(caster, actor_source, &second, actor_end);
  CHECK_EQ(first.destroyed, 1);
  CHECK_EQ(mc_multicaster_is_open(caster), 0);
  mc_multicaster_free(caster);
  CHECK_EQ(second.destroyed, outcome < 0 ? 0 : 1);
  CHECK_EQ(second.calls, 0);
}

static void free_listener_a(struct actor* self) {
  mc_listener_free(self->a);
}

static void free_the_listener_when_its_handler_is_replaced(void) {
  struct actor first = {.act_at_end = free_listener_a};
  struct actor second = {.calls = 0};
  mc_listener* listener = actor_listen(NULL, check_group, kPort, &first);
  first.a = listener;
  const int outcome = mc_listener_set_handler(listener, actor_packet, &second, actor_end);
  CHECK_EQ(first.destroyed, 1);
  CHECK_EQ(second.destroyed, outcome < 0 ? 0 : 1);
  CHECK_EQ(mc_poller_is_polling(mc_default_poller()), 0);
}

static void free_the_poller_when_a_listener_is_freed(void) {
  struct actor user = {.act_at_end = free_poller_a};
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  user.a = poller;
  mc_listener_free(actor_listen(poller, check_group, kPort, &user));
  CHECK_EQ(user.destroyed, 1);
}

#define IN_CHILD(body)                 \
  static void body##_in_child(void) {  \
    CHECK_EQ(check_in_child(body), 0); \
  }
IN_CHILD(register_the_same_descriptor)
IN_CHILD(register_many_others)
IN_CHILD(free_the_poller_when_unregistered)
IN_CHILD(close_the_multicaster_when_the_source_is_replaced)
IN_CHILD(free_the_listener_when_its_handler_is_replaced)
IN_CHILD(free_the_poller_when_a_listener_is_freed)

/* `a` is an array of listeners that ends with NULL; the finaliser of each frees the next. */
static void free_next(struct actor* self) {
  mc_listener** next = self->a;
  mc_listener* listener = *next;
  self->a = NULL;
  if (listener != NULL) mc_listener_free(listener);
}

static void finalisers_free_each_others_listeners(void) {
  enum { kCount = 100 };
  static struct actor actors[kCount];
  mc_listener* listeners[kCount + 1] = {NULL};
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  for (int i = 0; i < kCount; ++i) {
    actors[i] = (struct actor){.act_at_end = free_next, .a = &listeners[i + 1]};
    listeners[i] = actor_listen(poller, check_group, kPort, &actors[i]);
  }
  struct actor closer = {.act = free_listener_a, .a = listeners[0], .verdict = 1};
  mc_listener* listener = actor_listen(poller, check_other_group, kPort, &closer);
  send_numbered(check_other_group, kPort, 1);
  CHECK(poll_until(poller, &closer.calls, 1));
  for (int i = 0; i < kCount; ++i) {
    CHECK_EQ(actors[i].destroyed, 1);
    CHECK_EQ(actors[i].misuses, 0);
  }
  mc_listener_free(listener);
  mc_poller_free(poller);
}

static void open_another(struct actor* self) {
  self->b = actor_listen(NULL, check_other_group, kPort, self->a);
}

static void a_finaliser_opens_a_listener(void) {
  struct actor later = {.calls = 0};
  struct actor user = {.act_at_end = open_another, .a = &later};
  mc_listener_free(actor_listen(NULL, check_group, kPort, &user));
  send_numbered(check_other_group, kPort, 1);
  CHECK(poll_until(NULL, &later.calls, 1));
  mc_listener_free(user.b);
  CHECK_EQ(later.destroyed, 1);
}

static void one_user_of_many_registrations_is_finalised_for_each(void) {
  struct actor user = {.calls = 0};
  int fds[3];
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  for (int i = 0; i < 3; ++i) {
    fds[i] = make_event();
    CHECK_OK(
        mc_poller_register(poller, fds[i], 0, actor_read, NULL, &user, i == 1 ? NULL : actor_end));
  }
  mc_poller_free(poller);
  CHECK_EQ(user.destroyed, 2); /* twice given, and NULL is allowed */
  for (int i = 0; i < 3; ++i) close(fds[i]);
}

static void a_shared_filter_is_finalised_with_its_last_listener(void) {
  struct actor user = {.calls = 0};
  struct actor filtering = {.calls = 0};
  mc_filter* filter = NULL;
  mc_listener* one = actor_listen(NULL, check_group, kPort, &user);
  mc_listener* two = NULL;
  REQUIRE_OK(mc_listener_new(&two, NULL));
  REQUIRE_OK(mc_filter_callable(&filter, actor_filter, &filtering, actor_end));
  CHECK_OK(mc_listener_set_filter(one, filter));
  CHECK_OK(mc_listener_set_filter(two, filter));
  mc_filter_free(filter);
  CHECK_OK(mc_listener_set_filter(one, NULL));
  CHECK_OK(mc_listener_close(one));
  CHECK_EQ(filtering.destroyed, 0);
  mc_listener_free(two);
  CHECK_EQ(filtering.destroyed, 1);
  mc_listener_free(one);
  CHECK_EQ(filtering.destroyed, 1);
}

static const struct check_test tests[] = {
    {"A finaliser registers the descriptor that was just unregistered",
     register_the_same_descriptor_in_child, 0},
    {"A finaliser registers many other descriptors", register_many_others_in_child, 0},
    {"A finaliser frees the poller that its descriptor was unregistered from",
     free_the_poller_when_unregistered_in_child, 0},
    {"A finaliser closes the multicaster whose source is being replaced",
     close_the_multicaster_when_the_source_is_replaced_in_child, 0},
    {"A finaliser frees the listener whose handler is being replaced",
     free_the_listener_when_its_handler_is_replaced_in_child, 0},
    {"A finaliser frees the poller of the listener that is being freed",
     free_the_poller_when_a_listener_is_freed_in_child, 0},
    {"Finalisers free each other's listeners", finalisers_free_each_others_listeners, 0},
    {"A finaliser opens a listener", a_finaliser_opens_a_listener, kBothFamilies},
    {"One user of many registrations is finalised for each",
     one_user_of_many_registrations_is_finalised_for_each, 0},
    {"A shared filter is finalised with its last listener",
     a_shared_filter_is_finalised_with_its_last_listener, 0},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
