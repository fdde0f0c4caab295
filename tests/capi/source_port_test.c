/* The port, the address and the DSCP that a multicaster sends with; and mc_multicaster_send_to. */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "actor.h"
#include "check.h"
#include "pulled.h"

enum { kPort = 4345, kSourcePort = 4346, kOtherPort = 4347, kPrivilegedPort = 321 };

static mc_multicaster* caster_on(mc_poller* poller) {
  mc_multicaster* caster = NULL;
  check_stay_on_one_processor();
  CHECK_OK(mc_multicaster_new(&caster, poller, check_group, kPort, 0));
  return caster;
}

static mc_address source_of(const mc_multicaster* caster) {
  mc_address source = {.port = 0};
  CHECK_OK(mc_multicaster_source(caster, &source));
  return source;
}

/* The port of the next packet that the listener is given. */
static uint16_t next_source_port(mc_listener* listener) {
  const mc_packet* packet = NULL;
  return CHECK_EQ(mc_listener_next(listener, &packet, 10), 1) ? packet->source.port : 0;
}

static void it_tells_where_it_sends_from(void) {
  mc_multicaster* caster = caster_on(NULL);
  mc_listener* listener = pulled_open(NULL, check_group, kPort);
  const mc_address source = source_of(caster);
  static const uint8_t none[16];
  CHECK_EQ(source.family, check_is_ipv6 ? MC_IPV6 : MC_IPV4);
  CHECK(source.port != 0);
  CHECK(memcmp(source.bytes, none, sizeof none) == 0);
  CHECK_EQ(source.scope + source.flow, 0);
  CHECK_OK(mc_multicaster_send(caster, "a", 1));
  CHECK_EQ(next_source_port(listener), source.port);
  CHECK_ERROR(mc_multicaster_source(caster, NULL), MC_ERROR_NULL, "source is NULL");
  CHECK_ERROR(mc_multicaster_source(NULL, NULL), MC_ERROR_NULL, "multicaster is NULL");
  mc_multicaster_free(caster);
  REQUIRE_OK(mc_multicaster_new(
      &caster, NULL, check_is_ipv6 ? "::1@ff15::2:1%lo" : "127.0.0.1@239.2.1.1%lo", kPort, 0));
  CHECK_EQ(source_of(caster).bytes[check_is_ipv6 ? 15 : 3], 1); /* the address that it named */
  CHECK_OK(mc_multicaster_set_source_port(caster, kSourcePort, 0));
  CHECK_EQ(source_of(caster).bytes[check_is_ipv6 ? 15 : 3], 1);
  CHECK_EQ(source_of(caster).port, kSourcePort);
  mc_multicaster_free(caster);
  mc_listener_free(listener);
}

static void a_port_can_be_chosen_changed_and_given_back(void) {
  static const uint16_t ports[] = {kSourcePort, kOtherPort, 65535, 0, kSourcePort};
  mc_multicaster* caster = caster_on(NULL);
  mc_listener* listener = pulled_open(NULL, check_group, kPort);
  for (size_t i = 0; i < COUNT_OF(ports); ++i) {
    CHECK_OK(mc_multicaster_set_source_port(caster, ports[i], 0));
    CHECK_OK(mc_multicaster_send(caster, "a", 1));
    const uint16_t port = next_source_port(listener);
    CHECK_EQ(port, source_of(caster).port);
    CHECK(ports[i] != 0 ? port == ports[i] : port != 0 && port != 65535);
  }
  CHECK_OK(mc_multicaster_close(caster));
  CHECK_ERROR(mc_multicaster_set_source_port(caster, 0, 0), MC_ERROR_CLOSED, "closed");
  CHECK_ERROR(mc_multicaster_set_source_port(NULL, 0, 0), MC_ERROR_NULL, "multicaster is NULL");
  mc_multicaster_free(caster);
  mc_listener_free(listener);
}

static void what_it_was_told_before_holds_on_the_new_port(void) {
  mc_multicaster* caster = caster_on(NULL);
  mc_listener* listener = pulled_new(NULL, check_group, kPort);
  CHECK_OK(mc_listener_set_details(listener, MC_PACKET_TTL));
  REQUIRE_OK(mc_listener_open(listener));
  CHECK_OK(mc_multicaster_set_ttl(caster, 17));
  CHECK_OK(mc_multicaster_set_source_port(caster, kSourcePort, 0));
  CHECK_OK(mc_multicaster_send(caster, "a", 1));
  const mc_packet* packet = NULL;
  REQUIRE(mc_listener_next(listener, &packet, 10) == 1);
  CHECK_EQ(packet->ttl, 17);
  mc_multicaster_free(caster);
  mc_listener_free(listener);
}

static void an_address_can_be_chosen_and_given_back(void) {
  struct actor user = {.calls = 0};
  const char* const own = check_is_ipv6 ? "::1" : "127.0.0.9";
  const int last = check_is_ipv6 ? 15 : 3;
  mc_multicaster* caster = caster_on(NULL);
  mc_listener* listener = pulled_open(NULL, check_group, kPort);
  CHECK_OK(mc_multicaster_set_handler(caster, actor_packet, &user, actor_end));
  const uint16_t port = source_of(caster).port;
  CHECK_OK(mc_multicaster_set_source_address(caster, own));
  CHECK_EQ(source_of(caster).bytes[last], check_is_ipv6 ? 1 : 9);
  CHECK_EQ(source_of(caster).port, port); /* also one that the system chose */
  CHECK_OK(mc_multicaster_send(caster, "a", 1));
  const mc_packet* packet = NULL;
  REQUIRE(mc_listener_next(listener, &packet, 10) == 1);
  CHECK_EQ(packet->source.port, port);
  CHECK_EQ(packet->source.bytes[last], check_is_ipv6 ? 1 : 9);
  CHECK_OK(mc_reply(packet, "b", 1));
  CHECK(poll_until(NULL, &user.calls, 1)); /* answered there */
  const int descriptor = mc_multicaster_fd(caster);
  CHECK_OK(mc_multicaster_set_source_address(caster, own));
  CHECK_EQ(mc_multicaster_fd(caster), descriptor); /* the same again changes nothing */
  CHECK_OK(mc_multicaster_set_source_address(caster, ""));
  CHECK_EQ(source_of(caster).bytes[last], 0);
  CHECK_EQ(source_of(caster).port, port);
  mc_multicaster* other = caster_on(NULL); /* the port is not left shared */
  CHECK_ERROR(mc_multicaster_set_source_port(other, port, 1), -EADDRINUSE, "from port");
  mc_multicaster_free(other);
  mc_multicaster_free(caster);
  mc_listener_free(listener);
}

static void an_address_that_is_none_is_refused(void) {
  const char* const other = check_is_ipv6 ? "127.0.0.1" : "::1";
  const char* const foreign = check_is_ipv6 ? "2001:db8::9" : "192.0.2.9";
  const char* const with_port = check_is_ipv6 ? "[::1]:5" : "127.0.0.1:5";
  mc_multicaster* caster = caster_on(NULL);
  const mc_address before = source_of(caster);
  CHECK_ERROR(mc_multicaster_set_source_address(caster, "eth0"), MC_ERROR_ADDRESS, "eth0");
  CHECK_ERROR(mc_multicaster_set_source_address(caster, other), MC_ERROR_FAMILY, other, check_group,
              "different families");
  CHECK_ERROR(mc_multicaster_set_source_address(caster, check_group), MC_ERROR_ADDRESS, check_group,
              "not the address of a host");
  CHECK_ERROR(mc_multicaster_set_source_address(caster, check_is_ipv6 ? "::" : "0.0.0.0"),
              MC_ERROR_ADDRESS, "not the address of a host");
  CHECK_ERROR(mc_multicaster_set_source_address(caster, with_port), MC_ERROR_ADDRESS, with_port,
              "the address alone");
  CHECK_ERROR(mc_multicaster_set_source_address(caster, foreign), -EADDRNOTAVAIL, foreign,
              check_group, "lo has", check_is_ipv6 ? "::1" : "127.0.0.1");
  const mc_address after = source_of(caster);
  CHECK(memcmp(&before, &after, sizeof before) == 0);
  CHECK_OK(mc_multicaster_close(caster));
  CHECK_ERROR(mc_multicaster_set_source_address(caster, NULL), MC_ERROR_CLOSED, "closed");
  mc_multicaster_free(caster);
}

/* What it is on the wire, another host tells (tests/integration/choices_test.cpp). */
static void a_dscp_is_0_to_63(void) {
  mc_multicaster* caster = caster_on(NULL);
  mc_listener* listener = pulled_new(NULL, check_group, kPort);
  CHECK_OK(mc_listener_set_details(listener, MC_PACKET_DSCP));
  REQUIRE_OK(mc_listener_open(listener));
  CHECK_OK(mc_multicaster_set_dscp(caster, 0));
  CHECK_OK(mc_multicaster_set_dscp(caster, 63));
  CHECK_ERROR(mc_multicaster_set_dscp(caster, 64), MC_ERROR_DSCP, "DSCP 64", "0 to 63");
  CHECK_ERROR(mc_multicaster_set_dscp(caster, -1), MC_ERROR_DSCP, "DSCP -1");
  CHECK_OK(mc_multicaster_send(caster, "a", 1));
  const mc_packet* packet = NULL;
  REQUIRE(mc_listener_next(listener, &packet, 10) == 1);
  CHECK_EQ(packet->dscp, 63);
  CHECK_OK(mc_multicaster_close(caster));
  CHECK_ERROR(mc_multicaster_set_dscp(caster, 0), MC_ERROR_CLOSED, "closed");
  mc_multicaster_free(caster);
  mc_listener_free(listener);
}

static void a_port_that_is_taken_is_told_and_the_old_one_stays(void) {
  struct actor user = {.calls = 0};
  mc_multicaster* caster = caster_on(NULL);
  CHECK_OK(mc_multicaster_set_handler(caster, actor_packet, &user, actor_end));
  const int alone = outsider_at(kSourcePort, 0);
  const uint16_t before = source_of(caster).port;
  const int descriptors = check_count_descriptors();
  for (int shared = 0; shared < 2; ++shared) {
    CHECK_ERROR(mc_multicaster_set_source_port(caster, kSourcePort, shared), -EADDRINUSE,
                check_group, "from port 4346", "another program holds the port");
    CHECK_EQ(source_of(caster).port, before);
    CHECK_EQ(check_count_descriptors(), descriptors);
  }
  outsider_send_numbers(alone, NULL, before, 0, 1);
  CHECK(poll_until(NULL, &user.calls, 1)); /* still answered at the old one */
  close(alone);
  CHECK_OK(mc_multicaster_set_source_port(caster, kSourcePort, 1));
  mc_multicaster_free(caster);
}

static void a_port_can_be_shared_with_who_agrees(void) {
  mc_multicaster* casters[3] = {caster_on(NULL), caster_on(NULL), caster_on(NULL)};
  mc_listener* listener = pulled_open(NULL, check_group, kPort);
  const int foreign = outsider_at(kSourcePort, 1);
  CHECK_OK(mc_multicaster_set_source_port(casters[0], kSourcePort, 1));
  CHECK_OK(mc_multicaster_set_source_port(casters[1], kSourcePort, 1));
  CHECK_ERROR(mc_multicaster_set_source_port(casters[2], kSourcePort, 0), -EADDRINUSE,
              "from port 4346");
  CHECK_OK(mc_multicaster_send(casters[0], "a", 1));
  CHECK_OK(mc_multicaster_send(casters[1], "a", 1));
  outsider_send(foreign, check_group, kPort, "a", 1);
  for (int i = 0; i < 3; ++i) CHECK_EQ(next_source_port(listener), kSourcePort);
  for (int i = 0; i < 3; ++i) mc_multicaster_free(casters[i]);
  mc_listener_free(listener);
  close(foreign);
}

static void an_answer_to_a_shared_port_reaches_one(void) {
  struct actor users[2] = {{.calls = 0}, {.calls = 0}};
  mc_multicaster* casters[2];
  for (int i = 0; i < 2; ++i) {
    casters[i] = caster_on(NULL);
    CHECK_OK(mc_multicaster_set_handler(casters[i], actor_packet, &users[i], actor_end));
    CHECK_OK(mc_multicaster_set_source_port(casters[i], kSourcePort, 1));
  }
  const int host = outsider();
  for (int i = 1; i <= 10; ++i) {
    outsider_send_numbers(host, NULL, kSourcePort, i, 1);
    outsider_settle();
    poll_out(NULL);
    CHECK_EQ(users[0].calls + users[1].calls, i);
  }
  mc_multicaster_free(casters[0]);
  mc_multicaster_free(casters[1]);
  close(host);
}

static void the_same_port_again_changes_nothing(void) {
  struct actor user = {.calls = 0};
  mc_multicaster* caster = caster_on(NULL);
  CHECK_OK(mc_multicaster_set_source_port(caster, kSourcePort, 0));
  CHECK_OK(mc_multicaster_set_handler(caster, actor_packet, &user, actor_end));
  const int host = outsider();
  outsider_send_numbers(host, NULL, kSourcePort, 0, 3);
  outsider_settle();
  CHECK_OK(mc_multicaster_set_source_port(caster, kSourcePort, 0));
  CHECK(poll_until(NULL, &user.calls, 3)); /* what waits there was not lost */
  mc_multicaster_free(caster);
  close(host);
}

static void answers_follow_to_the_new_port_and_are_counted_together(void) {
  struct actor user = {.calls = 0};
  mc_stats stats;
  mc_multicaster* caster = caster_on(NULL);
  CHECK_OK(mc_multicaster_set_handler(caster, actor_packet, &user, actor_end));
  const int host = outsider();
  outsider_send_numbers(host, NULL, source_of(caster).port, 0, 2);
  CHECK(poll_until(NULL, &user.calls, 2));
  CHECK_OK(mc_multicaster_set_source_port(caster, kSourcePort, 0));
  outsider_send_numbers(host, NULL, kSourcePort, 0, 2);
  CHECK(poll_until(NULL, &user.calls, 4));
  CHECK_OK(mc_multicaster_stats(caster, &stats, sizeof stats));
  CHECK_EQ(stats.arrived, 4);
  mc_multicaster_free(caster);
  close(host);
}

static void changes_the_port(struct actor* self) {
  if (self->calls % 10 == 5) {
    CHECK_OK(mc_multicaster_set_source_port(self->a, (uint16_t)(kSourcePort + self->calls), 0));
  }
}

static void a_packet_source_goes_on_from_the_new_port(void) {
  struct actor source = {.supply = 300, .verdict = MC_SOURCE_END};
  mc_multicaster* caster = caster_on(NULL);
  mc_listener* listener = pulled_open(NULL, check_group, kPort);
  const mc_packet* packet = NULL;
  uint16_t last = 0;
  int ports = 0;
  CHECK_OK(mc_multicaster_set_source(caster, actor_source, &source, actor_end));
  CHECK_OK(mc_multicaster_set_source_port(caster, kSourcePort, 0));
  source.act = changes_the_port;
  source.a = caster;
  CHECK_EQ(mc_loop(-1, 0), 0);
  CHECK_EQ(source.destroyed, 1);
  for (int i = 0; i < 300; ++i) {
    if (!CHECK_EQ(mc_listener_next(listener, &packet, 10), 1)) break;
    CHECK_EQ(number_of(packet), i);
    if (packet->source.port != last) ++ports;
    last = packet->source.port;
    CHECK(last >= kSourcePort);
  }
  CHECK(ports > 1);
  mc_multicaster_free(caster);
  mc_listener_free(listener);
}

static void without_privilege(void) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0, 0, 0}, {0, 0, 0}};
  CHECK_EQ(syscall(SYS_capset, &header, none), 0);
  mc_multicaster* caster = caster_on(NULL);
  const uint16_t before = source_of(caster).port;
  CHECK_ERROR(mc_multicaster_set_source_port(caster, kPrivilegedPort, 0), -EACCES, check_group,
              "from port 321", "below 1024");
  CHECK_EQ(source_of(caster).port, before);
  CHECK_OK(mc_multicaster_send(caster, "a", 1));
  mc_multicaster_free(caster);
}

static void a_port_below_1024_needs_privilege(void) {
  CHECK_EQ(check_in_child(without_privilege), 0);
}

/* ---- mc_multicaster_send_to ----------------------------------------------------------------- */

static mc_address this_host(uint16_t port) {
  mc_address address = {.family = MC_IPV4, .port = port, .bytes = {127, 0, 0, 1}};
  if (check_is_ipv6) address = (mc_address){.family = MC_IPV6, .port = port, .bytes = {[15] = 1}};
  return address;
}

static void one_host_is_sent_to_from_the_same_port(void) {
  char text[8];
  uint16_t port = 0;
  mc_stats stats;
  mc_multicaster* caster = caster_on(NULL);
  const int host = outsider();
  const mc_address to = this_host(outsider_port(host));
  CHECK_OK(mc_multicaster_send_to(caster, &to, "hello", 5));
  CHECK_EQ(outsider_receive(host, text, sizeof text, &port), 5);
  CHECK(strcmp(text, "hello") == 0);
  CHECK_EQ(port, source_of(caster).port);
  CHECK_OK(mc_multicaster_send_to(caster, &to, NULL, 0));
  CHECK_EQ(outsider_receive(host, text, sizeof text, &port), 0);
  CHECK_OK(mc_multicaster_stats(caster, &stats, sizeof stats));
  CHECK_EQ(stats.sent, 2);
  CHECK_EQ(stats.sent_bytes, 5);
  mc_multicaster_free(caster);
  close(host);
}

static void what_is_no_host_is_refused(void) {
  static const char bytes[MC_MAX_PACKET + 1];
  mc_stats stats;
  mc_multicaster* caster = caster_on(NULL);
  mc_address to = this_host(0);
  const mc_address good = this_host(kPort);
  CHECK_ERROR(mc_multicaster_send_to(caster, &to, "a", 1), MC_ERROR_PORT, "port 0");
  CHECK_ERROR(mc_multicaster_send_to(caster, NULL, "a", 1), MC_ERROR_NULL, "to is NULL");
  CHECK_ERROR(mc_multicaster_send_to(NULL, &good, "a", 1), MC_ERROR_NULL, "multicaster is NULL");
  CHECK_ERROR(mc_multicaster_send_to(caster, &good, NULL, 3), MC_ERROR_NULL, "NULL", "3 bytes");
  CHECK_ERROR(mc_multicaster_send_to(caster, &good, bytes, sizeof bytes), MC_ERROR_PACKET_TOO_LARGE,
              "65508");
  to = good;
  to.family = check_is_ipv6 ? MC_IPV4 : MC_IPV6;
  CHECK_ERROR(mc_multicaster_send_to(caster, &to, "a", 1), MC_ERROR_FAMILY, check_group);
  to.family = 77;
  CHECK_ERROR(mc_multicaster_send_to(caster, &to, "a", 1), MC_ERROR_FAMILY, check_group);
  to.family = 0;
  CHECK_ERROR(mc_multicaster_send_to(caster, &to, "a", 1), MC_ERROR_FAMILY, check_group);
  to = (mc_address){.family = good.family, .port = kPort};
  CHECK_ERROR(mc_multicaster_send_to(caster, &to, "a", 1), MC_ERROR_ADDRESS, "one host");
  to.bytes[0] = check_is_ipv6 ? 0xff : 239;
  to.bytes[1] = 0x15;
  CHECK_ERROR(mc_multicaster_send_to(caster, &to, "a", 1), MC_ERROR_ADDRESS, "one host");
  to.bytes[0] = 10;
  to.bytes[1] = 9;
  CHECK_ERROR(mc_multicaster_send_to(caster, &to, "a", 1), -ENETUNREACH, "no route");
  CHECK_OK(mc_multicaster_stats(caster, &stats, sizeof stats));
  CHECK_EQ(stats.sent, 0);
  CHECK_EQ(stats.send_failed, 1);
  CHECK_OK(mc_multicaster_close(caster));
  CHECK_ERROR(mc_multicaster_send_to(caster, &good, "a", 1), MC_ERROR_CLOSED, "closed");
  mc_multicaster_free(caster);
}

static const struct check_test tests[] = {
    {"It tells where it sends from", it_tells_where_it_sends_from, kBothFamilies},
    {"A port can be chosen, changed and given back", a_port_can_be_chosen_changed_and_given_back,
     kBothFamilies},
    {"What it was told before holds on the new port", what_it_was_told_before_holds_on_the_new_port,
     kBothFamilies},
    {"An address can be chosen and given back", an_address_can_be_chosen_and_given_back,
     kBothFamilies},
    {"An address that is none is refused", an_address_that_is_none_is_refused, kBothFamilies},
    {"A DSCP is 0 to 63", a_dscp_is_0_to_63, kBothFamilies},
    {"A port that is taken is told, and the old one stays",
     a_port_that_is_taken_is_told_and_the_old_one_stays, kBothFamilies},
    {"A port can be shared with who agrees", a_port_can_be_shared_with_who_agrees, kBothFamilies},
    {"An answer to a shared port reaches one", an_answer_to_a_shared_port_reaches_one,
     kBothFamilies},
    {"The same port again changes nothing", the_same_port_again_changes_nothing, 0},
    {"Answers follow to the new port, and are counted together",
     answers_follow_to_the_new_port_and_are_counted_together, kBothFamilies},
    {"A packet source goes on from the new port", a_packet_source_goes_on_from_the_new_port,
     kBothFamilies},
    {"A port below 1024 needs privilege", a_port_below_1024_needs_privilege, kBothFamilies},
    {"One host is sent to from the same port", one_host_is_sent_to_from_the_same_port,
     kBothFamilies},
    {"What is no host is refused", what_is_no_host_is_refused, kBothFamilies},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
