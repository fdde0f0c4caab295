/* libmulticast: the types of its interface: handles, values that it fills and lends, callbacks.
 * Included by multicast.h, which says the conventions. */
#ifndef MULTICAST_TYPES_H
#define MULTICAST_TYPES_H

#include <stddef.h>
#include <stdint.h>

#define MC_API __attribute__((visibility("default")))

/* ---- Handles -------------------------------------------------------------------------------- */

typedef struct mc_poller mc_poller;
typedef struct mc_listener mc_listener;
typedef struct mc_multicaster mc_multicaster;
typedef struct mc_timer mc_timer;
typedef struct mc_filter mc_filter;

/* ---- Values --------------------------------------------------------------------------------- */

#define MC_IPV4 2  /* AF_INET */
#define MC_IPV6 10 /* AF_INET6 */

/* An address with a port. This struct is frozen for ever. */
typedef struct mc_address {
  uint16_t family;   /* MC_IPV4 or MC_IPV6 */
  uint16_t port;     /* host byte order */
  uint8_t bytes[16]; /* network byte order; IPv4 fills the first four */
  uint32_t scope;    /* IPv6 link-local: the interface index; else 0 */
  uint32_t flow;     /* IPv6: the flow label; else 0 */
} mc_address;

/* Flags of a packet. From MC_PACKET_TIME on they say which of its last fields are filled: those that
 * a listener asked for with mc_listener_set_details. */
#define MC_PACKET_TRUNCATED 0x01u     /* size < wire_size: cut to the listener's mtu */
#define MC_PACKET_TRAIN 0x02u         /* arrived as part of a train (UDP_GRO, udp(7)) */
#define MC_PACKET_TIME 0x04u          /* time is filled, by the kernel */
#define MC_PACKET_TTL 0x08u           /* ttl is filled */
#define MC_PACKET_DSCP 0x10u          /* dscp is filled */
#define MC_PACKET_HARDWARE_TIME 0x20u /* time is filled by the device, and MC_PACKET_TIME not set */

/* A received datagram. Lent, with its data, until the callback returns or as the function that
 * lends it says; mc_packet_copy keeps it. Made by the library only. Grows at its end only. */
typedef struct mc_packet {
  const uint8_t* data;
  size_t size;              /* bytes at data: at most the listener's mtu; in filters, all */
  size_t wire_size;         /* bytes that arrived */
  mc_address source;        /* who sent it */
  mc_address group;         /* where it was sent to: the group; of an answer, our own address */
  uint32_t interface_index; /* where it came in */
  uint32_t flags;           /* MC_PACKET_... */
  /* In a train these are the train's, whose datagrams the kernel does not tell apart. */
  uint64_t time; /* when the kernel received it: nanoseconds since 1970 (CLOCK_REALTIME); or with
                  * MC_PACKET_HARDWARE_TIME the device, by a clock of its own */
  uint8_t ttl;   /* the TTL or hop limit with which it arrived */
  uint8_t dscp;  /* the Differentiated Services code point (RFC 2474), 0 to 63 */
} mc_packet;

/* Received datagrams as one block of memory, for languages to which a call, or a pointer to follow,
 * is dear: nothing is copied; they lie where they were read, in order, and between them nothing that
 * means anything. An empty one has size 0. Lent, with all that it points to, until the callback
 * returns or as the function that lends it says. Made by the library only. Grows at its end only. */
typedef struct mc_packed {
  const uint8_t* data;             /* where the first begins */
  size_t size;                     /* bytes from data to the end of the last */
  const uint32_t* offsets;         /* packet i begins at data + offsets[i] */
  const uint32_t* sizes;           /* and shows sizes[i] bytes: at most the listener's mtu */
  size_t count;                    /* of packets: 1 or more */
  const mc_packet* const* packets; /* the same: who sent each, what was cut, and so on */
} mc_packed;

/* Bytes to send as one datagram; NULL where size is 0: empty ones are legal. Frozen for ever. */
typedef struct mc_buffer {
  const void* data;
  size_t size;
} mc_buffer;

#define MC_INTERFACE_UP 0x1u        /* administratively up (ip link set up) */
#define MC_INTERFACE_MULTICAST 0x2u /* multicast-capable */
#define MC_INTERFACE_LOOPBACK 0x4u  /* lo */

/* A network interface, as mc_interfaces lists it. Grows at its end only. */
typedef struct mc_interface {
  const char* name;
  const mc_address* addresses; /* port 0; link-local ones carry their scope */
  size_t address_count;
  uint32_t index;
  uint32_t flags; /* MC_INTERFACE_... */
} mc_interface;

/* What became of a group, or of its interface; of a multicaster, "joined" is that it can send. */
#define MC_EVENT_JOINED 1   /* the group is joined on the interface */
#define MC_EVENT_PENDING 2  /* its interface is not there; it will be joined when it comes */
#define MC_EVENT_LOST 3     /* the interface is gone */
#define MC_EVENT_REJOINED 4 /* joined again, or on another interface; of "%all", each is JOINED */
#define MC_EVENT_UP 5       /* the interface is up and has a carrier: packets can come */
#define MC_EVENT_DOWN 6     /* it is not; what is joined stays joined */
#define MC_EVENT_SILENCE 7  /* nothing came to the group as long as mc_listener_set_silence says */
#define MC_EVENT_HEARD 8    /* and now something did */

/* Lent, with its texts, until the callback returns. Made by the library only. Grows at its end
 * only. */
typedef struct mc_event {
  const char* group;        /* "239.1.2.3:4242"; "" where it is about the interface: UP, DOWN */
  const char* interface;    /* its name; "": none (PENDING), or several (SILENCE, HEARD) */
  const char* sentence;     /* the same for people */
  uint32_t interface_index; /* 0: none */
  int kind;                 /* MC_EVENT_... */
} mc_event;

/* Counters since birth. Fields that a kind of handle does not have are 0. Grows at its end only. */
typedef struct mc_stats {
  /* Listener; multicaster with a handler. arrived = delivered + filtered + not_for_us + lost
   * + lost_or_rejected. */
  uint64_t arrived;
  uint64_t delivered;       /* given to the handler, or by mc_listener_next */
  uint64_t delivered_bytes; /* as shown there */
  uint64_t filtered;        /* refused by the filter, also in the kernel, if that counts it */
  uint64_t not_for_us;      /* from a source not asked for, or this process's own and ignored */
  uint64_t lost; /* dropped by the kernel while the listener was open, before its filter */
  uint64_t lost_is_lower_bound;  /* 1: trains came, and the kernel counts a dropped train as one */
  uint64_t truncated;            /* of the delivered: cut to the mtu */
  uint64_t receive_buffer_asked; /* bytes; the kernel charges more than the payload */
  uint64_t receive_buffer_granted; /* bytes; while open */
  /* Multicaster. */
  uint64_t sent; /* packets that the kernel took */
  uint64_t sent_bytes;
  uint64_t send_failed; /* packets that it refused for good, or that closing discarded */
  uint64_t send_again;  /* times that it had no room */
  /* Poller. */
  uint64_t turns;       /* waits that ended */
  uint64_t events;      /* ready descriptors */
  uint64_t received;    /* datagrams read, for all its listeners */
  uint64_t read_errors; /* reads that the system refused */
  uint64_t channels;    /* open data sockets: of a (group, port, interface), or a pulled listener */
  uint64_t memberships; /* (group, interface, source) joined */
  uint64_t holders;     /* sockets that hold the memberships */
  uint64_t descriptors; /* registered by the user */
  /* Multicaster, again. */
  uint64_t trains;         /* of the sent: buffers that carried several datagrams (UDP_SEGMENT) */
  uint64_t trains_refused; /* by the path; their datagrams went again singly, at once */
  uint64_t waiting;        /* packets that wait now: accepted (batching), or pulled */
  /* Listener, again. */
  uint64_t lost_or_rejected; /* dropped by the kernel while it asked a filter of the listener's
                              * channel (mc_listener_set_kernel_filter) that does not count: it does
                              * not say which. Modulo 2^32 between two looks, at packets or by this
                              * call */
  uint64_t source_lists_shortened; /* (group, interface)s of an open listener whose blocked sources
                                    * are too many for the kernel: they come to this host, and are
                                    * refused here */
  uint64_t absent;   /* of its groups: not joined now, their interfaces are not there */
  uint64_t rejoined; /* times that a group was joined again: MC_EVENT_REJOINED */
} mc_stats;

/* ---- Callbacks ------------------------------------------------------------------------------ */

typedef void (*mc_destroy_fn)(void* user);

/* Takes a packet. Non-zero: enough, the listener closes. */
typedef int (*mc_packet_fn)(const mc_packet* packet, void* user);

/* Takes the packets that were read together, at least one, in order; the array is lent, too.
 * Non-zero: enough, the listener closes. */
typedef int (*mc_batch_fn)(const mc_packet* const* packets, size_t count, void* user);

/* The same, packed. */
typedef int (*mc_packed_fn)(const mc_packed* batch, void* user);

/* Decides on a packet: non-zero accepts it. Sees the whole datagram. */
typedef int (*mc_filter_fn)(const mc_packet* packet, void* user);

/* Supplies the next packet of a multicaster: fills *packet and returns MC_SOURCE_PACKET, or returns
 * one of the others. The bytes must stay valid until the next call or the source's destroy. */
typedef int (*mc_source_fn)(mc_buffer* packet, void* user);
#define MC_SOURCE_END 0    /* no more: what is pending is sent, then it ends */
#define MC_SOURCE_PACKET 1 /* *packet is to be sent */
#define MC_SOURCE_PAUSE 2  /* nothing for now: mc_multicaster_resume() asks again */

/* Tells of `datagrams` packets of a packet source, or accepted by a multicaster that batches, that
 * could not be sent, and why (the first of them): a code and a sentence, lent until it returns.
 * Non-zero: the multicaster closes. */
typedef int (*mc_send_error_fn)(int code, const char* sentence, uint64_t datagrams, void* user);

/* Tells what became of a group or its interface. Non-zero: enough, the listener or multicaster
 * closes. */
typedef int (*mc_event_fn)(const mc_event* event, void* user);

/* Called when a timer is due. Non-zero: it stops. */
typedef int (*mc_timer_fn)(void* user);

/* Tells of events (MC_READABLE ...) of a user's descriptor. Non-zero: it is unregistered. */
typedef int (*mc_descriptor_fn)(int fd, uint32_t events, void* user);

/* What mc_poller_post runs on the poller's thread. */
typedef void (*mc_post_fn)(void* user);

/* Takes a line of the log: how grave, a code (0 where there is none), and a sentence, lent until it
 * returns. */
typedef void (*mc_log_fn)(int level, int code, const char* sentence, void* user);
#define MC_LOG_ERROR 1   /* something did not work */
#define MC_LOG_WARNING 2 /* something will work worse than was asked for */
#define MC_LOG_INFO 3    /* something that explains what happens */

#endif
