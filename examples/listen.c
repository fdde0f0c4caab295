/* Prints every packet of a group, until Ctrl-C or a limit; then the counters.
 *
 *   listen [-e EXPRESSION] [-n PACKETS] [-q] [-b RECEIVE_BUFFER] [[SOURCE@]GROUP[%INTERFACE] [PORT]]
 */
#include <multicast/multicast.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static mc_poller* poller;
static int quiet;

static void stop(int signal_number) {
  (void)signal_number;
  mc_poller_stop(poller); /* allowed in a signal handler */
}

static int print(const mc_packet* packet, void* user) {
  char source[MC_ADDRESS_TEXT_SIZE];
  (void)user;
  if (quiet) return 0;
  mc_address_format(&packet->source, source, sizeof source);
  printf("%s: %.*s\n", source, (int)packet->size, (const char*)packet->data);
  fflush(stdout);
  return 0;
}

static int fail(void) {
  fprintf(stderr, "listen: %s\n", mc_last_error());
  return 1;
}

int main(int argc, char** argv) {
  mc_listener* listener = NULL;
  mc_filter* filter = NULL;
  mc_stats stats;
  const char* expression = NULL;
  uint64_t limit = 0;
  uint32_t buffer = 0;
  int option;
  while ((option = getopt(argc, argv, "e:n:qb:")) != -1) {
    switch (option) {
      case 'e':
        expression = optarg;
        break;
      case 'n':
        limit = strtoull(optarg, NULL, 10);
        break;
      case 'q':
        quiet = 1;
        break;
      case 'b':
        buffer = (uint32_t)strtoul(optarg, NULL, 10);
        break;
      default:
        return 2;
    }
  }
  const char* group = optind < argc ? argv[optind] : MC_DEFAULT_GROUP;
  const int port = optind + 1 < argc ? atoi(argv[optind + 1]) : MC_DEFAULT_PORT;

  poller = mc_default_poller();
  if (poller == NULL || mc_listener_new(&listener, poller) < 0) return fail();
  if (expression != NULL && (mc_filter_regex(&filter, expression, strlen(expression)) < 0 ||
                             mc_listener_set_filter(listener, filter) < 0)) {
    return fail();
  }
  if (buffer != 0 && mc_listener_set_receive_buffer(listener, buffer) < 0) return fail();
  if (mc_listener_add(listener, group, (uint16_t)port) < 0 ||
      mc_listener_set_limit(listener, limit) < 0 ||
      mc_listener_set_mtu(listener, MC_MAX_PACKET) < 0 ||
      mc_listener_set_handler(listener, print, NULL, NULL) < 0 || mc_listener_open(listener) < 0) {
    return fail();
  }
  signal(SIGINT, stop);
  signal(SIGTERM, stop);
  fprintf(stderr, "listening to %s port %d\n", group, port);
  if (mc_loop(-1, 0) < 0) return fail();

  mc_listener_close(listener);
  mc_listener_stats(listener, &stats, sizeof stats);
  fprintf(stderr, "arrived %llu = delivered %llu + filtered %llu + not for us %llu + lost %llu\n",
          (unsigned long long)stats.arrived, (unsigned long long)stats.delivered,
          (unsigned long long)stats.filtered, (unsigned long long)stats.not_for_us,
          (unsigned long long)stats.lost);
  mc_filter_free(filter);
  mc_listener_free(listener);
  return 0;
}
