#include "actor.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

/* How many callbacks of the thread are running; finalisers do not count. */
static _Thread_local int depth;

static void act(struct actor* self) {
  if (self->destroyed != 0) ++self->misuses;
  ++self->calls;
  ++depth;
  if (self->act != NULL) self->act(self);
  --depth;
}

int actor_packet(const mc_packet* packet, void* user) {
  struct actor* self = user;
  (void)packet;
  act(self);
  return self->verdict;
}

int actor_filter(const mc_packet* packet, void* user) {
  return actor_packet(packet, user);
}

int actor_write(int fd, uint32_t events, void* user) {
  struct actor* self = user;
  self->fd = fd;
  self->events |= events;
  act(self);
  return self->verdict;
}

int actor_read(int fd, uint32_t events, void* user) {
  char bytes[64];
  if ((events & MC_READABLE) != 0) CHECK(read(fd, bytes, sizeof bytes) >= 0);
  return actor_write(fd, events, user);
}

int actor_source(mc_buffer* packet, void* user) {
  struct actor* self = user;
  const int number = self->calls;
  act(self);
  if (number >= self->supply) return self->verdict;
  packet->size = (size_t)snprintf(self->text, sizeof self->text, "%d", number);
  packet->data = self->text;
  return MC_SOURCE_PACKET;
}

int actor_failed(int code, const char* sentence, uint64_t datagrams, void* user) {
  struct actor* self = user;
  self->code = code;
  self->told += (int)datagrams;
  CHECK(*sentence != '\0');
  act(self);
  return self->verdict;
}

void actor_end(void* user) {
  struct actor* self = user;
  ++self->destroyed;
  if (self->destroyed != 1 || depth != 0) ++self->misuses;
  if (self->act_at_end != NULL) self->act_at_end(self);
}

mc_listener* actor_listen(mc_poller* poller, const char* group, uint16_t port,
                          struct actor* actor) {
  mc_listener* listener = NULL;
  if (CHECK_OK(mc_listener_new(&listener, poller)) &&
      CHECK_OK(mc_listener_set_handler(listener, actor_packet, actor, actor_end)) &&
      CHECK_OK(mc_listener_add(listener, group, port)) && CHECK_OK(mc_listener_open(listener))) {
    return listener;
  }
  mc_listener_free(listener);
  return NULL;
}

void send_numbered(const char* group, uint16_t port, int count) {
  for (int i = 0; i < count; ++i) {
    char text[16];
    const int size = snprintf(text, sizeof text, "%d", i);
    CHECK_OK(mc_sendto(text, (size_t)size, group, port, MC_TTL_HOST));
  }
}

static int turn(mc_poller* poller, double timeout) {
  return poller != NULL ? mc_poller_poll(poller, timeout) : mc_poll(timeout);
}

int poll_until(mc_poller* poller, const int* count, int wanted) {
  const time_t deadline = time(NULL) + 20;
  while (*count < wanted && time(NULL) < deadline) {
    if (!CHECK_OK(turn(poller, 0.1))) return 0;
  }
  return *count >= wanted;
}

void poll_out(mc_poller* poller) {
  int ready = 0;
  do {
    ready = turn(poller, 0.02);
  } while (ready > 0);
  CHECK_OK(ready);
}

void actor_open_once(mc_poller* poller) {
  mc_listener* first = NULL;
  REQUIRE_OK(mc_listener_new(&first, poller));
  CHECK_OK(mc_listener_add(first, check_group, 4999));
  CHECK_OK(mc_listener_open(first));
  mc_listener_free(first);
}
