/* Random calls. */
#ifndef ACTS_H_
#define ACTS_H_

#include "world.h"

/* Makes one random call, and what belongs to it. */
void act(void);
/* The same in a thread that is made for it, with the caller's handles within reach. */
void act_by_visitor(void);
/* What several threads do with each other's pollers, filters and packets. */
void act_with_others(void);
/* Frees what lies between the threads, when all but one have ended. */
void clear_between(void);

/* Frees a poller that the caller owns; 0 when it cannot now. */
int free_poller(struct thing* poller);
/* Has the poller's log tell when it ends. */
int set_sentinel(struct thing* poller);
/* A timer that stops the poller's loop soon; NULL where none can be made. */
mc_timer* guard_loop(struct thing* poller);

#define DECLARE_CALLED(name, where, weight) void act_##name(void);
#define DECLARE_BESIDE(name, where)
FUNCTIONS(DECLARE_CALLED, DECLARE_BESIDE)
#undef DECLARE_CALLED
#undef DECLARE_BESIDE

#endif /* ACTS_H_ */
