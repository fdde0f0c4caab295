/* A user's program in C: it sends two packets and hears the one that its filter accepts. */
#include <multicast/multicast.h>
#include <stdio.h>
#include <string.h>

enum { kPort = 4444 };

static int take(const mc_packet* packet, void* user) {
  *(int*)user = packet->size == 5 && memcmp(packet->data, "hello", 5) == 0;
  return 1; /* enough */
}

static int fail(void) {
  printf("%s\n", mc_last_error());
  return 1;
}

int main(void) {
  static const char group[] = "239.1.2.3";
  mc_listener* listener = NULL;
  mc_filter* filter = NULL;
  int heard = 0;
  int turns;
  if (mc_filter_regex(&filter, "h[a-z]+", 7) < 0 || mc_listener_new(&listener, NULL) < 0 ||
      mc_listener_set_filter(listener, filter) < 0 ||
      mc_listener_set_handler(listener, take, &heard, NULL) < 0 ||
      mc_listener_add(listener, group, kPort) < 0 || mc_listener_open(listener) < 0 ||
      mc_sendto("noise?", 6, group, kPort, MC_TTL_HOST) < 0 ||
      mc_sendto("hello", 5, group, kPort, MC_TTL_HOST) < 0) {
    return fail();
  }
  for (turns = 0; turns < 10 && mc_listener_is_open(listener); ++turns) {
    if (mc_poll(1) < 0) return fail();
  }
  printf("%s, %s\n", heard ? "heard hello" : "heard nothing", mc_version());
  mc_listener_free(listener);
  mc_filter_free(filter);
  return heard ? 0 : 1;
}
