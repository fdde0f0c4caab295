/* libmulticast: UDP multicast, sent, received and filtered. The C interface, and the only promise.
 *
 *   static int print(const mc_packet *packet, void *user) {
 *     printf("%.*s\n", (int)packet->size, (const char *)packet->data);
 *     return 1;  // enough
 *   }
 *   ...
 *   mc_sendto("hello", 5, "239.1.2.3", 4242, MC_TTL_SUBNET);
 *   mc_listen(print, NULL, "239.1.2.3", 4242, MC_DEFAULT_MTU, 0);
 *
 * CONVENTIONS. They hold for every function, so that each comment can stay short.
 *
 *  1. Results. A function returns 0 or a count on success and a negative code on failure: -errno
 *     for what the system said, MC_ERROR_... (below -4096, fixed for ever) for what the library
 *     said. mc_last_error() then has a sentence that names what was wrong and what to do. A failure
 *     changes nothing: nothing is half done.
 *  2. Handles are opaque. A constructor is `int mc_x_new(mc_x **out, ...)`; *out is untouched on
 *     failure. `mc_x_free(NULL)` does nothing. Any other NULL handle or pointer is MC_ERROR_NULL,
 *     unless its comment allows it.
 *  3. What the library lends (packets, sentences, names) it says until when; nobody but the library
 *     frees it.
 *  4. Callbacks travel as `fn, user, destroy`. `user` is handed to fn as it is. When the call that
 *     takes them fails, `user` was not taken and destroy is not called; otherwise destroy (may be
 *     NULL) runs exactly once, after the last call of fn. Callbacks must not throw C++ exceptions
 *     or longjmp out, and threads inside the library must not be cancelled: stop their poller.
 *  5. Inside a callback everything is allowed, closing and freeing any handle included, its own
 *     too, except what waits: mc_poll, mc_loop and mc_listen of the same poller return
 *     MC_ERROR_BUSY. What a callback freed gets no further callback; its memory and its destroy (a
 *     callback, too) follow when the outermost callback has returned; a filter's at its last use.
 *  6. A callback that returns non-zero has had enough: its listener closes, its descriptor is
 *     unregistered.
 *  7. Threads. A poller and everything that lives on it belong to one thread at a time. From any
 *     thread at any time: mc_sendto, mc_sendto_many, mc_poller_stop, mc_poller_wake, filters, and
 *     the functions without a handle but mc_listen, which serve the calling thread. mc_last_error()
 *     is each thread's own. A forked child makes handles of its own and frees those it inherited.
 *  8. Time is in seconds: negative is for ever, 0 does not wait, NaN is MC_ERROR_TIME. Waits are
 *     rounded up to milliseconds.
 *  9. A group as text is `[source@]group[%interface]`: "239.1.2.3", "239.1.2.3%eth0",
 *     "10.0.0.5@232.1.1.1%eth0", "ff02::1%eth0". The interface is a name, an index or an address of
 *     it, looked up when a socket is opened. NULL or "" is MC_DEFAULT_GROUP. For receivers `source`
 *     is the only host to hear (more with further groups); for senders, the address to send from.
 *     Refused: groups that are not multicast, IPv4-mapped IPv6 addresses, and link-local IPv6
 *     groups without an interface.
 * 10. The default interface is that of the kernel's route to the group; else the only one that is
 *     up and multicast-capable; else lo when no other is multicast-capable, up or down; else the
 *     error lists the candidates.
 * 11. The library starts no threads, changes no signal disposition, reads no environment variable
 *     and writes nothing to standard output or error. All its descriptors are close-on-exec.
 */
#ifndef MULTICAST_MULTICAST_H
#define MULTICAST_MULTICAST_H

#include <multicast/errors.h>
#include <multicast/types.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MC_API __attribute__((visibility("default")))

/* ---- Version -------------------------------------------------------------------------------- */

#define MC_VERSION_MAJOR 0
#define MC_VERSION_MINOR 1
#define MC_VERSION_PATCH 0
/* The version of the library that runs, as "0.1.0"; static. */
MC_API const char* mc_version(void);

/* ---- Defaults and limits -------------------------------------------------------------------- */

#define MC_DEFAULT_GROUP "224.0.42.42"
#define MC_DEFAULT_PORT 4242
#define MC_DEFAULT_TTL 1
#define MC_DEFAULT_MTU 4096

/* How far a datagram travels: the TTL (IPv4) or hop limit (IPv6), 0 to 255. */
#define MC_TTL_HOST 0
#define MC_TTL_SUBNET 1
#define MC_TTL_SITE 32
#define MC_TTL_REGION 64
#define MC_TTL_CONTINENT 128
#define MC_TTL_UNRESTRICTED 255

/* The largest packet: the payload of a UDP datagram over IPv4; one bound for both families. */
#define MC_MAX_PACKET 65507

/* ---- Errors --------------------------------------------------------------------------------- */

/* The sentence of the calling thread's last failure; "" before the first. Lent until the thread's
 * next failure. Successes leave it. */
MC_API const char* mc_last_error(void);

/* The code of the calling thread's last failure; 0 before the first. */
MC_API int mc_last_error_code(void);

/* A few words for any code, and its name ("MC_ERROR_PORT", "ENODEV"); static, never NULL. */
MC_API const char* mc_strerror(int code);
MC_API const char* mc_error_name(int code);

/* ---- Addresses ------------------------------------------------------------------------------ */

/* Writes the address as text ("239.1.2.3:4242", "[fe80::1%2]:4242") with a NUL, cut to `size`
 * bytes. The length that the whole text has; MC_ADDRESS_TEXT_SIZE bytes hold any. */
#define MC_ADDRESS_TEXT_SIZE 80
MC_API int mc_address_format(const mc_address* address, char* text, size_t size);

/* ---- Simple sending and listening ----------------------------------------------------------- */

/* Sends one packet of 0 to MC_MAX_PACKET bytes to group and port, waiting for room in the socket's
 * buffer. ttl as MC_TTL_...; packets are looped back to listeners of this host. The sockets of the
 * thread's last 16 destinations are kept between calls; an interface that disappeared or a route
 * that changed is noticed within a second. Any thread; allowed in callbacks. */
MC_API int mc_sendto(const void* data, size_t size, const char* group, uint16_t port, int ttl);

/* The same for many packets, in order. How many were sent; fewer than count only because of an
 * error, which mc_last_error() then tells; that error itself when none was. At most INT_MAX
 * packets. */
MC_API int mc_sendto_many(const mc_buffer* packets, size_t count, const char* group, uint16_t port,
                          int ttl);

/* Listens on the thread's default poller, which serves its other residents meanwhile. Returns 0
 * when the handler returned non-zero or limit packets were delivered (0: no limit), MC_STOPPED when
 * the poller was stopped. mtu is the most bytes of a packet that the handler is shown, 1 to
 * MC_MAX_PACKET. Signals do not end it. Not in callbacks of the default poller. */
MC_API int mc_listen(mc_packet_fn handler, void* user, const char* group, uint16_t port, size_t mtu,
                     uint64_t limit);

/* ---- Poller --------------------------------------------------------------------------------- */

/* The calling thread's own poller, made on first use; NULL on failure. It ends with the thread, and
 * then runs no user code: no destroy of what was registered with it. Freeing it before is allowed;
 * the next call makes a new one. */
MC_API mc_poller* mc_default_poller(void);

MC_API int mc_poller_new(mc_poller** out);

/* Closes everything that lives on it. Its listeners and multicasters stay handles to be freed. */
MC_API void mc_poller_free(mc_poller* poller);

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
 * unregister it before closing it. MC_ERROR_REGISTERED: this poller watches it already. -EPERM: it
 * cannot be polled (a regular file). */
MC_API int mc_poller_register(mc_poller* poller, int fd, uint32_t flags, mc_descriptor_fn on_read,
                              mc_descriptor_fn on_write, void* user, mc_destroy_fn destroy);

/* Chooses which of MC_READABLE, MC_PRIORITY and MC_WRITABLE are told of a registered descriptor; 0
 * rests it. At first all that there are handlers for. */
MC_API int mc_poller_watch(mc_poller* poller, int fd, uint32_t events);
MC_API int mc_poller_unregister(mc_poller* poller, int fd);

/* Waits up to `timeout` seconds for events and serves them; each ready descriptor gets a bounded
 * share. How many were ready; 0 when the time passed, a signal came, or the poller was woken or
 * stopped. Not in callbacks. */
MC_API int mc_poller_poll(mc_poller* poller, double timeout);

/* Polls (waiting up to `timeout`) and sleeps `interval` seconds by turns, until mc_poller_stop() or
 * until nothing is left to serve: no open listener, no multicaster with a packet source, no
 * registered descriptor. MC_STOPPED or 0, respectively. With timeout and interval 0 it never rests.
 * Signals do not end it. Not in callbacks. */
#define MC_STOPPED 1
MC_API int mc_poller_loop(mc_poller* poller, double timeout, double interval);

/* Ends the loop (or mc_listen) that runs, or, when none does, the next one, once. Any thread, and
 * signal handlers. Keeps errno. */
MC_API int mc_poller_stop(mc_poller* poller);

/* Ends the wait that runs, or the next one; nothing else. Otherwise like mc_poller_stop. */
MC_API int mc_poller_wake(mc_poller* poller);

MC_API int mc_poller_is_polling(mc_poller* poller); /* 1 while something is left to serve, or 0 */

/* A descriptor that is readable when the poller has work: put it into another event loop and call
 * mc_poller_poll(poller, 0) when it is. Lent; do not read it or close it. */
MC_API int mc_poller_fd(mc_poller* poller);

/* The same on the default poller. */
MC_API int mc_register(int fd, uint32_t flags, mc_descriptor_fn on_read, mc_descriptor_fn on_write,
                       void* user, mc_destroy_fn destroy);
MC_API int mc_unregister(int fd);
MC_API int mc_poll(double timeout);
MC_API int mc_loop(double timeout, double interval);

/* ---- Timer ------------------------------------------------------------------------------------ */

/* Calls fn `after` seconds from now, and then `every` so many seconds (0: once), while `poller` (NULL:
 * the default poller) is served. A timer that lags behind skips what it missed. A loop goes on while
 * one will fire. Seconds from 0 to 3e9, else MC_ERROR_TIME. */
MC_API int mc_timer_new(mc_timer** out, mc_poller* poller, double after, double every,
                        mc_timer_fn fn, void* user, mc_destroy_fn destroy);

/* Stops and frees it. */
MC_API void mc_timer_free(mc_timer* timer);

/* ---- Listener ------------------------------------------------------------------------------- */

/* A closed listener without groups, on `poller` (NULL: the default poller). */
MC_API int mc_listener_new(mc_listener** out, mc_poller* poller);

/* Closes and frees it. */
MC_API void mc_listener_free(mc_listener* listener);

/* Adds a group to hear, or removes what was added in the same words; several are heard together,
 * from any of their sources. While closed only. The interface is looked up by mc_listener_open. */
MC_API int mc_listener_add(mc_listener* listener, const char* group, uint16_t port);
MC_API int mc_listener_remove(mc_listener* listener, const char* group, uint16_t port);

/* What takes the packets; needed before opening, may be replaced at any time. */
MC_API int mc_listener_set_handler(mc_listener* listener, mc_packet_fn handler, void* user,
                                   mc_destroy_fn destroy);

/* Which packets the handler gets; NULL: all. At any time; it takes effect with the next packet. The
 * listener keeps its own reference: the caller may free his at once. */
MC_API int mc_listener_set_filter(mc_listener* listener, const mc_filter* filter);

/* The most bytes of a packet that the handler is shown, 1 to MC_MAX_PACKET. At any time. */
MC_API int mc_listener_set_mtu(mc_listener* listener, size_t mtu);

/* Closes the listener after so many packets from now, and from each opening; 0: no limit. */
MC_API int mc_listener_set_limit(mc_listener* listener, uint64_t packets);

/* The receive buffer to ask the kernel for, in bytes; 4 MiB at first. While closed only. Listeners
 * of the same group, port and interface share a socket, and the largest wish counts. mc_stats tells
 * what was granted; more than net.core.rmem_max needs CAP_NET_ADMIN. */
MC_API int mc_listener_set_receive_buffer(mc_listener* listener, uint32_t bytes);

/* Joins all its groups and begins to listen: all of it, or none. -EADDRINUSE: another program holds
 * the port and does not share it. -ENOBUFS: the host's limit of memberships. May be opened and
 * closed any number of times. */
MC_API int mc_listener_open(mc_listener* listener);

/* Leaves its groups. No callback follows. Closing again does nothing. */
MC_API int mc_listener_close(mc_listener* listener);
MC_API int mc_listener_is_open(const mc_listener* listener); /* 1 or 0 */

/* ---- Filters -------------------------------------------------------------------------------- */

/* Filters are immutable: any number of listeners, and of threads where fn allows it, may share one.
 * This one accepts what fn accepts. */
MC_API int mc_filter_callable(mc_filter** out, mc_filter_fn fn, void* user, mc_destroy_fn destroy);

/* Accepts what the regular expression of `size` bytes matches from the packet's first byte on; it
 * need not match to the end. The syntax is RE2's (github.com/google/re2/wiki/Syntax), on bytes:
 * \xff is the byte 255, and NUL is a byte like any other. Matching takes time linear in the packet,
 * whatever the expression. */
MC_API int mc_filter_regex(mc_filter** out, const char* pattern, size_t size);

/* 1 when the filter accepts a packet of these bytes from `source` (may be NULL), else 0. */
MC_API int mc_filter_matches(const mc_filter* filter, const void* data, size_t size,
                             const mc_address* source);

/* Gives the handle up; listeners that hold the filter keep it. */
MC_API void mc_filter_free(mc_filter* filter);

/* ---- Multicaster ---------------------------------------------------------------------------- */

/* Sends to group and port with ttl; open from birth until closed. `poller` (NULL: the default one)
 * serves its packet source. */
MC_API int mc_multicaster_new(mc_multicaster** out, mc_poller* poller, const char* group,
                              uint16_t port, int ttl);

/* Closes and frees it. */
MC_API void mc_multicaster_free(mc_multicaster* multicaster);

/* Sends one packet at once. -EAGAIN: no room now; nothing was kept, send it again later. */
MC_API int mc_multicaster_send(mc_multicaster* multicaster, const void* data, size_t size);

/* Sends packets at once, in order. How many the kernel took; none of the rest is kept. Fewer than
 * count: mc_last_error() says why (-EAGAIN: no room now); that error itself when none was taken. At
 * most INT_MAX. */
MC_API int mc_multicaster_send_many(mc_multicaster* multicaster, const mc_buffer* packets,
                                    size_t count);

/* Pulls packets from fn whenever the socket is writable, in batches, from the poller's next turn
 * on, until it ends; fn NULL stops pulling. Packets are copied when fn has given them; at most one
 * batch waits for the kernel, in order, and is sent before anything of a new source. */
MC_API int mc_multicaster_set_source(mc_multicaster* multicaster, mc_source_fn fn, void* user,
                                     mc_destroy_fn destroy);

/* Asks a source that paused again. */
MC_API int mc_multicaster_resume(mc_multicaster* multicaster);

/* Who is told of packets of the source that could not be sent; fn NULL: nobody. */
MC_API int mc_multicaster_set_error_handler(mc_multicaster* multicaster, mc_send_error_fn fn,
                                            void* user, mc_destroy_fn destroy);

MC_API int mc_multicaster_set_ttl(mc_multicaster* multicaster, int ttl);
/* Whether listeners on this host hear it too: 1 (at first) or 0. On lo they always do (Linux). */
MC_API int mc_multicaster_set_loopback(mc_multicaster* multicaster, int on);

/* Discards what waits for the kernel (counted as send_failed). Closing again does nothing. */
MC_API int mc_multicaster_close(mc_multicaster* multicaster);
MC_API int mc_multicaster_is_open(const mc_multicaster* multicaster); /* 1 or 0 */

/* ---- Counters ------------------------------------------------------------------------------- */

/* Fill the `size` bytes of *stats (sizeof(mc_stats)); what the library does not know of with 0. */
MC_API int mc_listener_stats(mc_listener* listener, mc_stats* stats, size_t size);
MC_API int mc_multicaster_stats(mc_multicaster* multicaster, mc_stats* stats, size_t size);
MC_API int mc_poller_stats(mc_poller* poller, mc_stats* stats, size_t size);

#ifdef __cplusplus
}
#endif

#endif
