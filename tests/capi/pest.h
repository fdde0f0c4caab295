/* Signals that come again and again. */
#ifndef PEST_H_
#define PEST_H_

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>

/* A thread that sends signals to the one that started it, five a millisecond, until it is told to
 * end; meanwhile it may do something that ends the wait. */
struct pest {
  int signals;                 /* so many before `finally`, 0 for no end */
  void (*finally)(void* user); /* called once; the signals go on */
  void* user;

  pthread_t thread, target;
  sem_t enough;
  struct sigaction before;
};

void pest_start(struct pest* pest);
void pest_end(struct pest* pest);
int pest_handled(void); /* so many signals since the start */

#endif /* PEST_H_ */
