/* Packet sources: pulled in batches, paused, replaced, ended, told of what was not sent. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "actor.h"
#include "check.h"

enum { kPort = 4312 };

/* Counts packets whose text is the number of packets before: "0", "1" … */
struct sequence {
  int count;
  int wrong;
};

static int expect_next(const mc_packet* packet, void* user) {
  struct sequence* sequence = user;
  char text[16] = "";
  snprintf(text, sizeof text, "%.*s", (int)packet->size, (const char*)packet->data);
  if (strtol(text, NULL, 10) != sequence->count++) ++sequence->wrong;
  return 0;
}

struct scene {
  mc_poller* poller;
  mc_listener* listener;
  mc_multicaster* caster;
  struct sequence sequence;
  struct actor failing;
};

static int set_scene(struct scene* scene) {
  *scene = (struct scene){.poller = NULL};
  check_stay_on_one_processor();
  return CHECK_OK(mc_poller_new(&scene->poller)) &&
         CHECK_OK(mc_listener_new(&scene->listener, scene->poller)) &&
         CHECK_OK(mc_listener_set_handler(scene->listener, expect_next, &scene->sequence, NULL)) &&
         CHECK_OK(mc_listener_add(scene->listener, check_group, kPort)) &&
         CHECK_OK(mc_listener_open(scene->listener)) &&
         CHECK_OK(mc_multicaster_new(&scene->caster, scene->poller, check_group, kPort, 0)) &&
         CHECK_OK(mc_multicaster_set_error_handler(scene->caster, actor_failed, &scene->failing,
                                                   actor_end));
}

static void strike_scene(struct scene* scene) {
  CHECK_EQ(scene->sequence.wrong, 0);
  mc_listener_free(scene->listener);
  mc_multicaster_free(scene->caster);
  mc_poller_free(scene->poller);
  CHECK_EQ(scene->failing.destroyed, 1);
  CHECK_EQ(scene->failing.misuses, 0);
}

static mc_stats stats_of(const struct scene* scene) {
  mc_stats stats = {.sent = 0};
  CHECK_OK(mc_multicaster_stats(scene->caster, &stats, sizeof stats));
  return stats;
}

static void a_source_is_pulled_to_its_end_in_order(void) {
  static const int counts[] = {0, 1, 63, 64, 65, 200, 1000};
  for (size_t i = 0; i < COUNT_OF(counts); ++i) {
    struct scene scene;
    struct actor source = {.supply = counts[i], .verdict = MC_SOURCE_END};
    REQUIRE(set_scene(&scene));
    CHECK_OK(mc_multicaster_set_source(scene.caster, actor_source, &source, actor_end));
    CHECK_EQ(source.calls, 0); /* from the poller's next turn on */
    CHECK(poll_until(scene.poller, &scene.sequence.count, counts[i]));
    CHECK(poll_until(scene.poller, &source.destroyed, 1));
    CHECK_EQ(mc_multicaster_is_open(scene.caster), 0); /* the end closes it */
    CHECK_EQ(source.calls, counts[i] + 1);
    CHECK_EQ(source.destroyed, 1);
    CHECK_EQ(source.misuses, 0);
    CHECK_EQ(stats_of(&scene).sent, counts[i]);
    CHECK_EQ(stats_of(&scene).send_failed, 0);
    strike_scene(&scene);
  }
}

static void a_pause_lasts_until_resume(void) {
  struct scene scene;
  struct actor source = {.supply = 0, .verdict = MC_SOURCE_PAUSE};
  REQUIRE(set_scene(&scene));
  CHECK_OK(mc_multicaster_set_source(scene.caster, actor_source, &source, actor_end));
  CHECK(poll_until(scene.poller, &source.calls, 1));
  CHECK_OK(mc_listener_close(scene.listener));
  CHECK_EQ(mc_poller_is_polling(scene.poller), 0); /* a paused source is not waited for */
  CHECK_OK(mc_listener_open(scene.listener));
  poll_out(scene.poller);
  CHECK_EQ(source.calls, 1);
  for (int i = 1; i <= 5; ++i) {
    source.calls = scene.sequence.count;
    source.supply = scene.sequence.count + 10;
    CHECK_OK(mc_multicaster_resume(scene.caster));
    CHECK_OK(mc_multicaster_resume(scene.caster)); /* once is enough, twice does no harm */
    CHECK(poll_until(scene.poller, &scene.sequence.count, 10 * i));
    poll_out(scene.poller);
    CHECK_EQ(source.calls, 10 * i + 1);
  }
  CHECK_EQ(mc_multicaster_is_open(scene.caster), 1);
  CHECK_EQ(source.destroyed, 0);
  CHECK_OK(mc_multicaster_set_source(scene.caster, NULL, NULL, NULL));
  CHECK_EQ(source.destroyed, 1);
  CHECK_ERROR(mc_multicaster_resume(scene.caster), MC_ERROR_NO_HANDLER, "no packet source");
  strike_scene(&scene);
}

/* Overwrites what it lent the last time, as its contract allows. */
static int forgetful_source(mc_buffer* packet, void* user) {
  memset(((struct actor*)user)->text, 'X', sizeof((struct actor*)user)->text);
  return actor_source(packet, user);
}

static void a_lent_packet_is_copied_before_the_next_is_asked_for(void) {
  struct scene scene;
  struct actor source = {.supply = 150, .verdict = MC_SOURCE_END};
  REQUIRE(set_scene(&scene));
  CHECK_OK(mc_multicaster_set_source(scene.caster, forgetful_source, &source, actor_end));
  CHECK(poll_until(scene.poller, &scene.sequence.count, 150));
  strike_scene(&scene);
}

static void replace_source(struct actor* self) {
  struct actor* next = self->b;
  if (self->calls < 5) return;
  next->calls = self->calls;
  CHECK_OK(mc_multicaster_set_source(self->a, actor_source, next, actor_end));
  CHECK_EQ(self->destroyed, 0);
}

/* The packet that the old source gives as it leaves goes before anything of the new one. */
static void a_source_replaces_itself(void) {
  struct scene scene;
  struct actor second = {.supply = 12, .verdict = MC_SOURCE_END};
  struct actor first = {.act = replace_source, .b = &second, .supply = 10};
  REQUIRE(set_scene(&scene));
  first.a = scene.caster;
  CHECK_OK(mc_multicaster_set_source(scene.caster, actor_source, &first, actor_end));
  CHECK(poll_until(scene.poller, &scene.sequence.count, 12));
  CHECK(poll_until(scene.poller, &second.destroyed, 1));
  CHECK_EQ(first.calls, 5);
  CHECK_EQ(first.destroyed, 1);
  CHECK_EQ(first.misuses + second.misuses, 0);
  strike_scene(&scene);
}

static void the_last_word_of_a_replaced_source_is_not_heard(void) {
  struct scene scene;
  struct actor second = {.supply = 12, .verdict = MC_SOURCE_PAUSE};
  struct actor first = {.act = replace_source, .b = &second, .supply = 4, .verdict = MC_SOURCE_END};
  REQUIRE(set_scene(&scene));
  first.a = scene.caster;
  CHECK_OK(mc_multicaster_set_source(scene.caster, actor_source, &first, actor_end));
  CHECK(poll_until(scene.poller, &first.destroyed, 1));
  CHECK(poll_until(scene.poller, &second.calls, 13));
  CHECK_EQ(mc_multicaster_is_open(scene.caster), 1); /* its "end" came too late */
  scene.sequence.wrong = 0;                          /* the numbers of the second begin at 5 here */
  strike_scene(&scene);
  CHECK_EQ(second.destroyed, 1);
}

static void close_caster(struct actor* self) {
  if (self->calls == 3) CHECK_OK(mc_multicaster_close(self->a));
}

static void what_a_closed_multicaster_had_pulled_is_counted(void) {
  struct scene scene;
  struct actor source = {.act = close_caster, .supply = 10};
  REQUIRE(set_scene(&scene));
  source.a = scene.caster;
  CHECK_OK(mc_multicaster_set_source(scene.caster, actor_source, &source, actor_end));
  CHECK(poll_until(scene.poller, &source.destroyed, 1));
  CHECK_EQ(source.calls, 3);
  CHECK_EQ(stats_of(&scene).sent + stats_of(&scene).send_failed, 2);
  CHECK_EQ(scene.failing.calls, 0);
  strike_scene(&scene);
}

/* Every other packet cannot be: without bytes, or too large. */
static int partly_bad_source(mc_buffer* packet, void* user) {
  static char bytes[MC_MAX_PACKET + 1];
  struct actor* self = user;
  switch (self->calls++ % 4) {
    case 1:
      *packet = (mc_buffer){NULL, 9};
      break;
    case 3:
      *packet = (mc_buffer){bytes, sizeof bytes};
      break;
    default:
      packet->size = (size_t)snprintf(self->text, sizeof self->text, "%d", (self->calls - 1) / 2);
      packet->data = self->text;
  }
  return self->calls > self->supply ? MC_SOURCE_END : MC_SOURCE_PACKET;
}

static void bad_packets_of_a_source_are_told_and_harm_no_neighbour(void) {
  struct scene scene;
  struct actor source = {.supply = 40};
  REQUIRE(set_scene(&scene));
  CHECK_OK(mc_multicaster_set_source(scene.caster, partly_bad_source, &source, actor_end));
  CHECK(poll_until(scene.poller, &scene.sequence.count, 20));
  CHECK(poll_until(scene.poller, &source.destroyed, 1));
  CHECK_EQ(scene.failing.told, 20);
  CHECK_EQ(scene.failing.code, MC_ERROR_PACKET_TOO_LARGE);
  CHECK_EQ(stats_of(&scene).sent, 20);
  CHECK_EQ(stats_of(&scene).send_failed, 20);
  strike_scene(&scene);
}

static void close_on_failure(struct actor* self) {
  CHECK_OK(mc_multicaster_close(self->a));
}

static void an_error_handler_closes_the_multicaster(void) {
  for (int by_verdict = 0; by_verdict <= 1; ++by_verdict) {
    struct scene scene;
    struct actor source = {.supply = 40};
    REQUIRE(set_scene(&scene));
    scene.failing.a = scene.caster;
    scene.failing.act = by_verdict ? NULL : close_on_failure;
    scene.failing.verdict = by_verdict;
    CHECK_OK(mc_multicaster_set_source(scene.caster, partly_bad_source, &source, actor_end));
    CHECK(poll_until(scene.poller, &source.destroyed, 1));
    CHECK_EQ(scene.failing.calls, 1);
    CHECK_EQ(scene.failing.code, MC_ERROR_NULL);
    CHECK_EQ(source.calls, 2);
    CHECK_EQ(mc_multicaster_is_open(scene.caster), 0);
    CHECK_EQ(stats_of(&scene).sent + stats_of(&scene).send_failed, 2);
    strike_scene(&scene);
  }
}

static void replace_error_handler(struct actor* self) {
  CHECK_OK(mc_multicaster_set_error_handler(self->a, actor_failed, self->b, actor_end));
}

static void an_error_handler_replaces_itself(void) {
  struct scene scene;
  struct actor second = {.calls = 0};
  struct actor source = {.supply = 40};
  REQUIRE(set_scene(&scene));
  scene.failing = (struct actor){.act = replace_error_handler, .a = scene.caster, .b = &second};
  CHECK_OK(mc_multicaster_set_source(scene.caster, partly_bad_source, &source, actor_end));
  CHECK(poll_until(scene.poller, &source.destroyed, 1));
  CHECK_EQ(scene.failing.calls, 1);
  CHECK_EQ(second.calls, 19);
  strike_scene(&scene);
  CHECK_EQ(second.destroyed, 1);
}

struct endless {
  int calls, calls_when_served, limit;
};

static int endless_bad_source(mc_buffer* packet, void* user) {
  struct endless* endless = user;
  *packet = (mc_buffer){NULL, 1};
  return ++endless->calls < endless->limit ? MC_SOURCE_PACKET : MC_SOURCE_END;
}

static int endless_source(mc_buffer* packet, void* user) {
  struct endless* endless = user;
  *packet = (mc_buffer){NULL, 0};
  return ++endless->calls < endless->limit ? MC_SOURCE_PACKET : MC_SOURCE_END;
}

static int note_calls(int fd, uint32_t events, void* user) {
  struct endless* endless = user;
  (void)fd;
  (void)events;
  endless->calls_when_served = endless->calls;
  return 1;
}

/* The source ends by itself at last, so that the test does too. */
static void starve(mc_source_fn source) {
  struct endless endless = {.limit = 1000000};
  mc_poller* poller = NULL;
  mc_multicaster* caster = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  REQUIRE_OK(mc_multicaster_new(&caster, poller, check_group, kPort, 0));
  CHECK_OK(mc_multicaster_set_source(caster, source, &endless, NULL));
  const int fd = eventfd(1, EFD_CLOEXEC);
  for (int turn = 1; turn <= 3; ++turn) {
    CHECK_OK(mc_poller_register(poller, fd, 0, note_calls, NULL, &endless, NULL));
    CHECK_OK(mc_poller_poll(poller, 0));
    CHECK(endless.calls <= turn * 10000);
    CHECK_EQ(mc_poller_is_polling(poller), 1);
  }
  CHECK(endless.calls_when_served > 0);
  mc_multicaster_free(caster);
  mc_poller_free(poller);
  close(fd);
}

static void an_endless_source_starves_nobody(void) {
  starve(endless_source);
}

static void an_endless_source_of_bad_packets_starves_nobody(void) {
  starve(endless_bad_source);
}

static const struct check_test tests[] = {
    {"A source is pulled to its end, in order", a_source_is_pulled_to_its_end_in_order,
     kBothFamilies},
    {"A pause lasts until resume", a_pause_lasts_until_resume, kBothFamilies},
    {"A lent packet is copied before the next is asked for",
     a_lent_packet_is_copied_before_the_next_is_asked_for, 0},
    {"A source replaces itself", a_source_replaces_itself, kBothFamilies},
    {"The last word of a replaced source is not heard",
     the_last_word_of_a_replaced_source_is_not_heard, 0},
    {"What a closed multicaster had pulled is counted",
     what_a_closed_multicaster_had_pulled_is_counted, 0},
    {"Bad packets of a source are told and harm no neighbour",
     bad_packets_of_a_source_are_told_and_harm_no_neighbour, kBothFamilies},
    {"An error handler closes the multicaster", an_error_handler_closes_the_multicaster, 0},
    {"An error handler replaces itself", an_error_handler_replaces_itself, 0},
    {"An endless source starves nobody", an_endless_source_starves_nobody, 0},
    {"An endless source of bad packets starves nobody",
     an_endless_source_of_bad_packets_starves_nobody, 0},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
