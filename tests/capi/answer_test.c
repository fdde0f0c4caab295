/* Answers: what comes back to a multicaster's port, and mc_reply. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "actor.h"
#include "check.h"
#include "pulled.h"

enum { kPort = 4343, kAskPort = 4344 };

static mc_multicaster* caster_on(mc_poller* poller) {
  mc_multicaster* caster = NULL;
  check_stay_on_one_processor();
  CHECK_OK(mc_multicaster_new(&caster, poller, check_group, kPort, 0));
  return caster;
}

static uint16_t port_of(const mc_multicaster* caster) {
  mc_address source = {.port = 0};
  CHECK_OK(mc_multicaster_source(caster, &source));
  return source.port;
}

static mc_stats stats_of(mc_multicaster* caster) {
  mc_stats stats = {.sent = 0};
  CHECK_OK(mc_multicaster_stats(caster, &stats, sizeof stats));
  return stats;
}

/* What came, and from whom. */
struct answers {
  int count;
  int verdict;
  int wrong; /* numbers that were not the next */
  mc_packet last;
  char text[16];
  void (*act)(struct answers* self, const mc_packet* packet);
  mc_multicaster* caster;
  int destroyed;
};

static int take_answer(const mc_packet* packet, void* user) {
  struct answers* self = user;
  if (number_of(packet) != self->count) ++self->wrong;
  ++self->count;
  self->last = *packet;
  snprintf(self->text, sizeof self->text, "%.*s", (int)packet->size, (const char*)packet->data);
  if (self->act != NULL) self->act(self, packet);
  return self->verdict;
}
static void answers_end(void* user) {
  ++((struct answers*)user)->destroyed;
}

static void await_answers(mc_multicaster* caster, struct answers* answers) {
  answers->caster = caster;
  CHECK_OK(mc_multicaster_set_handler(caster, take_answer, answers, answers_end));
}

static void what_comes_back_reaches_the_handler(void) {
  struct answers answers = {.count = 0};
  mc_multicaster* caster = caster_on(NULL);
  await_answers(caster, &answers);
  const int host = outsider();
  outsider_send_numbers(host, NULL, port_of(caster), 0, 40); /* more than a read brings */
  CHECK(poll_until(NULL, &answers.count, 40));
  CHECK_EQ(answers.wrong, 0);
  CHECK_EQ(answers.last.source.port, outsider_port(host));
  CHECK_EQ(answers.last.group.port, port_of(caster));
  CHECK_EQ(answers.last.group.family, check_is_ipv6 ? MC_IPV6 : MC_IPV4);
  CHECK(memcmp(answers.last.group.bytes, answers.last.source.bytes, 16) == 0); /* both lo's */
  CHECK_EQ(answers.last.interface_index, 1);
  CHECK_EQ(answers.last.flags, 0);
  const mc_stats stats = stats_of(caster);
  CHECK_EQ(stats.delivered, 40);
  CHECK_EQ(stats.delivered_bytes, 160);
  CHECK_EQ(stats.arrived, 40);
  CHECK(stats.receive_buffer_granted > 0);
  mc_multicaster_free(caster);
  CHECK_EQ(answers.destroyed, 1);
  close(host);
}

static int accepts_odd(const mc_packet* packet, void* user) {
  (void)user;
  return number_of(packet) % 2;
}

static void a_filter_chooses_among_answers(void) {
  struct answers answers = {.count = 0};
  mc_filter* filter = NULL;
  mc_multicaster* caster = caster_on(NULL);
  REQUIRE_OK(mc_filter_callable(&filter, accepts_odd, NULL, NULL));
  CHECK_OK(mc_multicaster_set_filter(caster, filter)); /* before the handler, or after */
  mc_filter_free(filter);
  await_answers(caster, &answers);
  const int host = outsider();
  outsider_send_numbers(host, NULL, port_of(caster), 0, 10);
  CHECK(poll_until(NULL, &answers.count, 5));
  CHECK_OK(mc_multicaster_set_filter(caster, NULL));
  outsider_send_numbers(host, NULL, port_of(caster), 0, 2);
  CHECK(poll_until(NULL, &answers.count, 7));
  const mc_stats stats = stats_of(caster);
  CHECK_EQ(stats.filtered, 5);
  CHECK_EQ(stats.delivered, 7);
  CHECK_EQ(stats.arrived, 12);
  mc_multicaster_free(caster);
  close(host);
}

static void a_loop_goes_on_while_there_is_a_handler(void) {
  struct answers answers = {.verdict = 1};
  mc_poller* poller = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  mc_multicaster* caster = caster_on(poller);
  CHECK_EQ(mc_poller_is_polling(poller), 0);
  await_answers(caster, &answers);
  CHECK_EQ(mc_poller_is_polling(poller), 1);
  CHECK_OK(mc_multicaster_set_handler(caster, NULL, NULL, NULL));
  CHECK_EQ(answers.destroyed, 1);
  CHECK_EQ(mc_poller_is_polling(poller), 0);
  CHECK_EQ(mc_poller_loop(poller, -1, 0), 0);
  await_answers(caster, &answers);
  const int host = outsider();
  outsider_send_numbers(host, NULL, port_of(caster), 0, 3);
  CHECK_EQ(mc_poller_loop(poller, -1, 0), 0); /* its handler had enough: it closed */
  CHECK_EQ(answers.count, 1);
  CHECK_EQ(mc_multicaster_is_open(caster), 0);
  CHECK_ERROR(mc_multicaster_set_handler(caster, take_answer, &answers, answers_end),
              MC_ERROR_CLOSED, "closed");
  CHECK_ERROR(mc_multicaster_set_filter(caster, NULL), MC_ERROR_CLOSED, "closed");
  mc_multicaster_free(caster);
  CHECK_EQ(answers.destroyed, 2);
  mc_poller_free(poller);
  close(host);
}

static void closes_it(struct answers* self, const mc_packet* packet) {
  (void)packet;
  CHECK_OK(mc_multicaster_close(self->caster));
}
static void frees_it(struct answers* self, const mc_packet* packet) {
  mc_multicaster_free(self->caster);
  CHECK(number_of(packet) == 0); /* still lent */
  CHECK_EQ(self->destroyed, 0);
}
static void drops_itself(struct answers* self, const mc_packet* packet) {
  (void)packet;
  CHECK_OK(mc_multicaster_set_handler(self->caster, NULL, NULL, NULL));
}

static void a_handler_may_close_free_or_drop_its_own(void) {
  static void (*const deeds[])(struct answers*, const mc_packet*) = {closes_it, frees_it,
                                                                     drops_itself};
  for (size_t i = 0; i < COUNT_OF(deeds); ++i) {
    struct answers answers = {.act = deeds[i]};
    mc_multicaster* caster = caster_on(NULL);
    await_answers(caster, &answers);
    const int host = outsider();
    outsider_send_numbers(host, NULL, port_of(caster), 0, 5);
    outsider_settle();
    CHECK_EQ(mc_loop(10, 0), 0);
    CHECK_EQ(answers.count, 1);
    if (deeds[i] != closes_it) CHECK_EQ(answers.destroyed, 1);
    if (deeds[i] != frees_it) mc_multicaster_free(caster);
    CHECK_EQ(answers.destroyed, 1);
    close(host);
  }
}

static void what_is_sent_to_the_group_on_its_port_never_reaches_it(void) {
  struct answers answers = {.count = 0};
  struct actor user = {.calls = 0};
  mc_multicaster* caster = caster_on(NULL);
  CHECK_OK(
      mc_multicaster_set_source_port(caster, kPort, 1)); /* the group's own port, as mDNS does */
  await_answers(caster, &answers);
  mc_listener* listener = actor_listen(NULL, check_group, kPort, &user);
  mc_listener* other = actor_listen(NULL, check_other_group, kPort, &user);
  const int host = outsider();
  CHECK_OK(mc_multicaster_send(caster, "0009", 4));
  outsider_send_numbers(host, check_group, kPort, 9, 1);
  outsider_send_numbers(host, check_other_group, kPort, 9, 1);
  CHECK(poll_until(NULL, &user.calls, 3));
  outsider_send_numbers(host, NULL, kPort, 0, 1);
  CHECK(poll_until(NULL, &answers.count, 1));
  CHECK_EQ(answers.wrong, 0);
  CHECK_EQ(stats_of(caster).arrived, 1);
  CHECK_EQ(user.calls, 3);
  mc_listener_free(listener);
  mc_listener_free(other);
  mc_multicaster_free(caster);
  close(host);
}

/* ---- mc_reply ------------------------------------------------------------------------------- */

/* A listener's handler that answers each question with the question and its own letter. */
struct responder {
  mc_listener* listener;
  char letter;
  int asked;
  uint16_t from; /* the asker's port */
};

static int respond(const mc_packet* packet, void* user) {
  struct responder* self = user;
  char text[16];
  const int size = snprintf(text, sizeof text, "%.*s%c", (int)packet->size,
                            (const char*)packet->data, self->letter);
  ++self->asked;
  self->from = packet->source.port;
  CHECK_OK(mc_reply(packet, text, (size_t)size));
  return 0;
}

static void respond_on(mc_poller* poller, struct responder* responder) {
  responder->listener = pulled_new(poller, check_group, kPort);
  CHECK_OK(mc_listener_set_handler(responder->listener, respond, responder, NULL));
  CHECK_OK(mc_listener_open(responder->listener));
}

static int take_letter(const mc_packet* packet, void* user) {
  char* letters = user;
  if (CHECK_EQ(packet->size, 4) && CHECK(memcmp(packet->data, "who", 3) == 0)) {
    letters[strlen(letters)] = (char)packet->data[3];
  }
  return strlen(letters) == 3; /* enough */
}

static void a_question_to_a_group_gets_an_answer_of_each(void) {
  struct responder responders[3] = {{.letter = 'a'}, {.letter = 'b'}, {.letter = 'c'}};
  char letters[8] = "";
  mc_poller* askers = NULL;
  REQUIRE_OK(mc_poller_new(&askers));
  for (int i = 0; i < 3; ++i) respond_on(NULL, &responders[i]);
  mc_multicaster* caster = caster_on(askers);
  REQUIRE_OK(mc_multicaster_set_source_port(caster, kAskPort, 0));
  CHECK_OK(mc_multicaster_set_handler(caster, take_letter, letters, NULL));
  CHECK_OK(mc_multicaster_send(caster, "who", 3));
  CHECK(poll_until(NULL, &responders[2].asked, 1));
  CHECK_EQ(mc_poller_loop(askers, -1, 0), 0);
  CHECK(strcmp(letters, "abc") == 0);
  CHECK_EQ(stats_of(caster).arrived, 3);
  for (int i = 0; i < 3; ++i) {
    CHECK_EQ(responders[i].asked, 1);
    CHECK_EQ(responders[i].from, kAskPort);
    mc_listener_free(responders[i].listener);
  }
  mc_multicaster_free(caster);
  mc_poller_free(askers);
}

static void a_pulled_packet_is_answered_too(void) {
  char text[8];
  const mc_packet* packet = NULL;
  mc_listener* listener = pulled_open(NULL, check_group, kPort);
  const int asker = outsider();
  outsider_send(asker, check_group, kPort, "who?", 4);
  REQUIRE(mc_listener_next(listener, &packet, 10) == 1);
  CHECK_OK(mc_reply(packet, NULL, 0)); /* an empty one */
  CHECK_EQ(outsider_receive(asker, text, sizeof text, NULL), 0);
  CHECK_OK(mc_reply(packet, "me", 2));
  CHECK_EQ(outsider_receive(asker, text, sizeof text, NULL), 2);
  mc_listener_free(listener);
  close(asker);
}

static void replies(struct answers* self, const mc_packet* packet) {
  mc_packet* copy = NULL;
  CHECK_OK(mc_reply(packet, self->text, strlen(self->text)));
  CHECK_OK(mc_packet_copy(&copy, packet));
  CHECK_OK(mc_reply(copy, "copy", 4));
  mc_packet_free(copy);
}

static void in_a_multicasters_handler_the_answer_leaves_from_its_port(void) {
  struct answers answers = {.act = replies};
  char text[8];
  uint16_t port = 0;
  mc_multicaster* caster = caster_on(NULL);
  await_answers(caster, &answers);
  const int host = outsider();
  outsider_send_numbers(host, NULL, port_of(caster), 0, 2);
  CHECK(poll_until(NULL, &answers.count, 2));
  for (int i = 0; i < 2; ++i) {
    CHECK_EQ(outsider_receive(host, text, sizeof text, &port), 4);
    CHECK_EQ(text[3], '0' + i);
    CHECK_EQ(port, port_of(caster));
    CHECK_EQ(outsider_receive(host, text, sizeof text, &port), 4);
    CHECK(strcmp(text, "copy") == 0);
    CHECK(port != port_of(caster));
  }
  CHECK_EQ(stats_of(caster).sent, 2);
  mc_multicaster_free(caster);
  close(host);
}

static void replying_refuses_what_cannot_be_answered(void) {
  static const char bytes[MC_MAX_PACKET + 1];
  mc_packet portless = {.size = 0};
  portless.source = (mc_address){.family = MC_IPV4, .bytes = {127, 0, 0, 1}};
  mc_packet someone = portless;
  someone.source.port = kAskPort;
  CHECK_ERROR(mc_reply(NULL, "a", 1), MC_ERROR_NULL, "packet is NULL");
  CHECK_ERROR(mc_reply(&someone, NULL, 1), MC_ERROR_NULL, "NULL", "1 bytes");
  CHECK_ERROR(mc_reply(&someone, bytes, sizeof bytes), MC_ERROR_PACKET_TOO_LARGE, "65508");
  CHECK_ERROR(mc_reply(&portless, "a", 1), MC_ERROR_PORT, "127.0.0.1", "port 0");
  someone.source.bytes[0] = 10; /* beyond this host's routes */
  CHECK_ERROR(mc_reply(&someone, "a", 1), -ENETUNREACH, "10.0.0.1:4344", "no route");
}

static void replying_refuses_what_is_not_one_host(void) {
  static const struct {
    mc_address source;
    const char* words;
  } refused[] = {
      {{.family = 0, .port = kAskPort}, "unknown family 0"},
      {{.family = 7, .port = kAskPort, .bytes = {10, 0, 0, 1}}, "unknown family 7"},
      {{.family = MC_IPV4, .port = kAskPort}, "0.0.0.0:4344 is not the address of one host"},
      {{.family = MC_IPV4, .port = kAskPort, .bytes = {255, 255, 255, 255}},
       "255.255.255.255:4344 is not the address of one host"},
      /* Of IPv4 only the first four count. */
      {{.family = MC_IPV4, .port = kAskPort, .bytes = {0, 0, 0, 0, 9}}, "0.0.0.0:4344 is not"},
      {{.family = MC_IPV4, .port = kAskPort, .bytes = {239, 1, 2, 3}}, "239.1.2.3:4344 is not"},
      {{.family = MC_IPV6, .port = kAskPort}, "[::]:4344 is not"},
      {{.family = MC_IPV6, .port = kAskPort, .bytes = {0xff, 2}, .scope = 1}, "[ff02::%1]:4344"},
      {{.family = MC_IPV6, .port = kAskPort, .bytes = {[10] = 0xff, [11] = 0xff, [12] = 10}},
       "[::ffff:10.0.0.0]:4344 is not"},
  };
  for (size_t i = 0; i < COUNT_OF(refused); ++i) {
    const mc_packet packet = {.source = refused[i].source};
    CHECK_ERROR(mc_reply(&packet, "a", 1), MC_ERROR_ADDRESS, "cannot answer", refused[i].words);
  }
}

static const struct check_test tests[] = {
    {"What comes back reaches the handler", what_comes_back_reaches_the_handler, kBothFamilies},
    {"A filter chooses among answers", a_filter_chooses_among_answers, kBothFamilies},
    {"A loop goes on while there is a handler", a_loop_goes_on_while_there_is_a_handler, 0},
    {"A handler may close, free or drop its own", a_handler_may_close_free_or_drop_its_own,
     kBothFamilies},
    {"What is sent to the group on its port never reaches it",
     what_is_sent_to_the_group_on_its_port_never_reaches_it, kBothFamilies},
    {"A question to a group gets an answer of each", a_question_to_a_group_gets_an_answer_of_each,
     kBothFamilies},
    {"A pulled packet is answered, too", a_pulled_packet_is_answered_too, kBothFamilies},
    {"In a multicaster's handler the answer leaves from its port",
     in_a_multicasters_handler_the_answer_leaves_from_its_port, kBothFamilies},
    {"Replying refuses what cannot be answered", replying_refuses_what_cannot_be_answered, 0},
    {"Replying refuses what is not one host", replying_refuses_what_is_not_one_host, 0},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
