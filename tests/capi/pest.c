#include "pest.h"

#include <stdatomic.h>
#include <time.h>

#include "check.h"

static atomic_int handled;

static void on_signal(int number) {
  (void)number;
  atomic_fetch_add(&handled, 1);
}

int pest_handled(void) {
  return atomic_load(&handled);
}

/* Not as fast as it can: the target is to get into its wait between two of them. */
static int was_told_to_end(struct pest* pest) {
  struct timespec soon;
  clock_gettime(CLOCK_REALTIME, &soon);
  soon.tv_nsec += 200000;
  if (soon.tv_nsec >= 1000000000) {
    soon.tv_nsec -= 1000000000;
    ++soon.tv_sec;
  }
  return sem_timedwait(&pest->enough, &soon) == 0;
}

static void* pester(void* user) {
  struct pest* pest = user;
  for (int i = 1; !was_told_to_end(pest); ++i) {
    pthread_kill(pest->target, SIGUSR1);
    if (i == pest->signals) pest->finally(pest->user);
  }
  return NULL;
}

/* The thread sanitizer loses a signal that comes in a thread's very first blocking call, so that is
 * made before. */
void pest_start(struct pest* pest) {
  const struct sigaction action = {.sa_handler = on_signal};
  CHECK_OK(mc_poll(0));
  pest->target = pthread_self();
  atomic_store(&handled, 0);
  sem_init(&pest->enough, 0, 0);
  sigaction(SIGUSR1, &action, &pest->before);
  CHECK_EQ(pthread_create(&pest->thread, NULL, pester, pest), 0);
}

void pest_end(struct pest* pest) {
  sem_post(&pest->enough);
  pthread_join(pest->thread, NULL);
  sigaction(SIGUSR1, &pest->before, NULL);
  sem_destroy(&pest->enough);
}
