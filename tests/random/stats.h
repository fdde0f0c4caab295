/* What holds of all counters. */
#ifndef STATS_H_
#define STATS_H_

#include "world.h"

/* A room for counters of some size, larger and smaller than mc_stats. */
struct stats_room {
  mc_stats stats;
  unsigned char more[64];
  size_t size;
};
struct stats_room any_room(void);

/* Compares with what the thing counted before, and with what we heard. */
void check_stats(struct thing* thing, const struct stats_room* room);

#endif /* STATS_H_ */
