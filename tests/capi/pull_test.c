/* Pulling: order, how many at once, waiting and what ends it, and what a pulled listener is not. */
#include <math.h>
#include <pthread.h>
#include <unistd.h>

#include "actor.h"
#include "check.h"
#include "pulled.h"
#include "worker.h"

enum { kPort = 4330, kOtherPort = 4331, kTimes = 100 };

static void packets_come_one_by_one_and_in_order(void) {
  mc_listener* listener = pulled_open(NULL, check_group, kPort);
  const int from = outsider();
  outsider_send_numbers(from, check_group, kPort, 0, 40); /* more than one read brings */
  CHECK(pulled_gives(listener, 0, 40));
  CHECK(pulled_gives_nothing(listener));
  outsider_send_numbers(from, check_group, kPort, 40, 1);
  CHECK(pulled_gives(listener, 40, 1));
  const mc_stats stats = pulled_stats(listener);
  CHECK_EQ(stats.delivered, 41);
  CHECK_EQ(stats.delivered_bytes, 4 * 41);
  CHECK_EQ(stats.arrived, 41);
  mc_listener_free(listener);
  close(from);
}

static void a_packet_tells_what_a_handler_is_told(void) {
  const mc_packet* packet = NULL;
  mc_listener* listener = pulled_open(NULL, check_group, kPort);
  const int from = outsider();
  outsider_send(from, check_group, kPort, "", 0);
  REQUIRE(mc_listener_next(listener, &packet, 10) == 1);
  CHECK_EQ(packet->size + packet->wire_size + packet->flags, 0);
  CHECK_EQ(packet->source.family, check_is_ipv6 ? MC_IPV6 : MC_IPV4);
  CHECK_EQ(packet->source.port, outsider_port(from));
  CHECK_EQ(packet->group.port, kPort);
  CHECK_EQ(packet->group.bytes[0], check_is_ipv6 ? 0xff : 239);
  CHECK_EQ(packet->interface_index, 1);
  mc_listener_free(listener);
  close(from);
}

/* The next packets are these numbers, `most` at a time, from what lies in the socket. */
static void expect_runs(mc_listener* listener, int first, int count, size_t most) {
  const mc_packet* const* packets = NULL;
  const int end = first + count;
  while (first < end) {
    const size_t wanted = (size_t)(end - first) < most ? (size_t)(end - first) : most;
    const int got = mc_listener_next_many(listener, &packets, wanted, 10);
    if (!CHECK(got > 0 && (size_t)got <= wanted)) return;
    for (int i = 0; i < got; ++i) CHECK_EQ(number_of(packets[i]), first + i);
    first += got;
  }
}

static void many_come_at_once_and_never_more_than_asked_for(void) {
  mc_listener* listener = pulled_open(NULL, check_group, kPort);
  const int from = outsider();
  const mc_packet* const* packets = NULL;
  int first = 0;
  for (size_t most = 1; most < 30; most += 4, first += 50) {
    outsider_send_numbers(from, check_group, kPort, first, 50);
    outsider_settle();
    expect_runs(listener, first, 50, most);
  }
  outsider_send_numbers(from, check_group, kPort, 0, 10);
  outsider_settle();
  CHECK_EQ(mc_listener_next_many(listener, &packets, 1000000, 10), 10); /* all that is there */
  packets = NULL;
  CHECK_EQ(mc_listener_next_many(listener, &packets, 9, 0), 0);
  CHECK(packets == NULL);
  mc_listener_free(listener);
  close(from);
}

static void both_forms_take_from_the_same_queue(void) {
  mc_listener* listener = pulled_open(NULL, check_group, kPort);
  const int from = outsider();
  outsider_send_numbers(from, check_group, kPort, 0, 30);
  outsider_settle();
  CHECK(pulled_gives(listener, 0, 1));
  expect_runs(listener, 1, 5, 5);
  CHECK(pulled_gives(listener, 6, 2));
  expect_runs(listener, 8, 22, 2);
  CHECK(pulled_gives_nothing(listener));
  mc_listener_free(listener);
  close(from);
}

static void trains_are_split(void) {
  const mc_packet* packet = NULL;
  mc_listener* listener = pulled_open(NULL, check_group, kPort);
  const int from = outsider();
  outsider_send_train(from, check_group, kPort, 0, 25);
  outsider_send_numbers(from, check_group, kPort, 25, 1);
  outsider_send_train(from, check_group, kPort, 26, 14);
  outsider_settle();
  REQUIRE(mc_listener_next(listener, &packet, 10) == 1);
  CHECK_EQ(number_of(packet), 0);
  CHECK_EQ(packet->flags, MC_PACKET_TRAIN);
  CHECK_EQ(packet->wire_size, 4);
  expect_runs(listener, 1, 23, 10); /* the end of a train may wait for the next call */
  CHECK(pulled_gives(listener, 24, 1));
  REQUIRE(mc_listener_next(listener, &packet, 10) == 1);
  CHECK_EQ(number_of(packet), 25);
  CHECK_EQ(packet->flags, 0);
  expect_runs(listener, 26, 14, 1000);
  CHECK_EQ(pulled_stats(listener).delivered, 40);
  mc_listener_free(listener);
  close(from);
}

static void several_groups_are_pulled_together(void) {
  int seen[2] = {0, 0};
  mc_listener* listener = pulled_new(NULL, check_group, kPort);
  CHECK_OK(mc_listener_add(listener, check_other_group, kOtherPort));
  REQUIRE_OK(mc_listener_open(listener));
  const int from = outsider();
  for (int i = 0; i < 30; ++i) {
    outsider_send_numbers(from, check_group, kPort, i, 1);
    outsider_send_numbers(from, check_other_group, kOtherPort, i, 1);
  }
  for (int i = 0; i < 60; ++i) {
    const mc_packet* packet = NULL;
    if (!CHECK_EQ(mc_listener_next(listener, &packet, 10), 1)) break;
    const int which = packet->group.port == kPort ? 0 : 1;
    CHECK_EQ(packet->group.port, which == 0 ? kPort : kOtherPort);
    CHECK_EQ(packet->group.bytes[check_is_ipv6 ? 15 : 3], which + 1);
    CHECK_EQ(number_of(packet), seen[which]++); /* each group's in order */
  }
  CHECK_EQ(seen[0] + seen[1], 60);
  mc_listener_free(listener);
  close(from);
}

static void waiting_ends_with_the_time(void) {
  const mc_packet* packet = NULL;
  mc_listener* listener = pulled_open(NULL, check_group, kPort);
  const double before = seconds_now();
  CHECK_EQ(mc_listener_next(listener, &packet, 0.05), 0);
  CHECK(seconds_now() - before >= 0.05);
  CHECK(packet == NULL);
  const double then = seconds_now();
  CHECK_EQ(mc_listener_next(listener, &packet, 0), 0);
  CHECK(seconds_now() - then < 5);
  mc_listener_free(listener);
}

static void send_one(void* unused) {
  (void)unused;
  CHECK_OK(mc_sendto("0007", 4, check_group, kPort, 0));
}
static void wake(void* poller) {
  CHECK_OK(mc_poller_wake(poller));
}
static void stop(void* poller) {
  CHECK_OK(mc_poller_stop(poller));
}

/* Runs the function in another thread while this one waits for ever; either may be first. What the
 * wait returned. */
struct meanwhile {
  void (*run)(void*);
  void* user;
};
static void* do_meanwhile(void* user) {
  const struct meanwhile* meanwhile = user;
  meanwhile->run(meanwhile->user);
  return NULL;
}
static int next_while(mc_listener* listener, const mc_packet** packet, struct meanwhile meanwhile) {
  pthread_t thread = 0;
  CHECK_EQ(pthread_create(&thread, NULL, do_meanwhile, &meanwhile), 0);
  const int outcome = mc_listener_next(listener, packet, -1);
  pthread_join(thread, NULL);
  return outcome;
}

static void waiting_for_ever_ends_with_a_packet_a_wake_or_a_stop(void) {
  const mc_packet* packet = NULL;
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  mc_listener* listener = pulled_open(poller, check_group, kPort);
  for (int i = 0; i < kTimes; ++i) {
    CHECK_EQ(next_while(listener, &packet, (struct meanwhile){send_one, NULL}), 1);
    CHECK(packet != NULL && number_of(packet) == 7);
    packet = NULL;
    CHECK_EQ(next_while(listener, &packet, (struct meanwhile){wake, poller}), 0);
    CHECK_EQ(next_while(listener, &packet, (struct meanwhile){stop, poller}), 0);
    CHECK(packet == NULL);
  }
  send_one(NULL);
  CHECK(pulled_gives(listener, 7, 1)); /* the stop does not end it again */
  mc_listener_free(listener);
  mc_poller_free(poller);
}

static void what_came_before_ends_the_next_wait_once(void) {
  const mc_packet* packet = NULL;
  struct actor silent = {.calls = 0};
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  mc_listener* listener = pulled_open(poller, check_group, kPort);
  CHECK_OK(mc_poller_wake(poller));
  CHECK_EQ(mc_listener_next(listener, &packet, -1), 0);
  const double before = seconds_now();
  CHECK_EQ(mc_listener_next(listener, &packet, 0.05), 0);
  CHECK(seconds_now() - before >= 0.05);
  const int silence = register_silence(poller, &silent);
  CHECK_OK(mc_poller_stop(poller));
  CHECK_EQ(mc_listener_next(listener, &packet, -1), 0);
  CHECK_EQ(mc_poller_loop(poller, -1, 0), MC_STOPPED); /* for which the stop is meant */
  mc_listener_free(listener);
  mc_poller_free(poller);
  close(silence);
}

static void refusals_say_what_to_do(void) {
  const mc_packet* packet = NULL;
  const mc_packet* const* packets = NULL;
  struct actor user = {.calls = 0};
  mc_listener* listener = pulled_new(NULL, check_group, kPort);
  CHECK_ERROR(mc_listener_next(listener, &packet, 0), MC_ERROR_CLOSED, "closed", "open it");
  CHECK_ERROR(mc_listener_fd(listener), MC_ERROR_CLOSED, "closed", "open it");
  REQUIRE_OK(mc_listener_open(listener));
  CHECK_ERROR(mc_listener_next(listener, &packet, NAN), MC_ERROR_TIME, "timeout");
  CHECK_ERROR(mc_listener_next_many(listener, &packets, 5, NAN), MC_ERROR_TIME, "timeout");
  CHECK_ERROR(mc_listener_next_many(listener, &packets, 0, 0), MC_ERROR_SIZE, "0");
  CHECK_ERROR(mc_listener_next(listener, NULL, 0), MC_ERROR_NULL, "packet is NULL");
  CHECK_ERROR(mc_listener_next_many(listener, NULL, 1, 0), MC_ERROR_NULL, "packets is NULL");
  CHECK_ERROR(mc_listener_next(NULL, &packet, 0), MC_ERROR_NULL, "listener is NULL");
  CHECK_ERROR(mc_listener_next_many(NULL, &packets, 1, 0), MC_ERROR_NULL, "listener is NULL");
  CHECK_ERROR(mc_listener_fd(NULL), MC_ERROR_NULL, "listener is NULL");
  CHECK_OK(mc_listener_close(listener));
  CHECK_ERROR(mc_listener_next(listener, &packet, 0), MC_ERROR_CLOSED, "closed", "open it");
  mc_listener_free(listener);
  listener = actor_listen(NULL, check_group, kPort, &user);
  CHECK_ERROR(mc_listener_next(listener, &packet, 0), MC_ERROR_HANDLER, "handler");
  CHECK_ERROR(mc_listener_next_many(listener, &packets, 1, 0), MC_ERROR_HANDLER, "handler");
  CHECK_ERROR(mc_listener_fd(listener), MC_ERROR_HANDLER, "handler");
  CHECK(packet == NULL && packets == NULL);
  mc_listener_free(listener);
}

static int take_batch(const mc_packet* const* packets, size_t count, void* user) {
  struct actor* self = user;
  CHECK(packets[0] != NULL);
  self->seen += (int)count;
  return 0;
}

static void whether_it_is_pulled_changes_while_closed_only(void) {
  struct actor user = {.calls = 0};
  mc_listener* listener = pulled_open(NULL, check_group, kPort);
  CHECK_ERROR(mc_listener_set_handler(listener, actor_packet, &user, actor_end), MC_ERROR_OPEN,
              "open", "close it");
  CHECK_ERROR(mc_listener_set_batch_handler(listener, take_batch, &user, actor_end), MC_ERROR_OPEN,
              "open", "close it");
  CHECK_OK(mc_listener_set_handler(listener, NULL, NULL, NULL)); /* as it is */
  CHECK_EQ(user.destroyed, 0);
  const int from = outsider();
  outsider_send_numbers(from, check_group, kPort, 0, 1);
  CHECK(pulled_gives(listener, 0, 1));
  CHECK_OK(mc_listener_close(listener));
  CHECK_OK(mc_listener_set_handler(listener, actor_packet, &user, actor_end));
  REQUIRE_OK(mc_listener_open(listener));
  outsider_send_numbers(from, check_group, kPort, 1, 1);
  CHECK(poll_until(NULL, &user.calls, 1));
  CHECK_ERROR(mc_listener_set_batch_handler(listener, NULL, NULL, NULL), MC_ERROR_OPEN, "open");
  CHECK_OK(mc_listener_close(listener));
  CHECK_OK(mc_listener_set_handler(listener, NULL, NULL, NULL));
  CHECK_EQ(user.destroyed, 1);
  REQUIRE_OK(mc_listener_open(listener));
  outsider_send_numbers(from, check_group, kPort, 2, 1);
  CHECK(pulled_gives(listener, 2, 1));
  mc_listener_free(listener);
  close(from);
}

static void what_came_before_an_opening_does_not_come_after_it(void) {
  mc_listener* listener = pulled_open(NULL, check_group, kPort);
  const int from = outsider();
  for (int i = 0; i < 5; ++i) {
    outsider_send_numbers(from, check_group, kPort, 10 * i, 10);
    outsider_settle();
    CHECK(pulled_gives(listener, 10 * i, 3)); /* the others have been read, too */
    CHECK_OK(mc_listener_close(listener));
    REQUIRE_OK(mc_listener_open(listener));
    CHECK(pulled_gives_nothing(listener));
  }
  CHECK_EQ(pulled_stats(listener).delivered, 15);
  mc_listener_free(listener);
  close(from);
}

static void no_loop_waits_for_it_and_no_turn_serves_it(void) {
  mc_stats stats;
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  mc_listener* listener = pulled_open(poller, check_group, kPort);
  const int from = outsider();
  outsider_send_numbers(from, check_group, kPort, 0, 3);
  outsider_settle();
  CHECK_EQ(mc_poller_is_polling(poller), 0);
  CHECK_EQ(mc_poller_poll(poller, 0), 0);
  CHECK_EQ(is_readable(mc_poller_fd(poller)), 0);
  CHECK_EQ(mc_poller_loop(poller, -1, 0), 0);
  CHECK_OK(mc_poller_stats(poller, &stats, sizeof stats));
  CHECK_EQ(stats.channels, 1);
  CHECK_EQ(stats.received, 0);
  CHECK(pulled_gives(listener, 0, 3));
  CHECK_OK(mc_poller_stats(poller, &stats, sizeof stats));
  CHECK_EQ(stats.received, 3);
  mc_poller_free(poller);
  const mc_packet* packet = NULL;
  CHECK_EQ(mc_listener_is_open(listener), 0);
  CHECK_ERROR(mc_listener_next(listener, &packet, 0), MC_ERROR_CLOSED, "closed");
  mc_listener_free(listener);
  close(from);
}

static const struct check_test tests[] = {
    {"Packets come one by one and in order", packets_come_one_by_one_and_in_order, kBothFamilies},
    {"A packet tells what a handler is told", a_packet_tells_what_a_handler_is_told, kBothFamilies},
    {"Many come at once, and never more than asked for",
     many_come_at_once_and_never_more_than_asked_for, kBothFamilies},
    {"Both forms take from the same queue", both_forms_take_from_the_same_queue, 0},
    {"Trains are split", trains_are_split, kBothFamilies},
    {"Several groups are pulled together", several_groups_are_pulled_together, kBothFamilies},
    {"Waiting ends with the time", waiting_ends_with_the_time, 0},
    {"Waiting for ever ends with a packet, a wake or a stop",
     waiting_for_ever_ends_with_a_packet_a_wake_or_a_stop, 0},
    {"What came before ends the next wait, once", what_came_before_ends_the_next_wait_once, 0},
    {"Refusals say what to do", refusals_say_what_to_do, 0},
    {"Whether it is pulled changes while closed only",
     whether_it_is_pulled_changes_while_closed_only, 0},
    {"What came before an opening does not come after it",
     what_came_before_an_opening_does_not_come_after_it, kBothFamilies},
    {"No loop waits for it and no turn serves it", no_loop_waits_for_it_and_no_turn_serves_it, 0},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
