#include "world.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "acts.h"
#include "callbacks.h"
#include "report.h"
#include "values.h"

enum { kClaimed = -1000000 };

_Thread_local struct caller* me;
struct door poller_doors[kDoors];
struct door filter_doors[kDoors];

static void* zeroed(size_t size) {
  void* const memory = calloc(1, size);
  if (memory == NULL) fail_with("no memory");
  return memory;
}

struct caller* make_caller(uint64_t seed, int number, unsigned long calls) {
  struct caller* const caller = zeroed(sizeof *caller);
  caller->random = seed * 0x9e3779b97f4a7c15u + (uint64_t)number * 0xd1342543de82ef95u;
  caller->number = number;
  caller->most = calls;
  caller->reach = &caller->own;
  return caller;
}

void inherit(struct caller* from) {
  struct thing** things = &me->things;
  struct record** records = &me->records;
  struct caller** callers = &me->older;
  while (*callers != NULL) callers = &(*callers)->older;
  *callers = from;
  /* To the front, in one piece. */
  struct thing* last_thing = from->things;
  struct record* last_record = from->records;
  while (last_thing != NULL && last_thing->older != NULL) last_thing = last_thing->older;
  while (last_record != NULL && last_record->older != NULL) last_record = last_record->older;
  if (last_thing != NULL) {
    last_thing->older = *things;
    *things = from->things;
  }
  if (last_record != NULL) {
    last_record->older = *records;
    *records = from->records;
  }
  from->things = NULL;
  from->records = NULL;
}

struct thing* make_thing(enum kind kind, void* handle, struct thing* home) {
  struct thing* const thing = zeroed(sizeof *thing);
  thing->kind = kind;
  thing->handle = handle;
  thing->home = kind == kPoller ? thing : home;
  atomic_store_explicit(&thing->owner, me, memory_order_relaxed);
  thing->fd = -1;
  thing->older = me->things;
  me->things = thing;
  return thing;
}

struct record* make_record(enum role role, struct thing* of) {
  struct record* const record = zeroed(sizeof *record);
  record->role = role;
  record->of = of;
  record->home = of != NULL ? of->home : NULL;
  record->older = me->records;
  me->records = record;
  return record;
}

void settle_record(struct record* record, int outcome) {
  if (outcome >= 0) atomic_store_explicit(&record->is_taken, 1, memory_order_relaxed);
}

void hush(struct record* record) {
  if (record != NULL) record->is_quiet = 1;
}

void settle_role(struct record** place, struct record* old, struct record* record, int outcome) {
  if (record != NULL) settle_record(record, outcome);
  if (outcome < 0) return;
  if (*place == old) {
    hush(old);
    *place = record;
  } else {
    hush(record);
  }
}

int is_in_reach(const struct thing* thing) {
  if (!thing->is_mailed) return 1;
  for (const struct caller* each = me; each != NULL; each = each->host) {
    if (each->destroys != 0) return 0; /* of a visitor: its host waits for it in a destroy */
  }
  return 1;
}

struct thing* pick(enum kind kind) {
  static _Thread_local struct thing nothing[kKinds];
  const unsigned start = below(kMost);
  if (one_in(100)) return &nothing[kind];
  for (unsigned i = 0; i < kMost; ++i) {
    struct thing* const thing = me->reach->slots[kind][(start + i) % kMost];
    if (thing != NULL && is_in_reach(thing)) return thing;
  }
  return NULL;
}

struct thing** free_place(enum kind kind) {
  for (int i = kind == kPoller ? kOwnPoller + 1 : 0; i < kMost; ++i) {
    if (me->own.slots[kind][i] == NULL) return &me->own.slots[kind][i];
  }
  return NULL;
}

void keep(struct thing* thing) {
  struct thing** const place = free_place(thing->kind);
  struct shelf one = {.slots = {{NULL}}};
  if (place != NULL) {
    *place = thing;
  } else {
    one.slots[thing->kind][0] = thing;
    clear_shelf(&one);
  }
}

void drop(struct shelf* shelf, struct thing* thing) {
  for (int i = 0; i < kMost; ++i) {
    if (shelf->slots[thing->kind][i] == thing) shelf->slots[thing->kind][i] = NULL;
  }
}

struct thing* own_poller(void) {
  struct thing** const place = &me->own.slots[kPoller][kOwnPoller];
  begin_call(k_mc_default_poller, NULL);
  mc_poller* const handle = mc_default_poller();
  finish_call(handle != NULL ? 0 : mc_last_error_code());
  REQUIRE(handle != NULL, "there is no default poller: %s", mc_last_error());
  /* Another thread freed the old one, and its last turn is not over. */
  if (*place != NULL && (*place)->handle != handle && (*place)->is_mailed) end_poller(*place);
  if (*place == NULL) {
    *place = make_thing(kPoller, handle, NULL);
    (*place)->is_default = 1;
  }
  REQUIRE((*place)->handle == handle, "the default poller is another one");
  return *place;
}

struct thing* pick_home(mc_poller** argument) {
  struct thing* home = one_in(4) ? NULL : pick(kPoller);
  *argument = NULL;
  if (home == NULL || home->handle == NULL) return own_poller();
  *argument = home->handle;
  return home;
}

int is_mine(const struct thing* thing) {
  const struct thing* const home = thing->home;
  return home == NULL || atomic_load_explicit(&home->owner, memory_order_relaxed) == me;
}

int is_alive(const struct thing* thing) {
  return thing->handle != NULL && (thing->home == NULL || !thing->home->is_over);
}

int lives_on(const struct thing* thing, const struct thing* poller) {
  const struct record* const registration = thing->registration;
  return thing->home == poller || (registration != NULL && registration->home == poller);
}

void end_poller(struct thing* thing) {
  thing->is_over = 1;
  thing->handle = NULL;
  drop(&me->own, thing);
  drop(me->reach, thing);
  if (me->host != NULL) drop(&me->host->own, thing);
}

void forget_lent(struct thing* listener) {
  ++listener->pulls;
  listener->lent_count = 0;
}

void check_lent(const struct thing* listener) {
  for (size_t i = 0; i < listener->lent_count; ++i) {
    const mc_packet* const packet = listener->lent[i].packet;
    if (listener->array != NULL) REQUIRE(listener->array[i] == packet, "a lent array changed");
    REQUIRE(sum_of(packet->data, packet->size) == listener->lent[i].sum, "a lent packet changed");
  }
}

void end_pipe(struct thing* pipe) {
  struct record* const record = pipe->registration;
  if (record != NULL && !record->is_gone && !record->home->is_over) {
    if (!is_mine(record->home) || !is_in_reach(record->home)) return;
    leave_descriptor(record);
    CALL(mc_poller_unregister, record->home, record->home->handle, pipe->fd);
  }
  drop(me->reach, pipe);
  drop(&me->own, pipe);
  if (pipe->ends[0] >= 0) close(pipe->ends[0]);
  if (pipe->ends[1] >= 0 && pipe->ends[1] != pipe->ends[0]) close(pipe->ends[1]);
  pipe->ends[0] = pipe->ends[1] = -1; /* a destroy may have been here before */
}

void leave_descriptor(struct record* record) {
  if (record->is_gone) return;
  record->is_gone = 1;
  if (!record->home->is_over) --record->home->registered;
}

int is_inside(enum function function) {
  for (int i = 0; i < me->frame_count; ++i) {
    if (me->frames[i].function == function) return 1;
  }
  return 0;
}

static void free_kind(struct shelf* shelf, enum kind kind, void (*free_one)(void)) {
  struct shelf* const before = me->reach;
  for (int i = 0; i < kMost; ++i) {
    while (shelf->slots[kind][i] != NULL) {
      struct shelf one = {.slots = {{NULL}}};
      one.slots[kind][0] = shelf->slots[kind][i];
      me->reach = &one;
      free_one();
      if (one.slots[kind][0] == NULL) shelf->slots[kind][i] = NULL;
      if (kind == kPoller && shelf->slots[kind][i] != NULL && shelf->slots[kind][i]->handle == NULL)
        shelf->slots[kind][i] = NULL;
      sched_yield();
    }
  }
  me->reach = before;
}

void clear_shelf(struct shelf* shelf) {
  free_kind(shelf, kPacket, act_mc_packet_free);
  free_kind(shelf, kListener, act_mc_listener_free);
  free_kind(shelf, kCaster, act_mc_multicaster_free);
  free_kind(shelf, kTimer, act_mc_timer_free);
  free_kind(shelf, kFilter, act_mc_filter_free);
  free_kind(shelf, kPoller, act_mc_poller_free);
  for (int i = 0; i < kMost; ++i) {
    if (shelf->slots[kPipe][i] == NULL) continue;
    end_pipe(shelf->slots[kPipe][i]);
    shelf->slots[kPipe][i] = NULL;
  }
}

/* ---- Doors ---------------------------------------------------------------------------------- */

void lock_doors(void) {
  for (int i = 0; i < kDoors; ++i) {
    atomic_init(&poller_doors[i].pins, kClaimed);
    atomic_init(&filter_doors[i].pins, kClaimed);
  }
}

int open_door(struct door* doors, struct thing* thing) {
  for (int i = 0; i < kDoors; ++i) {
    int closed = kClaimed;
    if (atomic_load(&doors[i].handle) != NULL) continue;
    if (!atomic_compare_exchange_strong(&doors[i].pins, &closed, kClaimed + 1)) continue;
    doors[i].thing = thing;
    thing->door = &doors[i];
    atomic_store(&doors[i].handle, thing->handle);
    atomic_fetch_sub(&doors[i].pins, kClaimed + 1);
    return 1;
  }
  return 0;
}

void* pin(struct door* door) {
  void* const handle = atomic_fetch_add(&door->pins, 1) >= 0 ? atomic_load(&door->handle) : NULL;
  if (handle == NULL) atomic_fetch_sub(&door->pins, 1);
  return handle;
}

void unpin(struct door* door) {
  atomic_fetch_sub(&door->pins, 1);
}

int close_door(struct thing* thing) {
  struct door* const door = thing->door;
  int nobody = 0;
  if (door == NULL) return 1;
  if (!atomic_compare_exchange_strong(&door->pins, &nobody, kClaimed)) return 0;
  atomic_store(&door->handle, NULL);
  thing->door = NULL;
  return 1;
}
