/* Random calls about pollers, descriptors, posts and timers. */
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "acts.h"
#include "callbacks.h"
#include "report.h"
#include "values.h"

enum { kNobodysFd = 99999 };

void act_mc_poller_new(void) {
  mc_poller* poller = UNTOUCHED;
  if (one_in(50)) {
    CALL(mc_poller_new, NULL, NULL);
    return;
  }
  if (free_place(kPoller) == NULL) return;
  const int outcome = CALL(mc_poller_new, NULL, &poller);
  REQUIRE(outcome == 0 && poller != UNTOUCHED && poller != NULL, "mc_poller_new gave nothing");
  struct thing* const thing = make_thing(kPoller, poller, NULL);
  open_door(poller_doors, thing);
  keep(thing);
}

void act_mc_default_poller(void) {
  own_poller();
}

int free_poller(struct thing* poller) {
  mc_poller* const handle = poller->handle;
  if (poller->is_mailed) return 0;
  if (!close_door(poller)) return 0;
  end_poller(poller);
  CALL_VOID(mc_poller_free, poller, handle);
  return 1;
}

int set_sentinel(struct thing* poller) {
  struct record* const record = make_record(kLog, poller);
  record->is_sentinel = 1;
  poller->is_mailed = 1;
  poller->log = record;
  const int outcome = CALL(mc_poller_set_log, poller, poller->handle, on_log, record, on_end);
  settle_record(record, outcome);
  return outcome == 0;
}

void act_mc_poller_free(void) {
  struct thing* const thing = pick(kPoller);
  if (thing == NULL) return;
  if (thing->handle == NULL) {
    CALL_VOID(mc_poller_free, NULL, NULL);
  } else if (me->may_free != NULL && me->may_free == thing && !is_mine(thing)) {
    me->may_free = NULL; /* its owner's next turn ends it */
    CALL_VOID(mc_poller_free, thing, thing->handle);
  } else if (thing->is_mailed) {
    if (is_mine(thing)) CALL(mc_poller_poll, thing, thing->handle, 0);
  } else if (is_mine(thing)) {
    free_poller(thing);
  }
}

void act_mc_poller_adopt(void) {
  struct thing* const thing = pick(kPoller);
  if (thing == NULL || (thing->is_mailed && !is_mine(thing))) return;
  const int was_mine = is_mine(thing);
  const int outcome = CALL(mc_poller_adopt, thing, thing->handle);
  if (outcome == 0) atomic_store_explicit(&thing->owner, me, memory_order_relaxed);
  if (thing->handle == NULL) return;
  REQUIRE(!was_mine || outcome == 0, "an owner may not adopt his poller");
  REQUIRE(outcome == 0 || outcome == (thing->is_default ? MC_ERROR_THREAD : MC_ERROR_BUSY),
          "mc_poller_adopt gave %d", outcome);
}

/* ---- Descriptors ---------------------------------------------------------------------------- */

static struct thing* make_pipe(void) {
  struct thing** const place = free_place(kPipe);
  if (place == NULL) return NULL;
  struct thing* const thing = make_thing(kPipe, NULL, NULL);
  if (one_in(2)) {
    thing->ends[0] = thing->ends[1] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  } else if (pipe2(thing->ends, O_NONBLOCK | O_CLOEXEC) != 0) {
    fail_with("no pipe");
  }
  *place = thing;
  return thing;
}

static int is_registered(const struct thing* pipe) {
  const struct record* const record = pipe->registration;
  return record != NULL && !record->is_gone && !record->home->is_over && is_in_reach(record->home);
}

/* Makes its reader ready, or tells it of a hang-up. */
static void touch(struct thing* pipe) {
  const uint64_t one = 1;
  if (pipe->ends[1] < 0) return;
  if (pipe->ends[0] != pipe->ends[1] && pipe->fd == pipe->ends[0] && one_in(6)) {
    close(pipe->ends[1]);
    pipe->ends[1] = -1;
  } else if (write(pipe->ends[1], &one, sizeof one) < 0) {
    return; /* it is full */
  }
}

static struct thing* pick_pipe(void) {
  struct thing* pipe = one_in(3) ? NULL : pick(kPipe);
  if (pipe == NULL || pipe->ends[0] <= 0) pipe = make_pipe();
  if (pipe != NULL && pipe->ends[1] < 0 && !is_registered(pipe)) {
    end_pipe(pipe);
    return NULL;
  }
  return pipe;
}

static void register_at(struct thing* poller, int is_own) {
  struct thing* const pipe = pick_pipe();
  if (pipe == NULL || me->reach != &me->own || poller->handle == NULL) return;
  const int was_registered = is_registered(pipe);
  if (was_registered && pipe->registration->home != poller) return;
  const int reads = pipe->ends[0] == pipe->ends[1] || one_in(2);
  const int writes = pipe->ends[0] == pipe->ends[1] ? one_in(2) : !reads;
  int fd = was_registered ? pipe->fd : reads ? pipe->ends[0] : pipe->ends[1];
  const int is_bad = one_in(30);
  if (is_bad) fd = one_in(2) ? -1 - (int)below(1000) : kNobodysFd;
  const int without = one_in(60);
  struct record* const record = make_record(kDescriptor, pipe);
  const uint32_t flags = any_bits(MC_EDGE_TRIGGERED | MC_ONCE);
  record->home = poller;
  record->is_once = (flags & MC_ONCE) != 0;
  const mc_descriptor_fn reader = reads && !without ? on_read : NULL;
  const mc_descriptor_fn writer = writes && !without ? on_write : NULL;
  const int outcome = is_own ? CALL(mc_register, NULL, fd, flags, reader, writer, record, on_end)
                             : CALL(mc_poller_register, poller, poller->handle, fd, flags, reader,
                                    writer, record, on_end);
  settle_record(record, outcome);
  if (outcome < 0) return;
  /* What another thread has freed may have ended already, while its destroys still run. */
  REQUIRE((!was_registered || poller->is_mailed) && !is_bad && !without,
          "the registration of %d was accepted: %d, %d, %d", fd, was_registered, is_bad, without);
  pipe->fd = fd;
  pipe->registration = record;
  ++poller->registered;
  touch(pipe);
}

void act_mc_poller_register(void) {
  struct thing* const thing = pick(kPoller);
  if (thing == NULL) return;
  if (thing->handle != NULL && is_mine(thing)) {
    register_at(thing, 0);
    return;
  }
  const int outcome =
      CALL(mc_poller_register, thing, thing->handle, 0, 0, on_read, NULL, UNTOUCHED, on_end);
  REQUIRE(outcome < 0, "a foreign poller took a descriptor");
}

void act_mc_register(void) {
  register_at(own_poller(), 1);
}

void act_mc_poller_watch(void) {
  struct thing* const pipe = pick(kPipe);
  struct thing* const thing = pick(kPoller);
  const uint32_t events = any_bits(MC_READABLE | MC_PRIORITY | MC_WRITABLE);
  if (pipe == NULL || thing == NULL) return;
  if (is_registered(pipe) && one_in(2)) touch(pipe);
  if (is_registered(pipe) && is_mine(pipe->registration->home) && !one_in(4)) {
    struct thing* const poller = pipe->registration->home;
    const int outcome = CALL(mc_poller_watch, poller, poller->handle, pipe->fd, events);
    REQUIRE(outcome == 0 || outcome == MC_ERROR_FLAGS, "mc_poller_watch gave %d", outcome);
    return;
  }
  const int outcome =
      CALL(mc_poller_watch, thing, thing->handle, one_in(2) ? -1 : kNobodysFd, events);
  REQUIRE(outcome < 0, "what is not registered is watched");
}

static void unregister_from(struct thing* poller, int is_own) {
  struct thing* const pipe = pick(kPipe);
  if (pipe != NULL && is_registered(pipe) && pipe->registration->home == poller &&
      is_mine(poller)) {
    leave_descriptor(pipe->registration);
    const int outcome = is_own ? CALL(mc_unregister, NULL, pipe->fd)
                               : CALL(mc_poller_unregister, poller, poller->handle, pipe->fd);
    REQUIRE(outcome == 0, "mc_poller_unregister gave %d: %s", outcome, mc_last_error());
    if (one_in(2) && pipe->registration->is_gone) end_pipe(pipe);
    return;
  }
  const int outcome = is_own ? CALL(mc_unregister, NULL, kNobodysFd)
                             : CALL(mc_poller_unregister, poller, poller->handle, kNobodysFd);
  REQUIRE(outcome < 0, "what is not registered is unregistered");
}

void act_mc_poller_unregister(void) {
  struct thing* const thing = pick(kPoller);
  if (thing != NULL) unregister_from(thing, 0);
}

void act_mc_unregister(void) {
  unregister_from(own_poller(), 1);
}

/* ---- Waiting -------------------------------------------------------------------------------- */

static double for_ever(void) {
  static const double long_ones[] = {-1, -0.5, 1e18, 1e300, 3e9};
  return one_in(6) ? (double)INFINITY : long_ones[below(5)];
}

static void check_count(int outcome) {
  REQUIRE(outcome >= 0 || outcome == MC_ERROR_BUSY || outcome == MC_ERROR_TIME ||
              outcome == MC_ERROR_THREAD || outcome == MC_ERROR_NULL ||
              outcome == MC_ERROR_INTERRUPTED,
          "a wait gave %d: %s", outcome, mc_last_error());
}

void act_mc_poller_poll(void) {
  struct thing* const thing = pick(kPoller);
  if (thing == NULL) return;
  double timeout = any_timeout();
  /* A wait without end ends, because it was woken before. */
  if (one_in(30) && CALL(mc_poller_wake, thing, thing->handle) == 0) timeout = for_ever();
  const int is_inside_one = thing->inside;
  const int outcome = CALL(mc_poller_poll, thing, thing->handle, timeout);
  check_count(outcome);
  REQUIRE(is_inside_one == 0 || outcome < 0, "a poller was polled inside its callback");
}

void act_mc_poll(void) {
  struct thing* const thing = own_poller();
  double timeout = any_timeout();
  if (one_in(30) && CALL(mc_poller_wake, thing, thing->handle) == 0) timeout = for_ever();
  check_count(CALL(mc_poll, NULL, timeout));
}

static int stop_soon(void* user) {
  const struct thing* const poller = user;
  if (poller->handle != NULL) mc_poller_stop(poller->handle);
  return 0;
}

mc_timer* guard_loop(struct thing* poller) {
  mc_timer* guard = NULL;
  mc_timer_new(&guard, poller->handle, 0.0005, 0.001, stop_soon, poller, NULL);
  return guard;
}

static void loop(struct thing* thing, int is_own) {
  double timeout = any_timeout();
  double interval = one_in(3) ? any_timeout() : 0;
  mc_timer* guard = NULL;
  const int is_stopped = one_in(4) && CALL(mc_poller_stop, thing, thing->handle) == 0;
  if (is_stopped) {
    timeout = for_ever();
    interval = for_ever();
  } else if (thing->handle != NULL && is_mine(thing)) {
    if (one_in(2)) timeout = for_ever();
    const unsigned long failures = me->failures;
    guard = guard_loop(thing);
    REQUIRE(guard != NULL && failures == me->failures, "no timer: %s", mc_last_error());
  }
  const int is_busy = thing->inside;
  const int outcome = is_own ? CALL(mc_loop, NULL, timeout, interval)
                             : CALL(mc_poller_loop, thing, thing->handle, timeout, interval);
  check_count(outcome);
  REQUIRE(outcome <= MC_STOPPED, "a loop gave %d", outcome);
  REQUIRE(is_busy == 0 || outcome < 0, "a poller's loop ran inside its callback");
  REQUIRE(!is_stopped || outcome != 0, "a stop before the loop did not stop it");
  if (guard != NULL) mc_timer_free(guard);
}

void act_mc_poller_loop(void) {
  struct thing* const thing = pick(kPoller);
  if (thing != NULL) loop(thing, 0);
}

void act_mc_loop(void) {
  loop(own_poller(), 1);
}

void act_mc_poller_stop(void) {
  struct thing* const thing = pick(kPoller);
  if (thing != NULL) CALL(mc_poller_stop, thing, thing->handle);
}

void act_mc_poller_wake(void) {
  struct thing* const thing = pick(kPoller);
  if (thing != NULL) CALL(mc_poller_wake, thing, thing->handle);
}

/* ---- The rest of pollers -------------------------------------------------------------------- */

void act_mc_poller_post(void) {
  struct thing* const thing = pick(kPoller);
  if (thing == NULL) return;
  struct record* const record = make_record(kPost, thing);
  const int without = one_in(50);
  const int outcome =
      CALL(mc_poller_post, thing, thing->handle, without ? NULL : on_post, record, on_end);
  settle_record(record, outcome);
  REQUIRE(!without || outcome == MC_ERROR_NULL, "a post without a function gave %d", outcome);
}

void act_mc_poller_set_interruptible(void) {
  struct thing* const thing = pick(kPoller);
  if (thing != NULL) CALL(mc_poller_set_interruptible, thing, thing->handle, one_in(2));
}

/* Short times, so that there are many calls; those of blocking waits say nothing. */
void act_mc_poller_set_wait(void) {
  static const double times[] = {0, 1e-9, 20e-6, 50e-6, 200e-6, 0.001};
  struct thing* const thing = pick(kPoller);
  if (thing == NULL) return;
  const int is_bad = one_in(10);
  const int policy = is_bad && one_in(2) ? (int)any() : (int)below(3);
  const double seconds = is_bad ? (one_in(2) ? (double)NAN : -1) : times[below(6)];
  const int outcome = CALL(mc_poller_set_wait, thing, thing->handle, policy, seconds);
  REQUIRE(outcome <= 0, "mc_poller_set_wait gave %d", outcome);
  REQUIRE(!is_bad || policy == MC_WAIT_BLOCK || outcome < 0, "policy %d of %g was accepted", policy,
          seconds);
  REQUIRE(is_bad || (outcome != MC_ERROR_FLAGS && outcome != MC_ERROR_TIME),
          "policy %d of %g was refused", policy, seconds);
}

void act_mc_poller_set_log(void) {
  struct thing* const thing = pick(kPoller);
  if (thing == NULL || thing->is_mailed) return;
  struct record* const record = one_in(4) ? NULL : make_record(kLog, thing);
  const int outcome =
      CALL(mc_poller_set_log, thing, thing->handle, record != NULL ? on_log : NULL, record, on_end);
  if (record != NULL) settle_record(record, outcome);
}

void act_mc_poller_is_polling(void) {
  struct thing* const thing = pick(kPoller);
  if (thing == NULL) return;
  const int outcome = CALL(mc_poller_is_polling, thing, thing->handle);
  REQUIRE(outcome <= 1, "mc_poller_is_polling gave %d", outcome);
  REQUIRE(
      outcome != 0 || thing->registered == 0 || thing->is_mailed || is_inside(k_mc_poller_register),
      "a poller with descriptors has nothing to serve");
}

void act_mc_poller_fd(void) {
  struct thing* const thing = pick(kPoller);
  if (thing == NULL) return;
  const int outcome = CALL(mc_poller_fd, thing, thing->handle);
  if (outcome < 0) return;
  REQUIRE(thing->fd < 0 || thing->fd == outcome, "a poller's descriptor changed");
  REQUIRE(fcntl(outcome, F_GETFD) == FD_CLOEXEC, "a poller's descriptor is not close-on-exec");
  thing->fd = outcome;
}
