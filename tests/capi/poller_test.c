/* Users' descriptors on a poller: which events reach whom, once, edges, choice, and fair shares. */
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "actor.h"
#include "check.h"

enum { kPort = 4309 };

struct line {
  mc_poller* poller;
  int ends[2]; /* of a pipe or a pair of sockets */
};

static int make_pipe(struct line* line) {
  return CHECK_OK(mc_poller_new(&line->poller)) && CHECK(pipe(line->ends) == 0);
}

static int make_pair(struct line* line) {
  return CHECK_OK(mc_poller_new(&line->poller)) &&
         CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line->ends) == 0);
}

static void end_line(struct line* line) {
  mc_poller_free(line->poller);
  for (int i = 0; i < 2; ++i) {
    if (line->ends[i] >= 0) close(line->ends[i]);
  }
}

static void hang_up(struct line* line, int end) {
  close(line->ends[end]);
  line->ends[end] = -1;
}

static void a_reader_is_told_of_bytes(void) {
  struct line line;
  struct actor user = {.calls = 0};
  mc_stats stats;
  REQUIRE(make_pipe(&line));
  CHECK_EQ(mc_poller_is_polling(line.poller), 0);
  CHECK_OK(mc_poller_register(line.poller, line.ends[0], 0, actor_read, NULL, &user, actor_end));
  CHECK_EQ(mc_poller_is_polling(line.poller), 1);
  CHECK_EQ(mc_poller_poll(line.poller, 0), 0);
  CHECK(write(line.ends[1], "a", 1) == 1);
  CHECK_EQ(mc_poller_poll(line.poller, -1), 1);
  CHECK_EQ(user.calls, 1);
  CHECK_EQ(user.events, MC_READABLE);
  CHECK_EQ(user.fd, line.ends[0]);
  CHECK_OK(mc_poller_stats(line.poller, &stats, sizeof stats));
  CHECK_EQ(stats.turns, 2);
  CHECK_EQ(stats.events, 1);
  CHECK_EQ(stats.descriptors, 1);
  CHECK_OK(mc_poller_unregister(line.poller, line.ends[0]));
  CHECK_EQ(mc_poller_is_polling(line.poller), 0);
  CHECK_EQ(write(line.ends[1], "a", 1), 1); /* the descriptor is still the user's */
  end_line(&line);
}

static void a_writer_is_told_of_room(void) {
  struct line line;
  struct actor user = {.verdict = 1};
  REQUIRE(make_pipe(&line));
  CHECK_OK(mc_poller_register(line.poller, line.ends[1], 0, NULL, actor_write, &user, actor_end));
  CHECK_EQ(mc_poller_poll(line.poller, -1), 1);
  CHECK_EQ(user.events, MC_WRITABLE);
  CHECK_EQ(user.destroyed, 1); /* non-zero unregistered it */
  CHECK_ERROR(mc_poller_unregister(line.poller, line.ends[1]), MC_ERROR_NOT_REGISTERED,
              "not registered");
  end_line(&line);
}

struct both {
  unsigned reader, writer;
};

static int read_both(int fd, uint32_t events, void* user) {
  char bytes[64];
  struct both* both = user;
  both->reader |= events;
  if ((events & MC_READABLE) != 0) CHECK(read(fd, bytes, sizeof bytes) >= 0);
  return 0;
}

static int write_both(int fd, uint32_t events, void* user) {
  struct both* both = user;
  (void)fd;
  both->writer |= events;
  return 0;
}

static void each_event_reaches_its_handler_and_troubles_the_reader(void) {
  struct line line;
  struct both both = {0, 0};
  REQUIRE(make_pair(&line));
  CHECK_OK(mc_poller_register(line.poller, line.ends[0], 0, read_both, write_both, &both, NULL));
  CHECK(write(line.ends[1], "a", 1) == 1);
  CHECK_EQ(mc_poller_poll(line.poller, -1), 1);
  CHECK_EQ(both.reader, MC_READABLE);
  CHECK_EQ(both.writer, MC_WRITABLE);
  hang_up(&line, 1);
  CHECK_EQ(mc_poller_poll(line.poller, -1), 1);
  CHECK((both.reader & MC_HANGUP) != 0);
  CHECK_EQ(both.writer, MC_WRITABLE);
  end_line(&line);
}

static void a_hang_up_reaches_a_reader_that_rests(void) {
  struct line line;
  struct actor user = {.verdict = 1};
  REQUIRE(make_pipe(&line));
  CHECK_OK(mc_poller_register(line.poller, line.ends[0], 0, actor_read, NULL, &user, actor_end));
  CHECK_OK(mc_poller_watch(line.poller, line.ends[0], 0));
  hang_up(&line, 1);
  CHECK_EQ(mc_poller_poll(line.poller, -1), 1);
  CHECK_EQ(user.events, MC_HANGUP);
  CHECK_EQ(user.destroyed, 1);
  end_line(&line);
}

static void an_error_reaches_the_writer_where_there_is_no_reader(void) {
  struct line line;
  struct actor user = {.verdict = 1};
  REQUIRE(make_pipe(&line));
  CHECK_OK(mc_poller_register(line.poller, line.ends[1], 0, NULL, actor_write, &user, actor_end));
  hang_up(&line, 0);
  CHECK_EQ(mc_poller_poll(line.poller, -1), 1);
  CHECK((user.events & MC_FAILED) != 0);
  CHECK_EQ(user.calls, 1);
  end_line(&line);
}

/* A connection over lo, for urgent data. */
static int make_connection(struct line* line) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof address;
  const int door = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  line->ends[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (!CHECK_OK(mc_poller_new(&line->poller)) ||
      !CHECK_EQ(bind(door, (struct sockaddr*)&address, size), 0) || !CHECK_EQ(listen(door, 1), 0) ||
      !CHECK_EQ(getsockname(door, (struct sockaddr*)&address, &size), 0) ||
      !CHECK_EQ(connect(line->ends[0], (struct sockaddr*)&address, size), 0)) {
    return 0;
  }
  line->ends[1] = accept(door, NULL, NULL);
  close(door);
  return CHECK(line->ends[1] >= 0);
}

static void urgent_data_is_told_as_priority(void) {
  struct line line;
  struct actor user = {.calls = 0};
  REQUIRE(make_connection(&line));
  CHECK_OK(mc_poller_register(line.poller, line.ends[0], 0, actor_write, NULL, &user, NULL));
  CHECK_OK(mc_poller_watch(line.poller, line.ends[0], MC_PRIORITY));
  CHECK_EQ(send(line.ends[1], "x", 1, MSG_OOB), 1);
  CHECK(poll_until(line.poller, &user.calls, 1));
  CHECK_EQ(user.events, MC_PRIORITY);
  CHECK_OK(mc_poller_watch(line.poller, line.ends[0], MC_READABLE | MC_PRIORITY));
  CHECK_EQ(send(line.ends[1], "y", 1, 0), 1);
  CHECK(poll_until(line.poller, &user.calls, 2));
  while ((user.events & MC_READABLE) == 0) REQUIRE_OK(mc_poller_poll(line.poller, 1));
  end_line(&line);
}

static void watching_chooses_among_the_handlers(void) {
  struct line line;
  struct both both = {0, 0};
  REQUIRE(make_pair(&line));
  CHECK(write(line.ends[1], "a", 1) == 1);
  CHECK_OK(mc_poller_register(line.poller, line.ends[0], 0, read_both, write_both, &both, NULL));
  CHECK_OK(mc_poller_watch(line.poller, line.ends[0], 0));
  CHECK_EQ(mc_poller_poll(line.poller, 0), 0);
  CHECK_EQ(mc_poller_is_polling(line.poller), 1); /* it rests, but it is there */
  CHECK_OK(mc_poller_watch(line.poller, line.ends[0], MC_WRITABLE));
  CHECK_EQ(mc_poller_poll(line.poller, 0), 1);
  CHECK_EQ(both.reader, 0);
  CHECK_EQ(both.writer, MC_WRITABLE);
  both.writer = 0;
  CHECK_OK(mc_poller_watch(line.poller, line.ends[0], MC_READABLE));
  CHECK_EQ(mc_poller_poll(line.poller, 0), 1);
  CHECK_EQ(both.reader, MC_READABLE);
  CHECK_EQ(both.writer, 0);
  end_line(&line);
}

static void watching_for_what_has_no_handler_tells_nothing(void) {
  struct line line;
  struct actor user = {.calls = 0};
  REQUIRE(make_pair(&line));
  CHECK_OK(mc_poller_register(line.poller, line.ends[0], 0, actor_read, NULL, &user, NULL));
  CHECK_OK(mc_poller_watch(line.poller, line.ends[0], MC_WRITABLE));
  CHECK(write(line.ends[1], "a", 1) == 1);
  CHECK_EQ(mc_poller_poll(line.poller, 0), 0);
  CHECK_EQ(user.calls, 0);
  end_line(&line);
}

static void once_is_once(void) {
  struct line line;
  struct actor user = {.calls = 0};
  REQUIRE(make_pipe(&line));
  CHECK(write(line.ends[1], "ab", 2) == 2);
  CHECK_OK(
      mc_poller_register(line.poller, line.ends[0], MC_ONCE, actor_write, NULL, &user, actor_end));
  CHECK_EQ(mc_poller_poll(line.poller, -1), 1);
  CHECK_EQ(mc_poller_is_polling(line.poller), 0);
  CHECK_EQ(mc_poller_poll(line.poller, 0), 0);
  CHECK_EQ(user.calls, 1);
  CHECK_EQ(user.destroyed, 1);
  CHECK_EQ(user.misuses, 0);
  end_line(&line);
}

static void register_again(struct actor* self) {
  CHECK_OK(mc_poller_register(self->a, self->fd, MC_ONCE, actor_write, NULL, self->b, actor_end));
}

static void once_is_unregistered_before_it_is_told(void) {
  struct line line;
  struct actor second = {.calls = 0};
  struct actor first = {.act = register_again, .b = &second};
  REQUIRE(make_pipe(&line));
  first.a = line.poller;
  CHECK(write(line.ends[1], "a", 1) == 1);
  CHECK_OK(
      mc_poller_register(line.poller, line.ends[0], MC_ONCE, actor_write, NULL, &first, actor_end));
  CHECK_EQ(mc_poller_poll(line.poller, -1), 1);
  CHECK_EQ(first.destroyed, 1);
  CHECK_EQ(second.calls, 0);
  CHECK_EQ(mc_poller_poll(line.poller, -1), 1);
  CHECK_EQ(second.calls, 1);
  CHECK_EQ(second.destroyed, 1);
  end_line(&line);
}

static void edges_are_told_once_each(void) {
  struct line line;
  struct actor user = {.calls = 0};
  REQUIRE(make_pipe(&line));
  CHECK_OK(mc_poller_register(line.poller, line.ends[0], MC_EDGE_TRIGGERED, actor_write, NULL,
                              &user, NULL));
  for (int i = 1; i <= 3; ++i) {
    CHECK(write(line.ends[1], "a", 1) == 1); /* and nobody reads */
    CHECK_EQ(mc_poller_poll(line.poller, -1), 1);
    CHECK_EQ(mc_poller_poll(line.poller, 0), 0);
    CHECK_EQ(user.calls, i);
  }
  end_line(&line);
}

/* Reader and writer of one descriptor, both due; the reader ends it: `a` is the poller. */
static void unregister_it(struct actor* self) {
  CHECK_OK(mc_poller_unregister(self->a, self->fd));
  CHECK_EQ(self->destroyed, 0);
}

static void free_its_poller(struct actor* self) {
  mc_poller_free(self->a);
}

static void end_in_reader(void (*act)(struct actor*), int verdict, uint32_t flags) {
  struct line line;
  struct actor user = {.act = act, .verdict = verdict};
  REQUIRE(make_pair(&line));
  user.a = line.poller;
  CHECK(write(line.ends[1], "a", 1) == 1);
  CHECK_OK(mc_poller_register(line.poller, line.ends[0], flags, actor_read, actor_write, &user,
                              actor_end));
  CHECK_EQ(mc_poller_poll(line.poller, -1), 1);
  CHECK_EQ(user.events, MC_READABLE); /* and not writable */
  CHECK_EQ(user.calls, 1);
  CHECK_EQ(user.destroyed, 1);
  CHECK_EQ(user.misuses, 0);
  if (act == free_its_poller) line.poller = NULL;
  end_line(&line);
}

static void what_the_reader_ended_the_writer_is_not_told_of(void) {
  end_in_reader(unregister_it, 0, 0);
  end_in_reader(NULL, 1, 0);
  end_in_reader(free_its_poller, 0, 0);
  end_in_reader(free_its_poller, 1, 0);
  end_in_reader(free_its_poller, 0, MC_EDGE_TRIGGERED);
}

static void free_the_poller_once(void) {
  end_in_reader(free_its_poller, 0, MC_ONCE);
}

static void what_the_reader_ended_is_not_told_though_it_is_once(void) {
  end_in_reader(NULL, 1, MC_ONCE);
  CHECK_EQ(check_in_child(free_the_poller_once), 0);
}

/* Each of many descriptors that are all ready ends all the others. */
static void end_others(struct actor* self) {
  const int* fds = self->b;
  for (int i = 0; fds[i] >= 0; ++i) {
    if (fds[i] != self->fd) CHECK_OK(mc_poller_unregister(self->a, fds[i]));
  }
}

static void a_ready_descriptor_that_was_unregistered_is_not_told(void) {
  enum { kCount = 50 };
  struct actor users[kCount];
  int fds[kCount + 1];
  int calls = 0;
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  fds[kCount] = -1;
  for (int i = 0; i < kCount; ++i) {
    users[i] = (struct actor){.act = end_others, .a = poller, .b = fds};
    fds[i] = eventfd(1, EFD_CLOEXEC);
    CHECK_OK(mc_poller_register(poller, fds[i], 0, actor_read, NULL, &users[i], actor_end));
  }
  CHECK(mc_poller_poll(poller, -1) > 1);
  for (int i = 0; i < kCount; ++i) calls += users[i].calls;
  CHECK_EQ(calls, 1);
  mc_poller_free(poller);
  for (int i = 0; i < kCount; ++i) {
    CHECK_EQ(users[i].destroyed, 1);
    close(fds[i]);
  }
}

static void more_ready_descriptors_than_a_turn_takes_all_get_theirs(void) {
  enum { kCount = 300 };
  static struct actor users[kCount];
  static int fds[kCount];
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  for (int i = 0; i < kCount; ++i) {
    users[i] = (struct actor){.calls = 0};
    fds[i] = eventfd(1, EFD_CLOEXEC);
    CHECK_OK(mc_poller_register(poller, fds[i], 0, actor_write, NULL, &users[i], NULL));
  }
  /* Always ready; in ten turns of at least a tenth each, everybody was told. */
  for (int turn = 0; turn < 10; ++turn) CHECK(mc_poller_poll(poller, -1) >= kCount / 10);
  for (int i = 0; i < kCount; ++i) CHECK(users[i].calls > 0);
  mc_poller_free(poller);
  for (int i = 0; i < kCount; ++i) close(fds[i]);
}

static void a_descriptor_closed_without_a_word_may_be_registered_anew(void) {
  struct line line;
  struct actor first = {.calls = 0};
  struct actor second = {.calls = 0};
  REQUIRE(make_pipe(&line));
  const int fd = dup(line.ends[0]);
  CHECK_OK(mc_poller_register(line.poller, fd, 0, actor_read, NULL, &first, actor_end));
  close(fd);
  /* The kernel keeps what another number of the same pipe still holds; so give that up as well. */
  hang_up(&line, 0);
  const int again = eventfd(1, EFD_CLOEXEC);
  CHECK_EQ(dup2(again, fd), fd);
  CHECK_OK(mc_poller_register(line.poller, fd, 0, actor_read, NULL, &second, actor_end));
  CHECK_EQ(first.destroyed, 1);
  CHECK(poll_until(line.poller, &second.calls, 1));
  CHECK_EQ(first.calls, 0);
  end_line(&line);
  CHECK_EQ(second.destroyed, 1);
  if (again != fd) close(again);
  close(fd);
}

static const struct check_test tests[] = {
    {"A reader is told of bytes", a_reader_is_told_of_bytes, 0},
    {"A writer is told of room", a_writer_is_told_of_room, 0},
    {"Each event reaches its handler, and troubles the reader",
     each_event_reaches_its_handler_and_troubles_the_reader, 0},
    {"A hang-up reaches a reader that rests", a_hang_up_reaches_a_reader_that_rests, 0},
    {"An error reaches the writer where there is no reader",
     an_error_reaches_the_writer_where_there_is_no_reader, 0},
    {"Urgent data is told as priority", urgent_data_is_told_as_priority, 0},
    {"Watching chooses among the handlers", watching_chooses_among_the_handlers, 0},
    {"Watching for what has no handler tells nothing",
     watching_for_what_has_no_handler_tells_nothing, 0},
    {"Once is once", once_is_once, 0},
    {"Once is unregistered before it is told", once_is_unregistered_before_it_is_told, 0},
    {"Edges are told once each", edges_are_told_once_each, 0},
    {"What the reader ended, the writer is not told of",
     what_the_reader_ended_the_writer_is_not_told_of, 0},
    {"What the reader ended, the writer is not told of, though it is for once",
     what_the_reader_ended_is_not_told_though_it_is_once, 0},
    {"A ready descriptor that was unregistered is not told",
     a_ready_descriptor_that_was_unregistered_is_not_told, 0},
    {"More ready descriptors than a turn takes all get theirs",
     more_ready_descriptors_than_a_turn_takes_all_get_theirs, 0},
    {"A descriptor that was closed without a word may be registered anew",
     a_descriptor_closed_without_a_word_may_be_registered_anew, 0},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
