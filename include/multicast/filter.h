/* libmulticast: filters: which packets reach a handler. Included by multicast.h, which says the
 * conventions that hold for every function. */
#ifndef MULTICAST_FILTER_H
#define MULTICAST_FILTER_H

#include <multicast/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Filters -------------------------------------------------------------------------------- */

/* A filter says of each packet whether it is wanted, by the whole datagram (whatever the listener's
 * mtu) and by who sent it. It means the same everywhere: mc_filter_matches() tells what a listener
 * would do. docs/filters.md tells all of it at length, with examples.
 *
 * Life. Filters are immutable: any number of listeners, multicasters, combinations, and of threads
 * where fn of a callable allows it, may share one. A handle is one share: it may be freed as soon as
 * what is to use the filter holds it. All functions of filters are allowed in any thread and in
 * callbacks, but a handle is to be freed only when no other thread is using that handle.
 *
 * Order. The parts of a combination are asked by what they cost: first size, source, source port
 * and everything; then prefix and bytes; then expressions; then costly expressions; then callables.
 * Those of one cost are asked in the order given; a combination costs what its dearest part costs.
 * No part is asked once the answer is known. In each filter a callable is asked at most once a
 * packet, however often it occurs there.
 *
 * Limits. MC_ERROR_FILTER: a combination would be nested more than 32 deep (a filter that is none
 * is 1 deep), be made of more than 65,536 filters (itself and all parts of its parts, a shared one as
 * often as it occurs), or ask more than 64 different callables. */

/* Accepts what fn accepts; destroy runs when neither handle nor listener nor combination holds it.
 */
MC_API int mc_filter_callable(mc_filter** out, mc_filter_fn fn, void* user, mc_destroy_fn destroy);

/* Accepts what the regular expression of `size` bytes matches from the packet's first byte on; it
 * need not match to the end. The syntax is RE2's (github.com/google/re2/wiki/Syntax), on bytes:
 * \xff is the byte 255, and NUL is a byte like any other. One that is nothing but literal bytes is
 * compared directly. No packet can make it slow: a byte costs one look into a table.
 * MC_ERROR_PATTERN: it is bad, longer than 65,536 bytes, nested more than 200 groups deep, or too
 * large; the sentence says where and why. MC_ERROR_COSTLY: the table could grow too large, as that of
 * ".*x.{20}y" does; the sentence says what to do. */
MC_API int mc_filter_regex(mc_filter** out, const char* pattern, size_t size);

/* The same for expressions that mc_filter_regex refuses as costly: such a one is matched in another
 * way, in which a byte costs up to a hundred times as much, but never more (1,400 bytes: 0.15 ms). It
 * is asked after other expressions and alone. One that is not costly is as mc_filter_regex makes it.
 * MC_ERROR_PATTERN: as there; or it is too large even so. */
MC_API int mc_filter_regex_costly(mc_filter** out, const char* pattern, size_t size);

/* Accepts every packet. */
MC_API int mc_filter_everything(mc_filter** out);

/* Accepts packets that begin with these bytes, which are copied. None (data may then be NULL):
 * everything. MC_ERROR_SIZE: more than MC_MAX_PACKET. */
MC_API int mc_filter_prefix(mc_filter** out, const void* data, size_t size);

/* Accepts packets that from byte `offset` on have the `size` bytes of `value`, compared in those
 * bits that `mask` (of the same size) has set; mask may be NULL: all bits. Both are copied, and bits
 * of value that the mask leaves out do not matter. A packet that ends before offset + size is not
 * accepted, whatever the mask says; so size 0 (value may then be NULL) accepts packets of `offset`
 * bytes and more. MC_ERROR_SIZE: offset + size is more than MC_MAX_PACKET. */
MC_API int mc_filter_bytes(mc_filter** out, size_t offset, const void* value, const void* mask,
                           size_t size);

/* Accepts packets of `least` to `most` bytes, both included; SIZE_MAX as `most`: without end.
 * MC_ERROR_SIZE: least is more than most, or than MC_MAX_PACKET. */
MC_API int mc_filter_size(mc_filter** out, size_t least, size_t most);

/* Accepts packets from a host ("10.1.2.3", "fd00::1") or from a network, of which the leading bits
 * count ("10.0.0.0/8", "fe80::/10"; "0.0.0.0/0" is all of IPv4). Scopes are left aside: packets of
 * every link match. MC_ERROR_ADDRESS: not one; bits behind those that count are set ("10.1.2.3/8");
 * with a scope ("fe80::1%eth0"); an IPv4-mapped IPv6 address. */
MC_API int mc_filter_source(mc_filter** out, const char* network);

/* Accepts packets from the source ports `first` to `last`, both included. MC_ERROR_PORT: first is
 * more than last. */
MC_API int mc_filter_source_port(mc_filter** out, uint16_t first, uint16_t last);

/* Accept what all, or any, of the `count` filters at `parts` accept; of none (parts may then be
 * NULL) all_of accepts everything and any_of nothing. The same filter may occur several times. The
 * handles and the array stay the caller's and may be freed right after. MC_ERROR_NULL: one of them
 * is NULL; the sentence names which. MC_ERROR_FILTER: see above. */
MC_API int mc_filter_all_of(mc_filter** out, const mc_filter* const* parts, size_t count);
MC_API int mc_filter_any_of(mc_filter** out, const mc_filter* const* parts, size_t count);

/* Accepts what the other, whose handle stays the caller's, does not. MC_ERROR_FILTER: see above. */
MC_API int mc_filter_not(mc_filter** out, const mc_filter* part);

/* 1 when the filter accepts a packet of these bytes from `source`, else 0. source may be NULL: the
 * packet then comes from no network and no port. data may be NULL where size is 0. */
MC_API int mc_filter_matches(const mc_filter* filter, const void* data, size_t size,
                             const mc_address* source);

/* Writes the filter as text with a NUL, cut to `size` bytes (text may be NULL where that is 0):
 *   all of (size 8 to 1400, not source 10.0.0.0/8, prefix "NOTIFY", any of (regex "a+b", callable))
 * Parts stand in the order in which they are asked; bytes that are not printable are written \xHH, and
 * long texts cut. For people to read: the words may change. The length that the whole text has. */
MC_API int mc_filter_describe(const mc_filter* filter, char* text, size_t size);

/* Gives the handle up; listeners and combinations that hold the filter keep it. */
MC_API void mc_filter_free(mc_filter* filter);

#ifdef __cplusplus
}
#endif

#endif
