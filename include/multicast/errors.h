/* libmulticast: the library's own error codes. Included by multicast.h.
 *
 * They lie below -4096, where no negative errno is. A code never changes its meaning and is never
 * used again.
 */
#ifndef MULTICAST_ERRORS_H
#define MULTICAST_ERRORS_H

#define MC_ERROR_NULL (-5001)             /* a handle or pointer that must not be NULL is */
#define MC_ERROR_ADDRESS (-5002)          /* not an IPv4 or IPv6 address, or of the wrong kind */
#define MC_ERROR_NOT_MULTICAST (-5003)    /* the group is not a multicast address */
#define MC_ERROR_FAMILY (-5004)           /* source and group are of different families */
#define MC_ERROR_SCOPE (-5005)            /* a link-local IPv6 group needs an interface */
#define MC_ERROR_PORT (-5006)             /* port 0 */
#define MC_ERROR_MTU (-5007)              /* mtu 0, or above MC_MAX_PACKET */
#define MC_ERROR_TTL (-5008)              /* TTL below 0 or above 255, or not a word for one */
#define MC_ERROR_INTERFACE (-5009)        /* no such interface */
#define MC_ERROR_NO_INTERFACE (-5010)     /* no default interface for the group */
#define MC_ERROR_PATTERN (-5011)          /* the regular expression is refused */
#define MC_ERROR_PACKET_TOO_LARGE (-5012) /* above MC_MAX_PACKET */
#define MC_ERROR_CLOSED (-5013)           /* the handle, or its poller, is closed or being freed */
#define MC_ERROR_OPEN (-5014)             /* only while closed */
#define MC_ERROR_REGISTERED (-5015)       /* the descriptor is registered already */
#define MC_ERROR_NOT_REGISTERED (-5016)   /* the descriptor is not registered */
#define MC_ERROR_BUSY (-5017)             /* the poller is running: not inside its callbacks */
#define MC_ERROR_TIME (-5018)             /* NaN, or out of its range */
#define MC_ERROR_FLAGS (-5019)            /* unknown flag bits */
#define MC_ERROR_NO_HANDLER (-5020)       /* a callback is needed first */
#define MC_ERROR_NO_GROUP (-5021)         /* the listener has no group */
#define MC_ERROR_SIZE (-5022)             /* a size out of its range */
#define MC_ERROR_DESCRIPTOR (-5023)       /* a negative descriptor */
#define MC_ERROR_INTERNAL (-5024)         /* a defect of the library; please report it */
#define MC_ERROR_THREAD (-5025)           /* the handle belongs to another thread */
#define MC_ERROR_FORKED (-5026)           /* the handle belongs to the parent of this process */
#define MC_ERROR_INTERRUPTED (-5027)      /* a signal ended the wait: mc_poller_set_interruptible */
#define MC_ERROR_HANDLER (-5028)          /* the listener has a handler: it is not pulled */
#define MC_ERROR_FILTER (-5029)           /* a filter nested too deep, or of too many parts */
#define MC_ERROR_COSTLY (-5030)           /* an expression that packets can make costly */
#define MC_ERROR_SOURCES (-5031)          /* it contradicts the list of sources, or is not in it */
#define MC_ERROR_DSCP (-5032)             /* DSCP below 0 or above 63 */

#endif
