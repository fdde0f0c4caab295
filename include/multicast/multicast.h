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
 *     changes nothing: nothing is half done. Questions (mc_..._is_...) are answered by 1, 0 or a
 *     negative code, too. Any function may return MC_ERROR_NULL (2), MC_ERROR_THREAD (7),
 *     MC_ERROR_FORKED (9), MC_ERROR_CLOSED (what it is about, or the poller of that, is closed),
 *     MC_ERROR_INTERNAL and what the system says (-ENOMEM, -EMFILE and others), and one that polls,
 *     waits, or takes a time or a group what 5, 8, 10 and 11 name. What else there is of the
 *     library's own, its comment names.
 *  2. Handles are opaque. A constructor is `int mc_x_new(mc_x **out, ...)`; *out is untouched on
 *     failure. `mc_x_free(NULL)` does nothing. Any other NULL handle or pointer is MC_ERROR_NULL,
 *     unless its comment allows it.
 *  3. What the library lends (packets, sentences, names) it says until when; nobody but the library
 *     frees it. Options are functions: there is no struct to fill in.
 *  4. Callbacks travel as `fn, user, destroy`. `user` is handed to fn as it is. When the call that
 *     takes them fails, `user` was not taken and destroy is not called; otherwise destroy (may be
 *     NULL) runs exactly once, after the last call of fn. Where fn may be NULL, to have none, user
 *     and destroy are then ignored. Callbacks must not throw C++ exceptions
 *     or longjmp out, and threads inside the library must not be cancelled: stop their poller.
 *  5. Inside a callback everything is allowed, closing and freeing any handle included, its own
 *     too, except what polls: mc_poll, mc_loop and mc_listen of the same poller return
 *     MC_ERROR_BUSY. What a callback freed gets no further callback; its memory and its destroy (a
 *     callback, too) follow when the outermost callback has returned; a filter's at its last use.
 *     No lock of the library is held while user code runs.
 *  6. A callback that returns non-zero has had enough: its listener closes, its descriptor is
 *     unregistered.
 *  7. Threads. A poller and everything that lives on it belong to the thread that made it, until
 *     another takes it over (mc_poller_adopt). Elsewhere their functions return MC_ERROR_THREAD and
 *     touch nothing, but for these: mc_poller_stop, mc_poller_wake (signal handlers, too; both keep
 *     errno), mc_poller_post, and the free functions, which the poller's thread carries out in its
 *     next turn, or when it frees the poller: until then callbacks may still come. Any thread may
 *     use filters, packet copies, and the functions without a handle, which serve the calling
 *     thread. mc_last_error() is each thread's own. docs/threading.md tells it at length.
 *  8. Signals. mc_poll returns early with 0; other waits go on, unless mc_poller_set_interruptible:
 *     then they return MC_ERROR_INTERRUPTED.
 *  9. Fork. In a forked child the parent's handles return MC_ERROR_FORKED; freeing them closes what
 *     the child inherited and leaves the parent's alone. Default pollers start afresh.
 * 10. Time is in seconds. How long to wait: negative is for ever, 0 does not wait, NaN is
 *     MC_ERROR_TIME; rounded up to milliseconds. Timers have their own range, and nanoseconds.
 * 11. A group as text is `[source@]group[%interface]`: "239.1.2.3", "239.1.2.3%eth0",
 *     "10.0.0.5@232.1.1.1%eth0", "ff02::1%eth0". The interface is a name, an index or an address of
 *     it, looked up when a socket is opened. NULL or "" is MC_DEFAULT_GROUP. For receivers `source`
 *     is the only host to hear (more with further groups); for senders, the address to send from.
 *     Refused: what is no address, and IPv4-mapped IPv6 addresses (MC_ERROR_ADDRESS), groups that
 *     are not multicast (MC_ERROR_NOT_MULTICAST), a source of another family (MC_ERROR_FAMILY),
 *     link-local IPv6 groups without an interface (MC_ERROR_SCOPE), and with a group port 0
 *     (MC_ERROR_PORT). When a socket is opened: MC_ERROR_INTERFACE, where the interface is not
 *     found, and MC_ERROR_NO_INTERFACE, where 12 finds none. "%all" in the place
 *     of an interface is every one that is up and multicast-capable, also those that come later:
 *     for listeners only.
 * 12. The default interface is that of the kernel's route to the group; else the only one that is
 *     up and multicast-capable; else lo when no other is multicast-capable, up or down; else the
 *     error lists the candidates. mc_interface_default tells it, mc_interface_explain why.
 * 13. The library starts no threads, changes no signal disposition, reads no environment variable
 *     and writes nothing to standard output or error. All its descriptors are close-on-exec. Once
 *     loaded it stays loaded (-z nodelete). When a thread ends, its default poller and the sockets
 *     of its mc_sendto are closed without running user code. The main thread's default poller may
 *     be stopped and woken by signal handlers until the process is gone.
 */
#ifndef MULTICAST_MULTICAST_H
#define MULTICAST_MULTICAST_H

#include <multicast/errors.h>
#include <multicast/filter.h>
#include <multicast/listener.h>
#include <multicast/multicaster.h>
#include <multicast/poller.h>
#include <multicast/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Version -------------------------------------------------------------------------------- */

#define MC_VERSION_MAJOR 0
#define MC_VERSION_MINOR 1
#define MC_VERSION_PATCH 0
/* The same as one number, to compare: 1002003 is 1.2.3. */
#define MC_VERSION_NUMBER (MC_VERSION_MAJOR * 1000000 + MC_VERSION_MINOR * 1000 + MC_VERSION_PATCH)

/* The version of the library that runs, as "0.1.0" (static), and as a number like
 * MC_VERSION_NUMBER, which is that of the header a program was compiled with. */
MC_API const char* mc_version(void);
MC_API int mc_version_number(void);

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

/* Reads a TTL: a number, or how far it is to reach, in letters of any case: "same host", "same
 * subnet", "same site", "same region", "same continent" (without "same ", too) or "unrestricted",
 * which are the six above. The TTL, 0 to 255. MC_ERROR_TTL: anything else; the sentence lists them. */
MC_API int mc_ttl_parse(const char* text);

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

/* Reads an address: "10.0.0.1:53", "[fe80::1%eth0]:53"; without a port ("fe80::1%eth0") it is 0.
 * MC_ERROR_ADDRESS: not one. MC_ERROR_INTERFACE: no such interface. */
MC_API int mc_address_parse(mc_address* out, const char* text);

/* ---- Interfaces ----------------------------------------------------------------------------- */

/* Lists the interfaces of the calling thread's network namespace, in the order of their indexes:
 * how many, and an array of them, to be freed by mc_interfaces_free. */
MC_API int mc_interfaces(const mc_interface* const** out);
MC_API void mc_interfaces_free(const mc_interface* const* interfaces);

/* The index of the interface that a group in text form means at this moment: the one that it names,
 * else the default interface. Writes its name with a NUL, cut to `size` bytes; name may be NULL
 * where size is 0, and MC_INTERFACE_NAME_SIZE bytes hold any. MC_ERROR_NO_INTERFACE: there is none.
 * */
#define MC_INTERFACE_NAME_SIZE 16
MC_API int mc_interface_default(const char* group, char* name, size_t size);

/* Says in a sentence which interface a group in text form means at this moment, and why, with the
 * others there are. Writes it with a NUL, cut to `size` bytes (text may be NULL where that is 0). The
 * length that the whole sentence has; the errors of mc_interface_default, whose sentences say why
 * there is none. */
MC_API int mc_interface_explain(const char* group, char* text, size_t size);

/* ---- Simple sending and listening ----------------------------------------------------------- */

/* Sends one packet of 0 to MC_MAX_PACKET bytes to group and port, waiting for room in the socket's
 * buffer, and up to an eighth of a second for memory of the system (-ENOBUFS). ttl as MC_TTL_...;
 * packets are looped back to listeners of this host. The sockets of the thread's last 16
 * destinations are kept between calls; an interface that disappeared or a route that changed is
 * noticed within a second. Any thread; allowed in callbacks. MC_ERROR_TTL: below 0 or above 255.
 * MC_ERROR_PACKET_TOO_LARGE. */
MC_API int mc_sendto(const void* data, size_t size, const char* group, uint16_t port, int ttl);

/* The same for many packets, in order. How many were sent; fewer than count only because of an
 * error, which mc_last_error() then tells; that error itself when none was. One that is too large
 * keeps all from being sent. MC_ERROR_SIZE: more than INT_MAX packets. */
MC_API int mc_sendto_many(const mc_buffer* packets, size_t count, const char* group, uint16_t port,
                          int ttl);

/* The same for packets that lie one behind the other from `data` on: the first has sizes[0] bytes,
 * the next begins behind it. data may be NULL where all are empty. */
MC_API int mc_sendto_packed(const void* data, const uint32_t* sizes, size_t count,
                            const char* group, uint16_t port, int ttl);

/* Listens on the thread's default poller, which serves its other residents meanwhile. Returns 0
 * when the handler returned non-zero, limit packets were delivered (0: no limit) or the poller was
 * freed in a callback, MC_STOPPED when it was stopped. mtu is the most bytes of a packet that the
 * handler is shown, 1 to MC_MAX_PACKET. Signals do not end it, unless mc_poller_set_interruptible;
 * then the group is left, and what waited is gone: a listener and mc_loop lose nothing. Not in
 * callbacks of the default poller. MC_ERROR_MTU: mtu out of its range. */
MC_API int mc_listen(mc_packet_fn handler, void* user, const char* group, uint16_t port, size_t mtu,
                     uint64_t limit);

/* ---- Counters ------------------------------------------------------------------------------- */

/* Fill the `size` bytes of *stats (sizeof(mc_stats)); what the library does not know of with 0.
 * MC_ERROR_SIZE: above 64 KiB, which no version has. */
MC_API int mc_listener_stats(const mc_listener* listener, mc_stats* stats, size_t size);
MC_API int mc_multicaster_stats(const mc_multicaster* multicaster, mc_stats* stats, size_t size);
MC_API int mc_poller_stats(const mc_poller* poller, mc_stats* stats, size_t size);

#ifdef __cplusplus
}
#endif

#endif
