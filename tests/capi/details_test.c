/* What else is told of each packet where it is asked for: receive time, TTL or hop limit, DSCP. */
#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "actor.h"
#include "check.h"
#include "pulled.h"

enum {
  kPort = 4340,
  kAll = MC_PACKET_TIME | MC_PACKET_TTL | MC_PACKET_DSCP,
  kDevice = MC_PACKET_HARDWARE_TIME
};

static uint64_t nanoseconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

/* What the sender puts into the head of its packets; the lowest two bits of a traffic class are ECN's. */
static void send_with(int from, int ttl, int traffic_class) {
  CHECK_EQ(check_is_ipv6 ? setsockopt(from, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &ttl, sizeof ttl)
                         : setsockopt(from, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof ttl),
           0);
  CHECK_EQ(check_is_ipv6
               ? setsockopt(from, IPPROTO_IPV6, IPV6_TCLASS, &traffic_class, sizeof traffic_class)
               : setsockopt(from, IPPROTO_IP, IP_TOS, &traffic_class, sizeof traffic_class),
           0);
}

static mc_listener* listener_with(uint32_t details) {
  mc_listener* listener = pulled_new(NULL, check_group, kPort);
  CHECK_OK(mc_listener_set_details(listener, details));
  CHECK_OK(mc_listener_open(listener));
  return listener;
}

/* The next packet, which must have these flags. */
static const mc_packet* next_with(mc_listener* listener, uint32_t flags) {
  static const mc_packet none;
  const mc_packet* packet = NULL;
  if (!CHECK_EQ(mc_listener_next(listener, &packet, 10), 1)) return &none;
  CHECK_EQ(packet->flags, flags);
  return packet;
}

static void ttl_and_dscp_are_those_that_were_sent(void) {
  static const int ttls[] = {0, 1, 2, 64, 255};
  static const int dscps[] = {0, 1, 46, 63, 8};
  mc_listener* listener = listener_with(kAll);
  const int from = outsider();
  for (int i = 0; i < 5; ++i) {
    send_with(from, ttls[i], dscps[i] * 4 + i % 4);
    outsider_send_numbers(from, check_group, kPort, i, 1);
  }
  outsider_settle();
  for (int i = 0; i < 5; ++i) { /* read together: each has its own */
    const mc_packet* packet = next_with(listener, kAll);
    CHECK_EQ(number_of(packet), i);
    CHECK_EQ(packet->ttl, ttls[i]);
    CHECK_EQ(packet->dscp, dscps[i]);
  }
  mc_listener_free(listener);
  close(from);
}

/* Sends a packet and reads it some time after it has arrived. 1 when its time is that of the
 * arrival, 0 when it is that of the reading; it must lie between the two ends in any case. */
static int is_stamped_on_arrival(mc_listener* listener, int from, uint64_t* last) {
  const uint64_t before = nanoseconds_now();
  outsider_send_numbers(from, check_group, kPort, 0, 1);
  outsider_settle();
  const uint64_t arrived = nanoseconds_now();
  const mc_packet* packet = next_with(listener, MC_PACKET_TIME);
  CHECK(packet->time >= before && packet->time >= *last);
  CHECK(packet->time <= nanoseconds_now());
  *last = packet->time;
  return packet->time <= arrived;
}

static void the_time_is_that_of_the_arrival(void) {
  uint64_t last = 0;
  mc_listener* listener = listener_with(MC_PACKET_TIME);
  const int from = outsider();
  const double deadline = seconds_now() + 10;
  /* The kernel begins to stamp soon after the first socket asks; until then reading does. */
  while (!is_stamped_on_arrival(listener, from, &last) && seconds_now() < deadline) {
  }
  for (int i = 0; i < 20; ++i) CHECK(is_stamped_on_arrival(listener, from, &last));
  mc_listener_free(listener);
  close(from);
}

/* What a handler was shown last. */
struct shown {
  int count;
  mc_packet packet;
};
static int show(const mc_packet* packet, void* user) {
  struct shown* shown = user;
  ++shown->count;
  shown->packet = *packet;
  return 0;
}

/* No device of the tests stamps; what a stamp does is tested from inside. */
static void without_a_device_that_stamps_the_time_is_the_kernels(void) {
  uint64_t last = 0;
  mc_listener* listener = listener_with(kDevice | MC_PACKET_TIME); /* of the two, one */
  mc_listener* plain = listener_with(MC_PACKET_TIME);
  const int from = outsider();
  const double deadline = seconds_now() + 10;
  while (!is_stamped_on_arrival(listener, from, &last) && seconds_now() < deadline) {
  }
  CHECK(is_stamped_on_arrival(listener, from, &last));
  const mc_packet* packet = next_with(plain, MC_PACKET_TIME);
  mc_listener_free(plain);
  CHECK_OK(mc_listener_close(listener));
  CHECK_OK(mc_listener_set_details(listener, kDevice | MC_PACKET_TTL));
  REQUIRE_OK(mc_listener_open(listener));
  outsider_send_train(from, check_group, kPort, 0, 30);
  for (int i = 0; i < 30; ++i) {
    packet = next_with(listener, MC_PACKET_TIME | MC_PACKET_TTL | MC_PACKET_TRAIN);
    CHECK_EQ(number_of(packet), i);
    CHECK(packet->time >= last && packet->time <= nanoseconds_now());
  }
  mc_listener_free(listener);
  close(from);
}

static int count_channels(void) {
  mc_stats stats;
  CHECK_OK(mc_poller_stats(mc_default_poller(), &stats, sizeof stats));
  return (int)stats.channels;
}

/* Else one would be told the time of a clock that it did not ask for. */
static void who_asks_for_it_shares_no_socket_with_who_does_not(void) {
  struct shown shown[3] = {{.count = 0}};
  mc_listener* listeners[3];
  for (int i = 0; i < 3; ++i) {
    listeners[i] = pulled_new(NULL, check_group, kPort);
    CHECK_OK(mc_listener_set_handler(listeners[i], show, &shown[i], NULL));
    CHECK_OK(mc_listener_set_details(listeners[i], i == 0 ? MC_PACKET_TIME : kDevice));
    REQUIRE_OK(mc_listener_open(listeners[i]));
  }
  CHECK_EQ(count_channels(), 2);
  const int from = outsider();
  outsider_send_numbers(from, check_group, kPort, 0, 5);
  for (int i = 0; i < 3; ++i) CHECK(poll_until(NULL, &shown[i].count, 5));
  for (int i = 0; i < 3; ++i) CHECK_EQ(shown[i].count, 5);
  mc_listener_free(listeners[1]);
  CHECK_EQ(count_channels(), 2);
  mc_listener_free(listeners[2]);
  CHECK_EQ(count_channels(), 1);
  mc_listener_free(listeners[0]);
  CHECK_EQ(count_channels(), 0);
  close(from);
}

static void each_is_told_only_where_it_was_asked_for(void) {
  static const uint32_t bits[] = {0, MC_PACKET_TIME, MC_PACKET_TTL, MC_PACKET_DSCP,
                                  MC_PACKET_TIME | MC_PACKET_DSCP};
  const int from = outsider();
  send_with(from, 7, 46 * 4);
  for (size_t i = 0; i < COUNT_OF(bits); ++i) {
    mc_listener* listener = listener_with(bits[i]);
    outsider_send_numbers(from, check_group, kPort, 0, 1);
    const mc_packet* packet = next_with(listener, bits[i]);
    CHECK_EQ(packet->time != 0, (bits[i] & MC_PACKET_TIME) != 0);
    CHECK_EQ(packet->ttl, (bits[i] & MC_PACKET_TTL) != 0 ? 7 : 0);
    CHECK_EQ(packet->dscp, (bits[i] & MC_PACKET_DSCP) != 0 ? 46 : 0);
    mc_listener_free(listener);
  }
  close(from);
}

static void in_a_train_they_are_the_trains(void) {
  mc_listener* listener = listener_with(kAll);
  const int from = outsider();
  const uint64_t before = nanoseconds_now();
  send_with(from, 9, 12 * 4);
  outsider_send_train(from, check_group, kPort, 0, 30);
  send_with(from, 10, 0);
  outsider_send_numbers(from, check_group, kPort, 30, 1);
  for (int i = 0; i < 30; ++i) {
    const mc_packet* packet = next_with(listener, kAll | MC_PACKET_TRAIN);
    CHECK_EQ(number_of(packet), i);
    CHECK_EQ(packet->ttl, 9);
    CHECK_EQ(packet->dscp, 12);
    CHECK(packet->time >= before && packet->time <= nanoseconds_now());
  }
  CHECK_EQ(next_with(listener, kAll)->ttl, 10);
  mc_listener_free(listener);
  close(from);
}

static int show_batch(const mc_packet* const* packets, size_t count, void* user) {
  for (size_t i = 0; i < count; ++i) show(packets[i], user);
  return 0;
}
static int show_and_accept(const mc_packet* packet, void* user) {
  return show(packet, user) == 0;
}

static void handlers_batches_and_filters_are_told_too(void) {
  struct shown single = {.count = 0};
  struct shown batch = {.count = 0};
  struct shown filter = {.count = 0};
  mc_filter* looks = NULL;
  mc_listener* one = pulled_new(NULL, check_group, kPort);
  mc_listener* two = pulled_new(NULL, check_group, kPort);
  CHECK_OK(mc_listener_set_details(one, kAll));
  CHECK_OK(mc_listener_set_handler(one, show, &single, NULL));
  CHECK_OK(mc_listener_set_mtu(one, 2)); /* cut packets, too */
  REQUIRE_OK(mc_filter_callable(&looks, show_and_accept, &filter, NULL));
  CHECK_OK(mc_listener_set_filter(one, looks));
  mc_filter_free(looks);
  CHECK_OK(mc_listener_set_details(two, kAll));
  CHECK_OK(mc_listener_set_batch_handler(two, show_batch, &batch, NULL));
  REQUIRE_OK(mc_listener_open(one));
  REQUIRE_OK(mc_listener_open(two));
  const int from = outsider();
  send_with(from, 33, 10 * 4);
  outsider_send_numbers(from, check_group, kPort, 0, 1);
  CHECK(poll_until(NULL, &single.count, 1) && poll_until(NULL, &batch.count, 1));
  CHECK_EQ(single.packet.flags, kAll | MC_PACKET_TRUNCATED);
  CHECK_EQ(batch.packet.flags & filter.packet.flags, kAll);
  CHECK_EQ(single.packet.ttl + batch.packet.ttl + filter.packet.ttl, 99);
  CHECK_EQ(single.packet.dscp + batch.packet.dscp + filter.packet.dscp, 30);
  CHECK(single.packet.time != 0 && single.packet.time == batch.packet.time);
  mc_listener_free(one);
  mc_listener_free(two);
  close(from);
}

static void who_shares_the_socket_later_gets_what_he_asks_for(void) {
  struct shown plain = {.count = 0};
  struct shown asking = {.count = 0};
  mc_listener* one = pulled_new(NULL, check_group, kPort);
  mc_listener* two = pulled_new(NULL, check_group, kPort);
  CHECK_OK(mc_listener_set_handler(one, show, &plain, NULL));
  CHECK_OK(mc_listener_set_handler(two, show, &asking, NULL));
  CHECK_OK(mc_listener_set_details(two, MC_PACKET_TTL));
  REQUIRE_OK(mc_listener_open(one));
  const int from = outsider();
  send_with(from, 5, 0);
  outsider_send_numbers(from, check_group, kPort, 0, 1);
  CHECK(poll_until(NULL, &plain.count, 1));
  CHECK_EQ(plain.packet.flags, 0);
  REQUIRE_OK(mc_listener_open(two));
  outsider_send_numbers(from, check_group, kPort, 1, 1);
  CHECK(poll_until(NULL, &asking.count, 1) && poll_until(NULL, &plain.count, 2));
  CHECK_EQ(asking.packet.flags, MC_PACKET_TTL);
  CHECK_EQ(asking.packet.ttl, 5);
  CHECK_EQ(number_of(&plain.packet) + number_of(&asking.packet), 2);
  CHECK_EQ(plain.packet.flags & (MC_PACKET_TIME | MC_PACKET_DSCP), 0);
  if ((plain.packet.flags & MC_PACKET_TTL) != 0) CHECK_EQ(plain.packet.ttl, 5);
  mc_listener_free(one);
  outsider_send_numbers(from, check_group, kPort, 2, 1);
  CHECK(poll_until(NULL, &asking.count, 2));
  CHECK_EQ(asking.packet.ttl, 5);
  CHECK_OK(mc_listener_close(two)); /* the socket ends with it; its wishes with the listener */
  CHECK_OK(mc_listener_set_details(two, 0));
  REQUIRE_OK(mc_listener_open(two));
  outsider_send_numbers(from, check_group, kPort, 3, 1);
  CHECK(poll_until(NULL, &asking.count, 3));
  CHECK_EQ(asking.packet.flags, 0);
  mc_listener_free(two);
  close(from);
}

static void unknown_bits_and_open_listeners_are_refused(void) {
  mc_listener* listener = pulled_new(NULL, check_group, kPort);
  CHECK_ERROR(mc_listener_set_details(NULL, 0), MC_ERROR_NULL, "listener is NULL");
  CHECK_ERROR(mc_listener_set_details(listener, MC_PACKET_TRAIN), MC_ERROR_FLAGS, "2");
  CHECK_ERROR(mc_listener_set_details(listener, 1), MC_ERROR_FLAGS, "1");
  CHECK_ERROR(mc_listener_set_details(listener, kAll | 0x40), MC_ERROR_FLAGS, "64");
  CHECK_ERROR(mc_listener_set_details(listener, 0x80000000U), MC_ERROR_FLAGS, "2147483648");
  CHECK_OK(mc_listener_set_details(listener, MC_PACKET_TTL));
  REQUIRE_OK(mc_listener_open(listener));
  CHECK_ERROR(mc_listener_set_details(listener, 0), MC_ERROR_OPEN, "open", "close it");
  const int from = outsider();
  outsider_send_numbers(from, check_group, kPort, 0, 1);
  next_with(listener, MC_PACKET_TTL);
  mc_listener_free(listener);
  close(from);
}

static const struct check_test tests[] = {
    {"TTL and DSCP are those that were sent", ttl_and_dscp_are_those_that_were_sent, kBothFamilies},
    {"The time is that of the arrival", the_time_is_that_of_the_arrival, kBothFamilies},
    {"Without a device that stamps, the time is the kernel's",
     without_a_device_that_stamps_the_time_is_the_kernels, kBothFamilies},
    {"Who asks for it shares no socket with who does not",
     who_asks_for_it_shares_no_socket_with_who_does_not, kBothFamilies},
    {"Each is told only where it was asked for", each_is_told_only_where_it_was_asked_for,
     kBothFamilies},
    {"In a train they are the train's", in_a_train_they_are_the_trains, kBothFamilies},
    {"Handlers, batches and filters are told, too", handlers_batches_and_filters_are_told_too,
     kBothFamilies},
    {"Who shares the socket later gets what he asks for",
     who_shares_the_socket_later_gets_what_he_asks_for, kBothFamilies},
    {"Unknown bits and open listeners are refused", unknown_bits_and_open_listeners_are_refused, 0},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
