/* Sending directly: with and without a handle, alone and many, from many threads. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor.h"
#include "check.h"

enum { kPort = 4311, kThreads = 4, kEach = 50 };

static mc_buffer text_of(const char* text) {
  return (mc_buffer){text, strlen(text)};
}

/* What arrived, in order, separated by blanks. */
struct words {
  int count;
  char text[1024];
};

static int append(const mc_packet* packet, void* user) {
  struct words* words = user;
  const size_t used = strlen(words->text);
  ++words->count;
  snprintf(words->text + used, sizeof words->text - used, "%.*s ", (int)packet->size,
           (const char*)packet->data);
  return 0;
}

static mc_listener* append_to(struct words* words, const char* group) {
  mc_listener* listener = NULL;
  check_stay_on_one_processor();
  CHECK_OK(mc_listener_new(&listener, NULL));
  CHECK_OK(mc_listener_set_handler(listener, append, words, NULL));
  CHECK_OK(mc_listener_add(listener, group, kPort));
  CHECK_OK(mc_listener_open(listener));
  return listener;
}

static void packets_arrive_in_the_order_of_sending(void) {
  const mc_buffer first[] = {text_of("b"), text_of("c"), {NULL, 0}};
  const mc_buffer second[] = {text_of("e"), text_of("f")};
  struct words words = {.text = ""};
  mc_stats stats;
  mc_multicaster* caster = NULL;
  mc_listener* listener = append_to(&words, check_group);
  REQUIRE_OK(mc_multicaster_new(&caster, NULL, check_group, kPort, 0));
  CHECK_EQ(mc_sendto("a", 1, check_group, kPort, 0), 0);
  CHECK_EQ(mc_sendto_many(first, 3, check_group, kPort, 0), 3);
  CHECK_EQ(mc_multicaster_send(caster, "d", 1), 0);
  CHECK_EQ(mc_multicaster_send_many(caster, second, 2), 2);
  CHECK_EQ(mc_multicaster_send(caster, NULL, 0), 0);
  CHECK_EQ(mc_sendto("g", 1, check_group, kPort, 0), 0);
  CHECK(poll_until(NULL, &words.count, 9));
  CHECK(strcmp(words.text, "a b c  d e f  g ") == 0);
  CHECK_OK(mc_multicaster_stats(caster, &stats, sizeof stats));
  CHECK_EQ(stats.sent, 4);
  CHECK_EQ(stats.sent_bytes, 3);
  CHECK_EQ(stats.send_failed + stats.send_again, 0);
  CHECK_EQ(stats.arrived + stats.turns, 0);
  mc_listener_free(listener);
  mc_multicaster_free(caster);
}

static void many_means_more_than_a_batch_of_the_kernel(void) {
  static mc_buffer packets[150];
  static char texts[150][4];
  struct actor user = {.calls = 0};
  mc_multicaster* caster = NULL;
  mc_listener* listener = actor_listen(NULL, check_group, kPort, &user);
  REQUIRE_OK(mc_multicaster_new(&caster, NULL, check_group, kPort, 0));
  for (int i = 0; i < 150; ++i) {
    packets[i] = (mc_buffer){texts[i], (size_t)snprintf(texts[i], sizeof texts[i], "%d", i)};
  }
  CHECK_EQ(mc_multicaster_send_many(caster, packets, 150), 150);
  CHECK(poll_until(NULL, &user.calls, 150));
  CHECK_EQ(mc_sendto_many(packets, 150, check_group, kPort, 0), 150);
  CHECK(poll_until(NULL, &user.calls, 300));
  mc_listener_free(listener);
  mc_multicaster_free(caster);
}

static void the_default_group_is_null_or_nothing(void) {
  struct words words = {.text = ""};
  mc_multicaster* caster = NULL;
  mc_listener* listener = append_to(&words, NULL);
  REQUIRE_OK(mc_multicaster_new(&caster, NULL, "", kPort, MC_DEFAULT_TTL));
  CHECK_OK(mc_multicaster_send(caster, "a", 1));
  CHECK_OK(mc_sendto("b", 1, NULL, kPort, MC_DEFAULT_TTL));
  CHECK_OK(mc_sendto("c", 1, "", kPort, MC_DEFAULT_TTL));
  CHECK_OK(mc_sendto("d", 1, MC_DEFAULT_GROUP, kPort, MC_DEFAULT_TTL));
  CHECK(poll_until(NULL, &words.count, 4));
  CHECK(strcmp(words.text, "a b c d ") == 0);
  mc_listener_free(listener);
  mc_multicaster_free(caster);
}

static int count_ports(const mc_packet* packet, void* user) {
  uint16_t* ports = user;
  for (; *ports != 0; ++ports) {
    if (*ports == packet->source.port) return 0;
  }
  *ports = packet->source.port;
  return 0;
}

/* A socket has its own port, so that the ports tell the sockets. */
static void the_sockets_of_the_last_destinations_are_kept(void) {
  static const int ttls[] = {0, 1, 2, 255};
  uint16_t ports[16] = {0};
  struct actor last = {.calls = 0};
  mc_listener* listener = NULL;
  const int before = check_count_descriptors();
  REQUIRE_OK(mc_listener_new(&listener, NULL));
  CHECK_OK(mc_listener_set_handler(listener, count_ports, ports, NULL));
  CHECK_OK(mc_listener_add(listener, check_group, kPort));
  CHECK_OK(mc_listener_open(listener));
  mc_listener* after = actor_listen(NULL, check_group, kPort, &last);
  for (int round = 0; round < 5; ++round) {
    for (size_t i = 0; i < COUNT_OF(ttls); ++i) {
      CHECK_OK(mc_sendto("a", 1, check_group, kPort, ttls[i]));
    }
  }
  CHECK(poll_until(NULL, &last.calls, 20));
  CHECK(ports[3] != 0 && ports[4] == 0); /* one for each TTL */
  mc_listener_free(listener);
  mc_listener_free(after);
  mc_poller_free(mc_default_poller());
  CHECK_EQ(check_count_descriptors(), before + 4);
  for (uint16_t port = 1; port <= 100; ++port) {
    CHECK_OK(mc_sendto("a", 1, check_group, port, 0));
  }
  CHECK_EQ(check_count_descriptors(), before + 16);
}

static void a_ttl_and_loopback_may_change_while_sending(void) {
  struct words words = {.text = ""};
  mc_multicaster* caster = NULL;
  mc_listener* listener = append_to(&words, check_group);
  REQUIRE_OK(mc_multicaster_new(&caster, NULL, check_group, kPort, 0));
  CHECK_OK(mc_multicaster_send(caster, "a", 1));
  CHECK_OK(mc_multicaster_set_ttl(caster, MC_TTL_SITE));
  CHECK_OK(mc_multicaster_send(caster, "b", 1));
  CHECK_OK(mc_multicaster_set_loopback(caster, 0)); /* on lo, Linux does not mind */
  CHECK_OK(mc_multicaster_send(caster, "c", 1));
  CHECK_OK(mc_multicaster_set_loopback(caster, 7));
  CHECK_OK(mc_multicaster_send(caster, "d", 1));
  CHECK(poll_until(NULL, &words.count, 4));
  CHECK(strcmp(words.text, "a b c d ") == 0);
  mc_listener_free(listener);
  mc_multicaster_free(caster);
}

static int source_is_two(const mc_packet* packet, void* user) {
  struct actor* self = user;
  self->seen += packet->source.bytes[check_is_ipv6 ? 15 : 3] == 2;
  ++self->calls;
  return 0;
}

static void a_sender_sends_from_the_address_in_its_group(void) {
  const char* const group = check_is_ipv6 ? "fd02::2@ff15::2:1%lo" : "127.0.0.2@239.2.1.1%lo";
  const char* const nobody = check_is_ipv6 ? "fd02::3@ff15::2:1" : "192.0.2.1@239.2.1.1";
  struct actor user = {.calls = 0};
  mc_listener* listener = NULL;
  mc_multicaster* caster = NULL;
  if (check_is_ipv6) CHECK_EQ(system("ip -6 address add fd02::2/128 dev lo nodad"), 0);
  REQUIRE_OK(mc_listener_new(&listener, NULL));
  CHECK_OK(mc_listener_set_handler(listener, source_is_two, &user, NULL));
  CHECK_OK(mc_listener_add(listener, check_group, kPort));
  CHECK_OK(mc_listener_open(listener));
  REQUIRE_OK(mc_multicaster_new(&caster, NULL, group, kPort, 0));
  CHECK_OK(mc_multicaster_send(caster, "a", 1));
  CHECK_OK(mc_sendto("b", 1, group, kPort, 0));
  CHECK(poll_until(NULL, &user.calls, 2));
  CHECK_EQ(user.seen, 2);
  mc_multicaster_free(caster);
  caster = NULL;
  CHECK_ERROR(mc_multicaster_new(&caster, NULL, nobody, kPort, 0), -99 /* EADDRNOTAVAIL */,
              check_is_ipv6 ? "fd02::3" : "192.0.2.1");
  CHECK(caster == NULL);
  mc_listener_free(listener);
}

static void* send_some(void* user) {
  const char* const* groups = user;
  for (int i = 0; i < kEach; ++i) {
    CHECK_OK(mc_sendto("a", 1, groups[i % 2], kPort, 0));
  }
  return NULL;
}

static void threads_send_at_once(void) {
  struct actor user = {.calls = 0};
  pthread_t threads[kThreads];
  const char* groups[2] = {check_group, check_other_group};
  mc_listener* listener = NULL;
  REQUIRE_OK(mc_listener_new(&listener, NULL));
  CHECK_OK(mc_listener_set_handler(listener, actor_packet, &user, actor_end));
  CHECK_OK(mc_listener_add(listener, groups[0], kPort));
  CHECK_OK(mc_listener_add(listener, groups[1], kPort));
  CHECK_OK(mc_listener_open(listener));
  for (int i = 0; i < kThreads; ++i) {
    CHECK_EQ(pthread_create(&threads[i], NULL, send_some, groups), 0);
  }
  CHECK(poll_until(NULL, &user.calls, kThreads * kEach));
  for (int i = 0; i < kThreads; ++i) pthread_join(threads[i], NULL);
  CHECK_EQ(user.calls, kThreads * kEach);
  mc_listener_free(listener);
}

static void* fail_in_own_words(void* port) {
  char text[32];
  snprintf(text, sizeof text, "TTL %d ", *(int*)port);
  for (int i = 0; i < 200; ++i) {
    CHECK_ERROR(mc_sendto("a", 1, check_group, kPort, *(int*)port), MC_ERROR_TTL, text);
  }
  return NULL;
}

static void each_thread_has_its_own_last_error(void) {
  int ttls[kThreads];
  pthread_t threads[kThreads];
  CHECK_ERROR(mc_sendto("a", 1, check_group, kPort, 999), MC_ERROR_TTL, "TTL 999 ");
  for (int i = 0; i < kThreads; ++i) {
    ttls[i] = 300 + i;
    CHECK_EQ(pthread_create(&threads[i], NULL, fail_in_own_words, &ttls[i]), 0);
  }
  for (int i = 0; i < kThreads; ++i) pthread_join(threads[i], NULL);
  CHECK_CONTAINS(mc_last_error(), "TTL 999 ");
}

static void* match_often(void* user) {
  for (int i = 0; i < 500; ++i) {
    CHECK_EQ(mc_filter_matches(user, "abcabc!", 7, NULL), 1);
    CHECK_EQ(mc_filter_matches(user, "abcabc", 6, NULL), 0);
  }
  return NULL;
}

static void threads_share_a_filter(void) {
  pthread_t threads[kThreads];
  mc_filter* filter = NULL;
  REQUIRE_OK(mc_filter_regex(&filter, "(abc)+!", 7));
  for (int i = 0; i < kThreads; ++i) {
    CHECK_EQ(pthread_create(&threads[i], NULL, match_often, filter), 0);
  }
  for (int i = 0; i < kThreads; ++i) pthread_join(threads[i], NULL);
  mc_filter_free(filter);
}

static struct { mc_multicaster* caster; } answering;

static void answer(struct actor* self) {
  const mc_buffer packet = text_of("b");
  if (self->calls > 1) return;
  CHECK_OK(mc_sendto("a", 1, check_group, kPort, 0));
  CHECK_EQ(mc_sendto_many(&packet, 1, check_group, kPort, 0), 1);
  CHECK_OK(mc_multicaster_send(answering.caster, "c", 1));
  CHECK_EQ(mc_multicaster_send_many(answering.caster, &packet, 1), 1);
}

static void a_handler_sends_with_every_function(void) {
  struct actor user = {.act = answer};
  mc_listener* listener = actor_listen(NULL, check_group, kPort, &user);
  REQUIRE_OK(mc_multicaster_new(&answering.caster, NULL, check_group, kPort, 0));
  send_numbered(check_group, kPort, 1);
  CHECK(poll_until(NULL, &user.calls, 5));
  mc_listener_free(listener);
  mc_multicaster_free(answering.caster);
}

static const struct check_test tests[] = {
    {"Packets arrive in the order of sending, empty ones too",
     packets_arrive_in_the_order_of_sending, kBothFamilies},
    {"Many means more than a batch of the kernel", many_means_more_than_a_batch_of_the_kernel,
     kBothFamilies},
    {"The default group is NULL or nothing", the_default_group_is_null_or_nothing, 0},
    {"The sockets of the last 16 destinations are kept",
     the_sockets_of_the_last_destinations_are_kept, kBothFamilies},
    {"TTL and loopback may change while sending", a_ttl_and_loopback_may_change_while_sending,
     kBothFamilies},
    {"A sender sends from the address in its group", a_sender_sends_from_the_address_in_its_group,
     kBothFamilies},
    {"Threads send at once", threads_send_at_once, kBothFamilies},
    {"Each thread has its own last error", each_thread_has_its_own_last_error, 0},
    {"Threads share a filter", threads_share_a_filter, 0},
    {"A handler sends with every function", a_handler_sends_with_every_function, kBothFamilies},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
