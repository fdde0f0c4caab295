/* What the system refuses: descriptors, permission, a port in use, and too many descriptors. */
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <errno.h>

#include "actor.h"
#include "check.h"

enum { kPort = 4304, kTakenPort = 4314, kPrivilegedPort = 320 };

static char mark;

/* Tries to register `fd` and sees that nothing came of it. */
#define CHECK_CANNOT_REGISTER(fd, code, ...)                                                   \
  do {                                                                                         \
    struct actor user = {.calls = 0};                                                          \
    mc_stats stats;                                                                            \
    CHECK_ERROR(mc_poller_register(poller, (fd), 0, actor_read, NULL, &user, actor_end), code, \
                __VA_ARGS__);                                                                  \
    CHECK_EQ(user.destroyed, 0);                                                               \
    CHECK_EQ(mc_poller_is_polling(poller), 0);                                                 \
    CHECK_OK(mc_poller_stats(poller, &stats, sizeof stats));                                   \
    CHECK_EQ(stats.descriptors, 0);                                                            \
  } while (0)

static void descriptors_that_cannot_be_polled_are_refused(void) {
  char number[16];
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  FILE* file = tmpfile();
  REQUIRE(file != NULL);
  snprintf(number, sizeof number, " %d", fileno(file));
  CHECK_CANNOT_REGISTER(fileno(file), -EPERM, number, "regular files");
  const int closed = dup(fileno(file));
  close(closed);
  snprintf(number, sizeof number, " %d", closed);
  CHECK_CANNOT_REGISTER(closed, -EBADF, number, "not open");
  CHECK_CANNOT_REGISTER(1000000, -EBADF, "1000000", "not open");
  CHECK_CANNOT_REGISTER(-1, MC_ERROR_DESCRIPTOR, "-1", "open descriptor");
  CHECK_CANNOT_REGISTER(-2147483647 - 1, MC_ERROR_DESCRIPTOR, "-2147483648", "open descriptor");
  snprintf(number, sizeof number, " %d", mc_poller_fd(poller));
  CHECK_CANNOT_REGISTER(mc_poller_fd(poller), -EINVAL, number);
  fclose(file);
  mc_poller_free(poller);
}

static void two_pollers_cannot_watch_each_other(void) {
  struct actor user = {.calls = 0};
  struct actor refused = {.calls = 0};
  mc_poller* one = NULL;
  mc_poller* two = NULL;
  REQUIRE_OK(mc_poller_new(&one));
  REQUIRE_OK(mc_poller_new(&two));
  CHECK_OK(mc_poller_register(one, mc_poller_fd(two), 0, actor_write, NULL, &user, actor_end));
  CHECK_ERROR(mc_poller_register(two, mc_poller_fd(one), 0, actor_write, NULL, &refused, actor_end),
              -ELOOP, "cannot watch descriptor");
  mc_poller_free(one);
  mc_poller_free(two);
  CHECK_EQ(user.destroyed, 1);
  CHECK_EQ(refused.destroyed, 0);
}

static void a_descriptor_is_registered_once(void) {
  char number[16];
  struct actor user = {.calls = 0};
  struct actor refused = {.calls = 0};
  int pipe_ends[2];
  mc_poller* other = NULL;
  REQUIRE(pipe(pipe_ends) == 0);
  REQUIRE_OK(mc_poller_new(&other));
  snprintf(number, sizeof number, " %d ", pipe_ends[0]);
  CHECK_OK(mc_register(pipe_ends[0], 0, actor_read, NULL, &user, actor_end));
  CHECK_ERROR(mc_register(pipe_ends[0], 0, actor_read, NULL, &refused, actor_end),
              MC_ERROR_REGISTERED, number, "unregister it first");
  CHECK_OK(mc_poller_register(other, pipe_ends[0], 0, actor_read, NULL, &refused, NULL));
  CHECK_OK(mc_poller_unregister(other, pipe_ends[0]));
  CHECK(write(pipe_ends[1], "a", 1) == 1);
  CHECK(poll_until(NULL, &user.calls, 1));
  CHECK_OK(mc_unregister(pipe_ends[0]));
  CHECK_EQ(user.destroyed, 1);
  CHECK_EQ(refused.destroyed + refused.calls, 0);
  CHECK_ERROR(mc_unregister(pipe_ends[0]), MC_ERROR_NOT_REGISTERED, number, "not registered");
  mc_poller_free(other);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

static void a_refused_registration_changes_nothing_of_the_first(void) {
  struct actor user = {.calls = 0};
  struct actor refused = {.calls = 0};
  int pipe_ends[2];
  REQUIRE(pipe(pipe_ends) == 0);
  CHECK_OK(mc_register(pipe_ends[0], 0, actor_read, NULL, &user, actor_end));
  CHECK_OK(mc_poller_watch(mc_default_poller(), pipe_ends[0], 0)); /* it rests */
  CHECK_ERROR(mc_register(pipe_ends[0], 0, actor_read, NULL, &refused, actor_end),
              MC_ERROR_REGISTERED, "unregister it first");
  CHECK(write(pipe_ends[1], "a", 1) == 1);
  CHECK_EQ(mc_poll(0), 0);
  CHECK_EQ(user.calls, 0);
  CHECK_OK(mc_unregister(pipe_ends[0]));
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

/* Root of the private network's user namespace or of the machine: the capability is what counts. */
static void give_up_capabilities(void) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0, 0, 0}, {0, 0, 0}};
  CHECK_EQ(syscall(SYS_capset, &header, none), 0);
}

static void without_privilege(void) {
  struct actor user = {.verdict = 1};
  mc_listener* listener = NULL;
  give_up_capabilities();
  actor_open_once(NULL);
  REQUIRE_OK(mc_listener_new(&listener, NULL));
  CHECK_OK(mc_listener_set_handler(listener, actor_packet, &user, actor_end));
  CHECK_OK(mc_listener_add(listener, check_group, kPrivilegedPort));
  const int descriptors = check_count_descriptors();
  CHECK_ERROR(mc_listener_open(listener), -EACCES, check_group, "320", "below 1024");
  CHECK_ERROR(mc_listen(actor_packet, &user, check_group, kPrivilegedPort, 9, 1), -EACCES,
              check_group, "320", "below 1024");
  CHECK_EQ(mc_listener_is_open(listener) + mc_poller_is_polling(mc_default_poller()), 0);
  CHECK_EQ(check_count_descriptors(), descriptors);
  mc_listener_free(listener);
  /* All the rest works for ordinary users. */
  listener = actor_listen(NULL, check_group, kPort, &user);
  CHECK_OK(mc_sendto("a", 1, check_group, kPort, 0));
  CHECK(poll_until(NULL, &user.calls, 1));
  mc_listener_free(listener);
}

static void a_port_below_1024_needs_privilege(void) {
  CHECK_EQ(check_in_child(without_privilege), 0);
}

/* A socket of another program, as it were, that keeps the port to itself; -1 on failure. */
static int take_port(uint16_t port) {
  struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  const int fd = socket(check_is_ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const int bound = check_is_ipv6 ? bind(fd, (struct sockaddr*)&v6, sizeof v6)
                                  : bind(fd, (struct sockaddr*)&v4, sizeof v4);
  CHECK_EQ(bound, 0);
  return fd;
}

/* The second of three groups is refused by the kernel, after the first was joined. */
static void a_port_that_is_not_shared_is_in_use(void) {
  struct actor user = {.calls = 0};
  mc_stats stats;
  mc_listener* listener = NULL;
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  actor_open_once(poller);
  REQUIRE_OK(mc_listener_new(&listener, poller));
  CHECK_OK(mc_listener_set_handler(listener, actor_packet, &user, actor_end));
  CHECK_OK(mc_listener_add(listener, check_group, kPort));
  CHECK_OK(mc_listener_add(listener, check_other_group, kTakenPort));
  CHECK_OK(mc_listener_add(listener, check_other_group, kPort));
  const int taken = take_port(kTakenPort);
  const int descriptors = check_count_descriptors();
  CHECK_ERROR(mc_listener_open(listener), -EADDRINUSE, check_other_group, "4314", "SO_REUSEADDR");
  CHECK_EQ(mc_listener_is_open(listener) + mc_poller_is_polling(poller), 0);
  CHECK_OK(mc_poller_stats(poller, &stats, sizeof stats));
  CHECK_EQ(stats.channels + stats.memberships + stats.holders, 0);
  CHECK_EQ(check_count_descriptors(), descriptors);
  close(taken);
  CHECK_OK(mc_listener_open(listener)); /* all three */
  CHECK_OK(mc_poller_stats(poller, &stats, sizeof stats));
  CHECK_EQ(stats.channels, 3);
  send_numbered(check_other_group, kTakenPort, 1);
  CHECK(poll_until(poller, &user.calls, 1));
  mc_listener_free(listener);
  mc_poller_free(poller);
  CHECK_EQ(user.destroyed, 1);
}

/* The lowest number that a new descriptor would get. */
static rlim_t next_descriptor(void) {
  const int fd = dup(STDOUT_FILENO);
  close(fd);
  return (rlim_t)fd;
}

static void allow_descriptors(rlim_t count) {
  struct rlimit limit;
  CHECK_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = count;
  CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* Calls `attempt` with room for 0, 1, 2 … descriptors until it succeeds; it must fail cleanly
 * `failures` times at least. */
static void check_needs_descriptors(int (*attempt)(void*), void* argument, int at_least) {
  const rlim_t next = next_descriptor();
  int failures = 0;
  for (int code = -EMFILE; failures < 10; ++failures) {
    const int before = check_count_descriptors();
    allow_descriptors(next + (rlim_t)failures);
    check_forget_error();
    code = attempt(argument);
    if (code < 0) CHECK_ERROR(attempt(argument), -EMFILE, "cannot ", "ulimit -n");
    allow_descriptors(next + 20);
    if (code >= 0) break;
    CHECK_EQ(check_count_descriptors(), before);
  }
  CHECK(failures >= at_least && failures < 10);
}

static int try_new_poller(void* out) {
  return mc_poller_new(out);
}
static int try_default_poller(void* out) {
  mc_poller** poller = out;
  *poller = mc_default_poller();
  return *poller != NULL ? 0 : mc_last_error_code();
}
static int try_new_multicaster(void* out) {
  return mc_multicaster_new(out, NULL, check_group, kPort, 0);
}
static int try_open(void* listener) {
  return mc_listener_open(*(mc_listener**)listener);
}
static int try_sendto(void* unused) {
  (void)unused;
  return mc_sendto("a", 1, check_group, kPort, 0);
}

/* The undefined-behaviour sanitizer needs descriptors itself when it first sees a class. */
static void see_every_class(void) {
  struct actor user = {.verdict = 1};
  mc_multicaster* caster = NULL;
  mc_listener* listener = actor_listen(NULL, check_group, kPort, &user);
  REQUIRE_OK(mc_multicaster_new(&caster, NULL, check_group, kPort, 0));
  CHECK_OK(mc_multicaster_send(caster, "a", 1));
  CHECK_OK(mc_sendto("a", 1, check_group, kPort + 1, 0));
  CHECK(poll_until(NULL, &user.calls, 1));
  mc_listener_free(listener);
  mc_multicaster_free(caster);
  mc_poller_free(mc_default_poller());
}

static void with_few_descriptors(void) {
  struct actor user = {.calls = 0};
  mc_poller* poller = (mc_poller*)&mark;
  mc_multicaster* caster = (mc_multicaster*)&mark;
  mc_listener* listener = NULL;
  mc_poller* own = NULL;
  see_every_class();
  check_note("mc_poller_new");
  check_needs_descriptors(try_new_poller, &poller, 2);
  check_note("mc_default_poller");
  check_needs_descriptors(try_default_poller, &own, 2);
  actor_open_once(own);
  actor_open_once(poller);
  check_note("mc_multicaster_new");
  check_needs_descriptors(try_new_multicaster, &caster, 1);
  REQUIRE_OK(mc_listener_new(&listener, poller));
  CHECK_OK(mc_listener_set_handler(listener, actor_packet, &user, actor_end));
  CHECK_OK(mc_listener_add(listener, check_group, kPort));
  check_note("mc_listener_open");
  check_needs_descriptors(try_open, &listener, 2);
  check_note("mc_sendto");
  check_needs_descriptors(try_sendto, NULL, 1);
  /* And all of it works. */
  check_note("afterwards");
  CHECK_OK(mc_multicaster_send(caster, "a", 1));
  CHECK(poll_until(poller, &user.calls, 2));
  mc_listener_free(listener);
  mc_multicaster_free(caster);
  mc_poller_free(poller);
  CHECK_EQ(user.destroyed, 1);
}

static void running_out_of_descriptors_is_told_and_survived(void) {
  CHECK_EQ(check_in_child(with_few_descriptors), 0);
}

static const struct check_test tests[] = {
    {"Descriptors that cannot be polled are refused", descriptors_that_cannot_be_polled_are_refused,
     0},
    {"Two pollers cannot watch each other", two_pollers_cannot_watch_each_other, 0},
    {"A descriptor is registered once with a poller", a_descriptor_is_registered_once, 0},
    {"A refused registration changes nothing of the first",
     a_refused_registration_changes_nothing_of_the_first, 0},
    {"A port below 1024 needs privilege", a_port_below_1024_needs_privilege, kBothFamilies},
    {"A port that its owner does not share is in use", a_port_that_is_not_shared_is_in_use,
     kBothFamilies},
    {"Running out of descriptors is told and survived",
     running_out_of_descriptors_is_told_and_survived, kBothFamilies},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
