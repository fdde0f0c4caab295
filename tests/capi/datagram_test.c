/* Datagrams of every size, in order, filtered, cut and counted. */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor.h"
#include "check.h"

enum { kPort = 4308, kMtu = 100, kMost = 64 };

/* What arrived, in order. */
struct log {
  int count;
  size_t sizes[kMost];
  size_t wire_sizes[kMost];
  uint32_t flags[kMost];
  int is_whole[kMost]; /* the bytes are those that were sent */
  mc_address source, group;
  uint32_t interface_index;
};

/* The byte at `index` of a datagram of `size` bytes: such that neither can be mistaken. */
static uint8_t byte_at(size_t size, size_t index) {
  return (uint8_t)(size * 31 + index * 7 + (index >> 8));
}

static int write_log(const mc_packet* packet, void* user) {
  struct log* log = user;
  const int at = log->count++;
  if (!CHECK(at < kMost)) return 1;
  log->sizes[at] = packet->size;
  log->wire_sizes[at] = packet->wire_size;
  log->flags[at] = packet->flags;
  log->source = packet->source;
  log->group = packet->group;
  log->interface_index = packet->interface_index;
  log->is_whole[at] = 1;
  for (size_t i = 0; i < packet->size; ++i) {
    if (packet->data[i] != byte_at(packet->wire_size, i)) log->is_whole[at] = 0;
  }
  return 0;
}

static int accept_and_log(const mc_packet* packet, void* user) {
  write_log(packet, user);
  return 1;
}

static int refuse_even_sizes(const mc_packet* packet, void* user) {
  (void)user;
  return packet->size % 2 == 1;
}

static mc_listener* log_into(struct log* log, const char* group, size_t mtu) {
  mc_listener* listener = NULL;
  CHECK_OK(mc_listener_new(&listener, NULL));
  CHECK_OK(mc_listener_set_handler(listener, write_log, log, NULL));
  CHECK_OK(mc_listener_set_mtu(listener, mtu));
  CHECK_OK(mc_listener_add(listener, group, kPort));
  CHECK_OK(mc_listener_open(listener));
  return listener;
}

static uint8_t bytes_of[kMost][MC_MAX_PACKET];

static void send_sizes(const char* group, const size_t* sizes, size_t count) {
  mc_buffer packets[kMost];
  check_stay_on_one_processor();
  for (size_t i = 0; i < count; ++i) {
    for (size_t at = 0; at < sizes[i]; ++at) bytes_of[i][at] = byte_at(sizes[i], at);
    packets[i] = (mc_buffer){sizes[i] != 0 ? bytes_of[i] : NULL, sizes[i]};
  }
  CHECK_EQ(mc_sendto_many(packets, count, group, kPort, 0), count);
}

static const size_t sizes[] = {0, 1, kMtu - 1, kMtu, kMtu + 1, MC_MAX_PACKET, 2, 0, 1472, 3};

static void datagrams_of_every_size_arrive_in_order(void) {
  struct log log = {.count = 0};
  mc_listener* listener = log_into(&log, check_group, MC_MAX_PACKET);
  send_sizes(check_group, sizes, COUNT_OF(sizes));
  CHECK(poll_until(NULL, &log.count, COUNT_OF(sizes)));
  for (size_t i = 0; i < COUNT_OF(sizes); ++i) {
    CHECK_EQ(log.sizes[i], sizes[i]);
    CHECK_EQ(log.wire_sizes[i], sizes[i]);
    CHECK_EQ(log.flags[i] & ~MC_PACKET_TRAIN, 0);
    CHECK(log.is_whole[i]);
  }
  mc_listener_free(listener);
}

static void a_datagram_above_the_mtu_is_cut_and_harms_no_neighbour(void) {
  struct log log = {.count = 0};
  mc_stats stats;
  uint64_t shown = 0;
  mc_listener* listener = log_into(&log, check_group, kMtu);
  send_sizes(check_group, sizes, COUNT_OF(sizes));
  CHECK(poll_until(NULL, &log.count, COUNT_OF(sizes)));
  for (size_t i = 0; i < COUNT_OF(sizes); ++i) {
    const size_t expected = sizes[i] > kMtu ? kMtu : sizes[i];
    shown += expected;
    CHECK_EQ(log.sizes[i], expected);
    CHECK_EQ(log.wire_sizes[i], sizes[i]);
    CHECK_EQ(log.flags[i] & ~MC_PACKET_TRAIN, sizes[i] > kMtu ? MC_PACKET_TRUNCATED : 0);
    CHECK(log.is_whole[i]);
  }
  CHECK_OK(mc_listener_stats(listener, &stats, sizeof stats));
  CHECK_EQ(stats.truncated, 3);
  CHECK_EQ(stats.delivered_bytes, shown);
  mc_listener_free(listener);
}

static void a_filter_sees_the_whole_datagram(void) {
  struct log shown = {.count = 0};
  struct log seen = {.count = 0};
  mc_filter* filter = NULL;
  mc_listener* listener = log_into(&shown, check_group, 1);
  REQUIRE_OK(mc_filter_callable(&filter, accept_and_log, &seen, NULL));
  CHECK_OK(mc_listener_set_filter(listener, filter));
  mc_filter_free(filter);
  send_sizes(check_group, sizes, COUNT_OF(sizes));
  CHECK(poll_until(NULL, &shown.count, COUNT_OF(sizes)));
  for (size_t i = 0; i < COUNT_OF(sizes); ++i) {
    CHECK_EQ(seen.sizes[i], sizes[i]);
    CHECK_EQ(seen.flags[i] & ~MC_PACKET_TRAIN, 0);
    CHECK(seen.is_whole[i]);
    CHECK_EQ(shown.sizes[i], sizes[i] > 1 ? 1 : sizes[i]);
  }
  mc_listener_free(listener);
}

static void an_expression_is_anchored_at_the_first_byte(void) {
  static const char* const patterns[] = {"b", "a.c", "(?s)a.c", "\\xff\\x00", "", "a|x", "abc$"};
  static const struct {
    const char* bytes;
    size_t size;
    const char* accepted; /* for each pattern */
  } packets[] = {{"abcd", 4, "0110110"},    {"b", 1, "1000100"}, {"a\nc", 3, "0010110"},
                 {"\xff\0z", 3, "0001100"}, {"", 0, "0000100"},  {"abc", 3, "0110111"}};
  for (size_t i = 0; i < COUNT_OF(patterns); ++i) {
    mc_filter* filter = NULL;
    check_note(patterns[i]);
    REQUIRE_OK(mc_filter_regex(&filter, patterns[i], strlen(patterns[i])));
    for (size_t each = 0; each < COUNT_OF(packets); ++each) {
      CHECK_EQ(mc_filter_matches(filter, packets[each].bytes, packets[each].size, NULL),
               packets[each].accepted[i] - '0');
    }
    mc_filter_free(filter);
  }
}

static void a_packet_tells_whence_and_whither(void) {
  static const uint8_t v4[16] = {127, 0, 0, 1};
  static const uint8_t v6[16] = {[15] = 1};
  struct log log = {.count = 0};
  char text[MC_ADDRESS_TEXT_SIZE];
  mc_listener* listener = log_into(&log, check_group, 1);
  send_sizes(check_group, sizes, 2);
  CHECK(poll_until(NULL, &log.count, 2));
  CHECK_EQ(log.source.family, check_is_ipv6 ? MC_IPV6 : MC_IPV4);
  CHECK(memcmp(log.source.bytes, check_is_ipv6 ? v6 : v4, 16) == 0);
  CHECK(log.source.port != 0);
  CHECK_OK(mc_address_format(&log.group, text, sizeof text));
  CHECK(strcmp(text, check_is_ipv6 ? "[ff15::2:1]:4308" : "239.2.1.1:4308") == 0);
  CHECK_EQ(log.interface_index, if_nametoindex("lo"));
  mc_listener_free(listener);
}

static void a_link_local_group_carries_its_scope(void) {
  struct log log = {.count = 0};
  mc_listener* listener = log_into(&log, "ff02::99%lo", 1);
  send_sizes("ff02::99%lo", sizes, 2);
  CHECK(poll_until(NULL, &log.count, 2));
  CHECK_EQ(log.group.scope, if_nametoindex("lo"));
  mc_listener_free(listener);
}

static void a_limit_is_exact_with_more_queued(void) {
  static const int limits[] = {1, 2, 16, 17, 39, 40};
  for (size_t i = 0; i < COUNT_OF(limits); ++i) {
    struct actor user = {.calls = 0};
    struct actor other = {.calls = 0};
    mc_stats stats;
    mc_listener* stays = actor_listen(NULL, check_group, kPort, &other);
    mc_listener* listener = actor_listen(NULL, check_group, kPort, &user);
    CHECK_OK(mc_listener_set_limit(listener, (uint64_t)limits[i]));
    for (int opening = 1; opening <= 2; ++opening) {
      send_numbered(check_group, kPort, 40);
      CHECK(poll_until(NULL, &other.calls, 40 * opening));
      CHECK_EQ(user.calls, limits[i] * opening);
      CHECK_EQ(mc_listener_is_open(listener), 0);
      CHECK_OK(mc_listener_open(listener)); /* the limit counts anew */
    }
    CHECK_OK(mc_listener_stats(listener, &stats, sizeof stats));
    CHECK_EQ(stats.delivered, 2 * limits[i]);
    CHECK_EQ(stats.arrived, stats.delivered);
    mc_listener_free(listener);
    mc_listener_free(stays);
  }
}

static void set_limit_2(struct actor* self) {
  if (self->calls == 3) CHECK_OK(mc_listener_set_limit(self->a, 2));
}

static void a_limit_counts_from_when_it_is_set(void) {
  struct actor user = {.act = set_limit_2};
  mc_listener* listener = actor_listen(NULL, check_group, kPort, &user);
  user.a = listener;
  send_numbered(check_group, kPort, 20);
  CHECK(poll_until(NULL, &user.calls, 5));
  CHECK_EQ(mc_listener_is_open(listener), 0);
  CHECK_EQ(user.calls, 5);
  mc_listener_free(listener);
}

static void lift_limit(struct actor* self) {
  CHECK_OK(mc_listener_set_limit(self->a, 0));
}

static void a_limit_lifted_on_the_last_packet_is_lifted(void) {
  struct actor user = {.act = lift_limit};
  mc_listener* listener = actor_listen(NULL, check_group, kPort, &user);
  user.a = listener;
  CHECK_OK(mc_listener_set_limit(listener, 1));
  send_numbered(check_group, kPort, 3);
  CHECK(poll_until(NULL, &user.calls, 1));
  CHECK_EQ(mc_listener_is_open(listener), 1);
  mc_listener_free(listener);
}

static void send_more(struct actor* self) {
  (void)self;
  send_numbered(check_group, kPort, 1);
}

static void mc_listen_returns_after_its_limit(void) {
  struct actor user = {.act = send_more};
  struct actor starter = {.supply = 1, .verdict = MC_SOURCE_END};
  mc_multicaster* caster = NULL;
  REQUIRE_OK(mc_multicaster_new(&caster, NULL, check_group, kPort, 0));
  CHECK_OK(mc_multicaster_set_source(caster, actor_source, &starter, actor_end));
  CHECK_EQ(mc_listen(actor_packet, &user, check_group, kPort, 9, 25), 0);
  CHECK_EQ(user.calls, 25);
  CHECK_EQ(user.destroyed, 0);
  CHECK_EQ(mc_poller_is_polling(mc_default_poller()), 0);
  mc_multicaster_free(caster);
}

static mc_listener* shrinking;

static int log_and_shrink(const mc_packet* packet, void* user) {
  struct log* log = user;
  write_log(packet, user);
  CHECK_OK(mc_listener_set_mtu(shrinking, (size_t)(50 - log->count)));
  return 0;
}

static void an_mtu_changes_with_the_next_packet(void) {
  static const size_t same[] = {60, 60, 60, 60};
  static const size_t expected[] = {50, 49, 48, 47};
  struct log log = {.count = 0};
  shrinking = log_into(&log, check_group, 50);
  CHECK_OK(mc_listener_set_handler(shrinking, log_and_shrink, &log, NULL));
  send_sizes(check_group, same, COUNT_OF(same));
  CHECK(poll_until(NULL, &log.count, COUNT_OF(same)));
  for (size_t i = 0; i < COUNT_OF(same); ++i) CHECK_EQ(log.sizes[i], expected[i]);
  mc_listener_free(shrinking);
}

/* Two addresses of lo; the harness leaves IPv6 with ::1 alone. */
static void each_listener_gets_its_sources_and_counts_the_rest(void) {
  const char* const one = check_is_ipv6 ? "::1@ff15::2:1" : "127.0.0.1@239.2.1.1";
  const char* const two = check_is_ipv6 ? "fd02::2@ff15::2:1" : "127.0.0.2@239.2.1.1";
  const char* const groups[] = {check_group, one, two};
  struct log logs[3] = {{.count = 0}};
  mc_listener* listeners[3];
  mc_filter* filter = NULL;
  if (check_is_ipv6) CHECK_EQ(system("ip -6 address add fd02::2/128 dev lo nodad"), 0);
  REQUIRE_OK(mc_filter_callable(&filter, refuse_even_sizes, NULL, NULL));
  for (int i = 0; i < 3; ++i) {
    listeners[i] = log_into(&logs[i], groups[i], 9000);
    CHECK_OK(mc_listener_set_filter(listeners[i], filter));
  }
  static const size_t from_one[] = {1, 2, 3};
  static const size_t from_two[] = {4, 5, 6, 7, 9};
  send_sizes(one, from_one, COUNT_OF(from_one));
  send_sizes(two, from_two, COUNT_OF(from_two));
  CHECK(poll_until(NULL, &logs[0].count, 5));
  static const unsigned delivered[] = {5, 2, 3};
  static const unsigned filtered[] = {3, 1, 2};
  static const unsigned not_for_us[] = {0, 5, 3};
  for (int i = 0; i < 3; ++i) {
    mc_stats stats;
    CHECK_OK(mc_listener_stats(listeners[i], &stats, sizeof stats));
    CHECK_EQ(stats.delivered, delivered[i]);
    CHECK_EQ(stats.filtered, filtered[i]);
    CHECK_EQ(stats.not_for_us, not_for_us[i]);
    CHECK_EQ(stats.lost, 0);
    CHECK_EQ(stats.arrived, 8);
    CHECK_EQ(logs[i].count, delivered[i]);
    mc_listener_free(listeners[i]);
  }
  mc_filter_free(filter);
}

static void what_the_kernel_dropped_is_counted(void) {
  enum { kSent = 500 };
  struct actor user = {.calls = 0};
  mc_stats stats;
  mc_listener* listener = NULL;
  REQUIRE_OK(mc_listener_new(&listener, NULL));
  CHECK_OK(mc_listener_set_handler(listener, actor_packet, &user, NULL));
  CHECK_OK(mc_listener_set_receive_buffer(listener, 1)); /* the kernel has a least */
  CHECK_OK(mc_listener_add(listener, check_group, kPort));
  CHECK_OK(mc_listener_open(listener));
  send_numbered(check_group, kPort, kSent);
  poll_out(NULL);
  for (int is_closed = 0; is_closed <= 1; ++is_closed) {
    CHECK_OK(mc_listener_stats(listener, &stats, sizeof stats));
    CHECK_EQ(stats.arrived, kSent);
    CHECK_EQ(stats.delivered, user.calls);
    CHECK(stats.lost > 0 && stats.delivered > 0);
    CHECK_EQ(stats.lost + stats.delivered, kSent);
    CHECK_EQ(stats.lost_is_lower_bound, 0);
    CHECK_EQ(stats.receive_buffer_asked, 1);
    CHECK((stats.receive_buffer_granted > 1) == !is_closed);
    CHECK_OK(mc_listener_close(listener));
  }
  mc_listener_free(listener);
}

static void stats_fill_what_the_caller_knows(void) {
  struct {
    mc_stats stats;
    uint64_t later[4];
  } longer;
  struct actor user = {.calls = 0};
  mc_listener* listener = actor_listen(NULL, check_group, kPort, &user);
  send_numbered(check_group, kPort, 3);
  CHECK(poll_until(NULL, &user.calls, 3));
  memset(&longer, 0x5a, sizeof longer);
  CHECK_OK(mc_listener_stats(listener, &longer.stats, sizeof(uint64_t))); /* an older header */
  CHECK_EQ(longer.stats.arrived, 3);
  CHECK(longer.stats.delivered == 0x5a5a5a5a5a5a5a5aULL);
  CHECK_OK(mc_listener_stats(listener, &longer.stats, 0));
  CHECK_OK(mc_listener_stats(listener, &longer.stats, sizeof longer)); /* a newer one */
  CHECK_EQ(longer.stats.delivered, 3);
  for (int i = 0; i < 4; ++i) CHECK_EQ(longer.later[i], 0);
  CHECK_EQ(longer.stats.sent + longer.stats.turns, 0); /* other kinds' */
  mc_listener_free(listener);
}

static const struct check_test tests[] = {
    {"Datagrams of every size arrive whole and in order", datagrams_of_every_size_arrive_in_order,
     kBothFamilies},
    {"A datagram above the mtu is cut and harms no neighbour",
     a_datagram_above_the_mtu_is_cut_and_harms_no_neighbour, kBothFamilies},
    {"A filter sees the whole datagram", a_filter_sees_the_whole_datagram, kBothFamilies},
    {"An expression is anchored at the first byte, and bytes are bytes",
     an_expression_is_anchored_at_the_first_byte, 0},
    {"A packet tells whence and whither", a_packet_tells_whence_and_whither, kBothFamilies},
    {"A link-local group carries its scope", a_link_local_group_carries_its_scope, 0},
    {"A limit is exact with more queued, at each opening", a_limit_is_exact_with_more_queued,
     kBothFamilies},
    {"A limit counts from when it is set", a_limit_counts_from_when_it_is_set, 0},
    {"A limit that is lifted on its last packet is lifted",
     a_limit_lifted_on_the_last_packet_is_lifted, 0},
    {"mc_listen returns after its limit", mc_listen_returns_after_its_limit, kBothFamilies},
    {"An mtu changes with the next packet", an_mtu_changes_with_the_next_packet, kBothFamilies},
    {"Each listener gets its own sources and counts the rest",
     each_listener_gets_its_sources_and_counts_the_rest, kBothFamilies},
    {"What the kernel dropped is counted, also after closing", what_the_kernel_dropped_is_counted,
     kBothFamilies},
    {"Stats fill what the caller knows", stats_fill_what_the_caller_knows, 0},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
