/* Random calls about multicasters, and the functions that send without one. */
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "acts.h"
#include "callbacks.h"
#include "report.h"
#include "stats.h"
#include "values.h"

enum { kMostSent = 40, kMostSentInside = 3, kSourcePort = 4710 };

static void make_caster(int is_pending) {
  mc_poller* poller = NULL;
  mc_multicaster* caster = UNTOUCHED;
  if (free_place(kCaster) == NULL) {
    act_mc_multicaster_free();
    return;
  }
  struct thing* const home = pick_home(&poller);
  struct thing* const named = poller != NULL ? home : NULL;
  mc_multicaster** const out = one_in(50) ? NULL : &caster;
  const char* const group = is_pending && one_in(3) ? "239.7.0.1%nowhere" : any_group();
  const int outcome =
      is_pending
          ? CALL(mc_multicaster_new_pending, named, out, poller, group, any_port(), any_ttl())
          : CALL(mc_multicaster_new, named, out, poller, group, any_port(), any_ttl());
  if (outcome < 0) {
    REQUIRE(caster == UNTOUCHED, "making a multicaster failed and touched *out");
    return;
  }
  REQUIRE(caster != UNTOUCHED && caster != NULL, "making a multicaster gave nothing");
  keep(make_thing(kCaster, caster, home));
}

void act_mc_multicaster_new(void) {
  make_caster(0);
}
void act_mc_multicaster_new_pending(void) {
  make_caster(1);
}

static void hush_all(struct thing* thing) {
  hush(thing->handler);
  hush(thing->source);
  hush(thing->failed);
  hush(thing->told);
}

void act_mc_multicaster_free(void) {
  struct thing* const thing = pick(kCaster);
  if (thing == NULL) return;
  mc_multicaster* const handle = thing->handle;
  if (is_mine(thing)) hush_all(thing);
  drop(me->reach, thing);
  thing->handle = NULL;
  CALL_VOID(mc_multicaster_free, NULL, handle);
}

/* ---- Sending -------------------------------------------------------------------------------- */

static size_t any_packets(mc_buffer* packets) {
  const size_t count = below(me->depth > 0 ? kMostSentInside : kMostSent);
  const mc_buffer same = any_bytes();
  const int are_equal = one_in(2); /* a train */
  for (size_t i = 0; i < count; ++i) packets[i] = are_equal ? same : any_bytes();
  return count;
}

void act_mc_multicaster_send(void) {
  struct thing* const thing = pick(kCaster);
  const mc_buffer bytes = any_bytes();
  if (thing == NULL) return;
  const int outcome = CALL(mc_multicaster_send, thing, thing->handle, bytes.data, bytes.size);
  REQUIRE(outcome < 0 || bytes.size <= MC_MAX_PACKET, "%zu bytes were sent", bytes.size);
}

static void check_sent(int outcome, size_t count) {
  REQUIRE(outcome < 0 || (size_t)outcome <= count, "%d of %zu packets were sent", outcome, count);
}

void act_mc_multicaster_send_many(void) {
  struct thing* const thing = pick(kCaster);
  mc_buffer packets[kMostSent];
  const size_t count = any_packets(packets);
  if (thing == NULL) return;
  if (one_in(20)) {
    REQUIRE(CALL(mc_multicaster_send_many, thing, thing->handle, NULL, SIZE_MAX) < 0, "sent");
  } else {
    check_sent(CALL(mc_multicaster_send_many, thing, thing->handle, packets, count), count);
  }
}

/* Packets one behind the other, all of one piece of the pattern; rarely one that is too large. */
static size_t any_packed(const void** data, uint32_t* sizes) {
  const size_t count = below(me->depth > 0 ? kMostSentInside : kMostSent);
  const mc_buffer same = any_bytes();
  const int are_equal = one_in(2);
  size_t left = MC_MAX_PACKET; /* the pattern ends */
  *data = same.data;
  for (size_t i = 0; i < count; ++i) {
    const size_t size = are_equal ? same.size : any_bytes().size;
    sizes[i] = (uint32_t)(size < left ? size : left);
    left -= sizes[i];
  }
  if (count > 0 && one_in(50)) sizes[below((unsigned)count)] = MC_MAX_PACKET + 1 + below(9);
  return count;
}

void act_mc_multicaster_send_packed(void) {
  struct thing* const thing = pick(kCaster);
  uint32_t sizes[kMostSent];
  const void* data;
  const size_t count = any_packed(&data, sizes);
  if (thing == NULL) return;
  if (one_in(20)) {
    REQUIRE(CALL(mc_multicaster_send_packed, thing, thing->handle, data, NULL, SIZE_MAX) < 0,
            "sent");
  } else {
    check_sent(CALL(mc_multicaster_send_packed, thing, thing->handle, data, sizes, count), count);
  }
}

void act_mc_multicaster_send_to(void) {
  struct thing* const thing = pick(kCaster);
  const mc_buffer bytes = any_bytes();
  mc_address host = any_host();
  if (thing == NULL) return;
  if (one_in(3) && is_mine(thing) && thing->handle != NULL) { /* to another, or to itself */
    struct thing* const other = pick(kCaster);
    mc_address source = host;
    if (CALL(mc_multicaster_source, other, other->handle, &source) == 0) host.port = source.port;
    if (thing->handle == NULL) return;
  }
  CALL(mc_multicaster_send_to, thing, thing->handle, one_in(50) ? NULL : &host, bytes.data,
       bytes.size);
}

void act_mc_sendto(void) {
  const mc_buffer bytes = any_bytes();
  const int outcome =
      CALL(mc_sendto, NULL, bytes.data, bytes.size, any_group(), any_port(), any_ttl());
  REQUIRE(outcome <= 0, "mc_sendto gave %d", outcome);
}

void act_mc_sendto_many(void) {
  mc_buffer packets[kMostSent];
  const size_t count = any_packets(packets);
  if (one_in(20)) {
    REQUIRE(CALL(mc_sendto_many, NULL, NULL, (size_t)INT_MAX + below(3), any_group(), any_port(),
                 any_ttl()) < 0,
            "no packets were sent");
  } else {
    check_sent(CALL(mc_sendto_many, NULL, packets, count, any_group(), any_port(), any_ttl()),
               count);
  }
}

void act_mc_sendto_packed(void) {
  uint32_t sizes[kMostSent];
  const void* data;
  const size_t count = any_packed(&data, sizes);
  if (one_in(20)) {
    REQUIRE(CALL(mc_sendto_packed, NULL, data, NULL, (size_t)INT_MAX + below(3), any_group(),
                 any_port(), any_ttl()) < 0,
            "no packets were sent");
  } else {
    check_sent(CALL(mc_sendto_packed, NULL, data, sizes, count, any_group(), any_port(), any_ttl()),
               count);
  }
}

/* ---- Callbacks ------------------------------------------------------------------------------ */

void act_mc_multicaster_set_source(void) {
  struct thing* const thing = pick(kCaster);
  if (thing == NULL) return;
  struct record* const old = thing->source;
  struct record* const record = one_in(4) ? NULL : make_record(kSource, thing);
  if (record != NULL) {
    record->supply = (int)below(30);
    record->is_bad = one_in(2);
  }
  const int outcome = CALL(mc_multicaster_set_source, thing, thing->handle,
                           record != NULL ? on_source : NULL, record, on_end);
  settle_role(&thing->source, old, record, outcome);
}

void act_mc_multicaster_set_handler(void) {
  struct thing* const thing = pick(kCaster);
  if (thing == NULL) return;
  struct record* const old = thing->handler;
  struct record* const record = one_in(4) ? NULL : make_record(kHandler, thing);
  const int outcome = CALL(mc_multicaster_set_handler, thing, thing->handle,
                           record != NULL ? on_packet : NULL, record, on_end);
  settle_role(&thing->handler, old, record, outcome);
}

void act_mc_multicaster_set_error_handler(void) {
  struct thing* const thing = pick(kCaster);
  if (thing == NULL) return;
  struct record* const old = thing->failed;
  struct record* const record = one_in(4) ? NULL : make_record(kFailed, thing);
  const int outcome = CALL(mc_multicaster_set_error_handler, thing, thing->handle,
                           record != NULL ? on_failed : NULL, record, on_end);
  settle_role(&thing->failed, old, record, outcome);
}

void act_mc_multicaster_set_event_handler(void) {
  struct thing* const thing = pick(kCaster);
  if (thing == NULL) return;
  struct record* const old = thing->told;
  struct record* const record = one_in(4) ? NULL : make_record(kTold, thing);
  const int outcome = CALL(mc_multicaster_set_event_handler, thing, thing->handle,
                           record != NULL ? on_event : NULL, record, on_end);
  settle_role(&thing->told, old, record, outcome);
}

/* ---- The rest of multicasters --------------------------------------------------------------- */

void act_mc_multicaster_set_filter(void) {
  struct thing* const thing = pick(kCaster);
  struct thing* const filter = one_in(4) ? NULL : pick(kFilter);
  if (thing == NULL) return;
  CALL(mc_multicaster_set_filter, thing, thing->handle, filter != NULL ? filter->handle : NULL);
}

void act_mc_multicaster_resume(void) {
  struct thing* const thing = pick(kCaster);
  if (thing != NULL) CALL(mc_multicaster_resume, thing, thing->handle);
}

void act_mc_multicaster_set_ttl(void) {
  struct thing* const thing = pick(kCaster);
  const int ttl = any_ttl();
  if (thing == NULL) return;
  const int outcome = CALL(mc_multicaster_set_ttl, thing, thing->handle, ttl);
  REQUIRE(outcome < 0 || (ttl >= 0 && ttl <= 255), "the TTL %d was accepted", ttl);
}

void act_mc_multicaster_set_dscp(void) {
  struct thing* const thing = pick(kCaster);
  const int dscp = (int)below(70) - 3;
  if (thing == NULL) return;
  const int outcome = CALL(mc_multicaster_set_dscp, thing, thing->handle, dscp);
  REQUIRE(outcome < 0 || (dscp >= 0 && dscp <= 63), "the DSCP %d was accepted", dscp);
}

void act_mc_multicaster_set_loopback(void) {
  struct thing* const thing = pick(kCaster);
  if (thing != NULL) CALL(mc_multicaster_set_loopback, thing, thing->handle, !one_in(4));
}

void act_mc_multicaster_set_train_limit(void) {
  struct thing* const thing = pick(kCaster);
  const size_t datagrams = below(MC_MAX_TRAIN + 3);
  if (thing == NULL) return;
  const int outcome = CALL(mc_multicaster_set_train_limit, thing, thing->handle, datagrams);
  REQUIRE(outcome < 0 || (datagrams >= 1 && datagrams <= MC_MAX_TRAIN),
          "trains of %zu were accepted", datagrams);
}

void act_mc_multicaster_set_batching(void) {
  struct thing* const thing = pick(kCaster);
  if (thing != NULL) CALL(mc_multicaster_set_batching, thing, thing->handle, one_in(2));
}

void act_mc_multicaster_flush(void) {
  struct thing* const thing = pick(kCaster);
  if (thing == NULL) return;
  const int outcome = CALL(mc_multicaster_flush, thing, thing->handle);
  REQUIRE(outcome <= MC_MAX_TRAIN, "%d packets wait", outcome);
}

void act_mc_multicaster_set_pace(void) {
  struct thing* const thing = pick(kCaster);
  const uint64_t rate = one_in(3) ? 0 : (uint64_t)below(10000000);
  const uint64_t burst = one_in(9) ? 0 : (uint64_t)below(100000);
  if (thing == NULL) return;
  const int outcome = CALL(mc_multicaster_set_pace, thing, thing->handle, rate, burst);
  REQUIRE(outcome < 0 || rate == 0 || burst > 0, "a burst of 0 was accepted");
}

void act_mc_multicaster_set_source_port(void) {
  struct thing* const thing = pick(kCaster);
  const uint16_t port = one_in(3) ? 0 : (uint16_t)(kSourcePort + below(4));
  if (thing != NULL) CALL(mc_multicaster_set_source_port, thing, thing->handle, port, !one_in(4));
}

void act_mc_multicaster_set_source_address(void) {
  static const char* const texts[] = {NULL,       "",    "127.0.0.1", "127.0.0.9", "::1",
                                      "10.9.9.9", "::2", "239.2.1.1", "eth0",      "[::1]:5"};
  struct thing* const thing = pick(kCaster);
  const char* const text = texts[below(sizeof texts / sizeof *texts)];
  if (thing != NULL) CALL(mc_multicaster_set_source_address, thing, thing->handle, text);
}

void act_mc_multicaster_source(void) {
  struct thing* const thing = pick(kCaster);
  mc_address source;
  if (thing == NULL) return;
  memset(&source, 0xff, sizeof source);
  const int outcome =
      CALL(mc_multicaster_source, thing, thing->handle, one_in(50) ? NULL : &source);
  REQUIRE((outcome == 0) == (source.family == MC_IPV4 || source.family == MC_IPV6),
          "mc_multicaster_source gave %d and the family %d", outcome, source.family);
}

void act_mc_multicaster_fd(void) {
  struct thing* const thing = pick(kCaster);
  if (thing == NULL) return;
  const int outcome = CALL(mc_multicaster_fd, thing, thing->handle);
  if (outcome >= 0) REQUIRE(fcntl(outcome, F_GETFD) == FD_CLOEXEC, "a socket is not close-on-exec");
}

void act_mc_multicaster_close(void) {
  struct thing* const thing = pick(kCaster);
  if (thing == NULL) return;
  const unsigned epoch = thing->epoch;
  if (CALL(mc_multicaster_close, thing, thing->handle) < 0 || thing->epoch != epoch) return;
  ++thing->epoch;
  hush_all(thing);
  if (thing->handle == NULL) return; /* a finaliser freed it */
  REQUIRE(CALL(mc_multicaster_is_open, thing, thing->handle) == 0, "a closed multicaster is open");
}

void act_mc_multicaster_is_open(void) {
  struct thing* const thing = pick(kCaster);
  if (thing == NULL) return;
  const int outcome = CALL(mc_multicaster_is_open, thing, thing->handle);
  REQUIRE(outcome < 1 || (outcome == 1 && is_alive(thing)), "mc_multicaster_is_open gave %d",
          outcome);
}

void act_mc_multicaster_stats(void) {
  struct thing* const thing = pick(kCaster);
  struct stats_room room = any_room();
  if (thing == NULL) return;
  if (one_in(50)) {
    REQUIRE(CALL(mc_multicaster_stats, thing, thing->handle, NULL, room.size) < 0, "into NULL");
  } else if (CALL(mc_multicaster_stats, thing, thing->handle, &room.stats, room.size) == 0) {
    check_stats(thing, &room);
  }
}

void act_mc_poller_stats(void) {
  struct thing* const thing = pick(kPoller);
  struct stats_room room = any_room();
  if (thing == NULL) return;
  if (one_in(50)) {
    REQUIRE(CALL(mc_poller_stats, thing, thing->handle, NULL, room.size) < 0, "into NULL");
  } else if (CALL(mc_poller_stats, thing, thing->handle, &room.stats, room.size) == 0) {
    check_stats(thing, &room);
  }
}
