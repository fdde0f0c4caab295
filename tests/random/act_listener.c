/* Random calls about listeners, pushed and pulled. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>

#include "acts.h"
#include "callbacks.h"
#include "report.h"
#include "stats.h"
#include "values.h"

static void set_handler(struct thing* thing, enum role role) {
  struct record* const old = thing->handler;
  struct record* const record = one_in(4) ? NULL : make_record(role, thing);
  const int is_none = record == NULL;
  const int outcome = role == kBatch    ? CALL(mc_listener_set_batch_handler, thing, thing->handle,
                                            is_none ? NULL : on_batch, record, on_end)
                      : role == kPacked ? CALL(mc_listener_set_packed_handler, thing, thing->handle,
                                               is_none ? NULL : on_packed, record, on_end)
                                        : CALL(mc_listener_set_handler, thing, thing->handle,
                                               is_none ? NULL : on_packet, record, on_end);
  settle_role(&thing->handler, old, record, outcome);
}

static void open_listener(struct thing* thing) {
  const unsigned epoch = thing->epoch;
  const size_t lent_count = thing->lent_count;
  check_lent(thing);
  forget_lent(thing);
  const unsigned pulls = thing->pulls;
  const int outcome = CALL(mc_listener_open, thing, thing->handle);
  if (outcome == 0) {
    REQUIRE(thing->epoch != epoch || is_alive(thing), "a listener without a poller was opened");
    if (thing->epoch != epoch) return; /* a finaliser closed it */
    ++thing->epoch;
    if (thing->handler != NULL) thing->handler->is_quiet = 0;
  } else if (thing->pulls == pulls && thing->handle != NULL) {
    thing->lent_count = lent_count; /* a failure changes nothing */
    check_lent(thing);
  }
}

void act_mc_listener_new(void) {
  mc_poller* poller = NULL;
  mc_listener* listener = UNTOUCHED;
  if (free_place(kListener) == NULL) {
    act_mc_listener_free();
    return;
  }
  struct thing* const home = pick_home(&poller);
  const int outcome =
      CALL(mc_listener_new, poller != NULL ? home : NULL, one_in(50) ? NULL : &listener, poller);
  if (outcome < 0) {
    REQUIRE(listener == UNTOUCHED, "mc_listener_new failed and touched *out");
    return;
  }
  REQUIRE(listener != UNTOUCHED && listener != NULL, "mc_listener_new gave nothing");
  struct thing* const thing = make_thing(kListener, listener, home);
  keep(thing);
  if (one_in(3)) return;
  /* Most are made to listen; else few would. */
  for (unsigned groups = 1 + below(3); groups > 0 && thing->handle != NULL; --groups)
    CALL(mc_listener_add, thing, thing->handle, any_group(), any_port());
  if (thing->handle != NULL && !one_in(3)) set_handler(thing, (enum role)below(kFilterRole));
  if (thing->handle != NULL) open_listener(thing);
}

void act_mc_listener_free(void) {
  struct thing* const thing = pick(kListener);
  if (thing == NULL) return;
  mc_listener* const handle = thing->handle;
  check_lent(thing);
  forget_lent(thing);
  if (is_mine(thing)) {
    hush(thing->handler);
    hush(thing->told);
  }
  drop(me->reach, thing);
  thing->handle = NULL;
  CALL_VOID(mc_listener_free, NULL, handle);
}

void act_mc_listener_add(void) {
  struct thing* const thing = pick(kListener);
  if (thing != NULL) CALL(mc_listener_add, thing, thing->handle, any_group(), any_port());
}

void act_mc_listener_remove(void) {
  struct thing* const thing = pick(kListener);
  if (thing != NULL) CALL(mc_listener_remove, thing, thing->handle, any_group(), any_port());
}

static const char* any_source(void) {
  static const char* const sources[] = {"127.0.0.1", "10.77.0.1",  "10.9.9.9",  "::1",
                                        "fd77::1",   "fd99::9:9",  "239.7.0.1", "0.0.0.0",
                                        "no source", "fe80::1%lo", NULL};
  return sources[one_in(8) ? below(11) : below(6)];
}

/* Of all groups, or of one that is likely to have been added. */
static const char* group_for_sources(void) {
  return one_in(2) ? NULL : any_group();
}

void act_mc_listener_allow_source(void) {
  struct thing* const thing = pick(kListener);
  if (thing != NULL)
    CALL(mc_listener_allow_source, thing, thing->handle, group_for_sources(), any_source());
}

void act_mc_listener_drop_source(void) {
  struct thing* const thing = pick(kListener);
  if (thing == NULL) return;
  const char* const source = any_source();
  /* Else it would hardly ever be listed. */
  if (one_in(2))
    CALL(mc_listener_set_sources, thing, thing->handle, NULL, MC_SOURCES_ONLY, &source, 1);
  if (thing->handle != NULL)
    CALL(mc_listener_drop_source, thing, thing->handle, group_for_sources(), source);
}

void act_mc_listener_block_source(void) {
  struct thing* const thing = pick(kListener);
  if (thing != NULL)
    CALL(mc_listener_block_source, thing, thing->handle, group_for_sources(), any_source());
}

void act_mc_listener_unblock_source(void) {
  struct thing* const thing = pick(kListener);
  if (thing == NULL) return;
  const char* const source = any_source();
  /* Else it would hardly ever be listed. */
  if (one_in(2))
    CALL(mc_listener_set_sources, thing, thing->handle, NULL, MC_SOURCES_EXCEPT, &source, 1);
  if (thing->handle != NULL)
    CALL(mc_listener_unblock_source, thing, thing->handle, group_for_sources(), source);
}

/* Most are of any source afterwards, so that the others go on hearing. */
void act_mc_listener_set_sources(void) {
  struct thing* const thing = pick(kListener);
  const char* sources[30];
  const size_t count = one_in(2) ? 0 : below(30);
  if (thing == NULL) return;
  static _Thread_local char numbered[30][20];
  for (size_t i = 0; i < count; ++i) {
    snprintf(numbered[i], sizeof numbered[i], "10.77.0.%u", 1 + below(200));
    sources[i] = one_in(60) ? any_source() : numbered[i];
  }
  const int mode = one_in(20) ? (int)below(9) : one_in(4) ? MC_SOURCES_ONLY : MC_SOURCES_EXCEPT;
  CALL(mc_listener_set_sources, thing, thing->handle, group_for_sources(), mode,
       one_in(60) ? NULL : sources, count);
}

void act_mc_listener_set_handler(void) {
  struct thing* const thing = pick(kListener);
  if (thing != NULL) set_handler(thing, kHandler);
}

void act_mc_listener_set_batch_handler(void) {
  struct thing* const thing = pick(kListener);
  if (thing != NULL) set_handler(thing, kBatch);
}

void act_mc_listener_set_packed_handler(void) {
  struct thing* const thing = pick(kListener);
  if (thing != NULL) set_handler(thing, kPacked);
}

void act_mc_listener_set_filter(void) {
  struct thing* const thing = pick(kListener);
  struct thing* const filter = one_in(4) ? NULL : pick(kFilter);
  if (thing == NULL) return;
  mc_filter* const handle = filter != NULL ? filter->handle : NULL;
  if (handle != NULL) thing->has_filter = 1;
  if (CALL(mc_listener_set_filter, thing, thing->handle, handle) == 0 && handle == NULL &&
      me->depth == 0)
    thing->has_filter = 0;
}

void act_mc_listener_set_mtu(void) {
  static const size_t mtus[] = {
      1, 8, 100, MC_DEFAULT_MTU, MC_MAX_PACKET, 0, MC_MAX_PACKET + 1, SIZE_MAX};
  struct thing* const thing = pick(kListener);
  const size_t mtu = mtus[one_in(6) ? below(8) : below(5)];
  if (thing == NULL) return;
  const int outcome = CALL(mc_listener_set_mtu, thing, thing->handle, mtu);
  REQUIRE(outcome < 0 || (mtu > 0 && mtu <= MC_MAX_PACKET), "the mtu %zu was accepted", mtu);
}

void act_mc_listener_set_limit(void) {
  struct thing* const thing = pick(kListener);
  const uint64_t limit = one_in(3) ? 0 : one_in(8) ? any() : below(40);
  if (thing != NULL) CALL(mc_listener_set_limit, thing, thing->handle, limit);
}

void act_mc_listener_set_details(void) {
  struct thing* const thing = pick(kListener);
  if (thing != NULL)
    CALL(mc_listener_set_details, thing, thing->handle,
         any_bits(MC_PACKET_TIME | MC_PACKET_TTL | MC_PACKET_DSCP | MC_PACKET_HARDWARE_TIME));
}

void act_mc_listener_set_kernel_filter(void) {
  struct thing* const thing = pick(kListener);
  if (thing != NULL) CALL(mc_listener_set_kernel_filter, thing, thing->handle, one_in(3));
}

void act_mc_listener_set_event_handler(void) {
  struct thing* const thing = pick(kListener);
  if (thing == NULL) return;
  struct record* const old = thing->told;
  struct record* const record = one_in(4) ? NULL : make_record(kTold, thing);
  const int outcome = CALL(mc_listener_set_event_handler, thing, thing->handle,
                           record != NULL ? on_event : NULL, record, on_end);
  settle_role(&thing->told, old, record, outcome);
}

void act_mc_listener_set_pending(void) {
  struct thing* const thing = pick(kListener);
  if (thing != NULL) CALL(mc_listener_set_pending, thing, thing->handle, one_in(3));
}

void act_mc_listener_set_silence(void) {
  struct thing* const thing = pick(kListener);
  const double seconds = one_in(10) ? any_timeout() : one_in(3) ? 0 : below(20) / 1000.0;
  if (thing != NULL) CALL(mc_listener_set_silence, thing, thing->handle, seconds);
}

void act_mc_listener_set_ignore_own(void) {
  struct thing* const thing = pick(kListener);
  if (thing != NULL) CALL(mc_listener_set_ignore_own, thing, thing->handle, one_in(6));
}

void act_mc_listener_set_receive_buffer(void) {
  struct thing* const thing = pick(kListener);
  const uint32_t bytes = one_in(6) ? (uint32_t)any() : 1 + below(1 << 20);
  if (thing != NULL) CALL(mc_listener_set_receive_buffer, thing, thing->handle, bytes);
}

void act_mc_listener_open(void) {
  struct thing* const thing = pick(kListener);
  if (thing != NULL) open_listener(thing);
}

void act_mc_listener_close(void) {
  struct thing* const thing = pick(kListener);
  if (thing == NULL) return;
  const unsigned epoch = thing->epoch;
  if (CALL(mc_listener_close, thing, thing->handle) < 0 || thing->epoch != epoch) return;
  ++thing->epoch;
  hush(thing->handler);
  if (thing->handle == NULL) return; /* a finaliser freed it */
  REQUIRE(CALL(mc_listener_is_open, thing, thing->handle) == 0, "a closed listener is open");
  check_lent(thing);
}

void act_mc_listener_is_open(void) {
  struct thing* const thing = pick(kListener);
  if (thing == NULL) return;
  const int outcome = CALL(mc_listener_is_open, thing, thing->handle);
  REQUIRE(outcome < 1 || (outcome == 1 && is_alive(thing)), "mc_listener_is_open gave %d", outcome);
}

/* ---- Pulling -------------------------------------------------------------------------------- */

static void lend(struct thing* thing, const mc_packet* const* packets, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    check_packet(packets[i]);
    if (i >= kMostLent) continue;
    thing->lent[i].packet = packets[i];
    thing->lent[i].sum = sum_of(packets[i]->data, packets[i]->size);
  }
  thing->lent_count = count < kMostLent ? count : kMostLent;
}

/* A time to wait; for ever only when it is certain to end, because it was woken before. */
static double time_to_pull(struct thing* thing) {
  const struct thing* const home = thing->home;
  if (home == NULL || home->handle == NULL || !is_in_reach(home) || thing->has_filter || !one_in(8))
    return any_timeout();
  return CALL(mc_poller_wake, thing->home, home->handle) == 0 ? -1 : 0;
}

enum way { kOne, kMany, kInOneBlock };

static void pull(enum way way) {
  struct thing* const thing = pick(kListener);
  const mc_packet* packet = UNTOUCHED;
  const mc_packet* const* packets = UNTOUCHED;
  const mc_packed* packed = UNTOUCHED;
  if (thing == NULL) return;
  const double timeout = time_to_pull(thing);
  const size_t most = one_in(20) ? (one_in(2) ? 0 : SIZE_MAX) : 1 + below(100);
  if (is_mine(thing)) check_lent(thing);
  if (thing->handle != NULL && is_mine(thing)) {
    forget_lent(thing);
    ++thing->is_pulling;
  }
  const unsigned pulls = thing->pulls;
  const int without = one_in(50);
  const int outcome =
      way == kOne ? CALL(mc_listener_next, thing, thing->handle, without ? NULL : &packet, timeout)
      : way == kMany ? CALL(mc_listener_next_many, thing, thing->handle, without ? NULL : &packets,
                            most, timeout)
                     : CALL(mc_listener_next_packed, thing, thing->handle, without ? NULL : &packed,
                            most, timeout);
  if (thing->handle != NULL && is_mine(thing) && thing->is_pulling > 0) --thing->is_pulling;
  if (outcome <= 0) {
    REQUIRE(packet == UNTOUCHED && packets == UNTOUCHED && packed == UNTOUCHED,
            "a pull gave %d and touched its pointer", outcome);
    return;
  }
  REQUIRE(way == kOne ? outcome == 1 : (size_t)outcome <= most, "a pull gave %d packets", outcome);
  thing->heard += (uint64_t)outcome;
  if (thing->pulls != pulls || thing->handle == NULL) return; /* a finaliser used it */
  if (way == kInOneBlock) {
    REQUIRE(packed->count == (size_t)outcome, "a pull gave %d packets, and says %zu", outcome,
            packed->count);
    check_packed(packed);
    packets = packed->packets;
  }
  thing->array = way == kOne ? NULL : packets;
  lend(thing, way == kOne ? &packet : packets, (size_t)outcome);
}

void act_mc_listener_next(void) {
  pull(kOne);
}

void act_mc_listener_next_many(void) {
  pull(kMany);
}

void act_mc_listener_next_packed(void) {
  pull(kInOneBlock);
}

void act_mc_listener_fd(void) {
  struct thing* const thing = pick(kListener);
  if (thing == NULL) return;
  const int outcome = CALL(mc_listener_fd, thing, thing->handle);
  if (outcome >= 0)
    REQUIRE(fcntl(outcome, F_GETFD) == FD_CLOEXEC, "a listener's descriptor is not close-on-exec");
}

void act_mc_listener_stats(void) {
  struct thing* const thing = pick(kListener);
  struct stats_room room = any_room();
  if (thing == NULL) return;
  if (one_in(50)) {
    REQUIRE(CALL(mc_listener_stats, thing, thing->handle, NULL, room.size) < 0, "stats into NULL");
  } else if (CALL(mc_listener_stats, thing, thing->handle, &room.stats, room.size) == 0) {
    check_stats(thing, &room);
  }
}

/* ---- mc_listen ------------------------------------------------------------------------------ */

void act_mc_listen(void) {
  struct thing* const home = own_poller();
  struct thing* const listener = make_thing(kListener, NULL, home);
  struct record* const record = make_record(kHandler, listener);
  record->is_of_listen = 1;
  const int is_busy = home->inside;
  mc_timer* const guard = guard_loop(home);
  REQUIRE(guard != NULL, "no timer: %s", mc_last_error());
  const int without = one_in(40);
  const int outcome = CALL(mc_listen, NULL, without ? NULL : on_packet, record, any_group(),
                           any_port(), one_in(20) ? 0 : 1 + below(9000), one_in(2) ? 0 : below(20));
  hush(record);
  mc_timer_free(guard);
  REQUIRE(outcome <= MC_STOPPED && (!without || outcome < 0), "mc_listen gave %d", outcome);
  REQUIRE(is_busy == 0 || outcome < 0, "mc_listen ran inside a callback of its poller");
}
