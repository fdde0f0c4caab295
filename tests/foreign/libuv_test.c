/* The library nests in libuv: uv_poll_t on the descriptor of a poller, and of a pulled listener.
 * Nothing is missed, and nothing spins: as many turns as there was work. */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uv.h>

#include "check.h"
#include "lab.h"

enum { kBursts = 20, kBurst = 50, kPackets = kBursts * kBurst, kFirings = 20, kTicks = 20 };
/* Of a burst: the posted function, the source, the packets, and one to spare for each. */
enum { kTurns = kBursts * 6 + kFirings * 2 + 10, kPulls = kBursts * 8 };
/* Not more than fits where a system grants no more than its default of 208 KiB. */
enum { kAtOnce = 400 };

static const uint16_t kPort = 4300;

/* Packets as they come: numbered, so that each must be the next. */
struct heard {
  int count;
  int misplaced;
};

static void hear(struct heard* heard, const mc_packet* packet) {
  char expected[16];
  const int size = snprintf(expected, sizeof expected, "%d", heard->count++);
  if (packet->size != (size_t)size || memcmp(packet->data, expected, packet->size) != 0) {
    ++heard->misplaced;
  }
}

/* Everything of a test. A thread posts; that resumes the source, which sends a burst; both
 * listeners hear it; then the thread posts again. Two timers run besides, the library's and libuv's.
 */
struct work {
  uv_loop_t loop;
  uv_poll_t poller_watcher;
  uv_poll_t pulled_watcher;
  uv_timer_t ticker;
  mc_poller* poller;
  mc_listener* listener;
  mc_listener* pulled_listener;
  mc_multicaster* multicaster;
  mc_timer* timer;
  struct heard heard;
  struct heard pulled;
  int serves;
  int pulls;
  int fired;
  int ticks;
  int is_late;
  int allowed;
  int supplied;
  char lent[16];
  sem_t heard_a_burst;
};

/* ---- What the loop calls --------------------------------------------------------------------- */

static void end_when_done(struct work* work) {
  if (work->heard.count == kPackets && work->pulled.count == kPackets && work->fired == kFirings &&
      work->ticks == kTicks) {
    uv_stop(&work->loop);
  }
}

static void serve(uv_poll_t* watcher, int status, int events) {
  struct work* work = watcher->data;
  (void)events;
  ++work->serves;
  if (!CHECK_EQ(status, 0) || !CHECK_OK(mc_poller_poll(work->poller, 0))) uv_stop(&work->loop);
  end_when_done(work);
}

static void pull(uv_poll_t* watcher, int status, int events) {
  struct work* work = watcher->data;
  const mc_packet* const* packets = NULL;
  (void)events;
  ++work->pulls;
  const int count = mc_listener_next_many(work->pulled_listener, &packets, MC_MAX_BATCH, 0);
  if (!CHECK_EQ(status, 0) || !CHECK_OK(count)) uv_stop(&work->loop);
  for (int i = 0; i < count; ++i) hear(&work->pulled, packets[i]);
  end_when_done(work);
}

static void tick(uv_timer_t* ticker) {
  struct work* work = ticker->data;
  if (++work->ticks == kTicks) uv_timer_stop(ticker);
  end_when_done(work);
}

static void be_late(uv_timer_t* deadline) {
  ((struct work*)deadline->data)->is_late = 1;
  uv_stop(deadline->loop);
}

/* ---- What the library calls ------------------------------------------------------------------ */

static int on_packet(const mc_packet* packet, void* user) {
  struct work* work = user;
  hear(&work->heard, packet);
  if (work->heard.count % kBurst == 0) sem_post(&work->heard_a_burst);
  return 0;
}

static int on_timer(void* user) {
  return ++((struct work*)user)->fired == kFirings;
}

static int supply(mc_buffer* packet, void* user) {
  struct work* work = user;
  if (work->supplied == work->allowed) return MC_SOURCE_PAUSE;
  packet->size = (size_t)snprintf(work->lent, sizeof work->lent, "%d", work->supplied++);
  packet->data = work->lent;
  return MC_SOURCE_PACKET;
}

static void resume(void* user) {
  struct work* work = user;
  work->allowed += kBurst;
  CHECK_OK(mc_multicaster_resume(work->multicaster));
}

/* ---- Making it, running it ------------------------------------------------------------------- */

static void* post_all(void* user) {
  struct work* work = user;
  for (int i = 0; i < kBursts; ++i) {
    struct timespec deadline;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += 30;
    CHECK_OK(mc_poller_post(work->poller, resume, work, NULL));
    if (!CHECK_EQ(sem_timedwait(&work->heard_a_burst, &deadline), 0)) break;
  }
  return NULL;
}

static mc_listener* new_listener(struct work* work, mc_packet_fn handler) {
  mc_listener* listener = NULL;
  CHECK_OK(mc_listener_new(&listener, work->poller));
  CHECK_OK(mc_listener_set_handler(listener, handler, work, NULL));
  CHECK_OK(mc_listener_add(listener, check_group, kPort));
  CHECK_OK(mc_listener_open(listener));
  return listener;
}

static void watch(struct work* work, uv_poll_t* watcher, int fd, uv_poll_cb serve_it) {
  CHECK_EQ(uv_poll_init(&work->loop, watcher, fd), 0);
  watcher->data = work;
  CHECK_EQ(uv_poll_start(watcher, UV_READABLE, serve_it), 0);
}

static void begin(struct work* work) {
  memset(work, 0, sizeof *work);
  CHECK_EQ(uv_loop_init(&work->loop), 0);
  CHECK_OK(mc_poller_new(&work->poller));
  work->listener = new_listener(work, on_packet);
  watch(work, &work->poller_watcher, mc_poller_fd(work->poller), serve);
}

static void close_handle(uv_handle_t* handle, void* unused) {
  (void)unused;
  if (!uv_is_closing(handle)) uv_close(handle, NULL);
}

static void end(struct work* work) {
  uv_walk(&work->loop, close_handle, NULL);
  CHECK_EQ(uv_run(&work->loop, UV_RUN_DEFAULT), 0);
  CHECK_EQ(uv_loop_close(&work->loop), 0);
  mc_timer_free(work->timer);
  mc_multicaster_free(work->multicaster);
  mc_listener_free(work->pulled_listener);
  mc_listener_free(work->listener);
  mc_poller_free(work->poller);
}

/* The loop goes on, without work: nothing wakes it. */
static void check_that_it_rests(struct work* work) {
  const int serves = work->serves;
  const int pulls = work->pulls;
  for (int i = 0; i < 100; ++i) uv_run(&work->loop, UV_RUN_NOWAIT);
  CHECK_EQ(work->serves, serves);
  CHECK_EQ(work->pulls, pulls);
}

static void work_of_every_kind_is_served_by_a_libuv_loop(void) {
  static struct work work;
  uv_timer_t deadline;
  pthread_t poster;
  mc_stats stats;
  begin(&work);
  sem_init(&work.heard_a_burst, 0, 0);
  work.pulled_listener = new_listener(&work, NULL);
  watch(&work, &work.pulled_watcher, mc_listener_fd(work.pulled_listener), pull);
  CHECK_OK(mc_multicaster_new(&work.multicaster, work.poller, check_group, kPort, MC_TTL_HOST));
  CHECK_OK(mc_multicaster_set_source(work.multicaster, supply, &work, NULL));
  CHECK_OK(mc_timer_new(&work.timer, work.poller, 0.001, 0.001, on_timer, &work, NULL));
  uv_timer_init(&work.loop, &work.ticker);
  work.ticker.data = &work;
  uv_timer_start(&work.ticker, tick, 1, 1);
  uv_timer_init(&work.loop, &deadline);
  deadline.data = &work;
  uv_timer_start(&deadline, be_late, 40000, 0);
  REQUIRE(pthread_create(&poster, NULL, post_all, &work) == 0);
  uv_run(&work.loop, UV_RUN_DEFAULT);
  pthread_join(poster, NULL);

  CHECK_EQ(work.is_late, 0);
  CHECK_EQ(work.heard.count, kPackets);
  CHECK_EQ(work.pulled.count, kPackets);
  CHECK_EQ(work.heard.misplaced + work.pulled.misplaced, 0);
  CHECK_EQ(work.fired, kFirings);
  CHECK_EQ(work.ticks, kTicks);
  REQUIRE_OK(mc_poller_stats(work.poller, &stats, sizeof stats));
  printf("  %llu turns and %d pulls for %d bursts and %d firings\n",
         (unsigned long long)stats.turns, work.pulls, kBursts, kFirings);
  CHECK_EQ(stats.turns, work.serves);
  CHECK(work.serves <= kTurns);
  CHECK(work.pulls <= kPulls);
  check_that_it_rests(&work);
  sem_destroy(&work.heard_a_burst);
  end(&work);
}

static void a_burst_beyond_a_turns_share_is_served_in_several(void) {
  static struct work work;
  begin(&work);
  sem_init(&work.heard_a_burst, 0, 0);
  for (int i = 0; i < kAtOnce; ++i) {
    char text[16];
    const int size = snprintf(text, sizeof text, "%d", i);
    REQUIRE_OK(mc_sendto(text, (size_t)size, check_group, kPort, MC_TTL_HOST));
  }
  for (int i = 0; i < 100 && work.heard.count < kAtOnce; ++i) {
    uv_run(&work.loop, UV_RUN_NOWAIT);
  }
  CHECK_EQ(work.heard.count, kAtOnce);
  CHECK_EQ(work.heard.misplaced, 0);
  CHECK(work.serves > 1);
  check_that_it_rests(&work);
  sem_destroy(&work.heard_a_burst);
  end(&work);
}

int main(int argc, char** argv) {
  static const struct check_test kTests[] = {
      {"work of every kind is served by a libuv loop", work_of_every_kind_is_served_by_a_libuv_loop,
       kBothFamilies},
      {"a burst beyond a turn's share is served in several",
       a_burst_beyond_a_turns_share_is_served_in_several, kBothFamilies},
  };
  /* The first loop of a process makes descriptors that libuv keeps. */
  uv_loop_t first;
  lab_enter_private_network();
  if (uv_loop_init(&first) != 0 || uv_loop_close(&first) != 0) return EXIT_FAILURE;
  return check_main(argc, argv, kTests, COUNT_OF(kTests));
}
