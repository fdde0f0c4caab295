/* The library as a plug-in's dependency: loaded, used by threads, and closed while they are still
 * inside, a thousand times. This program is C, not linked to the library, and runs in a private
 * network: netlab here -- unload_test LIBRARY
 *
 * The library stays in memory (-z nodelete), which is what makes this legal.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <malloc.h>
#include <multicast/multicast.h>
#include <net/if.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { kRounds = 1000, kDeadlineSeconds = 170, kPostsInside = 20 };

static const char kGroup[] = "239.2.1.8";
static const char* library_path;

#define REQUIRE(condition) require((condition) ? 1 : 0, #condition, __LINE__)
static void require(int held, const char* text, int line) {
  if (held) return;
  printf("unload_test.c:%d: not so: %s\n", line, text);
  fflush(stdout);
  _exit(1);
}

/* What is used of the library, looked up anew in every round. */
struct api {
  void* handle;
  __typeof__(&mc_version) version;
  __typeof__(&mc_default_poller) default_poller;
  __typeof__(&mc_poller_new) poller_new;
  __typeof__(&mc_poller_free) poller_free;
  __typeof__(&mc_poller_loop) poller_loop;
  __typeof__(&mc_poller_stop) poller_stop;
  __typeof__(&mc_poller_post) poller_post;
  __typeof__(&mc_listener_new) listener_new;
  __typeof__(&mc_listener_free) listener_free;
  __typeof__(&mc_listener_add) listener_add;
  __typeof__(&mc_listener_set_handler) listener_set_handler;
  __typeof__(&mc_listener_open) listener_open;
  __typeof__(&mc_sendto) sendto;
};

/* ISO C has no conversion from void* to a function. */
static void look_up(void* handle, const char* name, void* function) {
  void* const found = dlsym(handle, name);
  REQUIRE(found != NULL);
  memcpy(function, &found, sizeof found);
}

static void load(struct api* api) {
  api->handle = dlopen(library_path, RTLD_NOW | RTLD_LOCAL);
  if (api->handle == NULL) printf("%s\n", dlerror());
  REQUIRE(api->handle != NULL);
#define LOOK_UP(name) look_up(api->handle, "mc_" #name, &api->name)
  LOOK_UP(version);
  LOOK_UP(default_poller);
  LOOK_UP(poller_new);
  LOOK_UP(poller_free);
  LOOK_UP(poller_loop);
  LOOK_UP(poller_stop);
  LOOK_UP(poller_post);
  LOOK_UP(listener_new);
  LOOK_UP(listener_free);
  LOOK_UP(listener_add);
  LOOK_UP(listener_set_handler);
  LOOK_UP(listener_open);
  LOOK_UP(sendto);
#undef LOOK_UP
}

static int count_descriptors(void) {
  int count = 0;
  DIR* directory = opendir("/proc/self/fd");
  REQUIRE(directory != NULL);
  while (readdir(directory) != NULL) ++count;
  closedir(directory);
  return count - 3; /* ".", "..", and the directory itself */
}

/* 0 under sanitizers, whose own leak detector looks instead. */
static size_t memory_in_use(void) {
  return mallinfo2().uordblks;
}

static void wait_for(sem_t* event) {
  struct timespec deadline;
  clock_gettime(CLOCK_REALTIME, &deadline);
  deadline.tv_sec += kDeadlineSeconds;
  int outcome = -1;
  do outcome = sem_timedwait(event, &deadline);
  while (outcome != 0 && deadline.tv_sec > time(NULL));
  REQUIRE(outcome == 0);
}

/* ---- A thread in a loop, another that posts -------------------------------------------------- */

struct round {
  struct api api;
  mc_poller* poller;
  sem_t ready;
  sem_t ran;   /* once for each function that ran */
  sem_t heard; /* once for each packet */
  atomic_int given_back;
  atomic_int is_over;
  int posted;
};

static int hear(const mc_packet* packet, void* user) {
  struct round* round = user;
  REQUIRE(packet->size == 5);
  sem_post(&round->heard);
  return 0;
}

static mc_listener* open_listener(const struct api* api, mc_poller* poller, struct round* round) {
  mc_listener* listener = NULL;
  REQUIRE(api->listener_new(&listener, poller) == 0);
  REQUIRE(api->listener_set_handler(listener, hear, round, NULL) == 0);
  REQUIRE(api->listener_add(listener, kGroup, 4242) == 0);
  REQUIRE(api->listener_open(listener) == 0);
  return listener;
}

static void* loop(void* user) {
  struct round* round = user;
  const struct api* api = &round->api;
  REQUIRE(api->poller_new(&round->poller) == 0);
  mc_listener* listener = open_listener(api, round->poller, round);
  sem_post(&round->ready);
  REQUIRE(api->poller_loop(round->poller, -1, 0) == MC_STOPPED);
  api->listener_free(listener);
  api->poller_free(round->poller);
  return NULL;
}

static void run(void* user) {
  sem_post(&((struct round*)user)->ran);
}

static void give_back(void* user) {
  atomic_fetch_add(&((struct round*)user)->given_back, 1);
}

static void* post(void* user) {
  struct round* round = user;
  while (!atomic_load(&round->is_over)) {
    REQUIRE(round->api.poller_post(round->poller, run, round, give_back) == 0);
    ++round->posted;
    if (round->posted - atomic_load(&round->given_back) > 64) sched_yield();
  }
  REQUIRE(round->api.sendto("hello", 5, kGroup, 4242, MC_TTL_HOST) == 0);
  return NULL;
}

static void close_while_threads_are_inside(void) {
  struct round round = {.posted = 0};
  pthread_t looper;
  pthread_t poster;
  sem_init(&round.ready, 0, 0);
  sem_init(&round.ran, 0, 0);
  sem_init(&round.heard, 0, 0);
  load(&round.api);
  REQUIRE(pthread_create(&looper, NULL, loop, &round) == 0);
  wait_for(&round.ready);
  REQUIRE(pthread_create(&poster, NULL, post, &round) == 0);
  for (int i = 0; i < kPostsInside; ++i) wait_for(&round.ran);
  REQUIRE(dlclose(round.api.handle) == 0); /* one loops, the other posts */
  for (int i = 0; i < kPostsInside; ++i) wait_for(&round.ran);
  atomic_store(&round.is_over, 1);
  pthread_join(poster, NULL);
  wait_for(&round.heard);
  REQUIRE(round.api.poller_stop(round.poller) == 0);
  pthread_join(looper, NULL);
  REQUIRE(atomic_load(&round.given_back) == round.posted);
}

/* ---- A thread whose default poller ends after the library was closed -------------------------- */

struct late {
  struct api api;
  mc_listener* listener;
  sem_t ready;
  sem_t may_end;
};

static void* have_a_default_poller(void* user) {
  struct late* late = user;
  mc_poller* const own = late->api.default_poller();
  REQUIRE(own != NULL);
  late->listener = open_listener(&late->api, own, NULL);
  REQUIRE(late->api.sendto("hello", 5, kGroup, 4243, MC_TTL_HOST) == 0);
  sem_post(&late->ready);
  wait_for(&late->may_end);
  return NULL;
}

static void close_before_a_default_poller_ends(void) {
  struct late late;
  pthread_t thread;
  sem_init(&late.ready, 0, 0);
  sem_init(&late.may_end, 0, 0);
  load(&late.api);
  const int before = count_descriptors();
  REQUIRE(pthread_create(&thread, NULL, have_a_default_poller, &late) == 0);
  wait_for(&late.ready);
  REQUIRE(count_descriptors() > before + 2);
  REQUIRE(dlclose(late.api.handle) == 0);
  sem_post(&late.may_end);
  pthread_join(thread, NULL);
  REQUIRE(count_descriptors() == before);
  late.api.listener_free(late.listener); /* a handle still, to be freed */
}

/* ---------------------------------------------------------------------------------------------- */

static void repeat(const char* what, void (*round)(void), int rounds) {
  const void* stays_at = NULL;
  int descriptors = 0;
  size_t memory = 0;
  for (int i = 0; i < rounds; ++i) {
    if (i == rounds / 10) {
      descriptors = count_descriptors();
      memory = memory_in_use();
    }
    round();
    struct api api;
    load(&api);
    if (stays_at == NULL) stays_at = api.version();
    REQUIRE(api.version() == stays_at);
    REQUIRE(dlclose(api.handle) == 0);
  }
  const long grown = (long)memory_in_use() - (long)memory;
  printf("%d times: %s; %ld bytes more in use than after the first %d\n", rounds, what, grown,
         rounds / 10);
  REQUIRE(count_descriptors() == descriptors);
  REQUIRE(grown < 16L * rounds); /* less than two words a round */
}

static void require_private_network(void) {
  struct if_nameindex* all = if_nameindex();
  REQUIRE(all != NULL && strcmp(all[0].if_name, "lo") == 0 && all[1].if_index == 0);
  if_freenameindex(all);
}

int main(int argc, char** argv) {
  REQUIRE(argc == 2);
  library_path = argv[1];
  require_private_network();
  alarm(kDeadlineSeconds);
  repeat("closed while threads were inside", close_while_threads_are_inside, kRounds);
  repeat("closed before a default poller ended", close_before_a_default_poller_ends, kRounds / 10);
  return EXIT_SUCCESS;
}
