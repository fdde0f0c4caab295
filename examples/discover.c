/* Who is there? A discovery protocol in a few lines: a question to a group, answers straight back.
 *
 *   discover answer NAME [GROUP [PORT]]     answers every question with its name, until Ctrl-C
 *   discover ask [GROUP [PORT]]             asks, and prints who answers within a second
 */
#include <multicast/multicast.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char kQuestion[] = "who is there?";
static mc_poller* poller;

static void stop(int signal_number) {
  (void)signal_number;
  mc_poller_stop(poller); /* allowed in a signal handler */
}

static int fail(void) {
  fprintf(stderr, "discover: %s\n", mc_last_error());
  return 1;
}

static int answer(const mc_packet* question, void* name) {
  if (mc_reply(question, name, strlen(name)) < 0) fail();
  return 0;
}

static int print(const mc_packet* packet, void* user) {
  char source[MC_ADDRESS_TEXT_SIZE];
  (void)user;
  mc_address_format(&packet->source, source, sizeof source);
  printf("%.*s at %s\n", (int)packet->size, (const char*)packet->data, source);
  return 0;
}

static int enough(void* user) {
  (void)user;
  mc_poller_stop(poller);
  return 0;
}

static int run_answer(char* name, const char* group, uint16_t port) {
  mc_listener* listener = NULL;
  mc_filter* filter = NULL;
  if (mc_listener_new(&listener, poller) < 0 || mc_listener_add(listener, group, port) < 0 ||
      mc_filter_regex(&filter, "who is there", 12) < 0 ||
      mc_listener_set_filter(listener, filter) < 0 ||
      mc_listener_set_handler(listener, answer, name, NULL) < 0 || mc_listener_open(listener) < 0) {
    return fail();
  }
  signal(SIGINT, stop);
  signal(SIGTERM, stop);
  fprintf(stderr, "%s answers\n", name);
  if (mc_loop(-1, 0) < 0) return fail();
  mc_filter_free(filter);
  mc_listener_free(listener);
  return 0;
}

static int run_ask(const char* group, uint16_t port) {
  mc_multicaster* asker = NULL;
  mc_timer* timer = NULL;
  if (mc_multicaster_new(&asker, poller, group, port, MC_TTL_SUBNET) < 0 ||
      mc_multicaster_set_handler(asker, print, NULL, NULL) < 0 ||
      mc_timer_new(&timer, poller, 1, 0, enough, NULL, NULL) < 0 ||
      mc_multicaster_send(asker, kQuestion, sizeof kQuestion - 1) < 0 || mc_loop(-1, 0) < 0) {
    return fail();
  }
  mc_timer_free(timer);
  mc_multicaster_free(asker);
  return 0;
}

int main(int argc, char** argv) {
  const int answers = argc > 2 && strcmp(argv[1], "answer") == 0;
  if (!answers && (argc < 2 || strcmp(argv[1], "ask") != 0)) {
    fprintf(stderr, "usage: discover answer NAME [GROUP [PORT]] | discover ask [GROUP [PORT]]\n");
    return 2;
  }
  const int next = answers ? 3 : 2;
  const char* group = argc > next ? argv[next] : MC_DEFAULT_GROUP;
  const int port = argc > next + 1 ? atoi(argv[next + 1]) : MC_DEFAULT_PORT;
  poller = mc_default_poller();
  if (poller == NULL) return fail();
  return answers ? run_answer(argv[2], group, (uint16_t)port) : run_ask(group, (uint16_t)port);
}
