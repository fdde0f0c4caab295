/* Sends its words, each as one packet; or, without words, each line of its input.
 *
 *   send [-t TTL] [-r REPEATS] [[SOURCE@]GROUP[%INTERFACE] PORT [WORD ...]]
 */
#include <multicast/multicast.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fail(void) {
  fprintf(stderr, "send: %s\n", mc_last_error());
  return 1;
}

int main(int argc, char** argv) {
  int ttl = MC_DEFAULT_TTL;
  long repeats = 1;
  int option;
  while ((option = getopt(argc, argv, "t:r:")) != -1) {
    switch (option) {
      case 't':
        ttl = atoi(optarg);
        break;
      case 'r':
        repeats = atol(optarg);
        break;
      default:
        return 2;
    }
  }
  const char* group = optind < argc ? argv[optind] : MC_DEFAULT_GROUP;
  const int port = optind + 1 < argc ? atoi(argv[optind + 1]) : MC_DEFAULT_PORT;

  for (long i = 0; i < repeats; ++i) {
    for (int word = optind + 2; word < argc; ++word) {
      if (mc_sendto(argv[word], strlen(argv[word]), group, (uint16_t)port, ttl) < 0) return fail();
    }
  }
  if (optind + 2 >= argc) {
    char* line = NULL;
    size_t capacity = 0;
    ssize_t length;
    while ((length = getline(&line, &capacity, stdin)) > 0) {
      if (line[length - 1] == '\n') --length;
      if (mc_sendto(line, (size_t)length, group, (uint16_t)port, ttl) < 0) return fail();
    }
    free(line);
  }
  return 0;
}
