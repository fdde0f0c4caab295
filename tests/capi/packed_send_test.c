/* Sending packets that lie one behind the other. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "actor.h"
#include "check.h"
#include "pulled.h"

enum { kPort = 4345, kPackets = 300, kMostBytes = 2000 };

/* Packets of a pattern that says the number of each: packet i's bytes are i, i + 1 … */
struct packed {
  uint32_t sizes[kPackets];
  unsigned char bytes[kPackets * kMostBytes];
  size_t used;
};

static struct packed* pack(const uint32_t* sizes, size_t sizes_count) {
  struct packed* packed = calloc(1, sizeof *packed);
  for (unsigned i = 0; packed != NULL && i < kPackets; ++i) {
    packed->sizes[i] = sizes[i % sizes_count];
    for (unsigned k = 0; k < packed->sizes[i]; ++k)
      packed->bytes[packed->used++] = (unsigned char)(i + k);
  }
  return packed;
}

/* What the listener was sent are packets of the pattern; how many. */
static int pull_pattern(mc_listener* listener, const struct packed* packed) {
  const unsigned char* at = packed->bytes;
  int count = 0;
  for (const mc_packet* packet = NULL; mc_listener_next(listener, &packet, 0) == 1; ++count) {
    if (!CHECK(count < kPackets)) break;
    if (!CHECK_EQ(packet->size, packed->sizes[count])) break;
    if (!CHECK_EQ(memcmp(packet->data, at, packet->size), 0)) break;
    at += packet->size;
  }
  return count;
}

static void packets_arrive_each_once_and_in_order(void) {
  static const uint32_t mixed[] = {1, 0, 63, 64, 64, 64, 0, 1472, 5};
  static const uint32_t equal[] = {100};
  for (int i = 0; i < 4; ++i) {
    struct packed* packed = i < 2 ? pack(mixed, COUNT_OF(mixed)) : pack(equal, 1);
    mc_listener* listener = pulled_open(NULL, check_group, kPort);
    mc_multicaster* caster = NULL;
    REQUIRE_OK(mc_multicaster_new(&caster, NULL, check_group, kPort, 1));
    if (i % 2 == 0) {
      CHECK_EQ(mc_multicaster_send_packed(caster, packed->bytes, packed->sizes, kPackets),
               kPackets);
    } else {
      CHECK_EQ(mc_sendto_packed(packed->bytes, packed->sizes, kPackets, check_group, kPort, 1),
               kPackets);
    }
    CHECK_EQ(pull_pattern(listener, packed), kPackets);
    mc_stats stats;
    CHECK_OK(mc_multicaster_stats(caster, &stats, sizeof stats));
    CHECK_EQ(stats.sent, i % 2 == 0 ? kPackets : 0);
    CHECK_EQ(stats.sent_bytes, i % 2 == 0 ? packed->used : 0);
    if (i == 2) CHECK_EQ(stats.trains, 3); /* 128, 128, 44 */
    mc_multicaster_free(caster);
    mc_listener_free(listener);
    free(packed);
  }
}

static void empty_packets_need_no_bytes(void) {
  static const uint32_t none[] = {0, 0, 0};
  const mc_packed* packed = NULL;
  mc_listener* listener = pulled_open(NULL, check_group, kPort);
  CHECK_EQ(mc_sendto_packed(NULL, none, 3, check_group, kPort, 1), 3);
  int heard = 0;
  while (heard < 3 && mc_listener_next_packed(listener, &packed, 3, 10) > 0) {
    for (size_t i = 0; i < packed->count; ++i) heard += packed->sizes[i] == 0;
  }
  CHECK_EQ(heard, 3);
  mc_listener_free(listener);
}

static void what_is_batched_is_accepted(void) {
  static const uint32_t sizes[] = {100};
  struct packed* packed = pack(sizes, 1);
  mc_listener* listener = pulled_open(NULL, check_group, kPort);
  mc_multicaster* caster = NULL;
  REQUIRE_OK(mc_multicaster_new(&caster, NULL, check_group, kPort, 1));
  CHECK_OK(mc_multicaster_set_batching(caster, 1));
  CHECK_EQ(mc_multicaster_send_packed(caster, packed->bytes, packed->sizes, 100), 100);
  CHECK_EQ(pull_pattern(listener, packed), 0);
  CHECK_EQ(mc_multicaster_flush(caster), 0);
  CHECK_EQ(pull_pattern(listener, packed), 100);
  mc_multicaster_free(caster);
  mc_listener_free(listener);
  free(packed);
}

static void one_that_cannot_be_sent_keeps_all_from_it(void) {
  static uint32_t sizes[kPackets];
  static char bytes[MC_MAX_PACKET + 1];
  mc_multicaster* caster = NULL;
  mc_stats stats;
  sizes[kPackets - 1] = sizeof bytes;
  mc_listener* listener = pulled_open(NULL, check_group, kPort);
  REQUIRE_OK(mc_multicaster_new(&caster, NULL, check_group, kPort, 1));
  CHECK_ERROR(mc_multicaster_send_packed(caster, bytes, sizes, kPackets), MC_ERROR_PACKET_TOO_LARGE,
              "packet 300 of 300", "65508 bytes", "at most 65507");
  CHECK_ERROR(mc_sendto_packed(bytes, sizes, kPackets, check_group, kPort, 1),
              MC_ERROR_PACKET_TOO_LARGE, "packet 300 of 300", "65508 bytes");
  CHECK_ERROR(mc_sendto_packed(bytes, &sizes[kPackets - 1], 1, check_group, kPort, 1),
              MC_ERROR_PACKET_TOO_LARGE, "the packet has 65508 bytes");
  CHECK_ERROR(mc_multicaster_send_packed(caster, bytes, sizes, (size_t)INT_MAX + 1), MC_ERROR_SIZE,
              "2147483648", "2147483647");
  CHECK_ERROR(mc_sendto_packed(bytes, sizes, SIZE_MAX, check_group, kPort, 1), MC_ERROR_SIZE,
              "18446744073709551615");
  CHECK(pulled_gives_nothing(listener));
  CHECK_OK(mc_multicaster_stats(caster, &stats, sizeof stats));
  CHECK_EQ(stats.sent + stats.send_failed, 0);
  mc_multicaster_free(caster);
  mc_listener_free(listener);
}

static void errors_are_those_of_sending_many(void) {
  const uint32_t one = 1;
  mc_multicaster* caster = NULL;
  REQUIRE_OK(mc_multicaster_new(&caster, NULL, check_group, kPort, 1));
  CHECK_OK(mc_multicaster_close(caster));
  CHECK_ERROR(mc_multicaster_send_packed(caster, "a", &one, 1), MC_ERROR_CLOSED, "closed");
  CHECK_ERROR(mc_multicaster_send_packed(caster, NULL, NULL, 0), MC_ERROR_CLOSED, "closed");
  CHECK_ERROR(mc_sendto_packed("a", &one, 1, "10.0.0.1", kPort, 1), MC_ERROR_NOT_MULTICAST,
              "10.0.0.1");
  CHECK_ERROR(mc_sendto_packed("a", &one, 1, check_group, 0, 1), MC_ERROR_PORT, "port");
  CHECK_ERROR(mc_sendto_packed("a", &one, 1, check_group, kPort, 256), MC_ERROR_TTL, "256");
  mc_multicaster_free(caster);
}

static const struct check_test tests[] = {
    {"Packets arrive, each once and in order", packets_arrive_each_once_and_in_order,
     kBothFamilies},
    {"Empty packets need no bytes", empty_packets_need_no_bytes, kBothFamilies},
    {"What is batched is accepted", what_is_batched_is_accepted, 0},
    {"One that cannot be sent keeps all from it", one_that_cannot_be_sent_keeps_all_from_it, 0},
    {"Errors are those of sending many", errors_are_those_of_sending_many, 0},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
