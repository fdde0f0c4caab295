/* Forks inside callbacks: the child's turn ends, and nothing of the parent's is taken away. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "worker.h"

enum { kPort = 4380, kPackets = 100, kUnfit = 8 };

enum callback {
  kHandler,
  kBatch,
  kFilter,
  kSource,
  kTimer,
  kDescriptor,
  kPost,
  kAnswer,
  kDestroy, /* of what was posted */
  kLog,
  kSendError,
  kKinds
};

/* Everything on one poller; one of the callbacks forks. */
static struct scene {
  enum callback forks;
  int at; /* its which call */
  int calls[kKinds];
  int singly[kPackets], together[kPackets]; /* how often each packet came */
  mc_poller* poller;
  mc_listener* single;
  mc_listener* batch;
  mc_listener* bystanders[2]; /* behind them on the channel: singly, in batches */
  mc_multicaster* multicaster;
  mc_multicaster* unfit[2]; /* whose sources give what cannot be sent; one has no error handler */
  int unfit_given[2];
  mc_timer* timers[2]; /* both due in each turn */
  int fd;
  struct actor source;
  pid_t child;
  int is_child, calls_in_child;
  int by_loop; /* polled by mc_poller_loop, which each turn stops */
} scene;

static void called(enum callback kind) {
  /* What the child frees is its own memory, and so are the finalisers of that. */
  if (scene.is_child && kind != kDestroy) ++scene.calls_in_child;
  if (++scene.calls[kind] != scene.at || kind != scene.forks) return;
  fflush(stdout);
  scene.child = fork();
  if (scene.child != 0) return;
  scene.is_child = 1;
  alarm(30);
}

static void note(int* seen, const mc_packet* packet) {
  char text[16] = "";
  memcpy(text, packet->data, packet->size < sizeof text ? packet->size : 0);
  const int number = atoi(text);
  if (CHECK(number >= 0 && number < kPackets)) ++seen[number];
}

static int is_complete(void) {
  for (int i = 0; i < kPackets; ++i) {
    if (scene.singly[i] == 0 || scene.together[i] == 0) return 0;
  }
  return scene.calls[kTimer] > scene.at && scene.calls[kDescriptor] > scene.at &&
         scene.calls[kPost] > scene.at && scene.calls[kAnswer] >= kPackets &&
         scene.calls[kDestroy] > scene.at && scene.calls[kLog] > scene.at &&
         scene.calls[kSendError] >= kUnfit;
}

static int on_packet(const mc_packet* packet, void* user) {
  (void)user;
  note(scene.singly, packet);
  CHECK_OK(mc_reply(packet, packet->data, packet->size));
  called(kHandler);
  return 0;
}
static int on_batch(const mc_packet* const* packets, size_t count, void* user) {
  (void)user;
  for (size_t i = 0; i < count; ++i) note(scene.together, packets[i]);
  called(kBatch);
  return 0;
}
static int on_other_packet(const mc_packet* packet, void* user) {
  (void)packet;
  (void)user;
  if (scene.is_child) ++scene.calls_in_child;
  return 0;
}
static int on_other_batch(const mc_packet* const* packets, size_t count, void* user) {
  (void)packets;
  (void)count;
  (void)user;
  if (scene.is_child) ++scene.calls_in_child;
  return 0;
}
static int on_filter(const mc_packet* packet, void* user) {
  (void)packet;
  (void)user;
  called(kFilter);
  return 1;
}
static int on_answer(const mc_packet* packet, void* user) {
  (void)packet;
  (void)user;
  called(kAnswer);
  return 0;
}
static int on_source(mc_buffer* packet, void* user) {
  const int verdict = actor_source(packet, user);
  called(kSource);
  return verdict;
}
static int on_unfit_source(mc_buffer* packet, void* given) {
  static const char bytes[MC_MAX_PACKET + 1];
  if (scene.is_child) ++scene.calls_in_child;
  if ((*(int*)given)++ >= kUnfit) return MC_SOURCE_PAUSE;
  packet->data = bytes;
  packet->size = sizeof bytes;
  return MC_SOURCE_PACKET;
}
static int on_send_error(int code, const char* sentence, uint64_t datagrams, void* user) {
  (void)user;
  CHECK_EQ(code, MC_ERROR_PACKET_TOO_LARGE);
  CHECK_EQ(datagrams, 1);
  CHECK_CONTAINS(sentence, "65508");
  called(kSendError);
  return 0;
}
static void on_log(int level, int code, const char* sentence, void* user) {
  (void)level;
  (void)code;
  (void)sentence;
  (void)user;
  called(kLog);
}
static void on_destroy(void* user) {
  (void)user;
  called(kDestroy);
}
static int on_timer(void* user) {
  (void)user;
  called(kTimer);
  return 0;
}
static int on_descriptor(int fd, uint32_t events, void* user) {
  (void)fd; /* it is never emptied, so it is ready in each turn */
  (void)events;
  (void)user;
  called(kDescriptor);
  return 0;
}
static void on_post(void* user) {
  if (scene.by_loop) CHECK_OK(mc_poller_stop(scene.poller));
  if (!is_complete()) CHECK_OK(mc_poller_post(scene.poller, on_post, user, on_destroy));
  called(kPost);
}

static void set_unfit(void) {
  for (size_t i = 0; i < COUNT_OF(scene.unfit); ++i) {
    mc_multicaster** const each = &scene.unfit[i];
    CHECK_OK(mc_multicaster_new(each, scene.poller, check_other_group, kPort, 0));
    CHECK_OK(mc_multicaster_set_source(*each, on_unfit_source, &scene.unfit_given[i], NULL));
  }
  CHECK_OK(mc_multicaster_set_error_handler(scene.unfit[0], on_send_error, NULL, NULL));
}

static void set(enum callback forks, int at) {
  mc_filter* filter = NULL;
  scene = (struct scene){.forks = forks, .at = at, .poller = new_poller()};
  scene.source = (struct actor){.supply = kPackets, .verdict = MC_SOURCE_PAUSE};
  CHECK_OK(mc_poller_set_log(scene.poller, on_log, NULL, NULL));
  set_unfit();
  CHECK_OK(mc_filter_callable(&filter, on_filter, NULL, NULL));
  CHECK_OK(mc_listener_new(&scene.single, scene.poller));
  CHECK_OK(mc_listener_set_handler(scene.single, on_packet, NULL, NULL));
  CHECK_OK(mc_listener_set_filter(scene.single, filter));
  CHECK_OK(mc_listener_add(scene.single, check_group, kPort));
  CHECK_OK(mc_listener_open(scene.single));
  CHECK_OK(mc_listener_new(&scene.batch, scene.poller));
  CHECK_OK(mc_listener_set_batch_handler(scene.batch, on_batch, NULL, NULL));
  CHECK_OK(mc_listener_add(scene.batch, check_group, kPort));
  CHECK_OK(mc_listener_open(scene.batch));
  for (size_t i = 0; i < COUNT_OF(scene.bystanders); ++i) {
    mc_listener** const each = &scene.bystanders[i];
    CHECK_OK(mc_listener_new(each, scene.poller));
    CHECK_OK(i == 0 ? mc_listener_set_handler(*each, on_other_packet, NULL, NULL)
                    : mc_listener_set_batch_handler(*each, on_other_batch, NULL, NULL));
    CHECK_OK(mc_listener_add(*each, check_group, kPort));
    CHECK_OK(mc_listener_open(*each));
  }
  CHECK_OK(mc_multicaster_new(&scene.multicaster, scene.poller, check_group, kPort, 0));
  CHECK_OK(mc_multicaster_set_train_limit(scene.multicaster, 1)); /* for many small batches */
  CHECK_OK(mc_multicaster_set_handler(scene.multicaster, on_answer, NULL, NULL));
  CHECK_OK(mc_multicaster_set_source(scene.multicaster, on_source, &scene.source, NULL));
  for (size_t i = 0; i < COUNT_OF(scene.timers); ++i)
    CHECK_OK(mc_timer_new(&scene.timers[i], scene.poller, 0, 1e-6, on_timer, NULL, NULL));
  scene.fd = eventfd(1, EFD_CLOEXEC);
  CHECK_OK(mc_poller_register(scene.poller, scene.fd, 0, on_descriptor, NULL, NULL, NULL));
  CHECK_OK(mc_poller_post(scene.poller, on_post, NULL, on_destroy));
  CHECK_OK(mc_poller_post(scene.poller, on_post, NULL, on_destroy)); /* two in each turn */
  mc_filter_free(filter);
}

static void strike(void) {
  mc_listener_free(scene.single);
  mc_listener_free(scene.batch);
  mc_listener_free(scene.bystanders[0]);
  mc_listener_free(scene.bystanders[1]);
  mc_multicaster_free(scene.multicaster);
  mc_multicaster_free(scene.unfit[0]);
  mc_multicaster_free(scene.unfit[1]);
  mc_timer_free(scene.timers[0]);
  mc_timer_free(scene.timers[1]);
  mc_poller_free(scene.poller);
  close(scene.fd);
}

/* What came of the call that polls, in the child; it ends here. */
static void end_child(int outcome, int descriptors) {
  int held = CHECK_EQ(outcome, MC_ERROR_FORKED) && CHECK_CONTAINS(mc_last_error(), "forked");
  held = CHECK_ERROR(mc_poller_poll(scene.poller, -1), MC_ERROR_FORKED, "forked") && held;
  held = CHECK_ERROR(mc_poller_loop(scene.poller, -1, 0), MC_ERROR_FORKED, "forked") && held;
  strike();
  held = CHECK_EQ(scene.calls_in_child, 0) && held;
  held = CHECK_EQ(check_count_descriptors(), descriptors) && held;
  fflush(stdout);
  _exit(held ? 0 : 1);
}

static void fork_in(enum callback forks, int at, int by_loop) {
  int status = -1;
  const int descriptors = check_count_descriptors();
  set(forks, at);
  scene.by_loop = by_loop;
  const time_t deadline = time(NULL) + 10;
  while (!is_complete() && time(NULL) < deadline) {
    const int outcome =
        scene.by_loop ? mc_poller_loop(scene.poller, 1, 0) : mc_poller_poll(scene.poller, 1);
    if (scene.is_child) end_child(outcome, descriptors);
    if (!CHECK_OK(outcome)) break;
  }
  CHECK(is_complete());
  if (at > 0) CHECK_EQ(waitpid(scene.child, &status, 0), scene.child);
  if (at > 0) CHECK_EQ(status, 0);
  for (int turn = 0; turn < 10; ++turn) CHECK_OK(mc_poller_poll(scene.poller, 0));
  for (int i = 0; i < kPackets; ++i) {
    if (!CHECK_EQ(scene.singly[i], 1) || !CHECK_EQ(scene.together[i], 1)) break;
  }
  CHECK_EQ(scene.calls[kFilter], kPackets);
  CHECK_EQ(scene.calls[kAnswer], kPackets);
  CHECK_EQ(scene.source.calls, kPackets + 1);
  CHECK_EQ(scene.calls[kSendError], kUnfit);
  CHECK_EQ(scene.unfit_given[0], kUnfit + 1);
  CHECK_EQ(scene.unfit_given[1], kUnfit + 1);
  strike();
}

static void fork_in_first_and_later_call(enum callback forks) {
  check_note("nothing forks");
  fork_in(forks, 0, 0); /* and the thread has its socket for mc_reply */
  check_note("the first call forks");
  fork_in(forks, 1, 0);
  check_note("the third call forks");
  fork_in(forks, 3, 1);
}

static void a_handler_forks(void) {
  fork_in_first_and_later_call(kHandler);
}
static void a_batch_handler_forks(void) {
  fork_in_first_and_later_call(kBatch);
}
static void a_filter_forks(void) {
  fork_in_first_and_later_call(kFilter);
}
static void a_source_forks(void) {
  fork_in_first_and_later_call(kSource);
}
static void a_timer_forks(void) {
  fork_in_first_and_later_call(kTimer);
}
static void a_descriptor_handler_forks(void) {
  fork_in_first_and_later_call(kDescriptor);
}
static void a_posted_function_forks(void) {
  fork_in_first_and_later_call(kPost);
}
static void a_handler_of_answers_forks(void) {
  fork_in_first_and_later_call(kAnswer);
}
static void a_destroy_forks(void) {
  fork_in_first_and_later_call(kDestroy);
}
static void a_log_function_forks(void) {
  fork_in_first_and_later_call(kLog);
}
static void a_handler_of_send_errors_forks(void) {
  fork_in_first_and_later_call(kSendError);
}

/* ---- Pulling and default pollers ------------------------------------------------------------ */

static void end_simple_child(int outcome) {
  const int held = CHECK_EQ(outcome, MC_ERROR_FORKED) && CHECK_EQ(scene.calls_in_child, 0);
  fflush(stdout);
  _exit(held ? 0 : 1);
}

static void expect_good_child(void) {
  int status = -1;
  CHECK_EQ(waitpid(scene.child, &status, 0), scene.child);
  CHECK_EQ(status, 0);
}

static void a_filter_forks_while_its_listener_is_pulled(void) {
  mc_filter* filter = NULL;
  mc_listener* listener = NULL;
  const mc_packet* const* packets = NULL;
  int taken = 0;
  scene = (struct scene){.forks = kFilter, .at = 3};
  REQUIRE_OK(mc_filter_callable(&filter, on_filter, NULL, NULL));
  CHECK_OK(mc_listener_new(&listener, NULL));
  CHECK_OK(mc_listener_add(listener, check_group, kPort));
  CHECK_OK(mc_listener_set_filter(listener, filter));
  CHECK_OK(mc_listener_open(listener));
  send_numbered(check_group, kPort, kPackets);
  while (taken < kPackets) {
    const int count = mc_listener_next_many(listener, &packets, 7, 5);
    if (scene.is_child) end_simple_child(count);
    if (!CHECK(count > 0)) break;
    for (int i = 0; i < count; ++i) note(scene.singly, packets[i]);
    taken += count;
  }
  for (int i = 0; i < kPackets; ++i) CHECK_EQ(scene.singly[i], 1);
  expect_good_child();
  mc_filter_free(filter);
  mc_listener_free(listener);
}

static int fork_and_go_on(const mc_packet* packet, void* user) {
  struct actor own = {.calls = 0};
  (void)user;
  note(scene.singly, packet);
  called(kHandler);
  if (!scene.is_child) return 0;
  /* Inside the callback of a poller that is now the parent's, the child has its own at once. */
  CHECK_EQ(mc_poll(0), 0);
  mc_listener* listener = actor_listen(NULL, check_other_group, kPort, &own);
  CHECK_OK(mc_sendto("a", 1, check_other_group, kPort, 0));
  CHECK(poll_until(NULL, &own.calls, 1));
  mc_listener_free(listener);
  return 0;
}

static void send_in_a_child(void) {
  send_numbered(check_group, kPort, kPackets);
}

static int start_sending(void* user) {
  (void)user;
  CHECK_EQ(check_in_child(send_in_a_child), 0);
  return 1;
}

static void a_handler_of_mc_listen_forks(void) {
  mc_timer* timer = NULL;
  scene = (struct scene){.forks = kHandler, .at = 5};
  CHECK_OK(mc_timer_new(&timer, NULL, 0, 0, start_sending, NULL, NULL));
  const int outcome = mc_listen(fork_and_go_on, NULL, check_group, kPort, 9, kPackets);
  if (scene.is_child) end_simple_child(outcome);
  CHECK_EQ(outcome, 0);
  for (int i = 0; i < kPackets; ++i) CHECK_EQ(scene.singly[i], 1);
  expect_good_child();
  mc_timer_free(timer);
}

static const struct check_test tests[] = {
    {"A handler forks", a_handler_forks, kBothFamilies},
    {"A batch handler forks", a_batch_handler_forks, 0},
    {"A filter forks", a_filter_forks, 0},
    {"A source forks", a_source_forks, 0},
    {"A timer forks", a_timer_forks, 0},
    {"A descriptor handler forks", a_descriptor_handler_forks, 0},
    {"A posted function forks", a_posted_function_forks, 0},
    {"A handler of answers forks", a_handler_of_answers_forks, 0},
    {"A destroy forks", a_destroy_forks, 0},
    {"A log function forks", a_log_function_forks, 0},
    {"A handler of send errors forks", a_handler_of_send_errors_forks, 0},
    {"A filter forks while its listener is pulled", a_filter_forks_while_its_listener_is_pulled,
     kBothFamilies},
    {"A handler of mc_listen forks", a_handler_of_mc_listen_forks, kBothFamilies},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
