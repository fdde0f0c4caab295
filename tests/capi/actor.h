/* The user's side of every callback, counting: how often it was called, how often its finaliser. */
#ifndef ACTOR_H_
#define ACTOR_H_

#include <multicast/multicast.h>

struct actor {
  /* What it does inside the callback, after counting; may be NULL. `a` and `b` are for it. */
  void (*act)(struct actor* self);
  void* a;
  void* b;
  /* The same in its finaliser. */
  void (*act_at_end)(struct actor* self);
  int verdict; /* what its callbacks return; what a source returns after `supply` packets */
  int supply;  /* a source's packets: each is the decimal number of its call */

  int calls;
  int destroyed;
  int misuses;     /* calls after the finaliser, and finalisers inside a callback: must stay 0 */
  int outcome;     /* for act */
  int seen;        /* for act */
  int told;        /* of failed datagrams */
  int code;        /* the last failure */
  int fd;          /* the last descriptor */
  unsigned events; /* of descriptors: all that were told */
  char text[16];   /* of a source: the packet that it lent last */
};

/* Callbacks whose user is a struct actor. */
int actor_packet(const mc_packet* packet, void* actor);
int actor_filter(const mc_packet* packet, void* actor);
int actor_read(int fd, uint32_t events, void* actor); /* empties the descriptor */
int actor_write(int fd, uint32_t events, void* actor);
int actor_source(mc_buffer* packet, void* actor);
int actor_failed(int code, const char* sentence, uint64_t datagrams, void* actor);
void actor_end(void* actor); /* the finaliser */

/* A listener with this actor as its handler, open; NULL (and a failed check) when it cannot. */
/* Has a poller open something: from then on it watches the links, on descriptors of its own that it
 * keeps. */
void actor_open_once(mc_poller* poller);

mc_listener* actor_listen(mc_poller* poller, const char* group, uint16_t port, struct actor* actor);

/* Sends the packet "0", then "1" … : `count` of them. */
void send_numbered(const char* group, uint16_t port, int count);

/* NULL is the default poller here.
 *
 * Polls until *count has reached `wanted`; 0 when that takes longer than twenty seconds. */
int poll_until(mc_poller* poller, const int* count, int wanted);

/* Polls without waiting until a turn brings nothing. Datagrams sent on lo before are then read. */
void poll_out(mc_poller* poller);

#endif /* ACTOR_H_ */
