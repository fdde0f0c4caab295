/* From whom a group is heard: lists of sources that change while a listener is open. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "actor.h"
#include "check.h"
#include "pulled.h"

enum { kPort = 4420, kHosts = 3, kMany = 10000 };

/* The hosts whose packets come: addresses of lo. */
static const char* host(int number) {
  static const char* const hosts[2][kHosts] = {{"127.0.0.1", "127.0.0.2", "127.0.0.3"},
                                               {"fd00::1", "fd00::2", "fd00::3"}};
  return hosts[check_is_ipv6][number];
}

/* One that is of the other family. */
static const char* stranger(void) {
  return check_is_ipv6 ? "10.0.0.1" : "fd00::9";
}

struct scene {
  mc_poller* poller;
  mc_listener* listener; /* open */
  mc_multicaster* hosts[kHosts];
  char heard[64]; /* the numbers of the hosts, as digits */
  int count;
};

static int hear(const mc_packet* packet, void* user) {
  struct scene* scene = user;
  if (scene->count < (int)sizeof scene->heard - 1)
    scene->heard[scene->count++] = (char)packet->data[0];
  scene->heard[scene->count] = '\0';
  return 0;
}

static int set_scene(struct scene* scene) {
  memset(scene, 0, sizeof *scene);
  check_stay_on_one_processor();
  static const char add[] =
      "for i in 1 2 3; do ip -6 address replace fd00::$i/128 dev lo nodad; done";
  if (check_is_ipv6 && !CHECK_EQ(system(add), 0)) return 0;
  int made = CHECK_OK(mc_poller_new(&scene->poller)) &&
             CHECK_OK(mc_listener_new(&scene->listener, scene->poller)) &&
             CHECK_OK(mc_listener_add(scene->listener, check_group, kPort)) &&
             CHECK_OK(mc_listener_set_handler(scene->listener, hear, scene, NULL)) &&
             CHECK_OK(mc_listener_open(scene->listener));
  for (int i = 0; i < kHosts && made; ++i) {
    char text[120];
    snprintf(text, sizeof text, "%s@%s", host(i), check_group);
    made = CHECK_OK(mc_multicaster_new(&scene->hosts[i], scene->poller, text, kPort, 0));
  }
  return made;
}

static void clear_scene(struct scene* scene) {
  for (int i = 0; i < kHosts; ++i) mc_multicaster_free(scene->hosts[i]);
  mc_listener_free(scene->listener);
  mc_poller_free(scene->poller);
}

static void send_from_each(struct scene* scene) {
  for (int i = 0; i < kHosts; ++i) {
    const char digit = (char)('0' + i);
    CHECK_OK(mc_multicaster_send(scene->hosts[i], &digit, 1));
  }
}

/* Each host sends a packet: those of these hosts are heard, and the others are counted. */
static void check_hears(struct scene* scene, const char* hosts) {
  mc_stats before, now;
  CHECK_OK(mc_listener_stats(scene->listener, &before, sizeof before));
  scene->count = 0;
  scene->heard[0] = '\0';
  send_from_each(scene);
  poll_out(scene->poller);
  if (!CHECK(strcmp(scene->heard, hosts) == 0))
    fprintf(stderr, "  heard \"%s\", not \"%s\"\n", scene->heard, hosts);
  CHECK_OK(mc_listener_stats(scene->listener, &now, sizeof now));
  CHECK_EQ(now.delivered - before.delivered, strlen(hosts));
  CHECK(now.not_for_us - before.not_for_us <= kHosts - strlen(hosts)); /* others stay outside */
}

static void sources_are_allowed_and_dropped(void) {
  struct scene scene;
  if (!set_scene(&scene)) return;
  check_hears(&scene, "012");
  CHECK_OK(mc_listener_allow_source(scene.listener, check_group, host(0))); /* heard already */
  check_hears(&scene, "012");
  const char* one = host(1);
  CHECK_OK(mc_listener_set_sources(scene.listener, check_group, MC_SOURCES_ONLY, &one, 1));
  check_hears(&scene, "1");
  CHECK_OK(mc_listener_allow_source(scene.listener, check_group, host(2)));
  check_hears(&scene, "12");
  CHECK_OK(mc_listener_allow_source(scene.listener, NULL, host(2))); /* once more is once */
  CHECK_OK(mc_listener_drop_source(scene.listener, NULL, host(2)));
  check_hears(&scene, "1");
  CHECK_OK(mc_listener_drop_source(scene.listener, check_group, host(1)));
  check_hears(&scene, "");
  mc_stats stats;
  CHECK_OK(mc_poller_stats(scene.poller, &stats, sizeof stats));
  CHECK_EQ(stats.memberships + stats.holders, 0); /* the group is left */
  CHECK_EQ(mc_listener_is_open(scene.listener), 1);
  CHECK_OK(mc_listener_allow_source(scene.listener, check_group, host(0)));
  check_hears(&scene, "0");
  clear_scene(&scene);
}

static void sources_are_blocked_and_unblocked(void) {
  struct scene scene;
  if (!set_scene(&scene)) return;
  CHECK_OK(mc_listener_block_source(scene.listener, check_group, host(1)));
  check_hears(&scene, "02");
  CHECK_OK(mc_listener_block_source(scene.listener, NULL, host(1))); /* once more is once */
  CHECK_OK(mc_listener_block_source(scene.listener, NULL, host(0)));
  check_hears(&scene, "2");
  CHECK_OK(mc_listener_unblock_source(scene.listener, NULL, host(1)));
  check_hears(&scene, "12");
  CHECK_OK(mc_listener_unblock_source(scene.listener, check_group, host(0)));
  check_hears(&scene, "012");
  clear_scene(&scene);
}

static void a_whole_list_is_replaced(void) {
  struct scene scene;
  if (!set_scene(&scene)) return;
  const char* two[] = {host(0), host(1), host(0)}; /* one of them twice */
  CHECK_OK(mc_listener_set_sources(scene.listener, check_group, MC_SOURCES_ONLY, two, 3));
  check_hears(&scene, "01");
  CHECK_OK(mc_listener_set_sources(scene.listener, NULL, MC_SOURCES_EXCEPT, two, 3));
  check_hears(&scene, "2");
  CHECK_OK(mc_listener_unblock_source(scene.listener, check_group, host(0)));
  check_hears(&scene, "02");
  CHECK_OK(mc_listener_set_sources(scene.listener, NULL, MC_SOURCES_ONLY, NULL, 0));
  check_hears(&scene, "");
  CHECK_OK(mc_listener_set_sources(scene.listener, NULL, MC_SOURCES_EXCEPT, NULL, 0));
  check_hears(&scene, "012");
  clear_scene(&scene);
}

static void what_was_said_while_closed_holds_when_it_opens(void) {
  struct scene scene;
  if (!set_scene(&scene)) return;
  CHECK_OK(mc_listener_block_source(scene.listener, check_group, host(0)));
  CHECK_OK(mc_listener_close(scene.listener));
  CHECK_OK(mc_listener_block_source(scene.listener, check_group, host(1)));
  CHECK_OK(mc_listener_open(scene.listener));
  check_hears(&scene, "2");
  CHECK_OK(mc_listener_close(scene.listener));
  /* Adding it again begins anew. */
  CHECK_OK(mc_listener_remove(scene.listener, check_group, kPort));
  CHECK_OK(mc_listener_add(scene.listener, check_group, kPort));
  CHECK_OK(mc_listener_open(scene.listener));
  check_hears(&scene, "012");
  clear_scene(&scene);
}

/* What it added in several words on one channel is heard together. */
static void groups_of_one_channel_are_heard_together(void) {
  struct scene scene;
  char text[120];
  if (!set_scene(&scene)) return;
  CHECK_OK(mc_listener_close(scene.listener));
  CHECK_OK(mc_listener_remove(scene.listener, check_group, kPort));
  for (int i = 0; i < 2; ++i) {
    snprintf(text, sizeof text, "%s@%s", host(i), check_group);
    CHECK_OK(mc_listener_add(scene.listener, text, kPort));
  }
  CHECK_OK(mc_listener_open(scene.listener));
  check_hears(&scene, "01");
  CHECK_OK(mc_listener_drop_source(scene.listener, check_group, host(0)));
  check_hears(&scene, "1");
  CHECK_OK(mc_listener_allow_source(scene.listener, check_group, host(2))); /* in both */
  check_hears(&scene, "12");
  CHECK_OK(mc_listener_drop_source(scene.listener, check_group, host(2)));
  check_hears(&scene, "1");
  CHECK_ERROR(mc_listener_block_source(scene.listener, check_group, host(1)), MC_ERROR_SOURCES,
              host(1), "mc_listener_drop_source");
  CHECK_OK(mc_listener_close(scene.listener));
  CHECK_OK(mc_listener_remove(scene.listener, text, kPort)); /* in the words that added it */
  CHECK_OK(mc_listener_open(scene.listener));
  check_hears(&scene, ""); /* the other was dropped */
  clear_scene(&scene);
}

/* ---- In callbacks --------------------------------------------------------------------------- */

/* After the first packet nobody but the last host is heard, and then nobody but the first. */
static int change_inside(const mc_packet* packet, void* user) {
  struct scene* scene = user;
  const char* next = host(packet->data[0] == '0' ? kHosts - 1 : 0);
  hear(packet, user);
  CHECK_OK(mc_listener_set_sources(scene->listener, NULL, MC_SOURCES_ONLY, &next, 1));
  return 0;
}

static void a_handler_changes_its_own_sources_from_the_next_packet_on(void) {
  struct scene scene;
  if (!set_scene(&scene)) return;
  CHECK_OK(mc_listener_set_handler(scene.listener, change_inside, &scene, NULL));
  check_hears(&scene, "02"); /* they were read together */
  check_hears(&scene, "0");  /* and now the others do not come here at all */
  check_hears(&scene, "2");
  clear_scene(&scene);
}

static int block_for_another(const mc_packet* packet, void* user) {
  struct scene* scene = user;
  if (packet->data[0] == '0')
    CHECK_OK(mc_listener_block_source(scene->listener, check_group, host(1)));
  return 0;
}

/* Filters of three listeners are looked up together (docs/filters.md), and sources still count. */
static void sources_change_where_filters_are_looked_up(void) {
  struct scene scene;
  mc_listener* others[3] = {NULL};
  mc_filter* filter = NULL;
  if (!set_scene(&scene)) return;
  REQUIRE_OK(mc_filter_size(&filter, 1, 9));
  for (int i = 0; i < 3; ++i) {
    CHECK_OK(mc_listener_new(&others[i], scene.poller));
    CHECK_OK(mc_listener_add(others[i], check_group, kPort));
    CHECK_OK(mc_listener_set_filter(others[i], filter));
    CHECK_OK(mc_listener_set_handler(others[i], block_for_another, &scene, NULL));
    CHECK_OK(mc_listener_open(others[i]));
  }
  CHECK_OK(mc_listener_set_filter(scene.listener, filter));
  send_from_each(&scene); /* makes the index */
  poll_out(scene.poller);
  CHECK(strcmp(scene.heard, "02") == 0);
  CHECK_OK(mc_listener_unblock_source(scene.listener, NULL, host(1)));
  CHECK_OK(mc_listener_block_source(scene.listener, NULL, host(2)));
  check_hears(&scene, "0"); /* and 1 is blocked again by then */
  for (int i = 0; i < 3; ++i) mc_listener_free(others[i]);
  CHECK_OK(mc_listener_set_sources(scene.listener, NULL, MC_SOURCES_EXCEPT, NULL, 0));
  check_hears(&scene, "012");
  mc_filter_free(filter);
  clear_scene(&scene);
}

static void what_is_pulled_changes_its_sources_between_two_packets(void) {
  struct scene scene;
  if (!set_scene(&scene)) return;
  mc_listener* pulled = pulled_new(NULL, check_group, kPort);
  const mc_packet* packet = NULL;
  CHECK_OK(mc_listener_open(pulled));
  send_from_each(&scene);
  REQUIRE(mc_listener_next(pulled, &packet, 10) == 1);
  CHECK_EQ(packet->data[0], '0');
  CHECK_OK(mc_listener_block_source(pulled, NULL, host(1)));
  CHECK_EQ(packet->data[0], '0'); /* still lent */
  CHECK_EQ(mc_listener_next(pulled, &packet, 10), 1);
  CHECK_EQ(packet->data[0], '2');
  mc_listener_free(pulled);
  clear_scene(&scene);
}

/* ---- What is refused ------------------------------------------------------------------------ */

typedef int (*change_fn)(mc_listener*, const char*, const char*);
static const change_fn changes[] = {mc_listener_allow_source, mc_listener_drop_source,
                                    mc_listener_block_source, mc_listener_unblock_source};

static void bad_sources_are_refused_and_nothing_changes(void) {
  static const char* const bad[] = {
      "",        "nobody",      "10.0.0",          "0.0.0.0",    "239.1.1.1",       "::",
      "ff02::1", "10.0.0.1%lo", "255.255.255.255", "fe80::1%lo", "::ffff:10.0.0.1", "10.0.0.1@"};
  struct scene scene;
  if (!set_scene(&scene)) return;
  for (size_t i = 0; i < COUNT_OF(bad); ++i) {
    check_note(bad[i]);
    const char* list[] = {host(0), bad[i]};
    for (size_t j = 0; j < COUNT_OF(changes); ++j)
      CHECK_ERROR(changes[j](scene.listener, NULL, bad[i]), MC_ERROR_ADDRESS, bad[i]);
    CHECK_ERROR(mc_listener_set_sources(scene.listener, NULL, MC_SOURCES_ONLY, list, 2),
                MC_ERROR_ADDRESS, bad[i]);
  }
  check_note("");
  const char* mixed[] = {host(0), stranger()};
  for (size_t j = 0; j < COUNT_OF(changes); ++j) {
    CHECK_ERROR(changes[j](scene.listener, check_group, stranger()), MC_ERROR_FAMILY, "families");
    CHECK_ERROR(changes[j](scene.listener, NULL, stranger()), MC_ERROR_FAMILY, "no group of that");
  }
  CHECK_ERROR(mc_listener_set_sources(scene.listener, NULL, MC_SOURCES_ONLY, mixed, 2),
              MC_ERROR_FAMILY, stranger(), "families");
  CHECK_ERROR(mc_listener_set_sources(scene.listener, check_group, MC_SOURCES_ONLY, mixed + 1, 1),
              MC_ERROR_FAMILY, "families");
  CHECK_ERROR(mc_listener_set_sources(scene.listener, NULL, 0, mixed, 1), MC_ERROR_FLAGS, "mode 0");
  CHECK_ERROR(mc_listener_set_sources(scene.listener, NULL, 3, mixed, 1), MC_ERROR_FLAGS, "mode 3");
  check_hears(&scene, "012");
  clear_scene(&scene);
}

static void a_group_is_named_as_it_was_added_but_without_a_source(void) {
  struct scene scene;
  char text[120];
  if (!set_scene(&scene)) return;
  snprintf(text, sizeof text, "%s@%s", host(0), check_group);
  for (size_t j = 0; j < COUNT_OF(changes); ++j) {
    CHECK_ERROR(changes[j](scene.listener, text, host(0)), MC_ERROR_SOURCES, "without a source");
    CHECK_ERROR(changes[j](scene.listener, check_other_group, host(0)), MC_ERROR_NO_GROUP,
                "no group");
    CHECK_ERROR(changes[j](scene.listener, "10.0.0.1", "10.0.0.1"), MC_ERROR_NOT_MULTICAST,
                "10.0.0.1");
  }
  mc_listener* empty = NULL;
  CHECK_OK(mc_listener_new(&empty, scene.poller));
  CHECK_ERROR(mc_listener_allow_source(empty, NULL, host(0)), MC_ERROR_NO_GROUP, "add one");
  CHECK_ERROR(mc_listener_set_sources(empty, NULL, MC_SOURCES_ONLY, NULL, 0), MC_ERROR_NO_GROUP,
              "add one");
  /* The same group on another interface is another group. */
  CHECK_OK(mc_listener_add(empty, check_group, kPort));
  snprintf(text, sizeof text, "%.*s%%1", (int)strcspn(check_group, "%"), check_group);
  CHECK_ERROR(mc_listener_block_source(empty, text, host(0)), MC_ERROR_NO_GROUP, "these words");
  mc_listener_free(empty);
  check_hears(&scene, "012");
  clear_scene(&scene);
}

static void lists_of_two_kinds_contradict_each_other(void) {
  struct scene scene;
  if (!set_scene(&scene)) return;
  mc_listener* listener = scene.listener;
  CHECK_ERROR(mc_listener_drop_source(listener, NULL, host(0)), MC_ERROR_SOURCES, host(0),
              "mc_listener_block_source");
  CHECK_ERROR(mc_listener_unblock_source(listener, NULL, host(0)), MC_ERROR_SOURCES, host(0),
              "not among");
  CHECK_OK(mc_listener_block_source(listener, NULL, host(0)));
  CHECK_ERROR(mc_listener_allow_source(listener, NULL, host(1)), MC_ERROR_SOURCES, host(1),
              "mc_listener_unblock_source", "mc_listener_set_sources");
  CHECK_ERROR(mc_listener_allow_source(listener, NULL, host(0)), MC_ERROR_SOURCES, host(0));
  CHECK_ERROR(mc_listener_drop_source(listener, NULL, host(0)), MC_ERROR_SOURCES, host(0));
  CHECK_ERROR(mc_listener_unblock_source(listener, NULL, host(1)), MC_ERROR_SOURCES, host(1));
  check_hears(&scene, "12");
  const char* two[] = {host(0), host(1)};
  CHECK_OK(mc_listener_set_sources(listener, NULL, MC_SOURCES_ONLY, two, 2));
  CHECK_ERROR(mc_listener_block_source(listener, NULL, host(0)), MC_ERROR_SOURCES, host(0),
              "mc_listener_drop_source", "mc_listener_set_sources");
  CHECK_ERROR(mc_listener_unblock_source(listener, NULL, host(2)), MC_ERROR_SOURCES, host(2),
              "mc_listener_allow_source");
  CHECK_ERROR(mc_listener_drop_source(listener, NULL, host(2)), MC_ERROR_SOURCES, host(2),
              "not among");
  check_hears(&scene, "01");
  clear_scene(&scene);
}

/* Of several groups all change, or none. */
static void a_change_that_one_group_contradicts_is_none(void) {
  struct scene scene;
  if (!set_scene(&scene)) return;
  CHECK_OK(mc_listener_close(scene.listener));
  CHECK_OK(mc_listener_add(scene.listener, check_other_group, kPort));
  CHECK_OK(mc_listener_open(scene.listener));
  CHECK_OK(mc_listener_set_sources(scene.listener, check_other_group, MC_SOURCES_ONLY, NULL, 0));
  CHECK_ERROR(mc_listener_block_source(scene.listener, NULL, host(0)), MC_ERROR_SOURCES,
              "mc_listener_drop_source");
  check_hears(&scene, "012");
  CHECK_OK(mc_listener_allow_source(scene.listener, NULL, host(0))); /* the first hears it */
  CHECK_OK(mc_listener_drop_source(scene.listener, check_other_group, host(0)));
  check_hears(&scene, "012");
  clear_scene(&scene);
}

/* ---- Many ----------------------------------------------------------------------------------- */

static char many_texts[2 * kMany][40];
static const char* many[2 * kMany];

static void make_many(void) {
  for (int i = 0; i < 2 * kMany; ++i) {
    if (check_is_ipv6) {
      snprintf(many_texts[i], sizeof *many_texts, "fd99::%x", i + 1);
    } else {
      snprintf(many_texts[i], sizeof *many_texts, "10.1.%d.%d", i / 250, 1 + i % 250);
    }
    many[i] = many_texts[i];
  }
}

static void a_blocked_list_that_is_too_long_is_told_of(void) {
  struct scene scene;
  mc_stats stats;
  if (!set_scene(&scene)) return;
  make_many();
  many[kMany - 1] = host(1);
  CHECK_OK(mc_listener_set_sources(scene.listener, NULL, MC_SOURCES_EXCEPT, many, kMany));
  check_hears(&scene, "02");
  CHECK_OK(mc_listener_stats(scene.listener, &stats, sizeof stats));
  CHECK_EQ(stats.source_lists_shortened, 1);
  /* The kernel has room for 10, or 64. */
  CHECK_OK(mc_listener_set_sources(scene.listener, NULL, MC_SOURCES_EXCEPT, many + kMany - 80, 80));
  CHECK_OK(mc_listener_stats(scene.listener, &stats, sizeof stats));
  CHECK_EQ(stats.source_lists_shortened, 1);
  for (int i = kMany - 80; i < kMany - 10; ++i)
    CHECK_OK(mc_listener_unblock_source(scene.listener, NULL, many[i]));
  CHECK_OK(mc_listener_stats(scene.listener, &stats, sizeof stats));
  CHECK_EQ(stats.source_lists_shortened, 0);
  check_hears(&scene, "02");
  CHECK_OK(mc_listener_set_sources(scene.listener, NULL, MC_SOURCES_EXCEPT, many, kMany));
  CHECK_OK(mc_listener_close(scene.listener));
  CHECK_OK(mc_listener_stats(scene.listener, &stats, sizeof stats));
  CHECK_EQ(stats.source_lists_shortened, 0);
  CHECK_OK(mc_listener_open(scene.listener));
  CHECK_OK(mc_listener_stats(scene.listener, &stats, sizeof stats));
  CHECK_EQ(stats.source_lists_shortened, 1);
  clear_scene(&scene);
}

static void too_many_sources_for_the_descriptors_are_refused_whole(void) {
  struct scene scene;
  struct rlimit limit, before;
  if (!set_scene(&scene)) return;
  make_many();
  const int descriptors = check_count_descriptors();
  getrlimit(RLIMIT_NOFILE, &before);
  limit = before;
  limit.rlim_cur = (rlim_t)descriptors + 20;
  setrlimit(RLIMIT_NOFILE, &limit);
  const int count = check_is_ipv6 ? 3000 : 1000;
  CHECK_ERROR(mc_listener_set_sources(scene.listener, NULL, MC_SOURCES_ONLY, many, (size_t)count),
              -EMFILE, "cannot join", "ulimit -n");
  CHECK_EQ(check_count_descriptors(), descriptors);
  setrlimit(RLIMIT_NOFILE, &before);
  check_hears(&scene, "012");
  clear_scene(&scene);
}

static const struct check_test tests[] = {
    {"Sources are allowed and dropped", sources_are_allowed_and_dropped, kBothFamilies},
    {"Sources are blocked and unblocked", sources_are_blocked_and_unblocked, kBothFamilies},
    {"A whole list is replaced", a_whole_list_is_replaced, kBothFamilies},
    {"What was said while closed holds when it opens",
     what_was_said_while_closed_holds_when_it_opens, kBothFamilies},
    {"Groups of one channel are heard together", groups_of_one_channel_are_heard_together,
     kBothFamilies},
    {"A handler changes its own sources from the next packet on",
     a_handler_changes_its_own_sources_from_the_next_packet_on, kBothFamilies},
    {"Sources change where filters are looked up", sources_change_where_filters_are_looked_up,
     kBothFamilies},
    {"What is pulled changes its sources between two packets",
     what_is_pulled_changes_its_sources_between_two_packets, kBothFamilies},
    {"Bad sources are refused and nothing changes", bad_sources_are_refused_and_nothing_changes,
     kBothFamilies},
    {"A group is named as it was added, but without a source",
     a_group_is_named_as_it_was_added_but_without_a_source, kBothFamilies},
    {"Lists of two kinds contradict each other", lists_of_two_kinds_contradict_each_other,
     kBothFamilies},
    {"A change that one group contradicts is none", a_change_that_one_group_contradicts_is_none,
     kBothFamilies},
    {"A blocked list that is too long is told of", a_blocked_list_that_is_too_long_is_told_of,
     kBothFamilies},
    {"Too many sources for the descriptors are refused whole",
     too_many_sources_for_the_descriptors_are_refused_whole, kBothFamilies},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
