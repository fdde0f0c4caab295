/* Where each member of the public structs lies, and how large it is: programs were compiled with
 * these numbers. A struct that grows gets further lines; none here ever changes. Compiled with
 * today's headers and with the old ones, which lack some.
 */
#include <multicast/multicast.h>

#define PIN(type, member, offset, size)                                                      \
  _Static_assert(offsetof(type, member) == (offset) && sizeof(((type*)0)->member) == (size), \
                 #type "." #member " has moved or has another size")

/* Frozen for ever: they do not grow either. */
_Static_assert(sizeof(mc_address) == 28 && _Alignof(mc_address) == 4, "mc_address");
PIN(mc_address, family, 0, 2);
PIN(mc_address, port, 2, 2);
PIN(mc_address, bytes, 4, 16);
PIN(mc_address, scope, 20, 4);
PIN(mc_address, flow, 24, 4);

_Static_assert(sizeof(mc_buffer) == 16 && _Alignof(mc_buffer) == 8, "mc_buffer");
PIN(mc_buffer, data, 0, 8);
PIN(mc_buffer, size, 8, 8);

/* These grow at their ends. */
_Static_assert(sizeof(mc_packet) >= 88 && _Alignof(mc_packet) == 8, "mc_packet");
PIN(mc_packet, data, 0, 8);
PIN(mc_packet, size, 8, 8);
PIN(mc_packet, wire_size, 16, 8);
PIN(mc_packet, source, 24, 28);
PIN(mc_packet, group, 52, 28);
PIN(mc_packet, interface_index, 80, 4);
PIN(mc_packet, flags, 84, 4);
#ifdef MC_PACKET_TIME
PIN(mc_packet, time, 88, 8);
PIN(mc_packet, ttl, 96, 1);
PIN(mc_packet, dscp, 97, 1);
#endif

#ifdef MC_INTERFACE_UP
_Static_assert(sizeof(mc_interface) >= 32 && _Alignof(mc_interface) == 8, "mc_interface");
PIN(mc_interface, name, 0, 8);
PIN(mc_interface, addresses, 8, 8);
PIN(mc_interface, address_count, 16, 8);
PIN(mc_interface, index, 24, 4);
PIN(mc_interface, flags, 28, 4);
#endif

/* Flat: nothing but uint64_t, so that its size says which members there are. */
_Static_assert(sizeof(mc_stats) >= 176 && sizeof(mc_stats) % 8 == 0, "mc_stats");
PIN(mc_stats, arrived, 0, 8);
PIN(mc_stats, delivered, 8, 8);
PIN(mc_stats, delivered_bytes, 16, 8);
PIN(mc_stats, filtered, 24, 8);
PIN(mc_stats, not_for_us, 32, 8);
PIN(mc_stats, lost, 40, 8);
PIN(mc_stats, lost_is_lower_bound, 48, 8);
PIN(mc_stats, truncated, 56, 8);
PIN(mc_stats, receive_buffer_asked, 64, 8);
PIN(mc_stats, receive_buffer_granted, 72, 8);
PIN(mc_stats, sent, 80, 8);
PIN(mc_stats, sent_bytes, 88, 8);
PIN(mc_stats, send_failed, 96, 8);
PIN(mc_stats, send_again, 104, 8);
PIN(mc_stats, turns, 112, 8);
PIN(mc_stats, events, 120, 8);
PIN(mc_stats, received, 128, 8);
PIN(mc_stats, read_errors, 136, 8);
PIN(mc_stats, channels, 144, 8);
PIN(mc_stats, memberships, 152, 8);
PIN(mc_stats, holders, 160, 8);
PIN(mc_stats, descriptors, 168, 8);
#if defined(MC_MAX_TRAIN) /* not in the old headers */
PIN(mc_stats, trains, 176, 8);
PIN(mc_stats, trains_refused, 184, 8);
PIN(mc_stats, waiting, 192, 8);
PIN(mc_stats, lost_or_rejected, 200, 8);
PIN(mc_stats, source_lists_shortened, 208, 8);
PIN(mc_stats, absent, 216, 8);
PIN(mc_stats, rejoined, 224, 8);

_Static_assert(sizeof(mc_event) >= 32 && _Alignof(mc_event) == 8, "mc_event");
PIN(mc_event, group, 0, 8);
PIN(mc_event, interface, 8, 8);
PIN(mc_event, sentence, 16, 8);
PIN(mc_event, interface_index, 24, 4);
PIN(mc_event, kind, 28, 4);

_Static_assert(sizeof(mc_packed) >= 48 && _Alignof(mc_packed) == 8, "mc_packed");
PIN(mc_packed, data, 0, 8);
PIN(mc_packed, size, 8, 8);
PIN(mc_packed, offsets, 16, 8);
PIN(mc_packed, sizes, 24, 8);
PIN(mc_packed, count, 32, 8);
PIN(mc_packed, packets, 40, 8);
#endif
