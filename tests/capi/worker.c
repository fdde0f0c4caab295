#include "worker.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

int await(sem_t* semaphore) {
  struct timespec deadline;
  int outcome = 0;
  clock_gettime(CLOCK_REALTIME, &deadline);
  deadline.tv_sec += 10;
  do {
    outcome = sem_timedwait(semaphore, &deadline);
  } while (outcome != 0 && errno == EINTR);
  return CHECK_EQ(outcome, 0);
}

mc_poller* new_poller(void) {
  mc_poller* poller = NULL;
  CHECK_OK(mc_poller_new(&poller));
  return poller;
}

int register_silence(mc_poller* poller, struct actor* user) {
  const int fd = eventfd(0, EFD_CLOEXEC);
  CHECK_OK(mc_poller_register(poller, fd, 0, actor_read, NULL, user, actor_end));
  return fd;
}

struct errand {
  void (*run)(void*);
  void* user;
};

static void* run_errand(void* user) {
  const struct errand* errand = user;
  errand->run(errand->user);
  return NULL;
}

void elsewhere(void (*run)(void*), void* user) {
  struct errand errand = {run, user};
  pthread_t thread;
  if (CHECK_EQ(pthread_create(&thread, NULL, run_errand, &errand), 0)) pthread_join(thread, NULL);
}

static void* work(void* user) {
  struct worker* worker = user;
  CHECK_OK(mc_poller_new(&worker->poller));
  const int silence = register_silence(worker->poller, &worker->silent);
  sem_post(&worker->ready);
  worker->outcome = mc_poller_loop(worker->poller, -1, worker->interval);
  await(&worker->stopped); /* whoever stops it is done with it */
  if (!worker->is_gone) mc_poller_free(worker->poller);
  close(silence);
  return NULL;
}

int worker_start(struct worker* worker) {
  worker->poller = NULL;
  worker->silent = (struct actor){.calls = 0};
  worker->is_gone = 0;
  sem_init(&worker->ready, 0, 0);
  sem_init(&worker->stopped, 0, 0);
  return CHECK_EQ(pthread_create(&worker->thread, NULL, work, worker), 0) && await(&worker->ready);
}

struct order {
  mc_post_fn fn;
  void* user;
  sem_t done;
};

static void carry_out(void* user) {
  struct order* order = user;
  order->fn(order->user);
}

static void post_done(void* user) {
  sem_post(&((struct order*)user)->done);
}

void worker_do(struct worker* worker, mc_post_fn fn, void* user) {
  struct order order = {.fn = fn, .user = user};
  sem_init(&order.done, 0, 0);
  if (CHECK_OK(mc_poller_post(worker->poller, carry_out, &order, post_done))) await(&order.done);
  sem_destroy(&order.done);
}

static void join(struct worker* worker) {
  sem_post(&worker->stopped);
  pthread_join(worker->thread, NULL);
  CHECK_EQ(worker->silent.calls, 0);
  sem_destroy(&worker->ready);
  sem_destroy(&worker->stopped);
}

void worker_end(struct worker* worker) {
  CHECK_OK(mc_poller_stop(worker->poller));
  join(worker);
  CHECK_EQ(worker->outcome, MC_STOPPED);
}

void worker_end_without_poller(struct worker* worker) {
  join(worker);
  CHECK_EQ(worker->outcome, 0);
}
