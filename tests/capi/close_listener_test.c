/* Listeners closed, freed, opened and changed inside handlers and filters. */
#include <stdlib.h>

#include "actor.h"
#include "check.h"

enum { kPort = 4305, kFew = 4, kMany = 1000 };

struct crowd {
  mc_listener** listeners;
  struct actor* actors;
  int count;
  int calls; /* of all */
};

static void join_crowd(struct crowd* crowd, mc_poller* poller, int count) {
  crowd->count = count;
  crowd->calls = 0;
  crowd->listeners = calloc((size_t)count, sizeof *crowd->listeners);
  crowd->actors = calloc((size_t)count, sizeof *crowd->actors);
  for (int i = 0; i < count; ++i) {
    crowd->actors[i].a = crowd;
    crowd->listeners[i] = actor_listen(poller, check_group, kPort, &crowd->actors[i]);
  }
}

static void leave_crowd(struct crowd* crowd) {
  for (int i = 0; i < crowd->count; ++i) {
    mc_listener_free(crowd->listeners[i]);
    CHECK_EQ(crowd->actors[i].destroyed, 1);
    CHECK_EQ(crowd->actors[i].misuses, 0);
  }
  free(crowd->listeners);
  free(crowd->actors);
}

static void free_one(struct crowd* crowd, int which) {
  mc_listener_free(crowd->listeners[which]);
  crowd->listeners[which] = NULL;
}

/* `b` is the victim's actor. */
static void close_victim(struct actor* self) {
  struct crowd* crowd = self->a;
  const struct actor* victim = self->b;
  self->act = NULL;
  self->seen = victim->calls;
  CHECK_OK(mc_listener_close(crowd->listeners[victim - crowd->actors]));
}

static void free_victim(struct actor* self) {
  struct crowd* crowd = self->a;
  const struct actor* victim = self->b;
  self->act = NULL;
  self->seen = victim->calls;
  free_one(crowd, (int)(victim - crowd->actors));
  CHECK_EQ(victim->destroyed, 0);
}

/* One of a few ends one of a few, with two packets queued: what was not told yet never is. */
static int end_one(int closer, int victim, int is_freed) {
  struct crowd crowd;
  mc_poller* poller = NULL;
  CHECK_OK(mc_poller_new(&poller));
  join_crowd(&crowd, poller, kFew);
  struct actor* first = &crowd.actors[closer];
  first->act = is_freed ? free_victim : close_victim;
  first->b = &crowd.actors[victim];
  send_numbered(check_group, kPort, 2);
  for (int i = 0; i < kFew; ++i) {
    if (i == victim) continue;
    CHECK(poll_until(poller, &crowd.actors[i].calls, 2));
    CHECK_EQ(crowd.actors[i].calls, 2);
  }
  CHECK_EQ(crowd.actors[victim].calls, first->seen);
  CHECK_EQ(crowd.actors[victim].destroyed, is_freed);
  const int seen = first->seen;
  leave_crowd(&crowd);
  mc_poller_free(poller);
  return seen;
}

static void any_listener_ends_any_other_in_its_handler(void) {
  int told_before = 0;
  for (int closer = 0; closer < kFew; ++closer) {
    for (int victim = 0; victim < kFew; ++victim) {
      told_before += end_one(closer, victim, 0);
      told_before += end_one(closer, victim, 1);
    }
  }
  /* In half of the pairs of two the victim came first, and always where it is the closer itself. */
  CHECK_EQ(told_before, 2 * (kFew * (kFew - 1) / 2 + kFew));
}

static void end_all(struct actor* self, int is_freed) {
  struct crowd* crowd = self->a;
  for (int i = 0; i < crowd->count; ++i) {
    if (is_freed) {
      free_one(crowd, i);
    } else {
      CHECK_OK(mc_listener_close(crowd->listeners[i]));
    }
    CHECK_EQ(crowd->actors[i].destroyed, 0);
  }
}

/* `verdict` says at which call of them all; `outcome` whether to free. */
static void end_all_at_last(struct actor* self) {
  struct crowd* crowd = self->a;
  if (++crowd->calls == self->seen) end_all(self, self->outcome);
}

static void end_a_thousand(int at_call, int is_freed) {
  struct crowd crowd;
  mc_stats stats;
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  join_crowd(&crowd, poller, kMany);
  CHECK_OK(mc_poller_stats(poller, &stats, sizeof stats));
  CHECK_EQ(stats.channels, 1);
  for (int i = 0; i < kMany; ++i) {
    crowd.actors[i].act = end_all_at_last;
    crowd.actors[i].seen = at_call;
    crowd.actors[i].outcome = is_freed;
  }
  send_numbered(check_group, kPort, 3);
  CHECK(poll_until(poller, &crowd.calls, at_call));
  poll_out(poller);
  CHECK_EQ(crowd.calls, at_call);
  for (int i = 0; i < kMany; ++i) CHECK_EQ(crowd.actors[i].destroyed, is_freed);
  CHECK_EQ(mc_poller_is_polling(poller), 0);
  CHECK_OK(mc_poller_stats(poller, &stats, sizeof stats));
  CHECK_EQ(stats.channels + stats.memberships + stats.holders, 0);
  leave_crowd(&crowd);
  mc_poller_free(poller);
}

static void a_thousand_listeners_end_in_one_handler(void) {
  end_a_thousand(1, 0);
  end_a_thousand(1, 1);
  end_a_thousand(500, 1);
  end_a_thousand(kMany, 0);
  end_a_thousand(kMany, 1);
  end_a_thousand(kMany + 1, 1); /* with the second packet */
}

/* Both groups have a packet; whichever is told first frees the other. */
static void free_b(struct actor* self) {
  mc_listener** victim = self->b;
  mc_listener_free(*victim);
  *victim = NULL;
}

static void a_listener_of_another_channel_is_freed_in_time(void) {
  struct actor one = {.act = free_b};
  struct actor two = {.act = free_b};
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  mc_listener* of_one = actor_listen(poller, check_group, kPort, &one);
  mc_listener* of_two = actor_listen(poller, check_other_group, kPort, &two);
  one.b = &of_two;
  two.b = &of_one;
  send_numbered(check_group, kPort, 1);
  send_numbered(check_other_group, kPort, 1);
  while (one.calls + two.calls == 0) REQUIRE_OK(mc_poller_poll(poller, 5));
  poll_out(poller);
  CHECK_EQ(one.calls + two.calls, 1);
  CHECK_EQ(one.destroyed + two.destroyed, 1);
  mc_listener_free(of_one);
  mc_listener_free(of_two);
  mc_poller_free(poller);
  CHECK_EQ(one.destroyed + two.destroyed, 2);
  CHECK_EQ(one.misuses + two.misuses, 0);
}

/* `a` is the poller, `b` the new listener's actor; `outcome` says on which packet. */
static void open_another(struct actor* self) {
  struct actor* fresh = self->b;
  if (self->calls == self->outcome) {
    fresh->a = actor_listen(self->a, check_group, kPort, fresh);
  }
}

static void a_listener_opened_in_a_handler_starts_with_the_next_packet(void) {
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  for (int on_packet = 1; on_packet <= 40; on_packet += 13) {
    struct actor fresh = {.calls = 0};
    struct actor opener = {.act = open_another, .a = poller, .b = &fresh, .outcome = on_packet};
    mc_listener* listener = actor_listen(poller, check_group, kPort, &opener);
    send_numbered(check_group, kPort, 40);
    CHECK(poll_until(poller, &opener.calls, 40));
    CHECK_EQ(fresh.calls, 40 - on_packet);
    mc_listener_free(listener);
    mc_listener_free(fresh.a);
    CHECK_EQ(fresh.destroyed, 1);
  }
  mc_poller_free(poller);
}

static void reopen(struct actor* self) {
  if (self->calls != 1) return;
  CHECK_OK(mc_listener_close(self->b));
  CHECK_EQ(mc_listener_is_open(self->b), 0);
  CHECK_OK(mc_listener_open(self->b));
}

static void a_listener_reopens_itself_in_its_handler(void) {
  struct actor other = {.calls = 0};
  struct actor self = {.act = reopen, .verdict = 0};
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  mc_listener* listener = actor_listen(poller, check_group, kPort, &self);
  mc_listener* stays = actor_listen(poller, check_group, kPort, &other);
  self.b = listener;
  send_numbered(check_group, kPort, 3);
  CHECK(poll_until(poller, &other.calls, 3));
  CHECK_EQ(self.calls, 3); /* on the same socket, it goes on with the next packet */
  mc_listener_free(stays);
  self.calls = 0;
  send_numbered(check_group, kPort, 3);
  CHECK(poll_until(poller, &self.calls, 1));
  CHECK_EQ(self.calls, 1); /* alone, it gave its socket up with what was queued on it */
  send_numbered(check_group, kPort, 2);
  CHECK(poll_until(poller, &self.calls, 3));
  mc_listener_free(listener);
  mc_poller_free(poller);
}

/* Non-zero of a handler that reopened its listener is about the opening that it was called in. */
static void enough_is_said_of_the_opening_that_was_served(void) {
  struct actor self = {.act = reopen, .verdict = 1};
  mc_listener* listener = actor_listen(NULL, check_group, kPort, &self);
  self.b = listener;
  send_numbered(check_group, kPort, 1);
  CHECK(poll_until(NULL, &self.calls, 1));
  CHECK_EQ(mc_listener_is_open(listener), 1);
  send_numbered(check_group, kPort, 1);
  CHECK(poll_until(NULL, &self.calls, 2));
  CHECK_EQ(mc_listener_is_open(listener), 0);
  mc_listener_free(listener);
}

static void replace_handler(struct actor* self) {
  struct actor* successor = self->b;
  CHECK_OK(mc_listener_set_handler(self->a, actor_packet, successor, actor_end));
  CHECK_EQ(self->destroyed, 0);
}

static void a_handler_replaces_itself(void) {
  struct actor second = {.calls = 0};
  struct actor first = {.act = replace_handler, .b = &second};
  mc_listener* listener = actor_listen(NULL, check_group, kPort, &first);
  first.a = listener;
  send_numbered(check_group, kPort, 5);
  CHECK(poll_until(NULL, &second.calls, 4));
  CHECK_EQ(first.calls, 1);
  CHECK_EQ(first.destroyed, 1);
  CHECK_EQ(second.destroyed, 0);
  mc_listener_free(listener);
  CHECK_EQ(second.destroyed, 1);
  CHECK_EQ(first.misuses + second.misuses, 0);
}

static const struct check_test tests[] = {
    {"Any listener ends any other, and itself, in its handler",
     any_listener_ends_any_other_in_its_handler, kBothFamilies},
    {"A thousand listeners end in one handler", a_thousand_listeners_end_in_one_handler,
     kBothFamilies},
    {"A listener of another channel is freed before its packet is told",
     a_listener_of_another_channel_is_freed_in_time, kBothFamilies},
    {"A listener that a handler opens starts with the next packet",
     a_listener_opened_in_a_handler_starts_with_the_next_packet, kBothFamilies},
    {"A listener reopens itself in its handler", a_listener_reopens_itself_in_its_handler,
     kBothFamilies},
    {"Enough is said of the opening that was served", enough_is_said_of_the_opening_that_was_served,
     0},
    {"A handler replaces itself", a_handler_replaces_itself, 0},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
