/* A program that was compiled with an older header runs with today's library: its packets end
 * earlier, it names fewer functions, and it tells mc_..._stats the size that it knows. Written in
 * what all the headers have; older.sh makes sure that one of them is older. */
#include <multicast/multicast.h>
#include <stdio.h>
#include <string.h>

static int failures = 0;

static int check(int held, const char* text, int line) {
  if (!held) {
    printf("old_program.c:%d: does not hold: %s (%s)\n", line, text, mc_last_error());
    ++failures;
  }
  return held;
}

#define CHECK(condition) check((condition) ? 1 : 0, #condition, __LINE__)
#define REQUIRE(condition)         \
  do {                             \
    if (!CHECK(condition)) return; \
  } while (0)

enum { kPort = 4321, kPackets = 3 };
static const char group[] = "239.1.2.3";

struct seen {
  mc_packet last; /* as much of a packet as this program knows of */
  char data[16];
  int calls;
  int supplied;
  int ticks;
  int destroyed;
};

static int accept_three_bytes(const mc_packet* packet, void* user) {
  (void)user;
  return packet->size == 3;
}

static int take(const mc_packet* packet, void* user) {
  struct seen* seen = user;
  seen->last = *packet;
  if (packet->size <= sizeof seen->data) memcpy(seen->data, packet->data, packet->size);
  return ++seen->calls == kPackets;
}

static int supply(mc_buffer* packet, void* user) {
  struct seen* seen = user;
  if (seen->supplied++ == kPackets) return MC_SOURCE_END;
  packet->data = "abc";
  packet->size = 3;
  return MC_SOURCE_PACKET;
}

static int tick(void* user) {
  struct seen* seen = user;
  return ++seen->ticks == 2;
}

static void destroy(void* user) {
  struct seen* seen = user;
  ++seen->destroyed;
}

static void check_packet(const struct seen* seen) {
  char text[MC_ADDRESS_TEXT_SIZE];
  const mc_packet* packet = &seen->last;
  CHECK(packet->size == 3 && packet->wire_size == 3 && memcmp(seen->data, "abc", 3) == 0);
  CHECK((packet->flags & MC_PACKET_TRUNCATED) == 0 && packet->interface_index == 1);
  CHECK(packet->source.family == MC_IPV4 && packet->source.port != 0);
  CHECK(packet->group.port == kPort && packet->group.bytes[0] == 239);
  CHECK(mc_address_format(&packet->group, text, sizeof text) == 14);
  CHECK(strcmp(text, "239.1.2.3:4321") == 0);
}

/* One of the three functions, of whatever handle. */
typedef int (*stats_fn)(void* handle, mc_stats* stats, size_t size);

static int listener_stats(void* handle, mc_stats* stats, size_t size) {
  return mc_listener_stats(handle, stats, size);
}

static int multicaster_stats(void* handle, mc_stats* stats, size_t size) {
  return mc_multicaster_stats(handle, stats, size);
}

static int poller_stats(void* handle, mc_stats* stats, size_t size) {
  return mc_poller_stats(handle, stats, size);
}

/* Whatever size a program tells, so much is filled, in the same way, and nothing beyond. */
static void check_stats_of_every_size(stats_fn fill, void* handle) {
  enum { kBeyond = 256, kUntouched = 0xa5 };
  static union {
    mc_stats stats;
    unsigned char bytes[sizeof(mc_stats) + 2 * kBeyond];
  } whole, part;
  size_t size;
  size_t i;
  memset(&whole, kUntouched, sizeof whole);
  REQUIRE(fill(handle, &whole.stats, sizeof(mc_stats) + kBeyond) == 0);
  for (size = 8; size <= sizeof(mc_stats) + kBeyond; size += 8) {
    memset(&part, kUntouched, sizeof part);
    REQUIRE(fill(handle, &part.stats, size) == 0);
    REQUIRE(memcmp(&part, &whole, size) == 0);
    for (i = size; i < sizeof part; ++i) REQUIRE(part.bytes[i] == kUntouched);
  }
}

static void check_stats(mc_poller* poller, mc_listener* listener, mc_multicaster* caster) {
  mc_stats stats;
  REQUIRE(mc_listener_stats(listener, &stats, sizeof stats) == 0);
  CHECK(stats.delivered == kPackets && stats.filtered == 1 && stats.delivered_bytes == 9);
  CHECK(stats.arrived == stats.delivered + stats.filtered + stats.not_for_us + stats.lost);
  CHECK(stats.sent == 0 && stats.turns == 0 && stats.descriptors == 0);
  REQUIRE(mc_multicaster_stats(caster, &stats, sizeof stats) == 0);
  CHECK(stats.sent == kPackets + 1 && stats.sent_bytes == 9 + 6);
  REQUIRE(mc_poller_stats(poller, &stats, sizeof stats) == 0);
  CHECK(stats.turns > 0 && stats.received == kPackets + 1 && stats.descriptors == 0);

  check_stats_of_every_size(listener_stats, listener);
  check_stats_of_every_size(multicaster_stats, caster);
  check_stats_of_every_size(poller_stats, poller);
}

static void check_everything(void) {
  struct seen seen = {.calls = 0};
  mc_poller* poller = NULL;
  mc_listener* listener = NULL;
  mc_multicaster* caster = NULL;
  mc_filter* filter = NULL;
  mc_timer* timer = NULL;
  int turns;
  REQUIRE(mc_poller_new(&poller) == 0);
  REQUIRE(mc_filter_callable(&filter, accept_three_bytes, &seen, destroy) == 0);
  REQUIRE(mc_listener_new(&listener, poller) == 0);
  REQUIRE(mc_listener_set_filter(listener, filter) == 0);
  REQUIRE(mc_listener_set_handler(listener, take, &seen, destroy) == 0);
  REQUIRE(mc_listener_add(listener, group, kPort) == 0);
  REQUIRE(mc_listener_open(listener) == 0);
  REQUIRE(mc_multicaster_new(&caster, poller, group, kPort, MC_TTL_HOST) == 0);
  REQUIRE(mc_multicaster_send(caster, "unfit!", 6) == 0);
  REQUIRE(mc_multicaster_set_source(caster, supply, &seen, destroy) == 0);
  REQUIRE(mc_timer_new(&timer, poller, 0.001, 0.001, tick, &seen, destroy) == 0);
  for (turns = 0; turns < 1000 && mc_poller_is_polling(poller) == 1; ++turns) {
    REQUIRE(mc_poller_poll(poller, 1) >= 0);
  }
  CHECK(seen.calls == kPackets && seen.ticks == 2 && seen.supplied == kPackets + 1);
  CHECK(mc_listener_is_open(listener) == 0 && mc_multicaster_is_open(caster) == 0);
  check_packet(&seen);
  check_stats(poller, listener, caster);
  CHECK(mc_listener_add(listener, "10.1.2.3", kPort) == MC_ERROR_NOT_MULTICAST);
  CHECK(mc_last_error_code() == MC_ERROR_NOT_MULTICAST);
  CHECK(strcmp(mc_error_name(MC_ERROR_NOT_MULTICAST), "MC_ERROR_NOT_MULTICAST") == 0);
  mc_timer_free(timer);
  mc_multicaster_free(caster);
  mc_listener_free(listener);
  mc_filter_free(filter);
  mc_poller_free(poller);
  CHECK(seen.destroyed == 4);
}

int main(void) {
  check_everything();
  printf("%d failures, library %s\n", failures, mc_version());
  return failures == 0 ? 0 : 1;
}
