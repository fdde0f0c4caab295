/* A pulled listener's own queue: what it lends stays as long as promised, a slow reader loses
 * alone, and its descriptor tells the truth to another event loop. */
#include <sys/epoll.h>
#include <unistd.h>

#include "actor.h"
#include "check.h"
#include "pulled.h"

enum { kPort = 4334, kOtherPort = 4335, kBurst = 400, kSmallBuffer = 20000 };

/* ---- What was lent -------------------------------------------------------------------------- */

struct lent {
  const mc_packet* const* packets;
  int count;
};

/* The numbers 0 to 9, which lie in the listener's socket or are sent now. */
static struct lent borrow(mc_listener* listener, int from) {
  struct lent lent = {.count = 0};
  outsider_send_numbers(from, check_group, kPort, 0, 10);
  outsider_settle();
  lent.count = mc_listener_next_many(listener, &lent.packets, 10, 10);
  CHECK_EQ(lent.count, 10);
  return lent;
}

static void check_still_there(struct lent lent) {
  for (int i = 0; i < lent.count; ++i) {
    CHECK_EQ(number_of(lent.packets[i]), i);
    CHECK_EQ(lent.packets[i]->group.port, kPort);
  }
}

static void it_stays_whatever_the_poller_does(void) {
  struct actor same = {.calls = 0};
  struct actor other = {.calls = 0};
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  mc_listener* pulled = pulled_open(poller, check_group, kPort);
  mc_listener* second = pulled_open(poller, check_group, kPort);
  mc_listener* listener = actor_listen(poller, check_group, kPort, &same);
  mc_listener* elsewhere = actor_listen(poller, check_other_group, kOtherPort, &other);
  const int from = outsider();
  const struct lent lent = borrow(pulled, from);
  for (int i = 1; i <= 20; ++i) {
    outsider_send_numbers(from, check_group, kPort, 5000, 50);
    outsider_send_numbers(from, check_other_group, kOtherPort, 6000, 50);
    CHECK(poll_until(poller, &same.calls, 10 + 50 * i) && poll_until(poller, &other.calls, 50 * i));
    check_still_there(lent);
  }
  CHECK(pulled_gives(second, 0, 10) && pulled_gives(second, 5000, 50));
  check_still_there(lent);
  mc_listener_free(second);
  mc_listener_free(listener);
  mc_listener_free(elsewhere);
  check_still_there(lent);
  CHECK(pulled_gives(pulled, 5000, 50));
  mc_listener_free(pulled);
  mc_poller_free(poller);
  close(from);
}

static void it_stays_after_closing_and_after_the_poller(void) {
  mc_poller* poller = NULL;
  struct actor user = {.calls = 0};
  REQUIRE_OK(mc_poller_new(&poller));
  mc_listener* pulled = pulled_open(poller, check_group, kPort);
  const int from = outsider();
  const struct lent lent = borrow(pulled, from);
  CHECK_OK(mc_listener_close(pulled));
  check_still_there(lent);
  CHECK_OK(mc_listener_set_mtu(pulled, 1));
  CHECK_OK(mc_listener_set_limit(pulled, 1));
  CHECK_OK(mc_listener_set_handler(pulled, actor_packet, &user, actor_end));
  CHECK_OK(mc_listener_set_handler(pulled, NULL, NULL, NULL));
  check_still_there(lent);
  mc_poller_free(poller);
  check_still_there(lent);
  mc_listener_free(pulled);
  close(from);
}

static int take_batch(const mc_packet* const* packets, size_t count, void* user) {
  (void)packets;
  (void)user;
  return count == 0;
}

static void it_stays_when_a_batch_handler_is_set(void) {
  mc_listener* pulled = pulled_open(NULL, check_group, kPort);
  const int from = outsider();
  const struct lent lent = borrow(pulled, from);
  CHECK_OK(mc_listener_close(pulled));
  CHECK_OK(mc_listener_set_batch_handler(pulled, take_batch, NULL, NULL));
  check_still_there(lent);
  mc_listener_free(pulled);
  close(from);
}

static void a_call_that_fails_takes_nothing_from_the_queue(void) {
  const mc_packet* const* packets = NULL;
  mc_listener* pulled = pulled_open(NULL, check_group, kPort);
  const int from = outsider();
  outsider_send_numbers(from, check_group, kPort, 0, 2);
  outsider_settle();
  CHECK_ERROR(mc_listener_next_many(pulled, &packets, 0, 0), MC_ERROR_SIZE, "0");
  CHECK(pulled_gives(pulled, 0, 2));
  mc_listener_free(pulled);
  close(from);
}

/* ---- A slow reader -------------------------------------------------------------------------- */

static void a_slow_reader_loses_alone_and_is_told_how_much(void) {
  struct actor user = {.calls = 0};
  const mc_packet* packet = NULL;
  int taken = 0;
  int last = -1;
  mc_listener* pulled = pulled_new(NULL, check_group, kPort);
  CHECK_OK(mc_listener_set_receive_buffer(pulled, kSmallBuffer));
  REQUIRE_OK(mc_listener_open(pulled));
  mc_listener* quick = actor_listen(NULL, check_group, kPort, &user);
  const int from = outsider();
  for (int i = 0; i < kBurst; i += 20) {
    outsider_send_numbers(from, check_group, kPort, i, 20);
    CHECK(poll_until(NULL, &user.calls, i + 20));
  }
  while (mc_listener_next(pulled, &packet, 0) == 1) {
    CHECK(number_of(packet) > last); /* in order, each once */
    last = number_of(packet);
    ++taken;
  }
  const mc_stats stats = pulled_stats(pulled);
  CHECK(taken > 0 && taken < kBurst);
  CHECK_EQ(stats.delivered, taken);
  CHECK_EQ(stats.delivered + stats.lost, kBurst);
  CHECK_EQ(stats.arrived, kBurst);
  CHECK_EQ(stats.lost_is_lower_bound, 0);
  CHECK_EQ(stats.receive_buffer_granted, kSmallBuffer);
  CHECK_EQ(pulled_stats(quick).lost, 0);
  CHECK_EQ(pulled_stats(quick).delivered, kBurst);
  CHECK_OK(mc_listener_close(pulled));
  CHECK_EQ(pulled_stats(pulled).arrived, kBurst); /* kept when it is closed */
  mc_listener_free(quick);
  mc_listener_free(pulled);
  close(from);
}

static void each_has_a_socket_of_its_own(void) {
  mc_stats stats;
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  mc_listener* one = pulled_open(poller, check_group, kPort);
  mc_listener* two = pulled_open(poller, check_group, kPort);
  const int from = outsider();
  CHECK_OK(mc_poller_stats(poller, &stats, sizeof stats));
  CHECK_EQ(stats.channels, 2);
  CHECK_EQ(stats.memberships, 1);
  outsider_send_numbers(from, check_group, kPort, 0, 20);
  CHECK(pulled_gives(one, 0, 20));
  CHECK_OK(mc_listener_close(one));
  CHECK(pulled_gives(two, 0, 20));
  outsider_send_numbers(from, check_group, kPort, 20, 1);
  CHECK(pulled_gives(two, 20, 1)); /* the membership is still there */
  mc_listener_free(one);
  mc_listener_free(two);
  mc_poller_free(poller);
  close(from);
}

/* ---- Its descriptor ------------------------------------------------------------------------- */

static void it_is_readable_exactly_while_there_is_something(void) {
  const mc_packet* const* packets = NULL;
  mc_listener* pulled = pulled_open(NULL, check_group, kPort);
  const int fd = mc_listener_fd(pulled);
  const int from = outsider();
  CHECK(fd >= 0 && !is_readable(fd));
  CHECK(pulled_gives_nothing(pulled));
  CHECK(!is_readable(fd));
  outsider_send_numbers(from, check_group, kPort, 0, 60); /* several reads */
  outsider_send_train(from, check_group, kPort, 60, 20);
  for (int i = 0; i < 80; ++i) {
    CHECK(becomes_readable(fd));
    CHECK(pulled_gives(pulled, i, 1));
    CHECK_EQ(mc_listener_fd(pulled), fd);
  }
  CHECK(!is_readable(fd));
  outsider_send_numbers(from, check_group, kPort, 0, 60);
  outsider_settle();
  for (int i = 0, got = 0; i < 60; i += got) {
    CHECK(is_readable(fd));
    got = mc_listener_next_many(pulled, &packets, 5, 0);
    if (!CHECK(got > 0)) break;
    CHECK_EQ(number_of(packets[0]), i);
  }
  CHECK(!is_readable(fd));
  CHECK(pulled_gives_nothing(pulled));
  CHECK(!is_readable(fd));
  mc_listener_free(pulled);
  close(from);
}

static void a_descriptor_asked_for_late_knows_what_was_read_before(void) {
  mc_listener* pulled = pulled_open(NULL, check_group, kPort);
  const int from = outsider();
  outsider_send_numbers(from, check_group, kPort, 0, 3); /* one read */
  outsider_settle();
  CHECK(pulled_gives(pulled, 0, 1));
  const int fd = mc_listener_fd(pulled);
  CHECK(is_readable(fd));
  CHECK(pulled_gives(pulled, 1, 1));
  CHECK(is_readable(fd));
  CHECK(pulled_gives(pulled, 2, 1));
  CHECK(!is_readable(fd));
  mc_listener_free(pulled);
  close(from);
}

static int accepts_first(const mc_packet* packet, void* user) {
  (void)user;
  return number_of(packet) == 0;
}

static void what_the_filter_refuses_does_not_keep_it_readable(void) {
  mc_filter* filter = NULL;
  mc_listener* pulled = pulled_open(NULL, check_group, kPort);
  REQUIRE_OK(mc_filter_callable(&filter, accepts_first, NULL, NULL));
  CHECK_OK(mc_listener_set_filter(pulled, filter));
  mc_filter_free(filter);
  const int fd = mc_listener_fd(pulled);
  const int from = outsider();
  outsider_send_numbers(from, check_group, kPort, 1, 50);
  outsider_settle();
  CHECK(is_readable(fd)); /* for who would ask the filter? */
  CHECK(pulled_gives_nothing(pulled));
  CHECK(!is_readable(fd));
  outsider_send_numbers(from, check_group, kPort, 0, 10); /* one read */
  outsider_settle();
  CHECK(pulled_gives(pulled, 0, 1));
  CHECK(is_readable(fd));
  CHECK(pulled_gives_nothing(pulled));
  CHECK(!is_readable(fd));
  mc_listener_free(pulled);
  close(from);
}

/* Serves the two listeners as another event loop would, one packet whenever one is told of. */
static void it_serves_a_foreign_loop_without_spinning(void) {
  struct epoll_event event = {.events = EPOLLIN};
  int seen[2] = {0, 0};
  int turns = 0;
  mc_listener* pulled[2] = {pulled_open(NULL, check_group, kPort),
                            pulled_open(NULL, check_other_group, kOtherPort)};
  const int set = epoll_create1(EPOLL_CLOEXEC);
  for (int i = 0; i < 2; ++i) {
    event.data.u32 = (uint32_t)i;
    CHECK_EQ(epoll_ctl(set, EPOLL_CTL_ADD, mc_listener_fd(pulled[i]), &event), 0);
  }
  const int from = outsider();
  outsider_send_numbers(from, check_group, kPort, 0, 100);
  outsider_send_numbers(from, check_other_group, kOtherPort, 0, 30);
  outsider_settle();
  while (epoll_wait(set, &event, 1, 0) == 1 && turns < 1000) {
    const mc_packet* packet = NULL;
    const uint32_t which = event.data.u32;
    ++turns;
    if (mc_listener_next(pulled[which], &packet, 0) != 1) continue;
    CHECK_EQ(number_of(packet), seen[which]++);
  }
  CHECK_EQ(seen[0] + seen[1], 130);
  CHECK_EQ(turns, 130);                   /* never for nothing */
  CHECK_OK(mc_listener_close(pulled[0])); /* which takes it out of the set, or is silent there */
  CHECK_EQ(epoll_wait(set, &event, 1, 0), 0);
  mc_listener_free(pulled[0]);
  mc_listener_free(pulled[1]);
  close(set);
  close(from);
}

static void a_wake_is_told_by_it_and_served_by_one_call(void) {
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  mc_listener* pulled = pulled_open(poller, check_group, kPort);
  const int fd = mc_listener_fd(pulled);
  const int from = outsider();
  for (int i = 0; i < 3; ++i) {
    CHECK_OK(mc_poller_wake(poller));
    CHECK(pulled_gives_nothing(pulled));
    CHECK(!is_readable(fd));
  }
  outsider_send_numbers(from, check_group, kPort, 0, 1);
  outsider_settle();
  CHECK(is_readable(fd));
  CHECK(pulled_gives(pulled, 0, 1));
  CHECK(!is_readable(fd));
  mc_listener_free(pulled);
  mc_poller_free(poller);
  close(from);
}

static const struct check_test tests[] = {
    {"What was lent stays, whatever the poller does", it_stays_whatever_the_poller_does,
     kBothFamilies},
    {"What was lent stays after closing, and after the poller",
     it_stays_after_closing_and_after_the_poller, 0},
    {"A call that fails takes nothing from the queue",
     a_call_that_fails_takes_nothing_from_the_queue, 0},
    {"A slow reader loses alone, and is told how much",
     a_slow_reader_loses_alone_and_is_told_how_much, kBothFamilies},
    {"Each has a socket of its own", each_has_a_socket_of_its_own, kBothFamilies},
    {"The descriptor is readable exactly while there is something",
     it_is_readable_exactly_while_there_is_something, kBothFamilies},
    {"A descriptor asked for late knows what was read before",
     a_descriptor_asked_for_late_knows_what_was_read_before, 0},
    {"What the filter refuses does not keep it readable",
     what_the_filter_refuses_does_not_keep_it_readable, 0},
    {"It serves a foreign loop without spinning", it_serves_a_foreign_loop_without_spinning,
     kBothFamilies},
    {"A wake is told by it, and served by one call", a_wake_is_told_by_it_and_served_by_one_call,
     0},
    {"What was lent stays when a batch handler is set", it_stays_when_a_batch_handler_is_set, 0},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
