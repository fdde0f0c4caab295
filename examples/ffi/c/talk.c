/* Hears a group, or speaks to it. docs/languages.md has the same program in other languages.
 *
 *   talk listen GROUP PORT EXPRESSION [COUNT]   prints what matches, until COUNT packets or Ctrl-C
 *   talk send GROUP PORT TEXT...                each text as one packet
 */
#include <errno.h>
#include <multicast/multicast.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static mc_poller* poller;

static void stop(int signal_number) {
  (void)signal_number;
  mc_poller_stop(poller); /* allowed in a signal handler */
}

static int print(const mc_packet* packet, void* user) {
  char source[MC_ADDRESS_TEXT_SIZE];
  (void)user;
  mc_address_format(&packet->source, source, sizeof source);
  printf("%s: ", source);
  fwrite(packet->data, 1, packet->size, stdout); /* it may contain NULs */
  printf("\n");
  fflush(stdout);
  return 0; /* non-zero would end it */
}

static int fail(void) {
  fprintf(stderr, "talk: %s\n", mc_last_error());
  return 1;
}

static int listen_to(const char* group, uint16_t port, const char* expression, uint64_t count) {
  mc_listener* listener = NULL;
  mc_filter* filter = NULL;
  mc_stats stats;
  poller = mc_default_poller();
  const int ready = poller != NULL && mc_listener_new(&listener, poller) >= 0 &&
                    mc_filter_regex(&filter, expression, strlen(expression)) >= 0 &&
                    mc_listener_set_filter(listener, filter) >= 0 &&
                    mc_listener_set_handler(listener, print, NULL, NULL) >= 0 &&
                    mc_listener_set_limit(listener, count) >= 0 &&
                    mc_listener_add(listener, group, port) >= 0 && mc_listener_open(listener) >= 0;
  if (ready) {
    signal(SIGINT, stop);
    signal(SIGTERM, stop);
    fprintf(stderr, "listening\n");
  }
  int status = 0;
  if (!ready || mc_loop(-1, 0) < 0) {
    status = fail();
  } else {
    mc_listener_stats(listener, &stats, sizeof stats);
    fprintf(stderr, "%llu arrived, %llu delivered, %llu filtered, %llu lost\n",
            (unsigned long long)stats.arrived, (unsigned long long)stats.delivered,
            (unsigned long long)stats.filtered, (unsigned long long)stats.lost);
  }
  mc_filter_free(filter);
  mc_listener_free(listener);
  return status;
}

static int send_to(const char* group, uint16_t port, char** texts) {
  for (; *texts != NULL; ++texts) {
    if (mc_sendto(*texts, strlen(*texts), group, port, MC_TTL_SUBNET) < 0) return fail();
  }
  return 0;
}

/* The number that a text is, up to `most`; -1 where it is none. */
static long long number(const char* text, long long most) {
  char* end;
  errno = 0;
  const long long value = strtoll(text, &end, 10);
  return errno != 0 || end == text || *end != '\0' || value < 0 || value > most ? -1 : value;
}

int main(int argc, char** argv) {
  const int listens = (argc == 5 || argc == 6) && strcmp(argv[1], "listen") == 0;
  const int sends = argc >= 5 && strcmp(argv[1], "send") == 0;
  const long long port = listens || sends ? number(argv[3], UINT16_MAX) : -1;
  const long long count = listens && argc == 6 ? number(argv[5], INT64_MAX) : 0;
  if (port < 0 || count < 0) {
    fprintf(stderr,
            "usage: talk listen GROUP PORT EXPRESSION [COUNT] | talk send GROUP PORT TEXT...\n");
    return 2;
  }
  if (mc_version_number() < MC_VERSION_NUMBER) {
    fprintf(stderr, "talk: libmulticast %s is older than this program\n", mc_version());
    return 1;
  }
  return listens ? listen_to(argv[2], (uint16_t)port, argv[4], (uint64_t)count)
                 : send_to(argv[2], (uint16_t)port, argv + 4);
}
