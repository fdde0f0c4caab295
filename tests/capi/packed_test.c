/* Packed batches: the packets that were read together as one block of memory, by a handler and
 * pulled. */
#include <string.h>
#include <unistd.h>

#include "actor.h"
#include "check.h"
#include "pulled.h"

enum { kPort = 4344, kMany = 400 };

/* Takes packed batches and looks at all that they say. */
struct taker {
  int batches;
  int packets;
  int last; /* number */
  int wrong;
  int empty;
  int destroyed;
  int verdict;
  size_t bytes;
  uint16_t port;                   /* of the last packet's source */
  int changes;                     /* of that port */
  void (*act)(struct taker* self); /* inside the first callback */
  struct taker* other;
  mc_listener* listener;
};

/* 0 when the block and the packets do not tell the same. */
static int is_sound(const mc_packed* batch, size_t most) {
  if (batch->count == 0 || batch->count > most || batch->data != batch->packets[0]->data) return 0;
  size_t end = 0;
  for (size_t i = 0; i < batch->count; ++i) {
    const mc_packet* packet = batch->packets[i];
    if (batch->data + batch->offsets[i] != packet->data) return 0;
    if (batch->sizes[i] != packet->size || batch->offsets[i] < end) return 0;
    end = (size_t)batch->offsets[i] + batch->sizes[i];
  }
  return batch->size == end;
}

static int number_at(const mc_packed* batch, size_t i) {
  const mc_packet packet = {.data = batch->data + batch->offsets[i], .size = batch->sizes[i]};
  return number_of(&packet);
}

static void look(struct taker* self, const mc_packed* batch, size_t most) {
  if (!is_sound(batch, most)) ++self->wrong;
  for (size_t i = 0; i < batch->count; ++i) {
    const int number = number_at(batch, i);
    if (batch->sizes[i] == 0) ++self->empty;
    if (number >= 0 && number <= self->last) ++self->wrong;
    if (number >= 0) self->last = number;
    if (batch->packets[i]->source.port != self->port) ++self->changes;
    self->port = batch->packets[i]->source.port;
    self->bytes += batch->sizes[i];
  }
  self->packets += (int)batch->count;
}

static int take_packed(const mc_packed* batch, void* user) {
  struct taker* self = user;
  static uint8_t before[kMany * 8];
  look(self, batch, MC_MAX_BATCH);
  if (++self->batches == 1 && self->act != NULL) {
    const mc_packed lent = *batch;
    if (lent.size <= sizeof before) memcpy(before, lent.data, lent.size);
    self->act(self);
    if (memcmp(&lent, batch, sizeof lent) != 0 || !is_sound(batch, MC_MAX_BATCH)) ++self->wrong;
    if (lent.size <= sizeof before && memcmp(before, batch->data, lent.size) != 0) ++self->wrong;
    if (self->destroyed != 0) ++self->wrong; /* not before this returns */
  }
  return self->verdict;
}

static int take_one(const mc_packet* packet, void* user) {
  struct taker* self = user;
  const int number = number_of(packet);
  if (number <= self->last) ++self->wrong;
  self->last = number;
  ++self->packets;
  return 0;
}

static void taker_end(void* user) {
  ++((struct taker*)user)->destroyed;
}

static struct taker new_taker(void) {
  return (struct taker){.last = -1};
}

static mc_listener* listen_packed(struct taker* taker) {
  mc_listener* listener = pulled_new(NULL, check_group, kPort);
  taker->listener = listener;
  CHECK_OK(mc_listener_set_packed_handler(listener, take_packed, taker, taker_end));
  CHECK_OK(mc_listener_open(listener));
  return listener;
}

/* `count` numbers from 0 on, as trains of so many. */
static void send_trains(int count, int length) {
  const int from = outsider();
  for (int i = 0; i < count; i += length)
    outsider_send_train(from, check_group, kPort, i, i + length <= count ? length : count - i);
  outsider_settle();
  close(from);
}

static void a_batch_is_where_its_packets_are(void) {
  struct taker taker = new_taker();
  mc_listener* listener = listen_packed(&taker);
  const int from = outsider();
  outsider_send_numbers(from, check_group, kPort, 0, 10);
  outsider_send_train(from, check_group, kPort, 10, 50);
  outsider_send_numbers(from, check_group, kPort, 60, 1);
  outsider_send_train(from, check_group, kPort, 61, 39);
  outsider_settle();
  CHECK(poll_until(NULL, &taker.packets, 100));
  CHECK_EQ(taker.wrong, 0);
  CHECK_EQ(taker.last, 99);
  CHECK_EQ(taker.bytes, 400);
  CHECK_EQ(taker.batches, 2); /* 64, 36 */
  CHECK_EQ(pulled_stats(listener).delivered, 100);
  CHECK_EQ(pulled_stats(listener).delivered_bytes, 400);
  CHECK_EQ(mc_listener_close(listener), 0);
  CHECK_OK(mc_listener_open(listener));
  CHECK_EQ(taker.destroyed, 0);
  mc_listener_free(listener);
  CHECK_EQ(taker.destroyed, 1);
  close(from);
}

static void empty_datagrams_have_their_place(void) {
  struct taker taker = new_taker();
  mc_listener* listener = listen_packed(&taker);
  const int from = outsider();
  outsider_send(from, check_group, kPort, "", 0);
  outsider_send(from, check_group, kPort, "0001", 4);
  outsider_send(from, check_group, kPort, "", 0);
  outsider_send(from, check_group, kPort, "", 0);
  outsider_settle();
  CHECK(poll_until(NULL, &taker.packets, 4));
  CHECK_EQ(taker.wrong, 0);
  CHECK_EQ(taker.empty, 3);
  CHECK_EQ(taker.bytes, 4);
  outsider_send(from, check_group, kPort, "", 0); /* a batch of nothing but one */
  outsider_settle();
  CHECK(poll_until(NULL, &taker.packets, 5));
  CHECK_EQ(taker.wrong, 0);
  CHECK_EQ(taker.empty, 4);
  mc_listener_free(listener);
  close(from);
}

static void each_packet_tells_its_own_source(void) {
  struct taker taker = new_taker();
  mc_listener* listener = listen_packed(&taker);
  const int one = outsider();
  const int two = outsider();
  for (int i = 0; i < 10; ++i)
    outsider_send_train(i % 2 == 0 ? one : two, check_group, kPort, 10 * i, 10);
  for (int i = 0; i < 10; ++i)
    outsider_send_numbers(i % 2 == 0 ? one : two, check_group, kPort, 100 + i, 1);
  outsider_settle();
  CHECK(poll_until(NULL, &taker.packets, 110));
  CHECK_EQ(taker.wrong, 0);
  CHECK_EQ(taker.changes, 20);
  mc_listener_free(listener);
  close(one);
  close(two);
}

static void the_mtu_cuts_what_is_shown_of_a_train(void) {
  struct taker taker = new_taker();
  mc_listener* listener = listen_packed(&taker);
  CHECK_OK(mc_listener_set_mtu(listener, 3));
  const int from = outsider();
  outsider_send_train(from, check_group, kPort, 1000, 20);
  outsider_send(from, check_group, kPort, "99", 2);
  outsider_settle();
  taker.last = -1000; /* what is shown is 100 or 101, again and again */
  CHECK(poll_until(NULL, &taker.packets, 21));
  CHECK_EQ(taker.bytes, 62);
  const mc_stats stats = pulled_stats(listener);
  CHECK_EQ(stats.truncated, 20);
  CHECK_EQ(stats.delivered_bytes, 62);
  mc_listener_free(listener);
  close(from);
}

/* Accepts numbers that 3 does not divide. */
static int is_no_third(const mc_packet* packet, void* user) {
  (void)user;
  return number_of(packet) % 3 != 0;
}

static void a_filter_leaves_gaps_between_packets(void) {
  for (int length = 1; length <= 50; length += 49) { /* single datagrams, and trains */
    struct taker taker = new_taker();
    mc_filter* filter = NULL;
    REQUIRE_OK(mc_filter_callable(&filter, is_no_third, NULL, NULL));
    mc_listener* listener = listen_packed(&taker);
    CHECK_OK(mc_listener_set_filter(listener, filter));
    send_trains(300, length);
    CHECK(poll_until(NULL, &taker.packets, 200));
    poll_out(NULL);
    CHECK_EQ(taker.packets, 200);
    CHECK_EQ(taker.wrong, 0);
    CHECK_EQ(taker.last, 299);
    CHECK_EQ(pulled_stats(listener).filtered, 100);
    mc_listener_free(listener);
    mc_filter_free(filter);
  }
}

static void the_limit_ends_in_the_middle_of_a_train(void) {
  static const int limits[] = {1, 2, 49, 63, 64, 65, 130};
  for (size_t i = 0; i < COUNT_OF(limits); ++i) {
    struct taker taker = new_taker();
    mc_listener* listener = listen_packed(&taker);
    CHECK_OK(mc_listener_set_limit(listener, (uint64_t)limits[i]));
    send_trains(150, 50);
    CHECK(poll_until(NULL, &taker.packets, limits[i]));
    poll_out(NULL);
    CHECK_EQ(taker.packets, limits[i]);
    CHECK_EQ(taker.last, limits[i] - 1);
    CHECK_EQ(taker.wrong, 0);
    CHECK_EQ(mc_listener_is_open(listener), 0);
    CHECK_EQ(pulled_stats(listener).delivered, limits[i]);
    mc_listener_free(listener);
  }
}

static void a_non_zero_return_closes(void) {
  struct taker taker = new_taker();
  taker.verdict = 1;
  mc_listener* listener = listen_packed(&taker);
  send_trains(150, 50);
  CHECK(poll_until(NULL, &taker.batches, 1));
  poll_out(NULL);
  CHECK_EQ(taker.packets, 64);
  CHECK_EQ(mc_listener_is_open(listener), 0);
  CHECK_EQ(pulled_stats(listener).delivered, 64);
  mc_listener_free(listener);
}

/* ---- What a handler does meanwhile ------------------------------------------------------------ */

static void closes_itself(struct taker* self) {
  CHECK_OK(mc_listener_close(self->listener));
}
static void frees_itself(struct taker* self) {
  mc_listener_free(self->listener);
}
static void reopens_itself(struct taker* self) {
  CHECK_OK(mc_listener_close(self->listener));
  CHECK_OK(mc_listener_open(self->listener));
}
static void is_pulled_from_now_on(struct taker* self) {
  const mc_packed* none = NULL;
  CHECK_OK(mc_listener_close(self->listener));
  CHECK_OK(mc_listener_set_handler(self->listener, NULL, NULL, NULL));
  CHECK_OK(mc_listener_open(self->listener));
  /* What comes now goes elsewhere than what is looked at. */
  send_trains(40, 20);
  CHECK_EQ(mc_listener_next_packed(self->listener, &none, 64, 10), 40);
}

static void what_is_lent_stays_whatever_its_handler_does(void) {
  static void (*const deeds[])(struct taker*) = {closes_itself, frees_itself, reopens_itself,
                                                 is_pulled_from_now_on};
  for (size_t i = 0; i < COUNT_OF(deeds); ++i) {
    struct taker taker = new_taker();
    taker.act = deeds[i];
    mc_listener* listener = listen_packed(&taker);
    send_trains(150, 50);
    CHECK(poll_until(NULL, &taker.batches, 1));
    poll_out(NULL);
    CHECK_EQ(taker.wrong, 0);
    /* The channel that was closed goes no further with what it has read. */
    CHECK_EQ(taker.packets, 64);
    CHECK_EQ(taker.destroyed, deeds[i] == frees_itself || deeds[i] == is_pulled_from_now_on);
    if (deeds[i] != frees_itself) mc_listener_free(listener);
    CHECK_EQ(taker.destroyed, 1);
  }
}

static int refuses(const mc_packet* packet, void* user) {
  (void)packet;
  (void)user;
  return 0;
}

static void refuses_all_for_the_other(struct taker* self) {
  mc_filter* nothing = NULL;
  CHECK_OK(mc_filter_callable(&nothing, refuses, NULL, NULL));
  CHECK_OK(mc_listener_set_filter(self->other->listener, nothing));
  mc_filter_free(nothing);
}

/* However many packets go to each together: one that a handler interferes with gets those that were
 * before, and not the next. */
static void a_filter_takes_effect_with_the_next_packet_of_a_train(void) {
  for (int is_first = 0; is_first < 2; ++is_first) {
    struct taker meddler = new_taker();
    struct taker other = new_taker();
    mc_listener* before = is_first ? listen_packed(&other) : NULL;
    mc_listener* listener = listen_packed(&meddler);
    if (before == NULL) before = listen_packed(&other);
    meddler.act = refuses_all_for_the_other;
    meddler.other = &other;
    send_trains(150, 50);
    CHECK(poll_until(NULL, &meddler.packets, 150));
    poll_out(NULL);
    CHECK_EQ(meddler.wrong + other.wrong, 0);
    /* The meddler was given the 64th; whoever came before it had seen that. */
    CHECK_EQ(other.packets, is_first ? 64 : 63);
    const mc_stats stats = pulled_stats(before);
    CHECK_EQ(stats.delivered + stats.filtered, 150);
    CHECK_EQ(stats.delivered, other.packets);
    mc_listener_free(listener);
    mc_listener_free(before);
  }
}

static void gives_the_other_a_single_handler(struct taker* self) {
  CHECK_OK(mc_listener_set_handler(self->other->listener, take_one, self->other, taker_end));
}
static void gives_the_other_a_packed_handler(struct taker* self) {
  CHECK_OK(
      mc_listener_set_packed_handler(self->other->listener, take_packed, self->other, taker_end));
}

static void handlers_of_all_kinds_replace_one_another(void) {
  for (int is_first = 0; is_first < 2; ++is_first) {
    struct taker meddler = new_taker();
    struct taker other = new_taker();
    mc_listener* before = is_first ? listen_packed(&other) : NULL;
    mc_listener* listener = listen_packed(&meddler);
    if (before == NULL) before = listen_packed(&other);
    meddler.other = &other;
    meddler.act = gives_the_other_a_single_handler;
    send_trains(100, 50);
    CHECK(poll_until(NULL, &meddler.packets, 100) && poll_until(NULL, &other.packets, 100));
    meddler.batches = 0;
    meddler.last = other.last = -1;
    meddler.act = gives_the_other_a_packed_handler;
    send_trains(100, 50);
    CHECK(poll_until(NULL, &meddler.packets, 200) && poll_until(NULL, &other.packets, 200));
    CHECK_EQ(meddler.wrong + other.wrong, 0);
    CHECK_EQ(other.destroyed, 2);
    CHECK_EQ(pulled_stats(before).delivered, 200);
    mc_listener_free(listener);
    mc_listener_free(before);
    CHECK_EQ(other.destroyed, 3);
  }
}

static void whether_it_is_pulled_changes_only_while_closed(void) {
  struct taker taker = new_taker();
  const mc_packed* packed = NULL;
  mc_listener* listener = pulled_open(NULL, check_group, kPort);
  CHECK_ERROR(mc_listener_set_packed_handler(listener, take_packed, &taker, taker_end),
              MC_ERROR_OPEN, "is open", "close it");
  CHECK_OK(mc_listener_close(listener));
  CHECK_OK(mc_listener_set_packed_handler(listener, take_packed, &taker, taker_end));
  CHECK_OK(mc_listener_open(listener));
  CHECK_ERROR(mc_listener_set_packed_handler(listener, NULL, NULL, NULL), MC_ERROR_OPEN, "is open");
  CHECK_ERROR(mc_listener_next_packed(listener, &packed, 1, 0), MC_ERROR_HANDLER, "has a handler");
  CHECK(packed == NULL);
  CHECK_EQ(taker.destroyed, 0);
  mc_listener_free(listener);
  CHECK_EQ(taker.destroyed, 1);
}

/* ---- Pulling --------------------------------------------------------------------------------- */

static void pulled_packets_come_packed_up_to_the_most(void) {
  static const size_t mosts[] = {1, 7, 64, 1000, SIZE_MAX};
  for (size_t i = 0; i < COUNT_OF(mosts); ++i) {
    struct taker taker = new_taker();
    mc_listener* listener = pulled_open(NULL, check_group, kPort);
    send_trains(kMany, 50);
    while (taker.packets < kMany) {
      const mc_packed* packed = NULL;
      const int count = mc_listener_next_packed(listener, &packed, mosts[i], 10);
      if (!CHECK(count > 0) || !CHECK_EQ(packed->count, count)) break;
      look(&taker, packed, mosts[i]);
      ++taker.batches;
    }
    CHECK_EQ(taker.wrong, 0);
    CHECK_EQ(taker.packets, kMany);
    CHECK_EQ(taker.last, kMany - 1);
    if (mosts[i] >= 1000) CHECK_EQ(taker.batches, 1); /* what was read together */
    CHECK_EQ(pulled_stats(listener).delivered, kMany);
    const mc_packed* none = NULL;
    CHECK_EQ(mc_listener_next_packed(listener, &none, 1, 0), 0);
    CHECK(none == NULL);
    mc_listener_free(listener);
  }
}

static void the_three_ways_of_pulling_take_turns(void) {
  mc_filter* filter = NULL;
  const mc_packed* packed = NULL;
  const mc_packet* const* packets = NULL;
  REQUIRE_OK(mc_filter_callable(&filter, is_no_third, NULL, NULL));
  mc_listener* listener = pulled_new(NULL, check_group, kPort);
  CHECK_OK(mc_listener_set_filter(listener, filter));
  CHECK_OK(mc_listener_set_limit(listener, 9));
  CHECK_OK(mc_listener_open(listener));
  send_trains(50, 50);
  REQUIRE(mc_listener_next_packed(listener, &packed, 4, 10) == 4);
  CHECK(is_sound(packed, 4) && number_at(packed, 3) == 5);
  CHECK(pulled_gives(listener, 7, 2));
  REQUIRE(mc_listener_next_many(listener, &packets, 1, 10) == 1);
  CHECK_EQ(number_of(packets[0]), 10);
  CHECK_ERROR(mc_listener_next_packed(listener, &packed, 0, 10), MC_ERROR_SIZE, "most is 0");
  REQUIRE(mc_listener_next_packed(listener, &packed, 50, 10) == 2); /* the limit */
  CHECK_EQ(mc_listener_is_open(listener), 0);
  CHECK(is_sound(packed, 50) && number_at(packed, 0) == 11); /* until it is opened again or freed */
  CHECK_ERROR(mc_listener_next_packed(listener, &packed, 50, 0), MC_ERROR_CLOSED, "closed");
  mc_filter_free(filter);
  mc_listener_free(listener);
}

static const struct check_test tests[] = {
    {"A batch is where its packets are", a_batch_is_where_its_packets_are, kBothFamilies},
    {"Empty datagrams have their place", empty_datagrams_have_their_place, kBothFamilies},
    {"Each packet tells its own source", each_packet_tells_its_own_source, kBothFamilies},
    {"The mtu cuts what is shown of a train", the_mtu_cuts_what_is_shown_of_a_train, kBothFamilies},
    {"A filter leaves gaps between packets", a_filter_leaves_gaps_between_packets, 0},
    {"The limit ends in the middle of a train", the_limit_ends_in_the_middle_of_a_train, 0},
    {"A non-zero return closes", a_non_zero_return_closes, 0},
    {"What is lent stays, whatever its handler does", what_is_lent_stays_whatever_its_handler_does,
     kBothFamilies},
    {"A filter takes effect with the next packet of a train",
     a_filter_takes_effect_with_the_next_packet_of_a_train, 0},
    {"Handlers of all kinds replace one another", handlers_of_all_kinds_replace_one_another, 0},
    {"Whether it is pulled changes only while closed",
     whether_it_is_pulled_changes_only_while_closed, 0},
    {"Pulled packets come packed, up to the most", pulled_packets_come_packed_up_to_the_most,
     kBothFamilies},
    {"The three ways of pulling take turns", the_three_ways_of_pulling_take_turns, 0},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
