/* The interfaces that are listed, and the default one; in network namespaces of the tests' own. */
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "actor.h"
#include "check.h"

/* A fresh namespace for the calling (forked) process: nothing but lo, which is down. */
static void enter_empty_network(void) {
  CHECK_EQ(unshare(CLONE_NEWNET), 0);
}

/* Commands of ip(8), each without its first word. */
static void ip(const char* const* commands, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    char line[160];
    snprintf(line, sizeof line, "ip %s", commands[i]);
    check_note(line);
    CHECK_EQ(system(line), 0);
    check_note("");
  }
}
#define IP(...) \
  ip((const char*[]){__VA_ARGS__}, sizeof((const char*[]){__VA_ARGS__}) / sizeof(const char*))

static const mc_interface* find(const mc_interface* const* all, int count, const char* name) {
  for (int i = 0; i < count; ++i) {
    if (strcmp(all[i]->name, name) == 0) return all[i];
  }
  return NULL;
}

static int has_address(const mc_interface* interface, const struct sockaddr* address) {
  const struct sockaddr_in* v4 = (const struct sockaddr_in*)address;
  const struct sockaddr_in6* v6 = (const struct sockaddr_in6*)address;
  for (size_t i = 0; i < interface->address_count; ++i) {
    const mc_address* each = &interface->addresses[i];
    if (each->family != address->sa_family || each->port != 0) continue;
    if (each->family == AF_INET && memcmp(each->bytes, &v4->sin_addr, 4) == 0 && each->scope == 0) {
      return 1;
    }
    if (each->family == AF_INET6 && memcmp(each->bytes, &v6->sin6_addr, 16) == 0 &&
        each->scope == v6->sin6_scope_id) {
      return 1;
    }
  }
  return 0;
}

/* Compares the list with what the C library says. */
static void check_list_is_true(void) {
  const mc_interface* const* all = NULL;
  struct ifaddrs* system_says = NULL;
  size_t expected = 0;
  size_t listed = 0;
  int links = 0;
  const int count = mc_interfaces(&all);
  if (!CHECK_OK(count) || !CHECK_EQ(getifaddrs(&system_says), 0)) return;
  for (const struct ifaddrs* each = system_says; each != NULL; each = each->ifa_next) {
    const mc_interface* interface = find(all, count, each->ifa_name);
    check_note(each->ifa_name);
    if (!CHECK(interface != NULL) || each->ifa_addr == NULL) continue;
    CHECK_EQ((interface->flags & MC_INTERFACE_UP) != 0, (each->ifa_flags & IFF_UP) != 0);
    CHECK_EQ((interface->flags & MC_INTERFACE_MULTICAST) != 0,
             (each->ifa_flags & IFF_MULTICAST) != 0);
    CHECK_EQ((interface->flags & MC_INTERFACE_LOOPBACK) != 0,
             (each->ifa_flags & IFF_LOOPBACK) != 0);
    CHECK_EQ(interface->index, if_nametoindex(each->ifa_name));
    if (each->ifa_addr->sa_family == AF_PACKET) {
      ++links;
    } else {
      ++expected;
      CHECK(has_address(interface, each->ifa_addr));
    }
  }
  check_note("");
  for (int i = 0; i < count; ++i) {
    listed += all[i]->address_count;
    if (i > 0) CHECK(all[i - 1]->index < all[i]->index);
  }
  CHECK_EQ(links, count);
  CHECK_EQ(listed, expected);
  freeifaddrs(system_says);
  mc_interfaces_free(all);
}

static void many_interfaces(void) {
  const mc_interface* const* all = NULL;
  enter_empty_network();
  check_list_is_true(); /* lo alone, down and without an address */
  IP("link set lo up", "link add abcdefghijklmno type veth peer name b0",
     "addr add 10.1.0.1/24 dev abcdefghijklmno", "addr add 10.1.0.9/24 dev abcdefghijklmno",
     "addr add fd00::1/64 dev abcdefghijklmno nodad", "link set abcdefghijklmno up",
     "link set b0 up multicast off", "link add c0 type veth peer name d0",
     "addr add 10.5.0.1 peer 10.5.0.2 dev c0" /* and c0 and d0 stay down */);
  check_list_is_true();
  const int count = mc_interfaces(&all);
  REQUIRE(count == 5);
  const mc_interface* lo = all[0];
  CHECK(strcmp(lo->name, "lo") == 0);
  CHECK_EQ(lo->index, 1);
  CHECK_EQ(lo->flags & (MC_INTERFACE_UP | MC_INTERFACE_LOOPBACK),
           MC_INTERFACE_UP | MC_INTERFACE_LOOPBACK);
  CHECK_EQ(lo->address_count, 2);
  const mc_interface* c0 = find(all, count, "c0");
  REQUIRE(c0 != NULL);
  CHECK_EQ(c0->address_count, 1);
  CHECK_EQ(c0->addresses[0].bytes[3], 1); /* its own address, not the peer's */
  CHECK_EQ(c0->flags, MC_INTERFACE_MULTICAST);
  mc_interfaces_free(all);
}

static void the_list_is_what_the_system_says(void) {
  CHECK_EQ(check_in_child(many_interfaces), 0);
}

/* ---- The default interface ------------------------------------------------------------------ */

static void check_default(const char* group, const char* expected) {
  char name[MC_INTERFACE_NAME_SIZE] = "";
  check_note(group);
  CHECK_EQ(mc_interface_default(group, name, sizeof name), if_nametoindex(expected));
  CHECK(strcmp(name, expected) == 0);
  check_note("");
}

static void defaults(void) {
  char name[MC_INTERFACE_NAME_SIZE] = "untouched";
  enter_empty_network();
  IP("link set lo up multicast on");
  check_default("239.1.2.3", "lo"); /* all there is */
  check_default(NULL, "lo");
  IP("link add a0 type veth peer name b0", "addr add 10.1.0.1/24 dev a0",
     "addr add fd00::1/64 dev a0 nodad");
  CHECK_ERROR(mc_interface_default("239.1.2.3", name, sizeof name), MC_ERROR_NO_INTERFACE,
              "239.1.2.3", "a0 (down)"); /* not lo: others will be up some time */
  CHECK(strcmp(name, "untouched") == 0);
  IP("link set a0 up");
  check_default("239.1.2.3", "a0"); /* the only one */
  check_default("", "a0");
  IP("link set b0 up");
  CHECK_ERROR(mc_interface_default("239.1.2.3", name, sizeof name), MC_ERROR_NO_INTERFACE,
              "239.1.2.3", "a0", "b0");
  IP("route add 239.1.0.0/16 dev b0", "route add 224.0.0.0/4 dev a0");
  check_default("239.1.2.3", "b0"); /* by the route */
  check_default("239.2.2.3", "a0");
  check_default(NULL, "a0");
  IP("-6 route add ff15::/32 dev b0 table local metric 1");
  check_default("ff15::1", "b0");
}

static void the_rule_is_route_then_the_only_one_then_lo(void) {
  CHECK_EQ(check_in_child(defaults), 0);
}

static void named(void) {
  char index[32];
  enter_empty_network();
  IP("link set lo up", "link add a0 type veth peer name b0", "addr add 10.1.0.1/24 dev a0",
     "addr add fd00::1/64 dev a0 nodad", "link set a0 up", "link set b0 up",
     "route add 224.0.0.0/4 dev b0");
  snprintf(index, sizeof index, "239.1.2.3%%%u", if_nametoindex("a0"));
  check_default("239.1.2.3", "b0");
  check_default("239.1.2.3%a0", "a0");
  check_default(index, "a0");
  check_default("239.1.2.3%10.1.0.1", "a0");
  check_default("ff15::1%fd00::1", "a0");
  check_default("ff02::1%a0", "a0");
  check_default("10.9.9.9@232.1.1.1%a0", "a0");
}

static void a_group_may_name_it(void) {
  CHECK_EQ(check_in_child(named), 0);
}

static void the_name_is_cut_to_the_room_there_is(void) {
  char name[MC_INTERFACE_NAME_SIZE];
  static const char* const shown[] = {"xxxx", "", "l", "lo", "lo"};
  for (size_t size = 0; size < COUNT_OF(shown); ++size) {
    memcpy(name, "xxxx", 5);
    CHECK_EQ(mc_interface_default(check_group, name, size), 1);
    CHECK(strcmp(name, shown[size]) == 0);
    CHECK(name[size < 3 ? size : 3] == 'x'); /* and nothing behind it */
  }
  CHECK_EQ(mc_interface_default(check_group, NULL, 0), 1);
  CHECK_ERROR(mc_interface_default(check_group, NULL, 1), MC_ERROR_NULL, "name is NULL");
}

static void what_is_no_group_or_no_interface_is_refused(void) {
  char name[MC_INTERFACE_NAME_SIZE] = "untouched";
  CHECK_ERROR(mc_interface_default("10.0.0.1", name, sizeof name), MC_ERROR_NOT_MULTICAST,
              "10.0.0.1");
  CHECK_ERROR(mc_interface_default("nonsense", name, sizeof name), MC_ERROR_ADDRESS, "nonsense");
  CHECK_ERROR(mc_interface_default("239.1.2.3%eth7", name, sizeof name), MC_ERROR_INTERFACE, "eth7",
              "lo");
  CHECK_ERROR(mc_interface_default("239.1.2.3%77", name, sizeof name), MC_ERROR_INTERFACE, "77");
  CHECK_ERROR(mc_interface_default("ff02::1", name, sizeof name), MC_ERROR_SCOPE, "ff02::1");
  CHECK(strcmp(name, "untouched") == 0);
  CHECK_ERROR(mc_interfaces(NULL), MC_ERROR_NULL, "out is NULL");
  mc_interfaces_free(NULL);
}

static const struct check_test tests[] = {
    {"The list is what the system says", the_list_is_what_the_system_says, 0},
    {"The rule is the route, then the only one, then lo",
     the_rule_is_route_then_the_only_one_then_lo, 0},
    {"A group may name it by name, index or address", a_group_may_name_it, 0},
    {"The name is cut to the room there is", the_name_is_cut_to_the_room_there_is, kBothFamilies},
    {"What is no group or no interface is refused", what_is_no_group_or_no_interface_is_refused, 0},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
