/* What several threads do with each other's pollers, filters and packets, at the same time.
 *
 * Doors: handles that several threads use, and one frees when nobody is inside. Parcels: a poller
 * with all that lives on it, laid down by one thread and adopted by another. The doomed: a poller
 * that its owner polls until another thread has freed it.
 */
#include <sched.h>
#include <stdlib.h>

#include "acts.h"
#include "callbacks.h"
#include "report.h"
#include "values.h"

enum { kParcels = 3, kCalls = 6, kTurns = 50 };

struct parcel {
  struct thing* poller;
  struct shelf shelf;
};

static struct parcel* _Atomic parcels[kParcels];
static void* _Atomic doomed;
static void* _Atomic copied; /* an mc_packet */

/* ---- Doors ---------------------------------------------------------------------------------- */

/* Any function of a poller that may be another thread's, who may be using it at this moment. Where
 * it is, CALL requires that the functions of the owner are refused. */
static void call_through(const struct door* door, mc_poller* poller) {
  struct thing* const thing = door->thing;
  struct record* record = NULL;
  mc_listener* listener = UNTOUCHED;
  mc_timer* timer = UNTOUCHED;
  mc_stats stats;
  switch (below(is_mine(thing) ? 6 : 14)) {
    case 0:
    case 1:
      CALL(mc_poller_stop, thing, poller);
      break;
    case 2:
    case 3:
      CALL(mc_poller_wake, thing, poller);
      break;
    case 4:
    case 5:
      record = make_record(kPost, thing);
      settle_record(record, CALL(mc_poller_post, thing, poller, on_post, record, on_end));
      break;
    case 6:
      CALL(mc_poller_poll, thing, poller, 0);
      break;
    case 7:
      CALL(mc_poller_loop, thing, poller, 0, 0);
      break;
    case 8:
      CALL(mc_poller_stats, thing, poller, &stats, sizeof stats);
      break;
    case 9:
      CALL(mc_poller_fd, thing, poller);
      break;
    case 10:
      CALL(mc_poller_is_polling, thing, poller);
      break;
    case 11:
      CALL(mc_poller_register, thing, poller, 0, 0, on_read, NULL, NULL, on_end);
      break;
    case 12:
      CALL(mc_listener_new, thing, &listener, poller);
      break;
    default:
      CALL(mc_timer_new, thing, &timer, poller, 0, 0, on_timer, NULL, on_end);
  }
  REQUIRE(listener == UNTOUCHED && timer == UNTOUCHED, "a refusal touched *out");
}

static void use_poller_door(void) {
  struct door* const door = &poller_doors[below(kDoors)];
  mc_poller* const poller = pin(door);
  if (poller == NULL) return;
  call_through(door, poller);
  unpin(door);
}

/* Whoever comes first frees it. */
static int close_filter(struct door* door) {
  struct thing through = {.door = door};
  return close_door(&through);
}

static void use_filter_door(void) {
  struct door* const door = &filter_doors[below(kDoors)];
  struct thing* const listener = pick(kListener);
  struct thing* const own = pick(kFilter);
  if (own != NULL && own->handle != NULL && one_in(3)) {
    if (open_door(filter_doors, own)) drop(&me->own, own);
    return;
  }
  mc_filter* const filter = pin(door);
  if (filter == NULL) return;
  if (listener != NULL && one_in(2)) {
    listener->has_filter = 1;
    CALL(mc_listener_set_filter, listener, listener->handle, filter);
  } else {
    CALL(mc_filter_matches, NULL, filter, "\1\2\3", 3, NULL);
  }
  unpin(door);
  if (one_in(4) && close_filter(door)) CALL_VOID(mc_filter_free, NULL, filter);
}

static void swap_copy(void) {
  struct thing* const mine = pick(kPacket);
  mc_packet* const given = mine != NULL ? mine->handle : NULL;
  if (mine != NULL && given != NULL) {
    drop(&me->own, mine);
    mine->handle = NULL;
  }
  mc_packet* const taken = atomic_exchange(&copied, given);
  if (taken == NULL) return;
  check_packet(taken);
  keep(make_thing(kPacket, taken, NULL));
}

/* ---- Parcels -------------------------------------------------------------------------------- */

/* Takes what lives on the poller from the caller's shelf. */
static struct parcel* pack(struct thing* poller) {
  struct parcel* const parcel = calloc(1, sizeof *parcel);
  if (parcel == NULL) fail_with("no memory");
  parcel->poller = poller;
  for (int kind = 0; kind < kKinds; ++kind) {
    for (int i = 0; i < kMost; ++i) {
      struct thing* const each = me->own.slots[kind][i];
      if (each == NULL || !lives_on(each, poller)) continue;
      parcel->shelf.slots[kind][i] = each;
      me->own.slots[kind][i] = NULL;
    }
  }
  return parcel;
}

static void unpack(struct parcel* parcel) {
  struct thing* const poller = parcel->poller;
  me->reach = &parcel->shelf;
  for (int i = below(kCalls) > 0 ? (int)below(kCalls) : 0; i > 0; --i) act(); /* foreign ones */
  me->reach = &me->own;
  if (poller->handle != NULL) { /* else one of the acts adopted it and freed it */
    REQUIRE(CALL(mc_poller_adopt, NULL, poller->handle) == 0, "no adoption: %s", mc_last_error());
    atomic_store_explicit(&poller->owner, me, memory_order_relaxed);
  }
  for (enum kind kind = 0; kind < kKinds; ++kind) {
    for (int i = 0; i < kMost; ++i) {
      struct thing** const place = free_place(kind);
      if (parcel->shelf.slots[kind][i] == NULL || place == NULL) continue;
      *place = parcel->shelf.slots[kind][i];
      parcel->shelf.slots[kind][i] = NULL;
    }
  }
  clear_shelf(&parcel->shelf);
  free(parcel);
}

static void pass_parcel(void) {
  struct thing* const poller = pick(kPoller);
  struct parcel* given = NULL;
  if (poller != NULL && poller->handle != NULL && !poller->is_default && !poller->is_mailed &&
      is_mine(poller) && one_in(2))
    given = pack(poller);
  struct parcel* const taken = atomic_exchange(&parcels[below(kParcels)], given);
  if (taken != NULL) unpack(taken);
}

/* ---- The doomed ----------------------------------------------------------------------------- */

static void doom(void) {
  struct thing* const poller = pick(kPoller);
  if (poller == NULL || poller->handle == NULL || poller->is_default || poller->is_mailed ||
      !is_mine(poller))
    return;
  if (!close_door(poller)) return;
  mc_poller* const handle = poller->handle;
  void* nobody = NULL;
  void* expected = handle;
  set_sentinel(poller);
  if (!atomic_compare_exchange_strong(&doomed, &nobody, handle)) {
    poller->is_mailed = 0;
    poller->log->is_sentinel = 0;
    return;
  }
  for (int i = 0; i < kTurns && !poller->is_over; ++i) {
    me->budget = 0;
    CALL(mc_poller_poll, NULL, handle, 0.001);
  }
  if (poller->is_over) return;
  if (atomic_compare_exchange_strong(&doomed, &expected, NULL)) { /* nobody took it */
    poller->is_mailed = 0;
    poller->log->is_sentinel = 0;
    return;
  }
  while (!poller->is_over) CALL(mc_poller_poll, NULL, handle, 0.001);
}

static void execute(void) {
  mc_poller* const poller = atomic_exchange(&doomed, NULL);
  if (poller != NULL) CALL_VOID(mc_poller_free, NULL, poller);
}

void act_with_others(void) {
  me->budget = 0;
  switch (below(40)) {
    case 0:
      doom();
      break;
    case 1:
    case 2:
      pass_parcel();
      break;
    case 3:
    case 4:
      swap_copy();
      break;
    default:
      if (one_in(4)) {
        use_filter_door();
      } else {
        use_poller_door();
      }
  }
  execute();
}

void clear_between(void) {
  for (int i = 0; i < kParcels; ++i) {
    struct parcel* const left = atomic_exchange(&parcels[i], NULL);
    if (left != NULL) unpack(left);
  }
  for (int i = 0; i < kDoors; ++i) {
    mc_filter* const filter = atomic_load(&filter_doors[i].handle);
    if (filter != NULL && close_filter(&filter_doors[i])) CALL_VOID(mc_filter_free, NULL, filter);
  }
  mc_packet_free(atomic_exchange(&copied, NULL));
}
