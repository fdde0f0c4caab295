/* libmulticast: filters: which packets reach a handler. Included by multicast.h, which says the
 * conventions that hold for every function. */
#ifndef MULTICAST_FILTER_H
#define MULTICAST_FILTER_H

#include <multicast/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Filters -------------------------------------------------------------------------------- */

/* Filters are immutable: any number of listeners, and of threads where fn allows it, may share one.
 * All their functions are allowed in any thread and in callbacks.
 *
 * This one accepts what fn accepts; destroy runs when neither handle nor listener holds it. */
MC_API int mc_filter_callable(mc_filter** out, mc_filter_fn fn, void* user, mc_destroy_fn destroy);

/* Accepts what the regular expression of `size` bytes matches from the packet's first byte on; it
 * need not match to the end. The syntax is RE2's (github.com/google/re2/wiki/Syntax), on bytes:
 * \xff is the byte 255, and NUL is a byte like any other. Matching takes time linear in the packet,
 * whatever the expression. MC_ERROR_PATTERN: it is refused; the sentence says where and why. */
MC_API int mc_filter_regex(mc_filter** out, const char* pattern, size_t size);

/* 1 when the filter accepts a packet of these bytes from `source` (may be NULL), else 0. */
MC_API int mc_filter_matches(const mc_filter* filter, const void* data, size_t size,
                             const mc_address* source);

/* Gives the handle up; listeners that hold the filter keep it. */
MC_API void mc_filter_free(mc_filter* filter);

#ifdef __cplusplus
}
#endif

#endif
