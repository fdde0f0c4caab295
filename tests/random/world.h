/* What a random caller knows of what it made: things (handles and pipes), and records (what it gave
 * to the library as `user`). Both live until the program ends, so that a use after the end of
 * either is seen and not undefined.
 */
#ifndef WORLD_H_
#define WORLD_H_

#include <multicast/multicast.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "functions.h"

enum kind { kPoller, kListener, kCaster, kTimer, kFilter, kPipe, kPacket, kKinds };
enum {
  kMost = 8, /* things of a kind that a caller has at a time */
  kMostLent = 8,
  kMostFrames = 96,
  kRing = 64,     /* calls that a failure shows */
  kOwnPoller = 0, /* where the default poller stands among the pollers */
};

enum role {
  kHandler,
  kBatch,
  kPacked,
  kFilterRole,
  kSource,
  kFailed,
  kTold,
  kTimerRole,
  kDescriptor,
  kPost,
  kLog
};

struct caller;
struct door;

/* The `user` of one callback. */
struct record {
  struct record* older;
  enum role role;
  struct thing* of;   /* what it was given to; a filter's is its own thing */
  struct thing* home; /* the poller of that; NULL for filters */
  atomic_int is_taken, calls, running, destroyed;
  int is_quiet;     /* closed, freed or replaced by its own thread: fn is not called any more */
  int is_sentinel;  /* its end says that the poller ended */
  int is_once;      /* a descriptor's MC_ONCE */
  int is_of_listen; /* mc_listen's, which has no destroy */
  int is_gone;      /* a descriptor's: it is unregistered */
  int supply;       /* packets that a source still gives */
  int is_bad;       /* a source that gives what cannot be sent */
};

struct lent {
  const mc_packet* packet;
  uint32_t sum;
};

struct thing {
  struct thing* older;
  enum kind kind;
  void* handle;       /* NULL once it was freed */
  struct thing* home; /* its poller; a poller's is itself, a filter has none */
  /* Of a poller. The others belong to whom their poller belongs. */
  struct caller* _Atomic owner;
  struct door* door;
  int is_default, is_over, is_mailed;
  int inside;         /* callbacks of it that run */
  int fd, registered; /* descriptors */
  int ended_with_thread;
  struct record* log;
  /* Of a listener or multicaster. */
  struct record *handler, *source, *failed, *told;
  int has_filter;
  int is_pulling;
  unsigned epoch; /* openings and closings */
  unsigned pulls; /* what it lent before is lent no more */
  uint64_t heard; /* packets that its handlers or _next gave us */
  struct lent lent[kMostLent];
  const mc_packet* const* array;
  size_t lent_count;
  struct record* timer; /* of a timer */
  mc_stats seen;
  /* Of a pipe. */
  int ends[2];
  struct record* registration;
};

struct shelf {
  struct thing* slots[kKinds][kMost];
};

/* A call that has not returned. */
struct frame {
  enum function function;
  struct thing* thing;
  unsigned long number, failures;
  int is_null, is_foreign, code;
};

/* A thread that makes random calls. */
struct caller {
  uint64_t random;
  int number;
  struct shelf own;
  struct shelf* reach;    /* where it takes handles from: its own shelf, or another's */
  struct caller* host;    /* of a visitor: who waits for it */
  struct thing* may_free; /* of a visitor: the host's poller that it is to free */
  unsigned long calls, most, failures;
  int depth;                /* of callbacks */
  const mc_packet* present; /* the packet that the innermost callback was given */
  int destroys;             /* that run */
  int budget; /* calls that callbacks may still make before the outermost call returns */
  int frame_count;
  struct frame frames[kMostFrames];
  struct {
    unsigned long number;
    enum function function;
    int outcome, depth;
  } ring[kRing];
  struct thing* things;
  struct record* records;
  struct caller* older; /* visitors of it, when they have gone */
};

extern _Thread_local struct caller* me;

struct caller* make_caller(uint64_t seed, int number, unsigned long calls);
/* Takes over what a caller that has ended had known. */
void inherit(struct caller* from);

struct thing* make_thing(enum kind kind, void* handle, struct thing* home);
struct record* make_record(enum role role, struct thing* of);
/* The call that took the record returned this. */
void settle_record(struct record* record, int outcome);
/* Its fn is not to be called any more; NULL is allowed. */
void hush(struct record* record);
/* What a role's call led to: `place` has the record that is called now, unless a finaliser of `old` set
 * another meanwhile. */
void settle_role(struct record** place, struct record* old, struct record* record, int outcome);

/* A poller that another thread has freed may be gone when the destroys of its last turn run. */
int is_in_reach(const struct thing* thing);
/* A random thing of the kind, rarely one whose handle is NULL; NULL when there is none. */
struct thing* pick(enum kind kind);
/* A free place on the caller's own shelf, NULL when there is none. */
struct thing** free_place(enum kind kind);
/* Puts a new thing on the caller's shelf; where that has become full meanwhile, frees it. */
void keep(struct thing* thing);
void drop(struct shelf* shelf, struct thing* thing);
/* The caller's default poller as a thing; made when there is none. */
struct thing* own_poller(void);
/* The poller of a new thing, and what to give for it: NULL may mean the default poller. */
struct thing* pick_home(mc_poller** argument);
/* Whether the calling thread may call the functions of the thing. */
int is_mine(const struct thing* thing);
int is_alive(const struct thing* thing); /* it has a handle, and its poller lives */

int lives_on(const struct thing* thing, const struct thing* poller);

/* A call of the function has not returned. */
int is_inside(enum function function);

/* A registration is over. */
void leave_descriptor(struct record* record);
/* Unregisters a pipe and closes it. */
void end_pipe(struct thing* pipe);
/* Poller `thing` has ended, or is about to: nothing on it calls back. */
void end_poller(struct thing* thing);
void forget_lent(struct thing* listener);
void check_lent(const struct thing* listener);
/* Frees everything on the shelf, the pollers too. */
void clear_shelf(struct shelf* shelf);

/* A handle that several threads use, and one frees when nobody is inside. */
struct door {
  void* _Atomic handle;
  atomic_int pins;
  struct thing* thing;
};
enum { kDoors = 24 };
extern struct door poller_doors[kDoors];
extern struct door filter_doors[kDoors];
void lock_doors(void);                                  /* first, once */
int open_door(struct door* doors, struct thing* thing); /* 0 when all are taken */
void* pin(struct door* door);                           /* the handle, or NULL */
void unpin(struct door* door);
int close_door(struct thing* thing); /* 0 when somebody is inside */

#endif /* WORLD_H_ */
