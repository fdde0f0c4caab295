/* libmulticast: multicasters: sending, and being answered. Included by multicast.h, which says the
 * conventions that hold for every function. */
#ifndef MULTICAST_MULTICASTER_H
#define MULTICAST_MULTICASTER_H

#include <multicast/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Multicaster ---------------------------------------------------------------------------- */

/* Sends to group and port with ttl; open from birth until closed. `poller` (NULL: the default one)
 * serves its packet source. MC_ERROR_TTL: below 0 or above 255. */
MC_API int mc_multicaster_new(mc_multicaster** out, mc_poller* poller, const char* group,
                              uint16_t port, int ttl);

/* The same, and succeeds although the interface, or the address of this host that the group's text
 * sends from, is not there: MC_EVENT_PENDING is told, or MC_EVENT_JOINED where it can send at once, or
 * as soon as it can: when the interface is up and has an address of the group's family
 * (mc_multicaster_set_event_handler). Until then it is as one whose interface is gone: direct sends
 * return -ENODEV, where an address was chosen mc_multicaster_send_to does, too, and what waits, waits.
 * Waiting for the interface alone does not keep a loop going; what was accepted or a packet source
 * does. */
MC_API int mc_multicaster_new_pending(mc_multicaster** out, mc_poller* poller, const char* group,
                                      uint16_t port, int ttl);

/* Closes and frees it. */
MC_API void mc_multicaster_free(mc_multicaster* multicaster);

/* Sends one packet of 0 to MC_MAX_PACKET bytes at once. -EAGAIN: no room now; nothing was kept,
 * send it again later (but see mc_multicaster_set_batching). -EPERM: a firewall. docs/networks.md
 * says of each -errno what it means, how long it lasts and what to do. MC_ERROR_PACKET_TOO_LARGE. */
MC_API int mc_multicaster_send(mc_multicaster* multicaster, const void* data, size_t size);

/* Sends packets at once, in order. How many the kernel took; none of the rest is kept. Fewer than
 * count: mc_last_error() says why (-EAGAIN: no room now); that error itself when none was taken.
 * One that is too large keeps all from being sent. MC_ERROR_SIZE: more than INT_MAX packets. */
MC_API int mc_multicaster_send_many(mc_multicaster* multicaster, const mc_buffer* packets,
                                    size_t count);

/* The same for packets that lie one behind the other from `data` on: the first has sizes[0] bytes,
 * the next begins behind it. For languages to which an array of mc_buffer is dear. data may be NULL
 * where all are empty. */
MC_API int mc_multicaster_send_packed(mc_multicaster* multicaster, const void* data,
                                      const uint32_t* sizes, size_t count);

/* Pulls packets from fn whenever the socket is writable, in batches, from the poller's next turn
 * on, until it ends; then the multicaster closes, unless it has a handler. fn NULL stops pulling.
 * Packets are copied when fn has given them; at most one batch waits for the kernel, in order, and
 * is sent before anything of a new source. One that the system has no memory for (-ENOBUFS) is tried
 * again for an eighth of a second; others that it refuses fail at once, and when 128 in a row have,
 * fn is not asked for 10 ms. */
MC_API int mc_multicaster_set_source(mc_multicaster* multicaster, mc_source_fn fn, void* user,
                                     mc_destroy_fn destroy);

/* Asks a source that paused again. MC_ERROR_NO_HANDLER: it has no source. */
MC_API int mc_multicaster_resume(mc_multicaster* multicaster);

/* Whether mc_multicaster_send, _send_many and _send_packed accept packets instead of sending them
 * at once: 1, or 0 (at first). What is accepted within a turn of the poller leaves at its end, what
 * is accepted elsewhere in its next turn, or when mc_multicaster_flush is called; together, and so
 * in trains: for programs that send many small packets one by one. Packets are copied, up to 128 of
 * them wait, or fewer that have more than 184 KiB together, and when those are too many the first
 * leave earlier. 0 and counts then mean "accepted": failures come to the error handler, and to
 * send_failed. -EAGAIN: no room to accept more now, in the socket's send buffer or because the pace
 * holds them back: then serve the poller. Order is kept among them and with a packet source;
 * mc_multicaster_send_to does not wait. Turning it off flushes; as long as something accepted still
 * waits, what is sent behind it is accepted, too. What was accepted leaves before TTL, DSCP,
 * loopback, source port or address change, as far as there is room and the pace allows; the rest
 * leaves with the new ones. At any time. */
MC_API int mc_multicaster_set_batching(mc_multicaster* multicaster, int on);

/* Sends what waits, as far as there is room and the pace allows. How many packets still wait; they
 * leave when they can, while the poller is served. May call the error handler. */
MC_API int mc_multicaster_flush(mc_multicaster* multicaster);

/* How fast what waits may leave: at most bytes_per_second on average and burst bytes together (1 to
 * 2^31; MC_ERROR_SIZE: another); 0 bytes_per_second: as fast as it can (at first). Bytes as IP
 * packets have them: payload and 28 (IPv4) or 48 (IPv6) bytes of header. It slows a packet source
 * and what was accepted for batching, whose trains become no longer than a burst; a direct send and
 * mc_multicaster_send_to leave at once all the same, but count. A packet that is larger than a
 * burst leaves alone. Kept by a timer of the poller, which a coalescing wait delays, too: choose
 * the burst no smaller than what leaves in a millisecond or so, and no larger than switches and
 * receivers hold. At any time. */
MC_API int mc_multicaster_set_pace(mc_multicaster* multicaster, uint64_t bytes_per_second,
                                   uint64_t burst);

/* Who is told of packets that waited and could not be sent; fn NULL: nobody (but the log). */
MC_API int mc_multicaster_set_error_handler(mc_multicaster* multicaster, mc_send_error_fn fn,
                                            void* user, mc_destroy_fn destroy);

/* Who is told when its interface is gone (MC_EVENT_LOST) and there again (MC_EVENT_REJOINED); of a
 * pending one, when it can send (MC_EVENT_JOINED); fn NULL: nobody (but the log). Meanwhile direct
 * sends return -ENODEV, and what waits, a packet source too, waits on; its port stays. Told as
 * mc_listener_set_event_handler says. */
MC_API int mc_multicaster_set_event_handler(mc_multicaster* multicaster, mc_event_fn fn, void* user,
                                            mc_destroy_fn destroy);

/* MC_TTL_..., 0 to 255, else MC_ERROR_TTL; of what it sends to one host, too, where 0 is 1. */
MC_API int mc_multicaster_set_ttl(mc_multicaster* multicaster, int ttl);

/* The Differentiated Services code point (RFC 2474) of all that it sends, also to one host: 0 (at
 * first) to 63, else MC_ERROR_DSCP. 46 is expedited forwarding. What routers and switches make of it
 * is theirs to decide. */
MC_API int mc_multicaster_set_dscp(mc_multicaster* multicaster, int dscp);

/* Whether listeners on this host hear it too: 1 (at first) or 0. On lo they always do (Linux). */
MC_API int mc_multicaster_set_loopback(mc_multicaster* multicaster, int on);

/* How many datagrams leave together at most, 1 (always singly) to MC_MAX_TRAIN (at first). What is
 * sent by one call or pulled from a source, neighbours of equal size and a shorter last one, leaves
 * as a train: one buffer that the kernel or the device takes apart (UDP_SEGMENT, udp(7)), several
 * times cheaper than as many datagrams. Listeners anywhere hear datagrams, but the network hears a
 * burst: choose less where switches or receivers dislike bursts. Where a path takes no trains, or
 * none so large, the same datagrams leave singly. At any time. MC_ERROR_SIZE: out of range. */
#define MC_MAX_TRAIN 128
MC_API int mc_multicaster_set_train_limit(mc_multicaster* multicaster, size_t datagrams);

/* The port to send from, and to be answered at: 1 to 65535, or 0 (at first) for one that the system
 * chooses. shared 1 lets other sockets that agree (SO_REUSEADDR) use it, too: other programs, as
 * mDNS wants of 5353, and this one's listeners to the port; an answer then reaches one of them.
 * -EADDRINUSE: it is taken. Changes the socket: what
 * the old port was still to be answered is lost. */
MC_API int mc_multicaster_set_source_port(mc_multicaster* multicaster, uint16_t port, int shared);

/* The address to send from ("10.0.0.5", "fe80::1"), also to one host: one of this host's, of the
 * group's family; of a link-local one, its interface's. NULL or "" (at first, where the group text
 * named none): the kernel takes one of the interface's. Port, TTL, DSCP, handler and all else stay.
 * -EADDRNOTAVAIL: the host has no such address, or not yet (IPv6: it is still being checked); the
 * sentence lists those of the interface. MC_ERROR_FAMILY; MC_ERROR_ADDRESS: not one host's, or with a
 * port. Changes the socket: what the old one was still to be answered is lost. */
MC_API int mc_multicaster_set_source_address(mc_multicaster* multicaster, const char* address);

/* Fills where it sends from: the port; the address only where one was chosen, otherwise all zero:
 * the kernel takes the interface's. */
MC_API int mc_multicaster_source(const mc_multicaster* multicaster, mc_address* source);

/* Sends one packet at once to one host (a unicast address, of the group's family, with its port)
 * from the multicaster's port. -EAGAIN, MC_ERROR_PACKET_TOO_LARGE as for mc_multicaster_send.
 * MC_ERROR_FAMILY: not the group's. MC_ERROR_ADDRESS, MC_ERROR_PORT: not one host with a port. */
MC_API int mc_multicaster_send_to(mc_multicaster* multicaster, const mc_address* to,
                                  const void* data, size_t size);

/* Who takes the answers: datagrams that come back to the port that it sends from, never those of a
 * group. Non-zero from it: the multicaster closes. handler NULL: nobody, they are dropped, as what
 * came before is. Answers are counted as a listener's packets are; a loop goes on while there is a
 * handler. */
MC_API int mc_multicaster_set_handler(mc_multicaster* multicaster, mc_packet_fn handler, void* user,
                                      mc_destroy_fn destroy);

/* Which answers the handler gets, as mc_listener_set_filter. */
MC_API int mc_multicaster_set_filter(mc_multicaster* multicaster, const mc_filter* filter);

/* A descriptor that is writable (poll(2)) when the socket has room, which may be waited for
 * elsewhere; where sends are batched that does not say whether more are accepted: serve the poller.
 * Changes with the source port or address, and when a pending one with a chosen address begins to send
 * (MC_EVENT_JOINED). Lent; do not read, write or close it. */
MC_API int mc_multicaster_fd(const mc_multicaster* multicaster);

/* Closes it for good and gives its port up. What was accepted for batching is sent as far as there is
 * room and the pace allows; what else waits is discarded. What is discarded or refused is counted as
 * send_failed, and the error handler is not told: call mc_multicaster_flush until nothing waits where
 * that matters. Closing again does nothing. */
MC_API int mc_multicaster_close(mc_multicaster* multicaster);
MC_API int mc_multicaster_is_open(const mc_multicaster* multicaster); /* 1 or 0 */

#ifdef __cplusplus
}
#endif

#endif
