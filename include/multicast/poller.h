/* libmulticast: pollers and timers: waiting for everything at once. Included by multicast.h, which
 * says the conventions that hold for every function. */
#ifndef MULTICAST_POLLER_H
#define MULTICAST_POLLER_H

#include <multicast/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Poller --------------------------------------------------------------------------------- */

/* The calling thread's own poller, made on first use; NULL on failure. It ends with the thread, and
 * then runs no user code: no destroy of what was registered with it, posted to it, or freed by
 * another thread too late for its last turn. Freeing it before is allowed;
 * the next call makes a new one. After fork(2) the child gets one of its own. */
MC_API mc_poller* mc_default_poller(void);

/* A poller that belongs to the calling thread. */
MC_API int mc_poller_new(mc_poller** out);

/* Closes everything that lives on it. Its listeners, multicasters and timers stay handles to be
 * freed; functions that were posted and have not run do not run, but for their destroy. */
MC_API void mc_poller_free(mc_poller* poller);

/* Makes the calling thread the poller's owner, and that of everything that lives on it: for pollers
 * made in one thread to be served in another, and for languages that move between threads. The
 * thread that owned it must have returned from its last call on it, and the two must be ordered by
 * something (a join, a lock, a channel). A default poller stays with its thread (MC_ERROR_THREAD).
 * MC_ERROR_BUSY: it is being polled, or in one of its callbacks. */
MC_API int mc_poller_adopt(mc_poller* poller);

/* Events of a descriptor; the numbers are those of poll(2). Errors and hang-ups are always told, to
 * the reader, or to the writer where there is no reader. */
#define MC_READABLE 0x001u
#define MC_PRIORITY 0x002u
#define MC_WRITABLE 0x004u
#define MC_FAILED 0x008u
#define MC_HANGUP 0x010u

/* Flags of a registration. */
#define MC_EDGE_TRIGGERED 1u /* tell of each change once, not of a lasting state (epoll(7)) */
#define MC_ONCE 2u           /* unregister it, then call one handler, once */

/* Watches a descriptor: on_read is told of MC_READABLE and MC_PRIORITY, on_write of MC_WRITABLE;
 * one of them may be NULL. The descriptor stays the caller's: the library never closes it;
 * unregister it before closing it. MC_ERROR_REGISTERED: this poller watches it already.
 * MC_ERROR_DESCRIPTOR: it is negative. MC_ERROR_FLAGS: other bits. -EPERM: it cannot be polled (a
 * regular file). -EBADF: it is not open. */
MC_API int mc_poller_register(mc_poller* poller, int fd, uint32_t flags, mc_descriptor_fn on_read,
                              mc_descriptor_fn on_write, void* user, mc_destroy_fn destroy);

/* Chooses which of MC_READABLE, MC_PRIORITY and MC_WRITABLE are told of a registered descriptor; 0
 * rests it, but errors and hang-ups are still told. At first all that there are handlers for.
 * MC_ERROR_NOT_REGISTERED. MC_ERROR_FLAGS: other bits. */
MC_API int mc_poller_watch(mc_poller* poller, int fd, uint32_t events);

/* Watches it no more: no callback follows. MC_ERROR_NOT_REGISTERED. */
MC_API int mc_poller_unregister(mc_poller* poller, int fd);

/* Waits up to `timeout` seconds for events and serves them; each ready descriptor gets a bounded
 * share. How many were ready; 0 when the time passed, a signal came, or the poller was woken,
 * posted to or stopped, or when something was left to be done at the end of a turn. Not in callbacks (MC_ERROR_BUSY). */
MC_API int mc_poller_poll(mc_poller* poller, double timeout);

/* Polls (waiting up to `timeout`) and sleeps `interval` seconds by turns, until mc_poller_stop() or
 * until nothing is left to serve: no open listener that has a handler, no multicaster that pulls
 * from a source, has a handler or has packets that wait, no timer that will fire, no registered
 * descriptor, no posted function. MC_STOPPED or 0, respectively. With nothing to serve from the
 * start it returns 0 at once, and the log says so. Signals do not end it, unless
 * mc_poller_set_interruptible. With timeout and interval 0 it never waits, and then no signal ends
 * it. Not in callbacks (MC_ERROR_BUSY). */
#define MC_STOPPED 1
MC_API int mc_poller_loop(mc_poller* poller, double timeout, double interval);

/* Ends the loop (or mc_listen) that runs, or, when none does, the next one, once. Any thread, and
 * signal handlers, as long as the poller lives: block the signal, or give it another handler, before
 * you free it. Keeps errno. The loop may free its poller at once: this has then done its last to it.
 * In a forked child MC_ERROR_FORKED without a sentence, which would need memory. */
MC_API int mc_poller_stop(mc_poller* poller);

/* Ends the wait that runs, or the next one: of the poller, and of mc_listener_next for each of its
 * pulled listeners. Nothing else. Otherwise like mc_poller_stop. */
MC_API int mc_poller_wake(mc_poller* poller);

/* Runs fn(user) once, on the poller's thread, in its next turn; in the order of posting. What fn
 * itself posts runs a turn later. destroy runs there, too. Any thread, but no signal handlers.
 * Should the poller be freed before, only destroy runs, in the thread that frees it.
 * MC_ERROR_CLOSED: it is being freed. */
MC_API int mc_poller_post(mc_poller* poller, mc_post_fn fn, void* user, mc_destroy_fn destroy);

/* Whether a signal ends mc_poller_loop, mc_listen and mc_listener_next with MC_ERROR_INTERRUPTED:
 * 1, or 0 (at first): they go on, for mc_poller_stop may be called from a handler. Languages whose
 * own signal handlers only leave a note (Python, Lua, Ruby) want 1, so that Ctrl-C works. What was
 * read is not lost. A signal that comes while no wait is under way is not noticed, and a loop with
 * timeout and interval 0 never waits: whoever cannot bear that calls mc_poller_stop in a handler of
 * his own, or mc_poll in a loop of his own. A hybrid wait (mc_poller_set_wait) of such a poller
 * blocks the thread's signals while it looks: one for the process (Ctrl-C) then goes to another
 * thread that does not block it, if there is one, and the wait does not end. Where threads other
 * than the waiting one are not to get it, they block it, as with any signal of a program of several
 * threads. */
MC_API int mc_poller_set_interruptible(mc_poller* poller, int on);

/* How the poller waits, from its next wait on: in mc_poller_poll, mc_poller_loop and mc_listen, and
 * in mc_listener_next of its pulled listeners. docs/performance.md says which one when.
 *
 * MC_WAIT_BLOCK (at first): sleeps until there is something; `seconds` says nothing.
 *
 * MC_WAIT_HYBRID: before it sleeps, each wait looks again and again for up to `seconds`, at packets,
 * descriptors, timers and everything else alike. What comes meanwhile is served without the 5 to 30
 * microseconds that waking up takes; a core is busy meanwhile. 50e-6 is usual; 0 to 1.
 *
 * MC_WAIT_COALESCE: a wait that slept and was woken pauses for `seconds` before anything is served,
 * so that more packets come together and cost less processor time each. Everything that comes while
 * it sleeps is late by that much: timers, what keeps a pace, posted functions, mc_poller_stop and
 * mc_poller_wake, too. The kernel adds the thread's timer slack to it (50 microseconds, unless
 * prctl(2) chose another). Nothing is late where there was something to serve at once. 50e-6 to 200e-6 are usual; 0 to 0.1.
 *
 * A wait ends by its timeout all the same, and with a timeout of 0 there is no wait and no policy:
 * so it is in other event loops (mc_poller_fd). In an interruptible poller a signal ends all of
 * this; otherwise one that comes while a hybrid wait looks does not end the wait. Also in
 * callbacks. MC_ERROR_FLAGS: no such policy; MC_ERROR_TIME: seconds out of its range. */
#define MC_WAIT_BLOCK 0
#define MC_WAIT_HYBRID 1
#define MC_WAIT_COALESCE 2
MC_API int mc_poller_set_wait(mc_poller* poller, int policy, double seconds);

/* Who is told what goes less well than asked for: a receive buffer that was not granted, datagrams
 * that the kernel dropped, reads that failed, packets of a source or accepted for batching that
 * could not be sent where there is no error handler, a loop with nothing to do; and what becomes of
 * groups and interfaces (MC_EVENT_...). Losses and failures that repeat themselves are told again
 * when they have doubled. fn NULL: nobody (at first). It is called like any callback,
 * when the call that caused the line is done. */
MC_API int mc_poller_set_log(mc_poller* poller, mc_log_fn fn, void* user, mc_destroy_fn destroy);

/* 1 while something is left to serve, or 0. */
MC_API int mc_poller_is_polling(const mc_poller* poller);

/* A descriptor that is readable when the poller has work: put it into another event loop
 * (level-triggered) and call mc_poller_poll(poller, 0) when it is. Timers and posted functions are
 * told by it, too, and events (MC_EVENT_...) that a call outside of a turn brought. The same number
 * as long as the poller lives. Lent; do not read it or close it. */
MC_API int mc_poller_fd(mc_poller* poller);

/* The same on the default poller. */
MC_API int mc_register(int fd, uint32_t flags, mc_descriptor_fn on_read, mc_descriptor_fn on_write,
                       void* user, mc_destroy_fn destroy);
MC_API int mc_unregister(int fd);
MC_API int mc_poll(double timeout);
MC_API int mc_loop(double timeout, double interval);

/* ---- Timer ---------------------------------------------------------------------------------- */

/* Calls fn `after` seconds from now, and then `every` so many seconds (0: once), while `poller`
 * (NULL: the default poller) is served. A timer that lags behind skips what it missed. A loop goes
 * on while one will fire. Seconds from 0 to 3e9, else MC_ERROR_TIME. Times are monotonic
 * (CLOCK_MONOTONIC): setting the clock does not move them. */
MC_API int mc_timer_new(mc_timer** out, mc_poller* poller, double after, double every,
                        mc_timer_fn fn, void* user, mc_destroy_fn destroy);

/* Sets it anew, whether it still runs or not: it fires `after` seconds from now, then as `every`
 * says. In its own callback, too; what that returns still counts. MC_ERROR_TIME as above.
 * MC_ERROR_CLOSED: its poller was freed. */
MC_API int mc_timer_set(mc_timer* timer, double after, double every);

/* Stops it until it is set anew. Stopping again does nothing. */
MC_API int mc_timer_stop(mc_timer* timer);
MC_API int mc_timer_is_running(const mc_timer* timer); /* 1 while it will fire, or 0 */

/* Stops and frees it. */
MC_API void mc_timer_free(mc_timer* timer);

#ifdef __cplusplus
}
#endif

#endif
