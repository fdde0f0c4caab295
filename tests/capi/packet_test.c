/* Packets: copies that outlive everything; and leaving out what this process itself sent. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actor.h"
#include "check.h"
#include "pulled.h"
#include "worker.h"

enum { kPort = 4341, kSourcePort = 4342 };

/* ---- Copies --------------------------------------------------------------------------------- */

static void check_alike(const mc_packet* copy, const mc_packet* packet) {
  CHECK(copy != packet && copy->data != packet->data);
  CHECK_EQ(copy->size, packet->size);
  CHECK_EQ(copy->wire_size, packet->wire_size);
  CHECK(memcmp(&copy->source, &packet->source, sizeof copy->source) == 0);
  CHECK(memcmp(&copy->group, &packet->group, sizeof copy->group) == 0);
  CHECK_EQ(copy->interface_index, packet->interface_index);
  CHECK_EQ(copy->flags, packet->flags);
  CHECK_EQ(copy->time, packet->time);
  CHECK_EQ(copy->ttl, packet->ttl);
  CHECK_EQ(copy->dscp, packet->dscp);
  CHECK(copy->size == 0 || memcmp(copy->data, packet->data, copy->size) == 0);
}

static void a_copy_outlives_everything(void) {
  const mc_packet* packet = NULL;
  mc_packet* copy = NULL;
  mc_packet* of_copy = NULL;
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  mc_listener* listener = pulled_new(poller, check_group, kPort);
  CHECK_OK(mc_listener_set_details(listener, MC_PACKET_TIME | MC_PACKET_TTL | MC_PACKET_DSCP));
  CHECK_OK(mc_listener_set_mtu(listener, 5));
  REQUIRE_OK(mc_listener_open(listener));
  const int from = outsider();
  outsider_send(from, check_group, kPort, "hello world", 11);
  REQUIRE(mc_listener_next(listener, &packet, 10) == 1);
  REQUIRE_OK(mc_packet_copy(&copy, packet));
  check_alike(copy, packet);
  CHECK_EQ(copy->flags & MC_PACKET_TRUNCATED, MC_PACKET_TRUNCATED);
  outsider_send(from, check_group, kPort, "other", 5);
  CHECK_EQ(mc_listener_next(listener, &packet, 10), 1);
  REQUIRE_OK(mc_packet_copy(&of_copy, copy));
  check_alike(of_copy, copy);
  mc_packet_free(copy);
  mc_listener_free(listener);
  mc_poller_free(poller);
  CHECK_EQ(of_copy->size, 5);
  CHECK_EQ(of_copy->wire_size, 11);
  CHECK(memcmp(of_copy->data, "hello", 5) == 0);
  mc_packet_free(of_copy);
  close(from);
}

static void an_empty_packet_and_the_largest_can_be_copied(void) {
  static const size_t sizes[] = {0, MC_MAX_PACKET};
  char* bytes = malloc(MC_MAX_PACKET);
  mc_listener* listener = pulled_new(NULL, check_group, kPort);
  CHECK_OK(mc_listener_set_mtu(listener, MC_MAX_PACKET));
  REQUIRE_OK(mc_listener_open(listener));
  memset(bytes, 'x', MC_MAX_PACKET);
  for (size_t i = 0; i < COUNT_OF(sizes); ++i) {
    const mc_packet* packet = NULL;
    mc_packet* copy = NULL;
    CHECK_OK(mc_sendto(bytes, sizes[i], check_group, kPort, 0));
    REQUIRE(mc_listener_next(listener, &packet, 10) == 1);
    REQUIRE_OK(mc_packet_copy(&copy, packet));
    CHECK_EQ(copy->size, sizes[i]);
    check_alike(copy, packet);
    mc_packet_free(copy);
  }
  mc_packet_free(NULL);
  mc_listener_free(listener);
  free(bytes);
}

static void copying_refuses_what_no_packet_is(void) {
  static const size_t sizes[] = {65536, SIZE_MAX - sizeof(mc_packet), SIZE_MAX};
  static const uint8_t bytes[65535];
  mc_packet* copy = NULL;
  mc_packet packet = {.data = bytes, .size = 0};
  for (size_t i = 0; i < COUNT_OF(sizes); ++i) {
    packet.size = sizes[i];
    CHECK_ERROR(mc_packet_copy(&copy, &packet), MC_ERROR_SIZE, "at most 65535");
  }
  packet = (mc_packet){.data = NULL, .size = 1};
  CHECK_ERROR(mc_packet_copy(&copy, &packet), MC_ERROR_NULL, "data is NULL");
  CHECK(copy == NULL);
  packet = (mc_packet){.data = bytes, .size = sizeof bytes};
  REQUIRE_OK(mc_packet_copy(&copy, &packet));
  check_alike(copy, &packet);
  mc_packet_free(copy);
}

static void copying_refuses_null(void) {
  mc_packet* copy = NULL;
  const mc_packet empty = {.size = 0};
  CHECK_ERROR(mc_packet_copy(&copy, NULL), MC_ERROR_NULL, "packet is NULL");
  CHECK_ERROR(mc_packet_copy(NULL, &empty), MC_ERROR_NULL, "out is NULL");
  CHECK(copy == NULL);
}

/* A handler that keeps a copy of what it is shown. */
static int keep(const mc_packet* packet, void* user) {
  CHECK_OK(mc_packet_copy(user, packet));
  return 1;
}

static void answer(void* packet) {
  CHECK_OK(mc_reply(packet, "yes", 3));
  mc_packet_free(packet);
}

static void a_copy_is_answered_later_and_by_any_thread(void) {
  char text[8];
  uint16_t port = 0;
  mc_packet* copy = NULL;
  mc_listener* listener = pulled_new(NULL, check_group, kPort);
  CHECK_OK(mc_listener_set_handler(listener, keep, &copy, NULL));
  REQUIRE_OK(mc_listener_open(listener));
  const int asker = outsider();
  outsider_send(asker, check_group, kPort, "who?", 4);
  CHECK_EQ(mc_loop(10, 0), 0); /* ends with the listener */
  mc_listener_free(listener);
  mc_poller_free(mc_default_poller());
  REQUIRE(copy != NULL);
  elsewhere(answer, copy);
  CHECK_EQ(outsider_receive(asker, text, sizeof text, &port), 3);
  CHECK(strcmp(text, "yes") == 0);
  CHECK(port != 0);
  close(asker);
}

/* ---- One's own packets ----------------------------------------------------------------------- */

static void what_this_process_sends_is_left_out(void) {
  mc_multicaster* caster = NULL;
  const mc_packet* packet = NULL;
  mc_listener* all = pulled_open(NULL, check_group, kPort);
  mc_listener* others = pulled_new(NULL, check_group, kPort);
  CHECK_OK(mc_listener_set_ignore_own(others, 1));
  REQUIRE_OK(mc_listener_open(others));
  REQUIRE_OK(mc_multicaster_new(&caster, NULL, check_group, kPort, 0));
  const int foreign = outsider();
  CHECK_OK(mc_multicaster_send(caster, "0000", 4));
  CHECK_OK(mc_sendto("0001", 4, check_group, kPort, 0));
  outsider_send_numbers(foreign, check_group, kPort, 2, 1); /* not through the library */
  REQUIRE(mc_listener_next(all, &packet, 10) == 1);
  CHECK_OK(mc_multicaster_send(caster, "0003", 4));
  outsider_send_numbers(foreign, check_group, kPort, 4, 1);
  CHECK(pulled_gives(all, 1, 4));
  CHECK(pulled_gives(others, 2, 1));
  CHECK(pulled_gives(others, 4, 1));
  const mc_stats stats = pulled_stats(others);
  CHECK_EQ(stats.not_for_us, 3);
  CHECK_EQ(stats.delivered, 2);
  CHECK_EQ(stats.arrived, 5);
  CHECK_EQ(pulled_stats(all).not_for_us, 0);
  mc_multicaster_free(caster);
  mc_listener_free(all);
  mc_listener_free(others);
  close(foreign);
}

static void send_from_another_process(void) {
  CHECK_OK(mc_sendto("0007", 4, check_group, kPort, 0));
}

static void another_process_of_this_host_is_heard(void) {
  mc_listener* others = pulled_new(NULL, check_group, kPort);
  CHECK_OK(mc_listener_set_ignore_own(others, 1));
  REQUIRE_OK(mc_listener_open(others));
  CHECK_OK(mc_sendto("0006", 4, check_group, kPort, 0)); /* which the child's is not taken for */
  CHECK_EQ(check_in_child(send_from_another_process), 0);
  CHECK(pulled_gives(others, 7, 1));
  CHECK_EQ(pulled_stats(others).not_for_us, 1);
  mc_listener_free(others);
}

static void it_is_switched_at_any_time_and_for_handlers_too(void) {
  struct actor user = {.calls = 0};
  mc_listener* listener = actor_listen(NULL, check_group, kPort, &user);
  check_stay_on_one_processor();
  CHECK_ERROR(mc_listener_set_ignore_own(NULL, 1), MC_ERROR_NULL, "listener is NULL");
  for (int i = 0; i < 3; ++i) {
    CHECK_OK(mc_listener_set_ignore_own(listener, 0));
    CHECK_OK(mc_sendto("a", 1, check_group, kPort, 0));
    CHECK(poll_until(NULL, &user.calls, i + 1));
    CHECK_OK(mc_listener_set_ignore_own(listener, 1));
    CHECK_OK(mc_sendto("a", 1, check_group, kPort, 0));
    outsider_settle();
    poll_out(NULL);
    CHECK_EQ(user.calls, i + 1);
    CHECK_EQ(pulled_stats(listener).not_for_us, i + 1);
  }
  mc_listener_free(listener);
}

static void a_port_is_ones_own_as_long_as_its_sender_lives(void) {
  mc_multicaster* caster = NULL;
  const mc_packet* packet = NULL;
  mc_listener* others = pulled_new(NULL, check_group, kPort);
  CHECK_OK(mc_listener_set_ignore_own(others, 1));
  REQUIRE_OK(mc_listener_open(others));
  REQUIRE_OK(mc_multicaster_new(&caster, NULL, check_group, kPort, 0));
  REQUIRE_OK(mc_multicaster_set_source_port(caster, kSourcePort, 1));
  const int foreign = outsider_at(kSourcePort, 1);
  CHECK_OK(mc_multicaster_send(caster, "0000", 4));
  outsider_send_numbers(foreign, check_group, kPort, 1, 1); /* the same port: taken for one's own */
  outsider_settle();
  CHECK(pulled_gives_nothing(others));
  CHECK_OK(mc_multicaster_set_source_port(caster, 0, 0));
  CHECK_OK(mc_multicaster_send(caster, "0002", 4)); /* from another port, and still one's own */
  /* The old one is another's soon after all that came from it is read. */
  for (int tries = 0; packet == NULL && tries < 1000; ++tries) {
    outsider_send_numbers(foreign, check_group, kPort, 3, 1);
    CHECK_OK(mc_listener_next(others, &packet, 0.01));
  }
  CHECK(packet != NULL && memcmp(packet->data, "0003", 4) == 0);
  mc_multicaster_free(caster);
  CHECK(pulled_stats(others).not_for_us >= 3);
  mc_listener_free(others);
  close(foreign);
}

/* Its packets wait in the socket when nobody has their port any more. */
static void what_a_sender_sent_before_it_was_closed_is_left_out(void) {
  struct actor user = {.calls = 0};
  mc_listener* pulled = pulled_new(NULL, check_group, kPort);
  mc_listener* handled = actor_listen(NULL, check_group, kPort, &user);
  const int foreign = outsider();
  CHECK_OK(mc_listener_set_ignore_own(pulled, 1));
  CHECK_OK(mc_listener_set_ignore_own(handled, 1));
  REQUIRE_OK(mc_listener_open(pulled));
  for (int i = 0; i < 3; ++i) {
    mc_multicaster* caster = NULL;
    REQUIRE_OK(mc_multicaster_new(&caster, NULL, check_group, kPort, 0));
    CHECK_OK(mc_multicaster_send(caster, "own", 3));
    mc_multicaster_free(caster);
    outsider_send_numbers(foreign, check_group, kPort, i, 1);
    CHECK(pulled_gives(pulled, i, 1));
    CHECK(poll_until(NULL, &user.calls, i + 1));
    CHECK_EQ(user.calls, i + 1);
  }
  CHECK_EQ(pulled_stats(pulled).not_for_us, 3);
  CHECK_EQ(pulled_stats(handled).not_for_us, 3);
  mc_listener_free(pulled);
  mc_listener_free(handled);
  close(foreign);
}

static const struct check_test tests[] = {
    {"A copy outlives everything", a_copy_outlives_everything, kBothFamilies},
    {"An empty packet and the largest can be copied", an_empty_packet_and_the_largest_can_be_copied,
     kBothFamilies},
    {"Copying refuses NULL", copying_refuses_null, 0},
    {"Copying refuses what no packet is", copying_refuses_what_no_packet_is, 0},
    {"A copy is answered later, and by any thread", a_copy_is_answered_later_and_by_any_thread,
     kBothFamilies},
    {"What this process sends is left out", what_this_process_sends_is_left_out, kBothFamilies},
    {"Another process of this host is heard", another_process_of_this_host_is_heard, kBothFamilies},
    {"It is switched at any time, and for handlers, too",
     it_is_switched_at_any_time_and_for_handlers_too, 0},
    {"A port is one's own as long as its sender lives",
     a_port_is_ones_own_as_long_as_its_sender_lives, kBothFamilies},
    {"What a sender sent before it was closed is left out",
     what_a_sender_sent_before_it_was_closed_is_left_out, kBothFamilies},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
