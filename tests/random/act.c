/* Which call comes next; and visitors. */
#include <pthread.h>

#include "acts.h"
#include "report.h"
#include "values.h"

enum { kBudget = 40, kVisits = 400, kFewestOfVisitor = 5, kMoreOfVisitor = 30, kVisitor = 100 };

static const struct {
  void (*act)(void);
  unsigned weight;
} acts[] = {
#define ACT_CALLED(name, where, weight) {act_##name, weight},
#define ACT_BESIDE(name, where)
    FUNCTIONS(ACT_CALLED, ACT_BESIDE)
#undef ACT_CALLED
#undef ACT_BESIDE
};

/* Frees something that can do nothing any more, so that the living have room. */
static void tidy(void) {
  static void (*const free_one[kKinds])(void) = {[kListener] = act_mc_listener_free,
                                                 [kCaster] = act_mc_multicaster_free,
                                                 [kTimer] = act_mc_timer_free};
  static const enum kind kinds[] = {kListener, kCaster, kTimer};
  const enum kind kind = kinds[below(3)];
  struct shelf* const before = me->reach;
  for (int i = 0; i < kMost; ++i) {
    struct thing* const each = before->slots[kind][i];
    if (each == NULL || each->home == NULL) continue;
    if (!each->home->is_over && (kind != kCaster || each->epoch == 0)) continue;
    struct shelf one = {.slots = {{NULL}}};
    one.slots[kind][0] = each;
    me->reach = &one;
    free_one[kind]();
    me->reach = before;
    if (one.slots[kind][0] == NULL && before->slots[kind][i] == each) before->slots[kind][i] = NULL;
    return;
  }
}

static void act_once(void) {
  if (one_in(6)) tidy();
  unsigned sum = 0;
  for (size_t i = 0; i < sizeof acts / sizeof *acts; ++i) sum += acts[i].weight;
  unsigned chosen = below(sum);
  size_t which = 0;
  for (; chosen >= acts[which].weight; ++which) chosen -= acts[which].weight;
  acts[which].act();
}

void act(void) {
  if (me->depth == 0) me->budget = kBudget;
  if (me->host == NULL && me->reach == &me->own && one_in(kVisits)) {
    act_by_visitor();
  } else if (me->host != NULL && me->depth == 0) {
    me->reach = one_in(3) ? &me->own : &me->host->own;
    act_once();
    me->reach = &me->own;
  } else {
    act_once();
  }
}

/* ---- Visitors ------------------------------------------------------------------------------- */

/* The thread ends with its default poller, whose residents are then the host's to free. 0 when it
 * does not. */
static int leave_default_poller(void) {
  struct thing* const poller = me->own.slots[kPoller][kOwnPoller];
  struct shelf left = {.slots = {{NULL}}};
  if (poller == NULL || poller->is_mailed || one_in(2)) return 0;
  for (int kind = 0; kind < kKinds; ++kind) {
    for (int i = 0; i < kMost; ++i) {
      struct thing* const each = me->own.slots[kind][i];
      if (each == NULL || each == poller || !lives_on(each, poller)) continue;
      left.slots[kind][i] = each;
      me->own.slots[kind][i] = NULL;
    }
  }
  me->own.slots[kPoller][kOwnPoller] = NULL;
  clear_shelf(&me->own);
  me->own = left;
  poller->is_over = poller->ended_with_thread = 1;
  poller->handle = NULL;
  return 1;
}

static void* visit(void* visitor) {
  me = visitor;
  while (me->calls < me->most) act();
  if (me->may_free != NULL) {
    struct thing* const poller = me->may_free;
    me->may_free = NULL;
    if (poller->handle != NULL && !is_mine(poller)) {
      CALL_VOID(mc_poller_free, poller, poller->handle);
    } else if (poller->handle != NULL) {
      poller->is_mailed = 0; /* adopted meanwhile, and the visitor's */
      poller->log->is_sentinel = 0;
    }
  }
  if (!leave_default_poller()) clear_shelf(&me->own);
  return NULL;
}

/* What a visitor adopted comes home. */
static void adopt_again(void) {
  for (int i = 0; i < kMost; ++i) {
    struct thing* const poller = me->own.slots[kPoller][i];
    if (poller == NULL || is_mine(poller)) continue;
    REQUIRE(CALL(mc_poller_adopt, NULL, poller->handle) == 0, "no adoption: %s", mc_last_error());
    atomic_store_explicit(&poller->owner, me, memory_order_relaxed);
  }
}

void act_by_visitor(void) {
  pthread_t thread;
  struct caller* const visitor =
      make_caller(any(), me->number + kVisitor, kFewestOfVisitor + below(kMoreOfVisitor));
  visitor->host = me;
  if (one_in(4)) {
    struct thing* const poller = pick(kPoller);
    if (poller != NULL && poller->handle != NULL && is_mine(poller) && !poller->is_mailed &&
        close_door(poller) && set_sentinel(poller))
      visitor->may_free = poller;
  }
  if (pthread_create(&thread, NULL, visit, visitor) != 0) fail_with("no thread");
  pthread_join(thread, NULL);
  adopt_again();
  clear_shelf(&visitor->own);
  me->most = me->most > visitor->calls ? me->most - visitor->calls : 0;
  inherit(visitor);
}
