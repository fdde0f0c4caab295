#include "pulled.h"

#include <poll.h>
#include <time.h>

#include "check.h"

mc_listener* pulled_new(mc_poller* poller, const char* group, uint16_t port) {
  mc_listener* listener = NULL;
  check_stay_on_one_processor();
  if (CHECK_OK(mc_listener_new(&listener, poller)) &&
      CHECK_OK(mc_listener_add(listener, group, port))) {
    return listener;
  }
  mc_listener_free(listener);
  return NULL;
}

mc_listener* pulled_open(mc_poller* poller, const char* group, uint16_t port) {
  mc_listener* listener = pulled_new(poller, group, port);
  if (listener != NULL && CHECK_OK(mc_listener_open(listener))) return listener;
  mc_listener_free(listener);
  return NULL;
}

int number_of(const mc_packet* packet) {
  int number = 0;
  if (packet->size == 0) return -1;
  for (size_t i = 0; i < packet->size; ++i) {
    if (packet->data[i] < '0' || packet->data[i] > '9') return -1;
    number = 10 * number + (packet->data[i] - '0');
  }
  return number;
}

int pulled_gives(mc_listener* listener, int first, int count) {
  for (int i = first; i < first + count; ++i) {
    const mc_packet* packet = NULL;
    if (!CHECK_EQ(mc_listener_next(listener, &packet, 10), 1)) return 0;
    if (!CHECK_EQ(number_of(packet), i)) return 0;
  }
  return 1;
}

int pulled_gives_nothing(mc_listener* listener) {
  const mc_packet* packet = NULL;
  return CHECK_EQ(mc_listener_next(listener, &packet, 0), 0) && CHECK(packet == NULL);
}

mc_stats pulled_stats(mc_listener* listener) {
  mc_stats stats = {.arrived = 0};
  CHECK_OK(mc_listener_stats(listener, &stats, sizeof stats));
  return stats;
}

static int poll_for(int fd, int milliseconds) {
  struct pollfd reading = {fd, POLLIN, 0};
  return poll(&reading, 1, milliseconds) == 1;
}

int is_readable(int fd) {
  return poll_for(fd, 0);
}

int becomes_readable(int fd) {
  return poll_for(fd, 10000);
}

double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
