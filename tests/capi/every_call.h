/* Every function of the headers that is given a poller, a listener, a multicaster or a timer, but
 * the free functions: one sound call of each. every_call.py compares the list with the headers. */
#ifndef EVERY_CALL_H_
#define EVERY_CALL_H_

#include "actor.h"

/* One of each kind, on one poller; all are NULL for the calls that must refuse NULL. */
struct handles {
  mc_poller* poller;
  mc_listener* listener; /* open, with a handler */
  mc_listener* pulled;   /* open */
  mc_multicaster* multicaster;
  mc_timer* timer;      /* running, due in an hour */
  int registered;       /* a descriptor that the poller watches */
  int fd;               /* and one that it does not */
  struct actor user;    /* of the listener's handler, the timer and the descriptor */
  struct actor refused; /* whom the calls would hand over */
};

enum call_kind {
  kOwner,       /* only in the thread of the poller */
  kAnyThread,   /* in any thread of its process */
  kConstructor, /* only in its thread, and NULL is the default poller */
};

struct every_call {
  const char* name;
  enum call_kind kind;
  int (*call)(struct handles* h);
};

extern const struct every_call every_call[];
extern const size_t every_call_count;

/* 0 on failure. */
int handles_make(struct handles* h, uint16_t port);
/* All are as handles_make() made them, and nobody was handed over. In the thread of the poller. */
void handles_check_untouched(struct handles* h);
void handles_free(struct handles* h);

#endif /* EVERY_CALL_H_ */
