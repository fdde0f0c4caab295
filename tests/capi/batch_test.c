/* Batch handlers: as many packets together as were read together, each once. */
#include <string.h>
#include <unistd.h>

#include "actor.h"
#include "check.h"
#include "pulled.h"

enum { kPort = 4336, kOtherPort = 4337, kMany = 300 };

/* Takes numbers, singly or in batches, and looks that each comes once and in order. */
struct taker {
  int batches;
  int next;    /* the number that is to come */
  int largest; /* batch */
  int wrong;
  int calls;             /* packets */
  char times[kMany + 1]; /* how often each number came */
  int destroyed;
  int verdict;
  void (*act)(struct taker* self); /* inside the callback, once there is `act_at` */
  int act_at;
  struct taker* other;
  mc_listener* listener;
  mc_poller* poller;
  size_t bytes;
};

static void take(struct taker* self, const mc_packet* packet) {
  const int number = number_of(packet);
  if (number != self->next) ++self->wrong;
  ++self->calls;
  if (number >= 0 && number <= kMany) ++self->times[number];
  self->next = number + 1;
  self->bytes += packet->size;
}

static int take_batch(const mc_packet* const* packets, size_t count, void* user) {
  struct taker* self = user;
  const int first = self->next;
  ++self->batches;
  if (count == 0 || count > MC_MAX_BATCH) ++self->wrong;
  if ((int)count > self->largest) self->largest = (int)count;
  for (size_t i = 0; i < count; ++i) take(self, packets[i]);
  if (self->act != NULL && first <= self->act_at && self->act_at < self->next) {
    self->act(self);
    for (size_t i = 0; i < count && self->wrong == 0; ++i) { /* still lent */
      if (number_of(packets[i]) != first + (int)i) ++self->wrong;
    }
  }
  return self->verdict;
}

static int take_one(const mc_packet* packet, void* user) {
  struct taker* self = user;
  take(self, packet);
  if (self->act != NULL && number_of(packet) == self->act_at) self->act(self);
  return self->verdict;
}

static void taker_end(void* user) {
  ++((struct taker*)user)->destroyed;
}

static mc_listener* listen_in_batches(mc_poller* poller, struct taker* taker) {
  mc_listener* listener = pulled_new(poller, check_group, kPort);
  taker->listener = listener;
  taker->poller = poller;
  CHECK_OK(mc_listener_set_batch_handler(listener, take_batch, taker, taker_end));
  CHECK_OK(mc_listener_open(listener));
  return listener;
}
static mc_listener* listen_singly(mc_poller* poller, struct taker* taker) {
  mc_listener* listener = pulled_new(poller, check_group, kPort);
  taker->listener = listener;
  taker->poller = poller;
  CHECK_OK(mc_listener_set_handler(listener, take_one, taker, taker_end));
  CHECK_OK(mc_listener_open(listener));
  return listener;
}

static void send_numbers(int first, int count) {
  const int from = outsider();
  outsider_send_numbers(from, check_group, kPort, first, count);
  outsider_settle();
  close(from);
}

static void packets_come_together_each_once_and_in_order(void) {
  struct taker batches = {.next = 0};
  struct taker single = {.next = 0};
  mc_listener* before = listen_singly(NULL, &single);
  mc_listener* listener = listen_in_batches(NULL, &batches);
  send_numbers(0, kMany);
  CHECK(poll_until(NULL, &batches.next, kMany) && poll_until(NULL, &single.next, kMany));
  CHECK_EQ(batches.wrong + single.wrong, 0);
  CHECK(batches.largest > 1 && batches.batches < kMany);
  const mc_stats stats = pulled_stats(listener);
  CHECK_EQ(stats.delivered, kMany);
  CHECK_EQ(stats.delivered_bytes, 4 * kMany);
  CHECK_EQ(stats.arrived, kMany);
  CHECK_EQ(pulled_stats(before).delivered, kMany);
  send_numbers(kMany, 1); /* alone */
  CHECK(poll_until(NULL, &batches.next, kMany + 1));
  mc_listener_free(listener);
  mc_listener_free(before);
  CHECK_EQ(batches.destroyed + single.destroyed, 2);
}

static void trains_fill_batches_up_to_the_most(void) {
  struct taker batches = {.next = 0};
  mc_listener* listener = listen_in_batches(NULL, &batches);
  const int from = outsider();
  for (int i = 0; i < 5; ++i) outsider_send_train(from, check_group, kPort, 50 * i, 50);
  outsider_settle();
  CHECK(poll_until(NULL, &batches.next, 250));
  CHECK_EQ(batches.wrong, 0);
  CHECK_EQ(batches.largest, MC_MAX_BATCH);
  CHECK_EQ(batches.batches, 4); /* 64, 64, 64, 58 */
  mc_listener_free(listener);
  close(from);
}

static void the_limit_ends_in_the_middle_of_a_batch(void) {
  for (int limit = 1; limit <= 90; limit += limit < 5 ? 2 : 85) {
    struct taker batches = {.next = 0};
    struct taker single = {.next = 0};
    mc_listener* listener = listen_in_batches(NULL, &batches);
    mc_listener* after = listen_singly(NULL, &single);
    CHECK_OK(mc_listener_set_limit(listener, (uint64_t)limit));
    send_numbers(0, 100);
    CHECK(poll_until(NULL, &single.next, 100));
    CHECK_EQ(batches.next, limit);
    CHECK_EQ(batches.wrong, 0);
    CHECK_EQ(mc_listener_is_open(listener), 0);
    CHECK_EQ(pulled_stats(listener).delivered, limit);
    mc_listener_free(listener);
    mc_listener_free(after);
  }
}

static void a_non_zero_return_closes(void) {
  struct taker batches = {.verdict = 1};
  struct taker single = {.next = 0};
  mc_listener* listener = listen_in_batches(NULL, &batches);
  mc_listener* other = listen_singly(NULL, &single);
  send_numbers(0, 100);
  CHECK(poll_until(NULL, &single.next, 100));
  CHECK_EQ(batches.batches, 1);
  CHECK_EQ(mc_listener_is_open(listener), 0);
  CHECK_EQ(pulled_stats(listener).delivered, batches.next);
  mc_listener_free(listener);
  mc_listener_free(other);
}

static int accepts_short(const mc_packet* packet, void* user) {
  (void)user;
  return packet->size < 5;
}

static void filter_and_mtu_hold_for_batches(void) {
  struct taker batches = {.next = 0};
  mc_filter* filter = NULL;
  mc_listener* listener = listen_in_batches(NULL, &batches);
  REQUIRE_OK(mc_filter_callable(&filter, accepts_short, NULL, NULL));
  CHECK_OK(mc_listener_set_filter(listener, filter));
  mc_filter_free(filter);
  CHECK_OK(mc_listener_set_mtu(listener, 3));
  const int from = outsider();
  for (int i = 0; i < 9; ++i) {
    outsider_send(from, check_group, kPort, "12345", 5); /* refused: the filter sees the whole */
    outsider_send(from, check_group, kPort, i % 2 == 0 ? "0001" : "000", i % 2 == 0 ? 4 : 3);
  }
  outsider_settle();
  poll_out(NULL);
  const mc_stats stats = pulled_stats(listener);
  CHECK_EQ(stats.delivered, 9);
  CHECK_EQ(stats.filtered, 9);
  CHECK_EQ(stats.truncated, 5);
  CHECK_EQ(stats.delivered_bytes, 27);
  CHECK_EQ(batches.bytes, 27);
  mc_listener_free(listener);
  close(from);
}

/* ---- What the handler does to itself and to others ------------------------------------------- */

static void closes_itself(struct taker* self) {
  CHECK_OK(mc_listener_close(self->listener));
}
static void frees_itself(struct taker* self) {
  mc_listener_free(self->listener);
  if (self->destroyed != 0) ++self->wrong; /* not before it returns */
}
static void frees_the_other(struct taker* self) {
  mc_listener_free(self->other->listener);
}
static void frees_the_poller(struct taker* self) {
  mc_poller_free(self->poller);
}
static void reopens_itself(struct taker* self) {
  CHECK_OK(mc_listener_close(self->listener));
  CHECK_OK(mc_listener_open(self->listener));
}

static void a_batch_handler_may_end_anything(void) {
  static void (*const deeds[])(struct taker*) = {closes_itself, frees_itself, frees_the_other,
                                                 frees_the_poller, reopens_itself};
  for (size_t i = 0; i < 2 * COUNT_OF(deeds); ++i) {
    void (*const deed)(struct taker*) = deeds[i / 2];
    struct taker batches = {.act = deed};
    struct taker other = {.next = 0};
    mc_poller* poller = NULL;
    mc_listener* listener = NULL;
    REQUIRE_OK(mc_poller_new(&poller));
    if (i % 2 == 0) listener = listen_in_batches(poller, &other); /* before it, or after */
    mc_listener* actor = listen_in_batches(poller, &batches);
    if (i % 2 == 1) listener = listen_in_batches(poller, &other);
    batches.other = &other;
    send_numbers(0, 10);
    CHECK_EQ(mc_poller_poll(poller, 10), 1);
    CHECK_EQ(batches.batches, 1);
    CHECK_EQ(batches.wrong + other.wrong, 0);
    if (deed == frees_itself) CHECK_EQ(batches.destroyed, 1);
    if (deed == frees_the_other) CHECK_EQ(other.destroyed, 1);
    if (deed == frees_the_poller || deed == closes_itself) CHECK_EQ(mc_listener_is_open(actor), 0);
    if (deed == reopens_itself) CHECK_EQ(mc_listener_is_open(actor), 1);
    if (i % 2 == 0 || deed == closes_itself || deed == frees_itself || deed == reopens_itself) {
      CHECK_EQ(other.next, 10);
    } else {
      CHECK_EQ(other.batches, 0); /* closed before its turn */
    }
    if (deed != frees_itself) mc_listener_free(actor);
    if (deed != frees_the_other) mc_listener_free(listener);
    if (deed != frees_the_poller) mc_poller_free(poller);
    CHECK_EQ(batches.destroyed + other.destroyed, 2);
  }
}

/* ---- Handlers that change while packets wait for one ----------------------------------------- */

static void gives_the_other_a_single_handler(struct taker* self) {
  CHECK_OK(mc_listener_set_handler(self->other->listener, take_one, self->other, taker_end));
}
static void gives_the_other_another_batch_handler(struct taker* self) {
  CHECK_OK(
      mc_listener_set_batch_handler(self->other->listener, take_batch, self->other, taker_end));
}

/* Twelve packets to each, the second half of which `changing` gets by another handler. */
static void change_in_the_middle(void (*deed)(struct taker*), int is_first,
                                 struct taker* changing) {
  struct taker meddler = {.act = deed, .act_at = 5, .other = changing};
  mc_listener* first = is_first ? listen_in_batches(NULL, changing) : NULL;
  mc_listener* second = listen_singly(NULL, &meddler);
  if (first == NULL) first = listen_in_batches(NULL, changing);
  send_numbers(0, 12);
  CHECK(poll_until(NULL, &meddler.next, 12) && poll_until(NULL, &changing->calls, 12));
  CHECK_EQ(changing->destroyed, 1); /* the old handler's end */
  changing->next = 12;
  send_numbers(12, 12);
  CHECK(poll_until(NULL, &changing->calls, 24));
  CHECK_EQ(meddler.wrong, 0);
  for (int i = 0; i < 24; ++i) CHECK_EQ(changing->times[i], 1);
  CHECK_EQ(pulled_stats(first).delivered, 24);
  mc_listener_free(first);
  mc_listener_free(second);
}

static void a_handler_replaced_in_the_middle_loses_and_doubles_nothing(void) {
  for (int is_first = 0; is_first < 2; ++is_first) {
    struct taker one = {.next = 0};
    struct taker two = {.next = 0};
    change_in_the_middle(gives_the_other_a_single_handler, is_first, &one);
    CHECK_EQ(one.batches, 0);
    change_in_the_middle(gives_the_other_another_batch_handler, is_first, &two);
    CHECK(two.batches >= 2);
  }
}

static void a_handler_replaced_in_the_middle_keeps_the_order(void) {
  for (int is_first = 0; is_first < 2; ++is_first) {
    struct taker one = {.next = 0};
    struct taker two = {.next = 0};
    change_in_the_middle(gives_the_other_a_single_handler, is_first, &one);
    change_in_the_middle(gives_the_other_another_batch_handler, is_first, &two);
    CHECK_EQ(one.wrong + two.wrong, 0);
  }
}

static void a_single_handler_replaced_by_a_batch_handler_in_the_middle(void) {
  struct taker changing = {.next = 0};
  struct taker meddler = {
      .act = gives_the_other_another_batch_handler, .act_at = 5, .other = &changing};
  mc_listener* first = listen_singly(NULL, &changing);
  mc_listener* second = listen_singly(NULL, &meddler);
  send_numbers(0, 12);
  CHECK(poll_until(NULL, &meddler.next, 12) && poll_until(NULL, &changing.next, 12));
  CHECK_EQ(changing.batches, 1); /* of those after the change */
  CHECK_EQ(pulled_stats(first).delivered, 12);
  mc_listener_free(first);
  mc_listener_free(second);
}

static void becomes_a_batch_handler_again(struct taker* self) {
  self->act = NULL;
  CHECK_OK(mc_listener_set_batch_handler(self->listener, take_batch, self, NULL));
}

/* From batches to single packets by another's hand, and back by its own while it is given what
 * waited. */
static void a_handler_replaced_twice_loses_and_doubles_nothing(void) {
  struct taker changing = {.act = becomes_a_batch_handler_again, .act_at = 2};
  struct taker meddler = {.act = gives_the_other_a_single_handler, .act_at = 5, .other = &changing};
  mc_listener* first = pulled_new(NULL, check_group, kPort);
  changing.listener = first;
  CHECK_OK(mc_listener_set_batch_handler(first, take_batch, &changing, NULL));
  REQUIRE_OK(mc_listener_open(first));
  mc_listener* second = listen_singly(NULL, &meddler);
  send_numbers(0, 12);
  CHECK(poll_until(NULL, &meddler.next, 12));
  poll_out(NULL);
  for (int i = 0; i < 12; ++i) CHECK_EQ(changing.times[i], 1);
  CHECK_EQ(pulled_stats(first).delivered, 12);
  mc_listener_free(first);
  mc_listener_free(second);
}

static void replaces_itself_by_a_batch_handler(struct taker* self) {
  self->act = NULL;
  CHECK_OK(mc_listener_set_batch_handler(self->listener, take_batch, self, NULL));
}

static void a_batch_handler_may_replace_itself(void) {
  struct taker batches = {.act = replaces_itself_by_a_batch_handler};
  mc_listener* listener = listen_in_batches(NULL, &batches);
  send_numbers(0, 100);
  CHECK(poll_until(NULL, &batches.next, 16));
  CHECK_EQ(batches.destroyed, 1); /* the first one's */
  CHECK(poll_until(NULL, &batches.next, 100));
  CHECK_EQ(batches.wrong, 0);
  mc_listener_free(listener);
}

static const struct check_test tests[] = {
    {"Packets come together, each once and in order", packets_come_together_each_once_and_in_order,
     kBothFamilies},
    {"Trains fill batches up to the most", trains_fill_batches_up_to_the_most, kBothFamilies},
    {"The limit ends in the middle of a batch", the_limit_ends_in_the_middle_of_a_batch, 0},
    {"A non-zero return closes", a_non_zero_return_closes, 0},
    {"Filter and mtu hold for batches", filter_and_mtu_hold_for_batches, 0},
    {"A batch handler may end anything", a_batch_handler_may_end_anything, 0},
    {"A handler replaced in the middle loses and doubles nothing",
     a_handler_replaced_in_the_middle_loses_and_doubles_nothing, 0},
    {"A handler replaced in the middle keeps the order",
     a_handler_replaced_in_the_middle_keeps_the_order, 0},
    {"A single handler replaced by a batch handler in the middle",
     a_single_handler_replaced_by_a_batch_handler_in_the_middle, 0},
    {"A handler replaced twice loses and doubles nothing",
     a_handler_replaced_twice_loses_and_doubles_nothing, 0},
    {"A batch handler may replace itself", a_batch_handler_may_replace_itself, 0},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
