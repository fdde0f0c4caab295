/* What is in hand while a callback changes what it came from: packets, events. */
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "actor.h"
#include "check.h"

enum { kPort = 4395 };

struct scene {
  mc_multicaster* caster;
  mc_poller* poller;
  int calls;
  int other;
};

static int ignore(const mc_packet* packet, void* user) {
  (void)packet;
  (void)user;
  return 0;
}

/* A first handler of answers drops what waits at the port, which is not this packet. */
static int give_a_handler(const mc_packet* packet, void* user) {
  struct scene* scene = user;
  const mc_packet before = *packet;
  CHECK_OK(mc_multicaster_set_handler(scene->caster, ignore, NULL, NULL));
  CHECK(packet->size == 4 && memcmp(packet->data, "xxx", 3) == 0);
  CHECK_EQ(packet->data[3], '0' + scene->calls);
  CHECK(memcmp(&before, packet, sizeof before) == 0);
  CHECK_OK(mc_multicaster_set_handler(scene->caster, NULL, NULL, NULL));
  ++scene->calls;
  return 0;
}

static void a_packet_stays_when_its_handler_expects_answers(void) {
  struct scene scene = {.calls = 0};
  mc_multicaster* outside = NULL;
  mc_listener* listener = NULL;
  mc_address at;
  REQUIRE_OK(mc_multicaster_new(&scene.caster, NULL, check_group, kPort, 0));
  REQUIRE_OK(mc_multicaster_new(&outside, NULL, check_group, kPort, 0));
  REQUIRE_OK(mc_listener_new(&listener, NULL));
  CHECK_OK(mc_listener_add(listener, check_group, kPort));
  CHECK_OK(mc_listener_set_handler(listener, give_a_handler, &scene, NULL));
  CHECK_OK(mc_listener_open(listener));
  CHECK_OK(mc_multicaster_source(scene.caster, &at));
  CHECK_OK(mc_address_parse(&at, check_is_ipv6 ? "::1" : "127.0.0.1"));
  mc_address here;
  CHECK_OK(mc_multicaster_source(scene.caster, &here));
  at.port = here.port;
  for (int i = 0; i < 3; ++i) {
    char text[5];
    snprintf(text, sizeof text, "xxx%d", i);
    CHECK_OK(mc_multicaster_send_to(outside, &at, "YYYYYYYY", 8)); /* waits at the port */
    CHECK_OK(mc_sendto(text, 4, check_group, kPort, 0));
  }
  CHECK(poll_until(NULL, &scene.calls, 3));
  mc_listener_free(listener);
  mc_multicaster_free(outside);
  mc_multicaster_free(scene.caster);
}

static int change_the_port(const mc_packet* packet, void* user) {
  struct scene* scene = user;
  const mc_packet before = *packet;
  CHECK_OK(mc_multicaster_set_source_port(scene->caster, 4396, 1));
  CHECK(memcmp(&before, packet, sizeof before) == 0);
  ++scene->calls;
  return 0;
}

static void an_answer_stays_when_the_port_changes(void) {
  struct scene scene = {.calls = 0};
  mc_multicaster* outside = NULL;
  mc_address at;
  mc_address here;
  REQUIRE_OK(mc_multicaster_new(&scene.caster, NULL, check_group, kPort, 0));
  REQUIRE_OK(mc_multicaster_new(&outside, NULL, check_group, kPort, 0));
  CHECK_OK(mc_multicaster_set_handler(scene.caster, change_the_port, &scene, NULL));
  CHECK_OK(mc_address_parse(&at, check_is_ipv6 ? "::1" : "127.0.0.1"));
  CHECK_OK(mc_multicaster_source(scene.caster, &here));
  at.port = here.port;
  CHECK_OK(mc_multicaster_send_to(outside, &at, "answer", 6));
  CHECK(poll_until(NULL, &scene.calls, 1));
  mc_multicaster_free(outside);
  mc_multicaster_free(scene.caster);
}

static int rest_the_other(int fd, uint32_t events, void* user) {
  struct scene* scene = user;
  (void)events;
  ++scene->calls;
  CHECK_OK(mc_poller_watch(scene->poller, fd == scene->other ? fd - 1 : scene->other, 0));
  return 0;
}

static void an_event_that_is_not_wanted_any_more_is_not_told_once(void) {
  struct scene scene = {.calls = 0};
  REQUIRE_OK(mc_poller_new(&scene.poller));
  const int first = eventfd(1, EFD_CLOEXEC);
  scene.other = eventfd(1, EFD_CLOEXEC);
  REQUIRE(scene.other == first + 1);
  CHECK_OK(mc_poller_register(scene.poller, first, MC_ONCE, rest_the_other, NULL, &scene, NULL));
  CHECK_OK(
      mc_poller_register(scene.poller, scene.other, MC_ONCE, rest_the_other, NULL, &scene, NULL));
  CHECK_EQ(mc_poller_poll(scene.poller, 0), 2);
  CHECK_EQ(scene.calls, 1);
  CHECK_EQ(mc_poller_is_polling(scene.poller), 1); /* the rested one is registered still */
  mc_poller_free(scene.poller);
  close(first);
  close(scene.other);
}

static const struct check_test tests[] = {
    {"A packet stays when its handler expects answers",
     a_packet_stays_when_its_handler_expects_answers, kBothFamilies},
    {"An answer stays when the port changes", an_answer_stays_when_the_port_changes, kBothFamilies},
    {"An event that is not wanted any more is not told once",
     an_event_that_is_not_wanted_any_more_is_not_told_once, 0},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
