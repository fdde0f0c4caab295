/* Pulled listeners: what the tests of mc_listener_next share. */
#ifndef PULLED_H_
#define PULLED_H_

#include "outsider.h"

/* One with a group and without a handler, still closed; pulled_open() opens it. NULL (and a failed
 * check) when it cannot. NULL is the default poller. The thread stays on one processor from now on,
 * so that outsider_settle() is true. */
mc_listener* pulled_new(mc_poller* poller, const char* group, uint16_t port);
mc_listener* pulled_open(mc_poller* poller, const char* group, uint16_t port);

/* The number that the packet's bytes are; -1 when they are none. */
int number_of(const mc_packet* packet);

/* The next packets are these numbers, each within ten seconds; 0 (and a failed check) if not. */
int pulled_gives(mc_listener* listener, int first, int count);
/* Nothing is there now. */
int pulled_gives_nothing(mc_listener* listener);

mc_stats pulled_stats(mc_listener* listener);

/* Whether the descriptor is readable at this moment, or becomes so within ten seconds. */
int is_readable(int fd);
int becomes_readable(int fd);

double seconds_now(void); /* monotonic */

#endif /* PULLED_H_ */
