/* libmulticast: the types of its interface: handles, values that it fills and lends, callbacks.
 * Included by multicast.h, which says the conventions. */
#ifndef MULTICAST_TYPES_H
#define MULTICAST_TYPES_H

#include <stddef.h>
#include <stdint.h>

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

#define MC_PACKET_TRUNCATED 1u /* size < wire_size: cut to the listener's mtu */
#define MC_PACKET_TRAIN 2u     /* arrived as part of a train (UDP_GRO, udp(7)) */

/* A received datagram. Lent, with its data, until the callback returns. Grows at its end only. */
typedef struct mc_packet {
  const uint8_t* data;
  size_t size;              /* bytes at data: at most the listener's mtu; in filters, all */
  size_t wire_size;         /* bytes that arrived */
  mc_address source;        /* who sent it */
  mc_address group;         /* where it was sent to */
  uint32_t interface_index; /* where it came in */
  uint32_t flags;           /* MC_PACKET_... */
} mc_packet;

/* Bytes to send as one datagram; NULL where size is 0: empty ones are legal. Frozen for ever. */
typedef struct mc_buffer {
  const void* data;
  size_t size;
} mc_buffer;

/* Counters since birth. Fields that a kind of handle does not have are 0. Grows at its end only. */
typedef struct mc_stats {
  /* Listener. arrived = delivered + filtered + not_for_us + lost, always. */
  uint64_t arrived;
  uint64_t delivered;       /* given to the handler */
  uint64_t delivered_bytes; /* as shown to the handler */
  uint64_t filtered;        /* refused by the filter */
  uint64_t not_for_us;      /* from a source that the listener did not ask for */
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
  uint64_t channels;    /* open data sockets: one for each (group, port, interface) */
  uint64_t memberships; /* (group, interface, source) joined */
  uint64_t holders;     /* sockets that hold the memberships */
  uint64_t descriptors; /* registered by the user */
} mc_stats;

/* ---- Callbacks ------------------------------------------------------------------------------ */

typedef void (*mc_destroy_fn)(void* user);

/* Takes a packet. Non-zero: enough, the listener closes. */
typedef int (*mc_packet_fn)(const mc_packet* packet, void* user);

/* Decides on a packet: non-zero accepts it. Sees the whole datagram. */
typedef int (*mc_filter_fn)(const mc_packet* packet, void* user);

/* Supplies the next packet of a multicaster: fills *packet and returns MC_SOURCE_PACKET, or returns
 * one of the others. The bytes must stay valid until the next call or the source's destroy. */
typedef int (*mc_source_fn)(mc_buffer* packet, void* user);
#define MC_SOURCE_END 0    /* no more: what is pending is sent, then the multicaster closes */
#define MC_SOURCE_PACKET 1 /* *packet is to be sent */
#define MC_SOURCE_PAUSE 2  /* nothing for now: mc_multicaster_resume() asks again */

/* Tells of `datagrams` packets of a packet source that could not be sent, and why: a code and a
 * sentence, lent until it returns. Non-zero: the multicaster closes. */
typedef int (*mc_send_error_fn)(int code, const char* sentence, uint64_t datagrams, void* user);

/* Called when a timer is due. Non-zero: it stops. */
typedef int (*mc_timer_fn)(void* user);

/* Tells of events (MC_READABLE ...) of a user's descriptor. Non-zero: it is unregistered. */
typedef int (*mc_descriptor_fn)(int fd, uint32_t events, void* user);

#endif
