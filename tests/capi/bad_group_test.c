/* Groups, ports and interfaces that cannot be: the same code and sentence everywhere. */
#include <stdio.h>
#include <string.h>

#include "actor.h"
#include "check.h"

enum { kPort = 4302 };

struct bad_text {
  const char* text;
  int code;
  const char* value;  /* what the sentence names */
  const char* advice; /* what it says to do */
};

/* Text alone tells that these are wrong. */
static const struct bad_text texts[] = {
    {"10.0.0.1", MC_ERROR_NOT_MULTICAST, "10.0.0.1", "224.0.0.0"},
    {"0.0.0.0", MC_ERROR_NOT_MULTICAST, "0.0.0.0", "224.0.0.0"},
    {"223.255.255.255", MC_ERROR_NOT_MULTICAST, "223.255.255.255", "239.255.255.255"},
    {"240.0.0.0", MC_ERROR_NOT_MULTICAST, "240.0.0.0", "239.255.255.255"},
    {"255.255.255.255", MC_ERROR_NOT_MULTICAST, "255.255.255.255", "239.255.255.255"},
    {"::", MC_ERROR_NOT_MULTICAST, "::", "ff00::"},
    {"::1", MC_ERROR_NOT_MULTICAST, "::1", "ff00::"},
    {"fe80::1%lo", MC_ERROR_NOT_MULTICAST, "fe80::1", "ff00::"},
    {"feff::1", MC_ERROR_NOT_MULTICAST, "feff::1", "ff00::"},
    {"10.0.0.1@10.0.0.2", MC_ERROR_NOT_MULTICAST, "10.0.0.2", "224.0.0.0"},
    {"239.1.2", MC_ERROR_ADDRESS, "\"239.1.2\"", "239.1.2.3"},
    {"239.1.2.3.4", MC_ERROR_ADDRESS, "\"239.1.2.3.4\"", "write it as"},
    {"239.1.2.256", MC_ERROR_ADDRESS, "\"239.1.2.256\"", "write it as"},
    {"239.1.2.-1", MC_ERROR_ADDRESS, "\"239.1.2.-1\"", "write it as"},
    {"239.1.2.3:4242", MC_ERROR_ADDRESS, "\"239.1.2.3:4242\"", "write it as"},
    {" 239.1.2.3", MC_ERROR_ADDRESS, "\" 239.1.2.3\"", "write it as"},
    {"239.1.2.3 ", MC_ERROR_ADDRESS, "\"239.1.2.3 \"", "write it as"},
    {"239.1.2.3/24", MC_ERROR_ADDRESS, "\"239.1.2.3/24\"", "write it as"},
    {"0xef010203", MC_ERROR_ADDRESS, "\"0xef010203\"", "write it as"},
    {"localhost", MC_ERROR_ADDRESS, "\"localhost\"", "write it as"},
    {"[ff15::1]", MC_ERROR_ADDRESS, "\"[ff15::1]\"", "ff15::1"},
    {"ff15::1::2", MC_ERROR_ADDRESS, "\"ff15::1::2\"", "ff15::1"},
    {"ff15::12345", MC_ERROR_ADDRESS, "\"ff15::12345\"", "ff15::1"},
    {"::ffff:239.1.2.3", MC_ERROR_ADDRESS, "\"::ffff:239.1.2.3\"", "IPv4 address itself"},
    {"@", MC_ERROR_ADDRESS, "\"\"", "write it as"},
    {"@239.1.2.3", MC_ERROR_ADDRESS, "\"\"", "write it as"},
    {"10.0.0.1@", MC_ERROR_ADDRESS, "\"\"", "write it as"},
    {"%lo", MC_ERROR_ADDRESS, "\"\"", "write it as"},
    {"10.0.0@239.1.2.3", MC_ERROR_ADDRESS, "\"10.0.0\"", "write it as"},
    {"10.0.0.1@10.0.0.2@239.1.2.3", MC_ERROR_ADDRESS, "10.0.0.2@239.1.2.3", "write it as"},
    {"239.9.9.9@239.1.2.3", MC_ERROR_ADDRESS, "239.9.9.9", "unicast"},
    {"0.0.0.0@239.1.2.3", MC_ERROR_ADDRESS, "0.0.0.0", "unicast"},
    {"ff15::9@ff15::1", MC_ERROR_ADDRESS, "ff15::9", "unicast"},
    {"::@ff15::1", MC_ERROR_ADDRESS, "::", "unicast"},
    {"::1@239.1.2.3", MC_ERROR_FAMILY, "::1@239.1.2.3", "both as IPv4"},
    {"10.0.0.1@ff15::1", MC_ERROR_FAMILY, "10.0.0.1@ff15::1", "both as IPv6"},
    {"239.1.2.3%", MC_ERROR_INTERFACE, "239.1.2.3%", "write a name"},
    {"ff02::1", MC_ERROR_SCOPE, "ff02::1", "ff02::1%eth0"},
    {"ff12::1", MC_ERROR_SCOPE, "ff12::1", "%eth0"},
};

/* These must be looked up. */
static const struct bad_text interfaces[] = {
    {"239.1.2.3%nowhere", MC_ERROR_INTERFACE, "\"nowhere\"", "candidates: lo"},
    {"239.1.2.3%4711", MC_ERROR_INTERFACE, "\"4711\"", "candidates: lo"},
    {"239.1.2.3%0", MC_ERROR_INTERFACE, "\"0\"", "candidates: lo"},
    {"239.1.2.3%99999999999999999999", MC_ERROR_INTERFACE, "\"99999999999999999999\"", "lo"},
    {"239.1.2.3%-1", MC_ERROR_INTERFACE, "\"-1\"", "candidates: lo"},
    {"239.1.2.3%192.0.2.1", MC_ERROR_INTERFACE, "\"192.0.2.1\"", "candidates: lo"},
    {"239.1.2.3%lo%lo", MC_ERROR_INTERFACE, "\"lo%lo\"", "candidates: lo"},
    {"239.1.2.3% lo", MC_ERROR_INTERFACE, "\" lo\"", "candidates: lo"},
    {"ff02::1%nowhere", MC_ERROR_INTERFACE, "\"nowhere\"", "candidates: lo"},
};

static char mark;

/* Everything that opens a socket for a group. */
static void check_cannot_use(const char* group, uint16_t port, int code, const char* value,
                             const char* advice) {
  struct actor user = {.calls = 0};
  const mc_buffer packet = {"a", 1};
  mc_multicaster* caster = (mc_multicaster*)&mark;
  CHECK_ERROR(mc_multicaster_new(&caster, NULL, group, port, 0), code, value, advice);
  CHECK(caster == (mc_multicaster*)&mark);
  CHECK_ERROR(mc_sendto("a", 1, group, port, 0), code, value, advice);
  CHECK_ERROR(mc_sendto_many(&packet, 1, group, port, 0), code, value, advice);
  CHECK_ERROR(mc_listen(actor_packet, &user, group, port, 1, 1), code, value, advice);
  CHECK_EQ(mc_poller_is_polling(mc_default_poller()), 0);
  CHECK_EQ(user.calls + user.destroyed, 0);
}

static void bad_texts_are_refused(void) {
  mc_listener* listener = NULL;
  REQUIRE_OK(mc_listener_new(&listener, NULL));
  for (size_t i = 0; i < COUNT_OF(texts); ++i) {
    const struct bad_text* bad = &texts[i];
    check_note(bad->text);
    CHECK_ERROR(mc_listener_add(listener, bad->text, kPort), bad->code, bad->value, bad->advice);
    check_cannot_use(bad->text, kPort, bad->code, bad->value, bad->advice);
  }
  CHECK_ERROR(mc_listener_open(listener), MC_ERROR_NO_GROUP, "no group", "add one");
  mc_listener_free(listener);
}

static void port_0_is_refused(void) {
  mc_listener* listener = NULL;
  REQUIRE_OK(mc_listener_new(&listener, NULL));
  CHECK_ERROR(mc_listener_add(listener, check_group, 0), MC_ERROR_PORT, "port 0", check_group,
              "1 to 65535");
  check_cannot_use(check_group, 0, MC_ERROR_PORT, "port 0", "1 to 65535");
  CHECK_OK(mc_listener_add(listener, check_group, 65535));
  mc_listener_free(listener);
}

/* The group may be added, because the interface may still come; opening is refused. */
static void unknown_interfaces_are_refused_on_opening(void) {
  for (size_t i = 0; i < COUNT_OF(interfaces); ++i) {
    const struct bad_text* bad = &interfaces[i];
    struct actor user = {.calls = 0};
    mc_listener* listener = NULL;
    check_note(bad->text);
    REQUIRE_OK(mc_listener_new(&listener, NULL));
    CHECK_OK(mc_listener_set_handler(listener, actor_packet, &user, actor_end));
    CHECK_OK(mc_listener_add(listener, bad->text, kPort));
    CHECK_ERROR(mc_listener_open(listener), bad->code, bad->value, bad->advice);
    CHECK_EQ(mc_listener_is_open(listener), 0);
    check_cannot_use(bad->text, kPort, bad->code, bad->value, bad->advice);
    mc_listener_free(listener);
    CHECK_EQ(user.destroyed, 1);
  }
}

static void a_listener_opens_all_its_groups_or_none(void) {
  struct actor user = {.calls = 0};
  mc_stats stats;
  mc_poller* poller = NULL;
  mc_listener* listener = NULL;
  REQUIRE_OK(mc_poller_new(&poller));
  REQUIRE_OK(mc_listener_new(&listener, poller));
  actor_open_once(poller);
  const int descriptors = check_count_descriptors();
  CHECK_OK(mc_listener_set_handler(listener, actor_packet, &user, actor_end));
  CHECK_OK(mc_listener_add(listener, check_group, kPort));
  CHECK_OK(mc_listener_add(listener, "239.1.2.3%nowhere", kPort));
  CHECK_ERROR(mc_listener_open(listener), MC_ERROR_INTERFACE, "239.1.2.3", "nowhere");
  CHECK_EQ(mc_listener_is_open(listener), 0);
  CHECK_EQ(mc_poller_is_polling(poller), 0);
  CHECK_OK(mc_poller_stats(poller, &stats, sizeof stats));
  CHECK_EQ(stats.channels + stats.memberships + stats.holders, 0);
  CHECK_EQ(check_count_descriptors(), descriptors);
  mc_listener_free(listener);
  mc_poller_free(poller);
}

static void every_way_to_write_an_interface_is_understood(void) {
  static const char* const ways[] = {
      "239.1.2.3%lo", "239.1.2.3%1",       "239.1.2.3%127.0.0.1",    "239.1.2.3%::1",
      "ff02::42%lo",  "ff15::1%127.0.0.1", "127.0.0.1@239.1.2.3%lo", "::1@ff15::1%1"};
  for (size_t i = 0; i < COUNT_OF(ways); ++i) {
    struct actor user = {.verdict = 1};
    check_note(ways[i]);
    mc_listener* listener = actor_listen(NULL, ways[i], kPort, &user);
    REQUIRE(listener != NULL);
    CHECK_OK(mc_sendto("a", 1, ways[i], kPort, 0));
    CHECK(poll_until(NULL, &user.calls, 1));
    CHECK_EQ(mc_listener_is_open(listener), 0);
    mc_listener_free(listener);
  }
}

static void long_texts_do_not_hide_what_to_do(void) {
  char text[4000];
  mc_listener* listener = NULL;
  memset(text, '9', sizeof text);
  text[sizeof text - 1] = '\0';
  REQUIRE_OK(mc_listener_new(&listener, NULL));
  CHECK_ERROR(mc_listener_add(listener, text, kPort), MC_ERROR_ADDRESS, "9999", "write it as");
  mc_listener_free(listener);
}

static const struct check_test tests[] = {
    {"Texts that are no group are refused everywhere alike", bad_texts_are_refused, 0},
    {"Port 0 is refused", port_0_is_refused, kBothFamilies},
    {"Unknown interfaces are refused on opening", unknown_interfaces_are_refused_on_opening, 0},
    {"A listener opens all its groups or none", a_listener_opens_all_its_groups_or_none,
     kBothFamilies},
    {"Every way to write an interface is understood", every_way_to_write_an_interface_is_understood,
     0},
    {"A text of any length leaves room for what to do", long_texts_do_not_hide_what_to_do, 0},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
