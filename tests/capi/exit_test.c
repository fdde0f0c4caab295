/* The end of the process: what a signal handler may still do to the main thread's default poller. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"
#include "check.h"

enum { kPort = 4390 };

static struct actor user = {.verdict = 1};
static mc_poller* the_poller;
static int descriptors_before;

static void posted(void* unused) {
  (void)unused;
}

/* Runs after the main thread's own things are gone. */
static void late(void) {
  for (int i = 0; i < 3; ++i) {
    CHECK_OK(mc_poller_stop(the_poller));
    CHECK_OK(mc_poller_wake(the_poller));
  }
  CHECK_ERROR(mc_poller_post(the_poller, posted, NULL, NULL), MC_ERROR_CLOSED, "being freed");
  CHECK(mc_default_poller() == NULL);
  CHECK_EQ(mc_last_error_code(), MC_ERROR_CLOSED);
  /* No user code ran, and what lived on it is closed but for what makes it possible to ring. */
  CHECK_EQ(user.calls + user.destroyed, 0);
  CHECK(check_count_descriptors() <= descriptors_before + 5); /* epoll, eventfd, timerfd, links */
  check_leave();
}

static void serve_and_exit(void) {
  descriptors_before = check_count_descriptors();
  the_poller = mc_default_poller();
  CHECK(actor_listen(NULL, "239.77.0.1%lo", kPort, &user) != NULL);
  CHECK_EQ(mc_poller_poll(the_poller, 0), 0);
  CHECK(check_count_descriptors() > descriptors_before + 3);
  CHECK(atexit(late) == 0);
  exit(1); /* late() knows better */
}

static void the_main_threads_default_poller_may_be_stopped_until_the_process_is_gone(void) {
  CHECK_EQ(check_in_child(serve_and_exit), 0);
}

static void free_late(void) {
  mc_poller_free(the_poller);
  check_leave();
}

static void serve_and_free_late(void) {
  the_poller = mc_default_poller();
  CHECK(actor_listen(NULL, "239.77.0.1%lo", kPort, &user) != NULL);
  CHECK(atexit(free_late) == 0);
  exit(1);
}

static void it_may_be_freed_by_the_last_function_of_a_process(void) {
  CHECK_EQ(check_in_child(serve_and_free_late), 0);
}

static const struct check_test tests[] = {
    {"the main thread's default poller may be stopped until the process is gone",
     the_main_threads_default_poller_may_be_stopped_until_the_process_is_gone, kOnce},
    {"it may be freed by the last function of a process",
     it_may_be_freed_by_the_last_function_of_a_process, kOnce},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, sizeof tests / sizeof *tests);
}
