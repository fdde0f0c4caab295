/* Random calls about timers. */
#include "acts.h"
#include "callbacks.h"
#include "report.h"
#include "values.h"

void act_mc_timer_new(void) {
  mc_poller* poller = NULL;
  mc_timer* timer = UNTOUCHED;
  if (free_place(kTimer) == NULL) {
    act_mc_timer_free();
    return;
  }
  struct thing* const home = pick_home(&poller);
  struct thing* const thing = make_thing(kTimer, NULL, home);
  struct record* const record = make_record(kTimerRole, thing);
  const int without = one_in(50);
  const int outcome =
      CALL(mc_timer_new, poller != NULL ? home : NULL, one_in(50) ? NULL : &timer, poller,
           any_period(), any_period(), without ? NULL : on_timer, record, on_end);
  settle_record(record, outcome);
  if (outcome < 0) {
    REQUIRE(timer == UNTOUCHED, "mc_timer_new failed and touched *out");
    return;
  }
  REQUIRE(timer != UNTOUCHED && timer != NULL && !without, "mc_timer_new gave nothing");
  thing->handle = timer;
  thing->timer = record;
  keep(thing);
}

void act_mc_timer_set(void) {
  struct thing* const thing = pick(kTimer);
  if (thing == NULL) return;
  const int outcome = CALL(mc_timer_set, thing, thing->handle, any_period(), any_period());
  if (outcome == 0) {
    REQUIRE(is_alive(thing), "a timer without a poller was set");
    thing->timer->is_quiet = 0;
    REQUIRE(CALL(mc_timer_is_running, thing, thing->handle) == 1, "a timer that was set rests");
  }
}

void act_mc_timer_stop(void) {
  struct thing* const thing = pick(kTimer);
  if (thing == NULL) return;
  if (CALL(mc_timer_stop, thing, thing->handle) == 0) {
    hush(thing->timer);
    REQUIRE(CALL(mc_timer_is_running, thing, thing->handle) == 0, "a timer that was stopped runs");
  }
}

void act_mc_timer_is_running(void) {
  struct thing* const thing = pick(kTimer);
  if (thing == NULL) return;
  const int outcome = CALL(mc_timer_is_running, thing, thing->handle);
  REQUIRE(outcome != 1 || is_alive(thing), "a timer without a poller runs");
}

void act_mc_timer_free(void) {
  struct thing* const thing = pick(kTimer);
  if (thing == NULL) return;
  mc_timer* const handle = thing->handle;
  if (is_mine(thing)) hush(thing->timer);
  drop(me->reach, thing);
  thing->handle = NULL;
  CALL_VOID(mc_timer_free, NULL, handle);
}
