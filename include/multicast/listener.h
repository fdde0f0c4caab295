/* libmulticast: listeners, what they hear, and packets. Included by multicast.h, which says the
 * conventions that hold for every function. */
#ifndef MULTICAST_LISTENER_H
#define MULTICAST_LISTENER_H

#include <multicast/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Listener ------------------------------------------------------------------------------- */

/* A closed listener without groups, on `poller` (NULL: the default poller). */
MC_API int mc_listener_new(mc_listener** out, mc_poller* poller);

/* Closes and frees it. */
MC_API void mc_listener_free(mc_listener* listener);

/* Adds a group to hear, or removes what was added in the same words; several are heard together,
 * from any of their sources. While closed only (MC_ERROR_OPEN). The interface is looked up by
 * mc_listener_open. MC_ERROR_NO_GROUP: it was not added in these words. */
MC_API int mc_listener_add(mc_listener* listener, const char* group, uint16_t port);
MC_API int mc_listener_remove(mc_listener* listener, const char* group, uint16_t port);

/* What takes the packets, one at a time, or as many together as were read together, as an array or
 * packed: one of the three, the last that was set. May be replaced at any time by any. Without one
 * the listener is pulled: mc_listener_next takes its packets. handler NULL makes it pulled again;
 * whether it is pulled changes only while closed (MC_ERROR_OPEN). At most MC_MAX_BATCH packets are
 * given at a time, each of which the filter accepted. */
#define MC_MAX_BATCH 64
MC_API int mc_listener_set_handler(mc_listener* listener, mc_packet_fn handler, void* user,
                                   mc_destroy_fn destroy);
MC_API int mc_listener_set_batch_handler(mc_listener* listener, mc_batch_fn handler, void* user,
                                         mc_destroy_fn destroy);
MC_API int mc_listener_set_packed_handler(mc_listener* listener, mc_packed_fn handler, void* user,
                                          mc_destroy_fn destroy);

/* Which packets the handler gets; NULL: all. At any time; it takes effect with the next packet. The
 * listener keeps its own reference: the caller may free his at once. */
MC_API int mc_listener_set_filter(mc_listener* listener, const mc_filter* filter);

/* The most bytes of a packet that the handler is shown, 1 to MC_MAX_PACKET, else MC_ERROR_MTU. At
 * any time. */
MC_API int mc_listener_set_mtu(mc_listener* listener, size_t mtu);

/* Closes the listener after so many packets from now, and from each opening; 0: no limit. */
MC_API int mc_listener_set_limit(mc_listener* listener, uint64_t packets);

/* What else to tell of each packet: MC_PACKET_TIME, MC_PACKET_TTL, MC_PACKET_DSCP and
 * MC_PACKET_HARDWARE_TIME, or 0 (at first). It costs 60 to 230 ns a datagram, also for the listeners
 * that share the socket. The time of a host's first packets may be that of their reading, until the
 * kernel's stamping is on. MC_PACKET_HARDWARE_TIME asks for the time at which the network device
 * received the packet: nanoseconds of the device's own clock, which is as right as the host keeps it
 * (phc2sys). Where the device did not stamp a packet it has the kernel's time instead; the packet's
 * flags say whose it is, one of the two bits, also where both were asked for. That the device stamps
 * is the host's business and needs privilege: ethtool -T says whether it can, hwstamp_ctl -r 1 turns
 * it on. Listeners that ask for it share no socket with those that do not. While closed only
 * (MC_ERROR_OPEN). MC_ERROR_FLAGS: other bits. */
MC_API int mc_listener_set_details(mc_listener* listener, uint32_t details);

/* Whether packets that this process itself sent through the library are left out: 1, or 0 (at
 * first). They are known by their source port and an address of this host, also when what sent them
 * is closed already. So what another program of this host sends from a port that the two share is left
 * out, too; and so it is from a port that it took over, until the socket was found empty a tenth of a
 * second later, or for a minute at most. At any time. */
MC_API int mc_listener_set_ignore_own(mc_listener* listener, int on);

/* Whether the kernel may ask the listener's filter, too, before it queues a packet; 0 at first. What
 * it drops wakes nobody and costs almost nothing; what it cannot tell passes, and the filter is asked
 * about everything that passes: what is delivered is the same. It can tell sizes, sources, bytes, and
 * how a regular expression begins (docs/filters.md). It takes effect where all listeners of one
 * (group, port, interface) allow it, at the end of the poller's turn, and only if the first of them
 * did: such a socket has no trains (UDP_GRO). Where the process has CAP_BPF (outside of user
 * namespaces), the kernel counts what it rejects: that is filtered, and lost is exact. Elsewhere its
 * counter does not tell what a filter rejected from what there was no room for: both are
 * lost_or_rejected, not filtered and lost, and the log says so once. Where the kernel refuses the
 * filter, the log says so, and the packets come as without. Linux: socket(7), SO_ATTACH_FILTER and
 * SO_ATTACH_BPF. MC_ERROR_OPEN: only while closed. */
MC_API int mc_listener_set_kernel_filter(mc_listener* listener, int on);

/* Whether mc_listener_open succeeds although an interface of a group is missing: 1, or 0 (at first).
 * The group is then joined when the interface comes (MC_EVENT_PENDING, MC_EVENT_JOINED). A loop goes
 * on meanwhile. While closed only (MC_ERROR_OPEN). */
MC_API int mc_listener_set_pending(mc_listener* listener, int on);

/* Who is told what becomes of its groups and their interfaces, beside the log; fn NULL: nobody. Events
 * come in the order in which things happened, at the end of the poller's turn or at the beginning of
 * the next, those of a pulled listener in mc_listener_next, too; none after it was closed. At any
 * time; what has been told already, if only to the log, is not told again. */
MC_API int mc_listener_set_event_handler(mc_listener* listener, mc_event_fn fn, void* user,
                                         mc_destroy_fn destroy);

/* After how many seconds without a packet to one of its groups, before any filter, the event handler is
 * told MC_EVENT_SILENCE; 0: never (at first). A group that is named with an interface is one of its own.
 * What reaches this host counts, from anybody, read or lost; not what a list of sources keeps away, nor
 * what waits to be pulled. It is looked at four times in that time, and while it is silent at least
 * every quarter of a second (MC_EVENT_HEARD), by a timer of the poller, which is to be served. At any
 * time. MC_ERROR_TIME: negative, NaN, or above 3e9. */
MC_API int mc_listener_set_silence(mc_listener* listener, double seconds);

/* The receive buffer to ask the kernel for: 1 to INT_MAX / 2 bytes, else MC_ERROR_SIZE; 4 MiB at
 * first. While closed only (MC_ERROR_OPEN). Listeners of the same group, port and interface share a
 * socket, and the largest wish counts. mc_stats tells what was granted; more than net.core.rmem_max
 * needs CAP_NET_ADMIN. */
MC_API int mc_listener_set_receive_buffer(mc_listener* listener, uint32_t bytes);

/* Joins all its groups and begins to listen: all of it, or none. Groups on "%all" are joined on every
 * interface that is up and multicast-capable, and on those that come later. From then on the groups
 * follow their interfaces (docs/networks.md): one that is deleted and comes back, one whose address
 * moves, is joined again, and the event handler is told; what works is not moved. -EADDRINUSE: a socket of this or
 * another program holds the port and does not share it. -ENOBUFS: the host's limit of memberships.
 * MC_ERROR_NO_GROUP: add one first. MC_ERROR_OPEN: it is open already. May be opened and closed any
 * number of times. Of a group that another listener of the poller has open, packets that wait in the
 * socket at that time are heard, too. */
MC_API int mc_listener_open(mc_listener* listener);

/* Leaves its groups. No callback follows. Closing again does nothing. */
MC_API int mc_listener_close(mc_listener* listener);
MC_API int mc_listener_is_open(const mc_listener* listener); /* 1 or 0 */

/* ---- Sources -------------------------------------------------------------------------------- */

/* From whom a group is heard: either only from the sources of a list, or from all sources except
 * those of a list. A group added as "source@group" begins with that source only, any other with all
 * sources. At any time, open or closed, in handlers, too; it takes effect between two packets, and
 * of a source that is heard before and after, none is lost. Each function does all that it is asked
 * to, or fails and nothing changes.
 *
 * `group` is in the words of mc_listener_add, but without a source (MC_ERROR_SOURCES): it means
 * every group that was added with this address and this interface, whatever its port and source.
 * MC_ERROR_NO_GROUP: there is none. NULL means all groups of the source's family. A listener hears
 * on a (group, port, interface) what any of the groups that it added there hears.
 *
 * `source` is the unicast address of a host, without an interface: MC_ERROR_ADDRESS.
 * MC_ERROR_FAMILY: it is of another family than the group, or the listener has no group of its
 * family.
 *
 * The network is asked for the exact union of what is wanted on this host; docs/networks.md tells
 * the limits. -EMFILE, -ENOBUFS: there are no more descriptors, or memberships, for all of it. */

/* Of a list of those to hear: adds a source, or takes one out. Without any, nothing is heard and the
 * group is left. Allowing what is heard already, also as one of all sources, does nothing.
 * MC_ERROR_SOURCES: the group has a list of blocked ones (mc_listener_unblock_source,
 * mc_listener_block_source), or it hears all sources and one is to be dropped, or that source is not
 * in the list of any group that is meant. */
MC_API int mc_listener_allow_source(mc_listener* listener, const char* group, const char* source);
MC_API int mc_listener_drop_source(mc_listener* listener, const char* group, const char* source);

/* Of a list of those not to hear: adds a source, or takes one out. Blocking what is blocked already
 * does nothing. MC_ERROR_SOURCES: the group has a list of those to hear (mc_listener_drop_source,
 * mc_listener_allow_source), or the source to unblock is not blocked in any group that is meant. */
MC_API int mc_listener_block_source(mc_listener* listener, const char* group, const char* source);
MC_API int mc_listener_unblock_source(mc_listener* listener, const char* group, const char* source);

/* Replaces the list: by one of those to hear, which may be empty, or of those not to hear; then an
 * empty one is all sources. Any number of sources, of one family (MC_ERROR_FAMILY); what is there
 * twice counts once. group NULL with no source means all groups of the listener. sources may be NULL
 * when count is 0. MC_ERROR_FLAGS: another mode. */
#define MC_SOURCES_ONLY 1
#define MC_SOURCES_EXCEPT 2
MC_API int mc_listener_set_sources(mc_listener* listener, const char* group, int mode,
                                   const char* const* sources, size_t count);

/* ---- Pulling -------------------------------------------------------------------------------- */

/* A listener that is opened without a handler is pulled: it has sockets and a buffer of its own, so
 * that a slow reader loses in the kernel (counted), whatever the poller does meanwhile. Its
 * poller's turns do nothing for it, and a loop does not wait for it.
 *
 * Waits up to `timeout` seconds for the next packet that the filter accepts: 1 and *packet, or 0
 * when the time passed or the poller was woken, posted to or stopped; then *packet is untouched.
 * The packet is valid until the next call of the three on this listener, until it is opened again, or
 * freed. Signals do not end it, unless mc_poller_set_interruptible. Runs no callback but its
 * filter's and its event handler's; allowed in callbacks (and then they wait), but not in those two
 * while it runs them (MC_ERROR_BUSY). What they free follows when it returns. MC_ERROR_CLOSED: not open. MC_ERROR_HANDLER: it
 * has a handler. */
MC_API int mc_listener_next(mc_listener* listener, const mc_packet** packet, double timeout);

/* The same for what was read together, at most `most` packets (1 or more, else MC_ERROR_SIZE): how
 * many, and an array of them, lent as long as they are. */
MC_API int mc_listener_next_many(mc_listener* listener, const mc_packet* const** packets,
                                 size_t most, double timeout);

/* The same, packed: *packed is lent as long as they are. */
MC_API int mc_listener_next_packed(mc_listener* listener, const mc_packed** packed, size_t most,
                                   double timeout);

/* A descriptor that is readable while mc_listener_next has something to do, for another event loop
 * (level-triggered): call it with timeout 0 when it is. The same number while the listener is open.
 * Lent; do not read it or close it. MC_ERROR_CLOSED, MC_ERROR_HANDLER: as above. */
MC_API int mc_listener_fd(mc_listener* listener);

/* ---- Packets -------------------------------------------------------------------------------- */

/* Keeps a packet that was lent: a copy with its bytes, to be freed by mc_packet_free. Any thread
 * that the packet was lent to; the copy belongs to no thread. MC_ERROR_SIZE: it is not one that the
 * library made, for it is above 65535 bytes. */
MC_API int mc_packet_copy(mc_packet** out, const mc_packet* packet);
MC_API void mc_packet_free(mc_packet* packet);

/* Answers who sent the packet: one datagram of 0 to MC_MAX_PACKET bytes to its source address and
 * port, by this host's route to it; to a link-local address, out of the interface where the packet
 * came in. In a multicaster's handler the answer to the packet at hand leaves from that
 * multicaster's port; any other, from a port that the system chose for the calling thread
 * (mc_multicaster_send_to answers from a port of your choice). Does not wait: -EAGAIN when there is
 * no room. Its TTL is the system's, but from a multicaster's port that multicaster's. Any thread;
 * copies may be answered, too. MC_ERROR_ADDRESS, MC_ERROR_PORT: its source is not one host with a
 * port. MC_ERROR_PACKET_TOO_LARGE. */
MC_API int mc_reply(const mc_packet* packet, const void* data, size_t size);

#ifdef __cplusplus
}
#endif

#endif
