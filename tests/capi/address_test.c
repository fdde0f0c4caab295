/* Addresses as text, both ways; and waiting for room to send. */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "check.h"

enum { kPort = 4390 };

static void what_is_formatted_is_read_again(void) {
  static const char* const texts[] = {
      "10.0.0.1:53", "239.1.2.3:65535",  "0.0.0.0:0",           "[::1]:53",    "[ff15::1]:4242",
      "[::]:0",      "[fe80::1%1]:4242", "[2001:db8::5]:65535", "127.0.0.1:1", "[ff02::1%1]:5353"};
  for (size_t i = 0; i < COUNT_OF(texts); ++i) {
    mc_address address;
    char text[MC_ADDRESS_TEXT_SIZE];
    check_note(texts[i]);
    CHECK_OK(mc_address_parse(&address, texts[i]));
    mc_address_format(&address, text, sizeof text);
    CHECK(strcmp(text, texts[i]) == 0);
  }
  check_note("");
}

static void the_port_may_be_missing_and_the_interface_a_name(void) {
  mc_address address;
  CHECK_OK(mc_address_parse(&address, "10.0.0.1"));
  CHECK_EQ(address.family, MC_IPV4);
  CHECK_EQ(address.port, 0);
  CHECK_EQ(address.bytes[0], 10);
  CHECK_OK(mc_address_parse(&address, "fe80::1%lo"));
  CHECK_EQ(address.family, MC_IPV6);
  CHECK_EQ(address.scope, 1);
  CHECK_EQ(address.port, 0);
  CHECK_OK(mc_address_parse(&address, "[fe80::1%lo]:9"));
  CHECK_EQ(address.port, 9);
  CHECK_OK(mc_address_parse(&address, "[fe80::1]"));
  CHECK_EQ(address.scope, 0);
}

static void what_is_no_address_is_refused_and_changes_nothing(void) {
  static const char* const texts[] = {
      "",       "10.0.0",         "10.0.0.1:", "10.0.0.1:65536", "[::1",           "[::1]53",
      "[::1]:", "[::1]:-1",       "::g",       "10.0.0.1:5x",    "::ffff:1.2.3.4", "::1%lo",
      "[]:5",   "10.0.0.1%lo:53", ":53",       "host:53"};
  mc_address address;
  memset(&address, 0x5a, sizeof address);
  const mc_address before = address;
  for (size_t i = 0; i < COUNT_OF(texts); ++i) {
    check_note(texts[i]);
    CHECK_ERROR(mc_address_parse(&address, texts[i]), MC_ERROR_ADDRESS, "");
  }
  check_note("");
  CHECK_ERROR(mc_address_parse(&address, "fe80::1%none"), MC_ERROR_INTERFACE, "none");
  CHECK_ERROR(mc_address_parse(&address, NULL), MC_ERROR_NULL, "text is NULL");
  CHECK_ERROR(mc_address_parse(NULL, "::1"), MC_ERROR_NULL, "out is NULL");
  CHECK(memcmp(&address, &before, sizeof address) == 0);
}

static void room_to_send_can_be_waited_for(void) {
  mc_multicaster* caster = NULL;
  REQUIRE_OK(mc_multicaster_new(&caster, NULL, check_group, kPort, 0));
  struct pollfd room = {mc_multicaster_fd(caster), POLLOUT, 0};
  CHECK_EQ(poll(&room, 1, 0), 1);
  CHECK_EQ(room.revents, POLLOUT);
  CHECK_OK(mc_multicaster_close(caster));
  CHECK_ERROR(mc_multicaster_fd(caster), MC_ERROR_CLOSED, "closed");
  mc_multicaster_free(caster);
  CHECK_ERROR(mc_multicaster_fd(NULL), MC_ERROR_NULL, "multicaster is NULL");
}

static void a_closed_multicaster_gives_its_port_up(void) {
  mc_multicaster* first = NULL;
  mc_multicaster* second = NULL;
  mc_address source;
  REQUIRE_OK(mc_multicaster_new(&first, NULL, check_group, kPort, 0));
  REQUIRE_OK(mc_multicaster_new(&second, NULL, check_group, kPort, 0));
  CHECK_OK(mc_multicaster_set_source_port(first, 4391, 0));
  CHECK_ERROR(mc_multicaster_set_source_port(second, 4391, 0), -98, "4391");
  CHECK_OK(mc_multicaster_close(first));
  CHECK_OK(mc_multicaster_source(first, &source));
  CHECK_EQ(source.port, 4391);
  CHECK_OK(mc_multicaster_set_source_port(second, 4391, 0));
  CHECK_OK(mc_multicaster_set_source_port(second, 4391, 1)); /* the same, shared from now on */
  CHECK_OK(mc_multicaster_send(second, "a", 1));
  mc_multicaster_free(first);
  mc_multicaster_free(second);
}

static void a_ttl_is_a_number_or_a_word(void) {
  static const struct {
    const char* text;
    int ttl;
  } good[] = {{"0", 0},
              {"1", 1},
              {"255", 255},
              {"032", 32},
              {"same host", 0},
              {"Same Subnet", 1},
              {"SAME SITE", 32},
              {"same region", 64},
              {"same continent", 128},
              {"unrestricted", 255},
              {"host", 0},
              {"subnet", 1},
              {"Site", 32},
              {"region", 64},
              {"continent", 128}};
  static const char* const bad[] = {"",      "256",  "-1",    "+1",         "1 ",
                                    " 1",    "same", "same ", "same  site", "same unrestricted",
                                    "sites", "si",   "0x1",   "1.0",        "99999999999",
                                    "same 1"};
  for (size_t i = 0; i < COUNT_OF(good); ++i) CHECK_EQ(mc_ttl_parse(good[i].text), good[i].ttl);
  for (size_t i = 0; i < COUNT_OF(bad); ++i)
    CHECK_ERROR(mc_ttl_parse(bad[i]), MC_ERROR_TTL, bad[i], "0 to 255", "same host", "same subnet",
                "same site", "same region", "same continent", "unrestricted");
  CHECK_EQ(mc_ttl_parse("same site"), MC_TTL_SITE);
  CHECK_ERROR(mc_ttl_parse(NULL), MC_ERROR_NULL, "text is NULL");
}

static const struct check_test tests[] = {
    {"A TTL is a number or a word", a_ttl_is_a_number_or_a_word, 0},
    {"What is formatted is read again", what_is_formatted_is_read_again, 0},
    {"The port may be missing, and the interface a name",
     the_port_may_be_missing_and_the_interface_a_name, 0},
    {"What is no address is refused and changes nothing",
     what_is_no_address_is_refused_and_changes_nothing, 0},
    {"Room to send can be waited for", room_to_send_can_be_waited_for, kBothFamilies},
    {"A closed multicaster gives its port up", a_closed_multicaster_gives_its_port_up,
     kBothFamilies},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
