/* What a pulled listener gives of what came: filter, mtu, limit, sources; and filters that turn on
 * what asks them. */
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "actor.h"
#include "check.h"
#include "pulled.h"

enum { kPort = 4332, kMany = 200 };

static int accepts_odd(const mc_packet* packet, void* user) {
  struct actor* self = user;
  ++self->calls;
  return number_of(packet) % 2;
}
static int accepts_from(const mc_packet* packet, void* user) {
  const struct actor* self = user;
  return number_of(packet) >= self->seen;
}

static void set_filter(mc_listener* listener, mc_filter_fn fn, struct actor* user) {
  mc_filter* filter = NULL;
  CHECK_OK(mc_filter_callable(&filter, fn, user, actor_end));
  CHECK_OK(mc_listener_set_filter(listener, filter));
  mc_filter_free(filter);
}

static void a_filter_chooses_and_counts(void) {
  struct actor odd = {.calls = 0};
  const mc_packet* const* packets = NULL;
  mc_listener* listener = pulled_open(NULL, check_group, kPort);
  set_filter(listener, accepts_odd, &odd);
  const int from = outsider();
  outsider_send_numbers(from, check_group, kPort, 0, 10);
  outsider_settle();
  REQUIRE(mc_listener_next_many(listener, &packets, 3, 0) == 3);
  for (int i = 0; i < 3; ++i) CHECK_EQ(number_of(packets[i]), 2 * i + 1);
  CHECK_EQ(odd.calls, 6); /* of what was not given out it has not been asked */
  REQUIRE(mc_listener_next_many(listener, &packets, 3, 0) == 2);
  CHECK_EQ(number_of(packets[1]), 9);
  const mc_stats stats = pulled_stats(listener);
  CHECK_EQ(stats.delivered, 5);
  CHECK_EQ(stats.filtered, 5);
  CHECK_EQ(stats.arrived, 10);
  mc_listener_free(listener);
  CHECK_EQ(odd.destroyed, 1);
  close(from);
}

static void what_matches_is_found_behind_what_does_not_without_waiting(void) {
  struct actor late = {.seen = kMany - 1};
  const mc_packet* packet = NULL;
  mc_listener* listener = pulled_open(NULL, check_group, kPort);
  set_filter(listener, accepts_from, &late);
  const int from = outsider();
  outsider_send_numbers(from, check_group, kPort, 0, kMany); /* many reads */
  outsider_settle();
  REQUIRE(mc_listener_next(listener, &packet, 0) == 1);
  CHECK(packet != NULL && number_of(packet) == kMany - 1);
  late.seen = kMany;
  outsider_send_numbers(from, check_group, kPort, 0, kMany);
  outsider_settle();
  CHECK(pulled_gives_nothing(listener));
  CHECK_EQ(pulled_stats(listener).filtered, 2 * kMany - 1);
  mc_listener_free(listener);
  close(from);
}

static void a_filter_may_be_replaced_between_calls(void) {
  struct actor odd = {.calls = 0};
  struct actor none = {.seen = 1000};
  mc_listener* listener = pulled_open(NULL, check_group, kPort);
  const int from = outsider();
  outsider_send_numbers(from, check_group, kPort, 0, 12);
  outsider_settle();
  CHECK(pulled_gives(listener, 0, 2));
  set_filter(listener, accepts_odd, &odd);
  CHECK(pulled_gives(listener, 3, 1));
  CHECK(pulled_gives(listener, 5, 1));
  CHECK_OK(mc_listener_set_filter(listener, NULL));
  CHECK_EQ(odd.destroyed, 1);
  CHECK(pulled_gives(listener, 6, 2));
  set_filter(listener, accepts_from, &none);
  CHECK(pulled_gives_nothing(listener));
  CHECK_EQ(pulled_stats(listener).filtered, 2 + 4);
  mc_listener_free(listener);
  CHECK_EQ(none.destroyed, 1);
  close(from);
}

static void the_mtu_cuts_and_a_later_one_counts_from_the_next_packet(void) {
  const mc_packet* packet = NULL;
  mc_listener* listener = pulled_open(NULL, check_group, kPort);
  CHECK_OK(mc_listener_set_mtu(listener, 3));
  const int from = outsider();
  outsider_send(from, check_group, kPort, "one", 3);
  outsider_send(from, check_group, kPort, "three", 5);
  outsider_send(from, check_group, kPort, "seven", 5);
  outsider_settle();
  REQUIRE(mc_listener_next(listener, &packet, 0) == 1);
  CHECK_EQ(packet->size + packet->flags, 3);
  REQUIRE(mc_listener_next(listener, &packet, 0) == 1);
  CHECK_EQ(packet->size, 3);
  CHECK_EQ(packet->wire_size, 5);
  CHECK_EQ(packet->flags, MC_PACKET_TRUNCATED);
  CHECK(memcmp(packet->data, "thr", 3) == 0);
  CHECK_OK(mc_listener_set_mtu(listener, 5));
  REQUIRE(mc_listener_next(listener, &packet, 0) == 1);
  CHECK_EQ(packet->size, 5);
  CHECK_EQ(packet->flags, 0);
  const mc_stats stats = pulled_stats(listener);
  CHECK_EQ(stats.truncated, 1);
  CHECK_EQ(stats.delivered_bytes, 11);
  mc_listener_free(listener);
  close(from);
}

static void the_limit_closes_it_and_what_it_lent_stays(void) {
  const mc_packet* packet = NULL;
  const mc_packet* const* packets = NULL;
  mc_listener* listener = pulled_new(NULL, check_group, kPort);
  CHECK_OK(mc_listener_set_limit(listener, 5));
  const int from = outsider();
  for (int opening = 0; opening < 2; ++opening) { /* the limit is each opening's */
    REQUIRE_OK(mc_listener_open(listener));
    outsider_send_numbers(from, check_group, kPort, 0, 10);
    outsider_settle();
    CHECK(pulled_gives(listener, 0, 2));
    CHECK_EQ(mc_listener_is_open(listener), 1);
    CHECK_EQ(mc_listener_next_many(listener, &packets, 100, 0), 3);
    CHECK_EQ(mc_listener_is_open(listener), 0);
    for (int i = 0; i < 3; ++i) CHECK_EQ(number_of(packets[i]), 2 + i);
    CHECK_ERROR(mc_listener_next(listener, &packet, 0), MC_ERROR_CLOSED, "closed");
  }
  CHECK_EQ(pulled_stats(listener).delivered, 10);
  CHECK_OK(mc_listener_set_limit(listener, 0));
  REQUIRE_OK(mc_listener_open(listener));
  outsider_send_numbers(from, check_group, kPort, 0, 20);
  CHECK(pulled_gives(listener, 0, 20));
  CHECK_OK(mc_listener_set_limit(listener, 1)); /* from now */
  outsider_send_numbers(from, check_group, kPort, 20, 1);
  CHECK(pulled_gives(listener, 20, 1));
  CHECK_EQ(mc_listener_is_open(listener), 0);
  mc_listener_free(listener);
  close(from);
}

/* "SOURCE@GROUP%lo", allocated. */
static char* sourced(const char* source) {
  enum { kRoom = 100 };
  char* text = malloc(kRoom);
  snprintf(text, kRoom, "%s@%s%%lo", source, check_group);
  return text;
}

static void other_sources_are_not_for_it(void) {
  char* here = sourced(check_is_ipv6 ? "::1" : "127.0.0.1");
  char* elsewhere = sourced(check_is_ipv6 ? "fd00::77" : "10.7.7.7");
  mc_listener* hears = pulled_open(NULL, here, kPort);
  mc_listener* deaf = pulled_open(NULL, elsewhere, kPort);
  const int from = outsider();
  outsider_send_numbers(from, check_group, kPort, 0, 20);
  outsider_settle();
  CHECK(pulled_gives(hears, 0, 20));
  CHECK(pulled_gives_nothing(deaf));
  CHECK_EQ(pulled_stats(hears).not_for_us, 0);
  CHECK_EQ(pulled_stats(deaf).not_for_us, 20); /* the host hears them for the other's sake */
  CHECK_EQ(pulled_stats(deaf).arrived, 20);
  mc_listener_free(hears);
  mc_listener_free(deaf);
  free(here);
  free(elsewhere);
  close(from);
}

/* ---- Filters that turn on what asks them: they accept, and act at the packet number `seen` ------ */

static int acts(const mc_packet* packet, void* user) {
  struct actor* self = user;
  if (self->destroyed != 0) ++self->misuses;
  ++self->calls;
  if (number_of(packet) == self->seen) self->act(self);
  return 1;
}

static void closes_it(struct actor* self) {
  CHECK_OK(mc_listener_close(self->a));
}
static void frees_it(struct actor* self) {
  mc_listener_free(self->a);
}
static void reopens_it(struct actor* self) {
  CHECK_OK(mc_listener_close(self->a));
  CHECK_OK(mc_listener_open(self->a));
}
static void frees_the_poller(struct actor* self) {
  mc_poller_free(self->b);
}
static void gives_it_a_handler(struct actor* self) {
  CHECK_OK(mc_listener_close(self->a));
  CHECK_OK(mc_listener_set_handler(self->a, actor_packet, self->b, actor_end));
  CHECK_OK(mc_listener_open(self->a));
}
static void replaces_itself(struct actor* self) {
  CHECK_OK(mc_listener_set_filter(self->a, NULL));
}

/* Ten packets, at the fourth of which the filter acts; what the first call brings. */
struct scene {
  struct actor filter;
  struct actor other;
  mc_poller* poller;
  mc_listener* listener;
  int from;
  int outcome;
};

static void play(struct scene* scene, void (*act)(struct actor*), size_t most) {
  const mc_packet* const* packets = NULL;
  *scene = (struct scene){.filter = {.act = act, .seen = 3}};
  CHECK_OK(mc_poller_new(&scene->poller));
  scene->listener = pulled_open(scene->poller, check_group, kPort);
  scene->filter.a = scene->listener;
  scene->filter.b = act == frees_the_poller ? (void*)scene->poller : (void*)&scene->other;
  set_filter(scene->listener, acts, &scene->filter);
  scene->from = outsider();
  outsider_send_numbers(scene->from, check_group, kPort, 0, 10);
  outsider_settle();
  if (most < 10) CHECK(pulled_gives(scene->listener, 0, 3));
  scene->outcome = mc_listener_next_many(scene->listener, &packets, most, 10);
  for (int i = 0; i < scene->outcome; ++i) CHECK(number_of(packets[i]) >= 0);
}

static void strike(struct scene* scene) {
  if (scene->filter.act != frees_it) mc_listener_free(scene->listener);
  if (scene->filter.act != frees_the_poller) mc_poller_free(scene->poller);
  CHECK_EQ(scene->filter.destroyed, 1);
  CHECK_EQ(scene->filter.misuses, 0);
  close(scene->from);
}

static void a_filter_may_close_free_or_reopen_its_listener(void) {
  static void (*const deeds[])(struct actor*) = {closes_it, frees_it, reopens_it, frees_the_poller};
  static const char* const notes[] = {"close", "free", "reopen", "free the poller"};
  for (size_t i = 0; i < COUNT_OF(deeds); ++i) {
    for (size_t most = 1; most <= 10; most += 9) {
      struct scene scene;
      const mc_packet* packet = NULL;
      check_note(notes[i]);
      play(&scene, deeds[i], most);
      CHECK_EQ(scene.outcome, 0); /* nothing follows a closing */
      CHECK_EQ(scene.filter.calls, 4);
      if (deeds[i] == frees_it) {
        CHECK_EQ(scene.filter.destroyed, 1);
      } else if (deeds[i] == reopens_it) {
        CHECK_EQ(mc_listener_is_open(scene.listener), 1);
        outsider_send_numbers(scene.from, check_group, kPort, 10, 2);
        CHECK(pulled_gives(scene.listener, 10, 2));
      } else {
        CHECK_EQ(mc_listener_is_open(scene.listener), 0);
        CHECK_ERROR(mc_listener_next(scene.listener, &packet, 0), MC_ERROR_CLOSED, "closed");
      }
      strike(&scene);
    }
  }
}

static void a_filter_may_make_its_listener_one_with_a_handler(void) {
  struct scene scene;
  play(&scene, gives_it_a_handler, 10);
  CHECK_EQ(scene.outcome, 0);
  outsider_send_numbers(scene.from, check_group, kPort, 10, 1);
  CHECK(poll_until(scene.poller, &scene.other.calls, 1));
  strike(&scene);
  CHECK_EQ(scene.other.destroyed, 1);
}

static void a_filter_may_replace_itself(void) {
  struct scene scene;
  play(&scene, replaces_itself, 10);
  CHECK_EQ(scene.outcome, 10);
  CHECK_EQ(scene.filter.calls, 4);
  CHECK_EQ(scene.filter.destroyed, 1);
  strike(&scene);
}

static void pulls_again(struct actor* self) {
  const mc_packet* packet = NULL;
  const mc_packet* const* packets = NULL;
  CHECK_ERROR(mc_listener_next(self->a, &packet, 0), MC_ERROR_BUSY, "filter");
  CHECK_ERROR(mc_listener_next_many(self->a, &packets, 9, -1), MC_ERROR_BUSY, "filter");
  CHECK(packet == NULL && packets == NULL);
  ++self->outcome;
}

static void a_filter_cannot_pull_what_asks_it_and_harms_nothing(void) {
  struct scene scene;
  play(&scene, pulls_again, 10);
  CHECK_EQ(scene.outcome, 10);
  CHECK_EQ(scene.filter.outcome, 1);
  outsider_send_numbers(scene.from, check_group, kPort, 10, 1);
  CHECK(pulled_gives(scene.listener, 10, 1));
  strike(&scene);
}

static void pulls_another(struct actor* self) {
  CHECK(pulled_gives(self->b, self->supply++, 1));
}

static void a_handler_and_a_filter_may_pull_another_listener(void) {
  struct actor user = {.act = pulls_another};
  struct actor filter = {.act = pulls_another, .supply = 1};
  mc_listener* other = pulled_open(NULL, check_other_group, kPort);
  mc_listener* pulled = pulled_open(NULL, check_group, kPort);
  mc_listener* listener = actor_listen(NULL, check_group, kPort, &user);
  user.b = filter.b = other;
  filter.seen = 0;
  set_filter(pulled, acts, &filter);
  const int from = outsider();
  outsider_send_numbers(from, check_other_group, kPort, 0, 2);
  outsider_send_numbers(from, check_group, kPort, 0, 1);
  CHECK(poll_until(NULL, &user.calls, 1));
  CHECK(pulled_gives(pulled, 0, 1));
  CHECK_EQ(user.supply + filter.supply, 1 + 2);
  mc_listener_free(listener);
  mc_listener_free(pulled);
  mc_listener_free(other);
  close(from);
}

/* Whether the process may have programs that count (bpf(2)). */
static int may_count(void) {
  union bpf_attr wanted;
  memset(&wanted, 0, sizeof wanted);
  wanted.map_type = BPF_MAP_TYPE_ARRAY;
  wanted.key_size = sizeof(uint32_t);
  wanted.value_size = sizeof(uint64_t);
  wanted.max_entries = 1;
  const int map = (int)syscall(SYS_bpf, BPF_MAP_CREATE, &wanted, sizeof wanted);
  if (map < 0) return 0;
  close(map);
  return 1;
}

/* Where the process may have programs that count, what is lost is told from what they reject. */
static void what_the_kernel_rejects_is_told_from_what_is_lost(void) {
  enum { kSent = 3000 };
  const mc_packet* packet = NULL;
  mc_filter* wanted = NULL;
  mc_listener* listener = pulled_new(NULL, check_group, kPort);
  CHECK_OK(mc_filter_prefix(&wanted, "yes", 3));
  CHECK_OK(mc_listener_set_filter(listener, wanted));
  mc_filter_free(wanted);
  CHECK_OK(mc_listener_set_kernel_filter(listener, 1));
  CHECK_OK(mc_listener_set_receive_buffer(listener, 8192));
  REQUIRE_OK(mc_listener_open(listener));
  const int from = outsider();
  for (int i = 0; i < kSent; ++i) {
    outsider_send(from, check_group, kPort, "yes", 3);
    outsider_send(from, check_group, kPort, "no", 2);
  }
  outsider_settle();
  uint64_t heard = 0;
  while (mc_listener_next(listener, &packet, 0) == 1) ++heard;
  const mc_stats stats = pulled_stats(listener);
  CHECK(heard > 0 && heard < kSent);
  CHECK_EQ(stats.delivered, heard);
  CHECK_EQ(stats.arrived, 2 * kSent);
  if (may_count()) {
    CHECK_EQ(stats.lost_or_rejected, 0);
    CHECK_EQ(stats.filtered, kSent);
    CHECK_EQ(stats.lost, kSent - heard);
  } else {
    printf("without privilege: lost_or_rejected\n");
    CHECK_EQ(stats.lost_or_rejected, 2 * kSent - heard);
  }
  mc_listener_free(listener);
  close(from);
}

static const struct check_test tests[] = {
    {"A filter chooses and counts", a_filter_chooses_and_counts, kBothFamilies},
    {"What matches is found behind what does not, without waiting",
     what_matches_is_found_behind_what_does_not_without_waiting, kBothFamilies},
    {"A filter may be replaced between calls", a_filter_may_be_replaced_between_calls, 0},
    {"The mtu cuts, and a later one counts from the next packet",
     the_mtu_cuts_and_a_later_one_counts_from_the_next_packet, kBothFamilies},
    {"The limit closes it, and what it lent stays", the_limit_closes_it_and_what_it_lent_stays, 0},
    {"Other sources are not for it", other_sources_are_not_for_it, kBothFamilies},
    {"A filter may close, free or reopen its listener",
     a_filter_may_close_free_or_reopen_its_listener, 0},
    {"A filter may make its listener one with a handler",
     a_filter_may_make_its_listener_one_with_a_handler, 0},
    {"A filter may replace itself", a_filter_may_replace_itself, 0},
    {"A filter cannot pull what asks it, and harms nothing",
     a_filter_cannot_pull_what_asks_it_and_harms_nothing, 0},
    {"A handler and a filter may pull another listener",
     a_handler_and_a_filter_may_pull_another_listener, 0},
    {"What the kernel rejects is told from what is lost",
     what_the_kernel_rejects_is_told_from_what_is_lost, kBothFamilies},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
