/* Numbers, expressions, flags, times and states that are refused. */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "actor.h"
#include "check.h"

enum { kPort = 4303 };

static char mark;

static void an_mtu_is_1_to_65507(void) {
  static const struct {
    size_t mtu;
    const char* text;
  } bad[] = {{0, "mtu 0 "}, {65508, "mtu 65508 "}, {SIZE_MAX, "mtu 18446744073709551615 "}};
  struct actor user = {.calls = 0};
  mc_listener* listener = NULL;
  REQUIRE_OK(mc_listener_new(&listener, NULL));
  for (size_t i = 0; i < COUNT_OF(bad); ++i) {
    CHECK_ERROR(mc_listener_set_mtu(listener, bad[i].mtu), MC_ERROR_MTU, bad[i].text, "1 to 65507");
    CHECK_ERROR(mc_listen(actor_packet, &user, check_group, kPort, bad[i].mtu, 1), MC_ERROR_MTU,
                bad[i].text, "1 to 65507");
  }
  CHECK_OK(mc_listener_set_mtu(listener, 1));
  CHECK_OK(mc_listener_set_mtu(listener, MC_MAX_PACKET));
  mc_listener_free(listener);
  CHECK_EQ(user.calls, 0);
}

static void a_ttl_is_0_to_255(void) {
  static const int bad[] = {-1, 256, INT_MIN, INT_MAX};
  static const char* const texts[] = {"TTL -1 ", "TTL 256 ", "TTL -2147483648 ", "TTL 2147483647 "};
  mc_multicaster* caster = NULL;
  mc_multicaster* none = (mc_multicaster*)&mark;
  REQUIRE_OK(mc_multicaster_new(&caster, NULL, check_group, kPort, 255));
  for (size_t i = 0; i < COUNT_OF(bad); ++i) {
    CHECK_ERROR(mc_multicaster_set_ttl(caster, bad[i]), MC_ERROR_TTL, texts[i], "0 to 255");
    CHECK_ERROR(mc_sendto("a", 1, check_group, kPort, bad[i]), MC_ERROR_TTL, texts[i], "0 to 255");
    CHECK_ERROR(mc_multicaster_new(&none, NULL, check_group, kPort, bad[i]), MC_ERROR_TTL, texts[i],
                "0 to 255");
  }
  CHECK(none == (mc_multicaster*)&mark);
  CHECK_OK(mc_multicaster_set_ttl(caster, MC_TTL_HOST));
  CHECK_OK(mc_multicaster_set_ttl(caster, MC_TTL_UNRESTRICTED));
  mc_multicaster_free(caster);
}

static void a_packet_above_65507_bytes_is_refused(void) {
  static char bytes[MC_MAX_PACKET + 1];
  const mc_buffer packets[2] = {{"a", 1}, {bytes, sizeof bytes}};
  mc_stats stats;
  mc_multicaster* caster = NULL;
  REQUIRE_OK(mc_multicaster_new(&caster, NULL, check_group, kPort, 0));
  CHECK_ERROR(mc_sendto(bytes, sizeof bytes, check_group, kPort, 0), MC_ERROR_PACKET_TOO_LARGE,
              "65508 bytes", "at most 65507");
  CHECK_ERROR(mc_sendto(bytes, SIZE_MAX, check_group, kPort, 0), MC_ERROR_PACKET_TOO_LARGE,
              "18446744073709551615 bytes", "at most 65507");
  CHECK_ERROR(mc_sendto_many(packets, 2, check_group, kPort, 0), MC_ERROR_PACKET_TOO_LARGE,
              "packet 2 of 2", "65508 bytes", "at most 65507");
  CHECK_ERROR(mc_multicaster_send(caster, bytes, sizeof bytes), MC_ERROR_PACKET_TOO_LARGE,
              "65508 bytes", "at most 65507");
  CHECK_ERROR(mc_multicaster_send_many(caster, packets, 2), MC_ERROR_PACKET_TOO_LARGE,
              "packet 2 of 2", "65508 bytes");
  CHECK_OK(mc_multicaster_stats(caster, &stats, sizeof stats));
  CHECK_EQ(stats.sent, 0); /* not even the good one before it: a failure changes nothing */
  mc_multicaster_free(caster);
}

static void more_packets_than_int_max_are_refused(void) {
  const mc_buffer packet = {"a", 1};
  mc_multicaster* caster = NULL;
  REQUIRE_OK(mc_multicaster_new(&caster, NULL, check_group, kPort, 0));
  CHECK_ERROR(mc_sendto_many(&packet, (size_t)INT_MAX + 1, check_group, kPort, 0), MC_ERROR_SIZE,
              "2147483648", "2147483647");
  CHECK_ERROR(mc_multicaster_send_many(caster, &packet, SIZE_MAX), MC_ERROR_SIZE,
              "18446744073709551615", "2147483647");
  mc_multicaster_free(caster);
}

static void a_receive_buffer_has_a_size(void) {
  mc_listener* listener = NULL;
  REQUIRE_OK(mc_listener_new(&listener, NULL));
  CHECK_ERROR(mc_listener_set_receive_buffer(listener, 0), MC_ERROR_SIZE, "buffer of 0 bytes",
              "1 to");
  CHECK_ERROR(mc_listener_set_receive_buffer(listener, UINT32_MAX), MC_ERROR_SIZE, "4294967295",
              "1 to");
  CHECK_OK(mc_listener_set_receive_buffer(listener, 1));
  mc_listener_free(listener);
}

static void counters_have_a_size(void) {
  enum { kMost = 64 * 1024 };
  static const size_t bad[] = {kMost + 1, SIZE_MAX - sizeof(mc_stats), SIZE_MAX};
  static union {
    mc_stats stats;
    unsigned char bytes[kMost];
  } room;
  mc_listener* listener = NULL;
  mc_multicaster* caster = NULL;
  REQUIRE_OK(mc_listener_new(&listener, NULL));
  REQUIRE_OK(mc_multicaster_new(&caster, NULL, check_group, kPort, 0));
  memset(&room, 0xa5, sizeof room);
  for (size_t i = 0; i < COUNT_OF(bad); ++i) {
    CHECK_ERROR(mc_listener_stats(listener, &room.stats, bad[i]), MC_ERROR_SIZE,
                "sizeof(mc_stats)");
    CHECK_ERROR(mc_multicaster_stats(caster, &room.stats, bad[i]), MC_ERROR_SIZE,
                "sizeof(mc_stats)");
    CHECK_ERROR(mc_poller_stats(mc_default_poller(), &room.stats, bad[i]), MC_ERROR_SIZE,
                "sizeof(mc_stats)");
  }
  CHECK_EQ(room.bytes[0], 0xa5);
  CHECK_OK(mc_listener_stats(listener, &room.stats, kMost));
  CHECK_EQ(room.bytes[kMost - 1], 0);
  CHECK_OK(mc_listener_stats(listener, &room.stats, 0));
  mc_listener_free(listener);
  mc_multicaster_free(caster);
}

static void bad_expressions_are_refused_with_their_position(void) {
  static const struct {
    const char* pattern;
    const char* reason;
    const char* position;
  } bad[] = {
      {"abc[z-a]", "invalid character class range", "byte 4"},
      {"ab**", "bad repetition operator", "byte 2"},
      {"*a", "no argument for repetition operator", "byte 0"},
      {"x{2000}", "invalid repetition size", "byte 1"},
      {"x[[:foo:]]", "invalid character class range", "byte 2"},
      {"ab\\8", "invalid escape sequence", "byte 2"},
      {"a(?<n>b)", "invalid perl operator", "byte 1"},
      {"ab(c", "missing )", "byte"},
      {"ab)c", "unexpected )", "byte"},
      {"ab[c", "missing ]", "byte"},
      {"abc\\", "trailing \\", "byte 3"},
      {"a** b**", "bad repetition operator", "byte 1"},
  };
  mc_filter* filter = (mc_filter*)&mark;
  for (size_t i = 0; i < COUNT_OF(bad); ++i) {
    check_note(bad[i].pattern);
    CHECK_ERROR(mc_filter_regex(&filter, bad[i].pattern, strlen(bad[i].pattern)), MC_ERROR_PATTERN,
                bad[i].pattern, bad[i].reason, "RE2");
    CHECK_CONTAINS(mc_last_error(), bad[i].position);
  }
  CHECK(filter == (mc_filter*)&mark);
}

static void a_bad_expression_with_a_nul_keeps_its_reason(void) {
  mc_filter* filter = NULL;
  CHECK_ERROR(mc_filter_regex(&filter, "a\0b(", 4), MC_ERROR_PATTERN, "missing )");
  CHECK(filter == NULL);
}

static void a_long_bad_expression_keeps_its_reason(void) {
  char pattern[4000];
  mc_filter* filter = NULL;
  memset(pattern, 'a', sizeof pattern);
  pattern[sizeof pattern - 1] = '(';
  CHECK_ERROR(mc_filter_regex(&filter, pattern, sizeof pattern), MC_ERROR_PATTERN, "missing )");
  CHECK(filter == NULL);
}

static void an_expression_beyond_a_limit_is_refused(void) {
  static char pattern[65537];
  mc_filter* filter = NULL;
  memset(pattern, 'a', sizeof pattern);
  CHECK_ERROR(mc_filter_regex(&filter, pattern, sizeof pattern), MC_ERROR_PATTERN, "65537",
              "65536");
  CHECK_ERROR(mc_filter_regex_costly(&filter, pattern, sizeof pattern), MC_ERROR_PATTERN, "65537");
  for (size_t i = 0; i < 201; ++i) {
    memcpy(pattern + 2 * i, "a(", 2);
    pattern[402 + i] = ')';
  }
  CHECK_ERROR(mc_filter_regex(&filter, pattern, 603), MC_ERROR_PATTERN, "nested", "200");
  CHECK(filter == NULL);
  CHECK_OK(mc_filter_regex(&filter, pattern + 2, 600));
  mc_filter_free(filter);
}

static void a_costly_expression_is_refused_unless_allowed(void) {
  static const char pattern[] = "(?s).*x.{20}y";
  static const char packet[] = "aaxbbbbbbbbbbxbbbbbbbbbbbbbbbbbbbby";
  mc_filter* filter = NULL;
  CHECK_ERROR(mc_filter_regex(&filter, pattern, sizeof pattern - 1), MC_ERROR_COSTLY, pattern,
              "costly", "mc_filter_regex_costly");
  CHECK(filter == NULL);
  REQUIRE_OK(mc_filter_regex_costly(&filter, pattern, sizeof pattern - 1));
  CHECK_EQ(mc_filter_matches(filter, packet, sizeof packet - 1, NULL), 1);
  CHECK_EQ(mc_filter_matches(filter, packet, sizeof packet - 2, NULL), 0);
  mc_filter_free(filter);
}

static void not_a_number_is_no_time(void) {
  struct actor user = {.calls = 0};
  mc_listener* listener = actor_listen(NULL, check_group, kPort, &user);
  CHECK_ERROR(mc_poll((double)NAN), MC_ERROR_TIME, "timeout", "give seconds");
  CHECK_ERROR(mc_poller_poll(mc_default_poller(), (double)NAN), MC_ERROR_TIME, "timeout",
              "give seconds");
  CHECK_ERROR(mc_loop((double)NAN, 0), MC_ERROR_TIME, "timeout", "give seconds");
  CHECK_ERROR(mc_loop(0, (double)NAN), MC_ERROR_TIME, "interval", "give seconds");
  CHECK_ERROR(mc_poller_loop(mc_default_poller(), 0, (double)NAN), MC_ERROR_TIME, "interval",
              "give seconds");
  /* But every other number is one. */
  static const double times[] = {-1, (double)INFINITY, -(double)INFINITY, 1e300, 5e-324, -0.0};
  for (size_t i = 0; i < COUNT_OF(times); ++i) {
    CHECK_OK(mc_poller_wake(mc_default_poller()));
    CHECK_EQ(mc_poll(times[i]), 0);
  }
  mc_listener_free(listener);
}

static void unknown_flags_are_refused(void) {
  struct actor user = {.calls = 0};
  int pipe_ends[2];
  REQUIRE(pipe(pipe_ends) == 0);
  CHECK_ERROR(mc_register(pipe_ends[0], 4, actor_read, NULL, &user, actor_end), MC_ERROR_FLAGS,
              "flags 4");
  CHECK_ERROR(mc_register(pipe_ends[0], 0x80000000U, actor_read, NULL, &user, actor_end),
              MC_ERROR_FLAGS, "2147483648");
  CHECK_EQ(mc_poller_is_polling(mc_default_poller()), 0);
  CHECK_OK(mc_register(pipe_ends[0], 0, actor_read, NULL, &user, actor_end));
  CHECK_ERROR(mc_poller_watch(mc_default_poller(), pipe_ends[0], MC_FAILED), MC_ERROR_FLAGS,
              "events 8");
  CHECK_ERROR(mc_poller_watch(mc_default_poller(), pipe_ends[0], MC_READABLE | 0x20),
              MC_ERROR_FLAGS, "events 32");
  CHECK(write(pipe_ends[1], "a", 1) == 1);
  CHECK(poll_until(NULL, &user.calls, 1)); /* what was watched before still is */
  CHECK_EQ(user.destroyed, 0);
  CHECK_OK(mc_unregister(pipe_ends[0]));
  CHECK_EQ(user.destroyed, 1);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

static void a_listener_opens_only_when_it_is_complete_and_closed(void) {
  struct actor user = {.calls = 0};
  mc_listener* listener = NULL;
  REQUIRE_OK(mc_listener_new(&listener, NULL));
  CHECK_ERROR(mc_listener_open(listener), MC_ERROR_NO_GROUP, "no group", "add one");
  CHECK_OK(mc_listener_add(listener, check_group, kPort));
  CHECK_EQ(mc_listener_is_open(listener), 0);
  CHECK_OK(mc_listener_set_handler(listener, actor_packet, &user, actor_end));
  CHECK_OK(mc_listener_open(listener));
  CHECK_ERROR(mc_listener_open(listener), MC_ERROR_OPEN, "open already");
  CHECK_ERROR(mc_listener_add(listener, check_other_group, kPort), MC_ERROR_OPEN, "close it");
  CHECK_ERROR(mc_listener_remove(listener, check_group, kPort), MC_ERROR_OPEN, "close it");
  CHECK_ERROR(mc_listener_set_receive_buffer(listener, 4096), MC_ERROR_OPEN, "close it");
  CHECK_EQ(mc_listener_is_open(listener), 1);
  send_numbered(check_group, kPort, 1);
  CHECK(poll_until(NULL, &user.calls, 1)); /* all that harmed it not */
  CHECK_OK(mc_listener_close(listener));
  CHECK_OK(mc_listener_close(listener));
  CHECK_OK(mc_listener_add(listener, check_other_group, kPort));
  CHECK_OK(mc_listener_open(listener));
  mc_listener_free(listener);
  CHECK_EQ(user.destroyed, 1);
}

static void a_group_is_removed_in_the_words_that_added_it(void) {
  struct actor user = {.calls = 0};
  char on_lo[64];
  mc_listener* listener = NULL;
  snprintf(on_lo, sizeof on_lo, "%s%%lo", check_group);
  REQUIRE_OK(mc_listener_new(&listener, NULL));
  CHECK_OK(mc_listener_set_handler(listener, actor_packet, &user, actor_end));
  CHECK_OK(mc_listener_add(listener, on_lo, kPort));
  CHECK_OK(mc_listener_add(listener, check_other_group, kPort));
  CHECK_ERROR(mc_listener_remove(listener, check_group, kPort), MC_ERROR_NO_GROUP, check_group,
              "words");
  CHECK_ERROR(mc_listener_remove(listener, on_lo, kPort + 1), MC_ERROR_NO_GROUP, check_group);
  CHECK_ERROR(mc_listener_remove(listener, "10.0.0.1", kPort), MC_ERROR_NOT_MULTICAST, "10.0.0.1");
  CHECK_OK(mc_listener_remove(listener, on_lo, kPort));
  CHECK_ERROR(mc_listener_remove(listener, on_lo, kPort), MC_ERROR_NO_GROUP, check_group);
  CHECK_OK(mc_listener_open(listener));
  send_numbered(check_group, kPort, 3); /* nobody hears these */
  send_numbered(check_other_group, kPort, 1);
  CHECK(poll_until(NULL, &user.calls, 1));
  poll_out(NULL);
  CHECK_EQ(user.calls, 1);
  CHECK_OK(mc_listener_close(listener));
  CHECK_OK(mc_listener_remove(listener, check_other_group, kPort));
  CHECK_ERROR(mc_listener_open(listener), MC_ERROR_NO_GROUP, "no group", "add one");
  mc_listener_free(listener);
}

static void check_caster_is_closed(mc_multicaster* caster) {
  struct actor user = {.calls = 0};
  const mc_buffer packet = {"a", 1};
  mc_stats stats;
  CHECK_EQ(mc_multicaster_is_open(caster), 0);
  CHECK_ERROR(mc_multicaster_send(caster, "a", 1), MC_ERROR_CLOSED, check_group, "new one");
  CHECK_ERROR(mc_multicaster_send_many(caster, &packet, 1), MC_ERROR_CLOSED, check_group,
              "new one");
  CHECK_ERROR(mc_multicaster_set_source(caster, actor_source, &user, actor_end), MC_ERROR_CLOSED,
              check_group, "new one");
  CHECK_ERROR(mc_multicaster_resume(caster), MC_ERROR_CLOSED, check_group, "new one");
  CHECK_ERROR(mc_multicaster_set_ttl(caster, 1), MC_ERROR_CLOSED, check_group, "new one");
  CHECK_ERROR(mc_multicaster_set_loopback(caster, 1), MC_ERROR_CLOSED, check_group, "new one");
  CHECK_OK(mc_multicaster_close(caster));
  CHECK_OK(mc_multicaster_stats(caster, &stats, sizeof stats));
  CHECK_EQ(user.calls + user.destroyed, 0);
}

static void a_closed_multicaster_refuses_everything(void) {
  mc_multicaster* caster = NULL;
  REQUIRE_OK(mc_multicaster_new(&caster, NULL, check_group, kPort, 0));
  CHECK_EQ(mc_multicaster_is_open(caster), 1);
  CHECK_ERROR(mc_multicaster_resume(caster), MC_ERROR_NO_HANDLER, "no packet source", "set one");
  CHECK_OK(mc_multicaster_close(caster));
  check_caster_is_closed(caster);
  mc_multicaster_free(caster);
}

static void what_lived_on_a_freed_poller_is_closed_for_ever(void) {
  struct actor user = {.calls = 0};
  mc_stats stats;
  mc_poller* poller = NULL;
  mc_multicaster* caster = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  mc_listener* listener = actor_listen(poller, check_group, kPort, &user);
  REQUIRE_OK(mc_multicaster_new(&caster, poller, check_group, kPort, 0));
  mc_poller_free(poller);
  CHECK_EQ(user.destroyed, 0); /* the listener is still there to be freed */
  CHECK_EQ(mc_listener_is_open(listener), 0);
  CHECK_ERROR(mc_listener_open(listener), MC_ERROR_CLOSED, "poller was freed", "new listener");
  CHECK_OK(mc_listener_close(listener));
  CHECK_OK(mc_listener_set_mtu(listener, 10));
  CHECK_OK(mc_listener_stats(listener, &stats, sizeof stats));
  check_caster_is_closed(caster);
  mc_listener_free(listener);
  mc_multicaster_free(caster);
  CHECK_EQ(user.destroyed, 1);
}

static void codes_have_distinct_names_and_words(void) {
  for (int code = MC_ERROR_NULL; code >= MC_ERROR_SOURCES; --code) {
    CHECK(strncmp(mc_error_name(code), "MC_ERROR_", 9) == 0);
    for (int other = MC_ERROR_NULL; other > code; --other) {
      CHECK(strcmp(mc_error_name(code), mc_error_name(other)) != 0);
      CHECK(strcmp(mc_strerror(code), mc_strerror(other)) != 0);
    }
  }
  CHECK(strcmp(mc_error_name(MC_ERROR_PORT), "MC_ERROR_PORT") == 0);
  CHECK(strcmp(mc_error_name(-19), "ENODEV") == 0);
  CHECK(strcmp(mc_strerror(-19), "No such device") == 0);
  CHECK_CONTAINS(mc_strerror(MC_ERROR_TIME), "not a number, or out of its range");
  static const int unknown[] = {-4000, -4096, -5000, MC_ERROR_DSCP - 1, INT_MIN, INT_MIN + 1};
  for (size_t i = 0; i < COUNT_OF(unknown); ++i) {
    CHECK_CONTAINS(mc_strerror(unknown[i]), "unknown");
    CHECK(strcmp(mc_error_name(unknown[i]), "unknown") == 0);
  }
  CHECK(mc_strerror(0) != NULL && mc_error_name(INT_MAX) != NULL);
}

static const struct check_test tests[] = {
    {"An mtu is 1 to 65,507", an_mtu_is_1_to_65507, 0},
    {"A TTL is 0 to 255", a_ttl_is_0_to_255, kBothFamilies},
    {"A packet above 65,507 bytes is refused, and nothing of its batch is sent",
     a_packet_above_65507_bytes_is_refused, kBothFamilies},
    {"More packets than INT_MAX are refused", more_packets_than_int_max_are_refused, 0},
    {"A receive buffer has a size", a_receive_buffer_has_a_size, 0},
    {"Counters have a size", counters_have_a_size, 0},
    {"Bad expressions are refused with their position",
     bad_expressions_are_refused_with_their_position, 0},
    {"A bad expression with a NUL in it keeps its reason",
     a_bad_expression_with_a_nul_keeps_its_reason, 0},
    {"A long expression that is bad keeps its reason", a_long_bad_expression_keeps_its_reason, 0},
    {"An expression beyond a limit is refused", an_expression_beyond_a_limit_is_refused, 0},
    {"A costly expression is refused unless allowed", a_costly_expression_is_refused_unless_allowed,
     0},
    {"Not a number is no time, and every number is one", not_a_number_is_no_time, 0},
    {"Unknown flags are refused", unknown_flags_are_refused, 0},
    {"A listener opens only when it is complete and closed",
     a_listener_opens_only_when_it_is_complete_and_closed, kBothFamilies},
    {"A group is removed in the words that added it", a_group_is_removed_in_the_words_that_added_it,
     kBothFamilies},
    {"A closed multicaster refuses everything", a_closed_multicaster_refuses_everything,
     kBothFamilies},
    {"What lived on a freed poller is closed for ever",
     what_lived_on_a_freed_poller_is_closed_for_ever, kBothFamilies},
    {"Codes have distinct names and words", codes_have_distinct_names_and_words, 0},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
