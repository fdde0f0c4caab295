/* Other threads: one that serves a poller of its own, one that runs something and ends, and waiting
 * for what they do. */
#ifndef WORKER_H_
#define WORKER_H_

#include <pthread.h>
#include <semaphore.h>

#include "actor.h"

/* A thread that owns a poller and loops on it. */
struct worker {
  double interval; /* of its loop; set it before the start */

  mc_poller* poller;
  pthread_t thread;
  struct actor silent; /* something that keeps the loop going and never happens */
  int outcome;         /* of its loop, once it has ended */
  sem_t ready;
  sem_t stopped;
  int is_gone; /* somebody else freed the poller */
};

/* Returns when the poller is there and the thread is about to loop. 0 on failure. */
int worker_start(struct worker* worker);

/* Runs fn(user) in the worker's thread, and returns when it has been. */
void worker_do(struct worker* worker, mc_post_fn fn, void* user);

/* Stops the loop and waits for the end of the thread, which frees its poller. */
void worker_end(struct worker* worker);

/* The same where the poller is being freed by somebody else: waits until the loop has noticed. */
void worker_end_without_poller(struct worker* worker);

/* Runs the function in another thread, and waits for the end of that thread. */
void elsewhere(void (*run)(void*), void* user);

/* Waits until the semaphore is posted; 0 (and a failed check) when that takes ten seconds. */
int await(sem_t* semaphore);

/* A poller of the calling thread; NULL (and a failed check) when there is none. */
mc_poller* new_poller(void);

/* A descriptor that never becomes readable, registered with the poller. */
int register_silence(mc_poller* poller, struct actor* user);

#endif /* WORKER_H_ */
