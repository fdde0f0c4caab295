#include "callbacks.h"

#include <string.h>
#include <unistd.h>

#include "acts.h"
#include "report.h"
#include "values.h"

enum { kDeepest = 3, kEnough = 60, kMostSums = 64 };

static const char* const roles[] = {
    "handler",       "batch handler", "packed handler", "filter", "source", "error handler",
    "event handler", "timer",         "descriptor",     "post",   "log"};

static void check_entry(const struct record* record) {
  const char* const role = roles[record->role];
  REQUIRE(atomic_load(&record->destroyed) == 0, "a %s was called after its destroy", role);
  if (record->role == kFilterRole) return;
  REQUIRE(atomic_load_explicit(&record->home->owner, memory_order_relaxed) == me,
          "a %s was called in a thread that does not own its poller", role);
  REQUIRE(!record->home->is_over, "a %s was called after its poller had ended", role);
  REQUIRE(!record->is_quiet, "a %s was called after it had been closed, freed or replaced", role);
  REQUIRE(!record->is_gone, "a %s was called after it had been unregistered", role);
}

static void enter(struct record* record) {
  check_entry(record);
  count_role(record->role);
  atomic_fetch_add(&record->calls, 1);
  atomic_fetch_add(&record->running, 1);
  ++me->depth;
  if (record->role != kFilterRole) ++record->home->inside;
}

static void leave(struct record* record) {
  if (record->role != kFilterRole) --record->home->inside;
  --me->depth;
  atomic_fetch_sub(&record->running, 1);
}

static void act_inside(void) {
  if (me->depth > kDeepest || me->budget <= 0 || me->calls >= me->most || !one_in(4)) return;
  for (unsigned i = below(4); i > 0 && me->budget > 0; --i) act();
}

static int any_verdict(void) {
  return one_in(kEnough) ? (one_in(2) ? 1 : -1) : 0;
}

void check_packet(const mc_packet* packet) {
  REQUIRE(packet != NULL, "a packet is NULL");
  REQUIRE(packet->size <= packet->wire_size, "a packet shows more than arrived");
  REQUIRE(packet->wire_size <= MC_MAX_PACKET, "a packet has %zu bytes", packet->wire_size);
  if (!is_pattern(packet->data, packet->size)) {
    char source[MC_ADDRESS_TEXT_SIZE], group[MC_ADDRESS_TEXT_SIZE];
    mc_address_format(&packet->source, source, sizeof source);
    mc_address_format(&packet->group, group, sizeof group);
    size_t at = 1;
    while (at < packet->size && packet->data[at] == (packet->data[at - 1] + 1) % 251) ++at;
    fail_with("a packet of %zu bytes from %s to %s has others than were sent, from byte %zu on",
              packet->size, source, group, at);
  }
  REQUIRE(((packet->flags & MC_PACKET_TRUNCATED) != 0) == (packet->size < packet->wire_size),
          "a packet with %zu of %zu bytes has flags %u", packet->size, packet->wire_size,
          packet->flags);
}

/* A listener or a multicaster closes because of a verdict, unless it was closed before. */
static void had_enough(struct thing* of, unsigned epoch) {
  if (of->epoch != epoch) return;
  ++of->epoch;
  hush(of->handler);
  hush(of->source);
  hush(of->failed);
}

static void check_arrived(const mc_packet* packet) {
  check_packet(packet);
  REQUIRE(packet->source.family == MC_IPV4 || packet->source.family == MC_IPV6,
          "a packet's source has family %d", packet->source.family);
  REQUIRE(packet->group.family == packet->source.family,
          "a packet's group has the family %d, not %d", packet->group.family,
          packet->source.family);
}

int on_packet(const mc_packet* packet, void* user) {
  struct record* const record = user;
  struct thing* const of = record->of;
  const mc_packet* const outer = me->present;
  const unsigned epoch = of->epoch;
  enter(record);
  check_arrived(packet);
  ++of->heard;
  const mc_packet before = *packet;
  const uint32_t sum = sum_of(packet->data, packet->size);
  me->present = packet;
  act_inside();
  me->present = outer;
  REQUIRE(memcmp(packet, &before, sizeof before) == 0 && sum_of(packet->data, packet->size) == sum,
          "a packet changed while its handler ran");
  leave(record);
  const int verdict = any_verdict();
  if (verdict != 0) had_enough(of, epoch);
  return verdict;
}

static int take_batch(const mc_packet* const* packets, size_t count, struct record* record) {
  struct thing* const of = record->of;
  const mc_packet* const outer = me->present;
  const unsigned epoch = of->epoch;
  uint32_t sums[kMostSums];
  enter(record);
  REQUIRE(count >= 1 && count <= MC_MAX_BATCH, "a batch has %zu packets", count);
  of->heard += count;
  for (size_t i = 0; i < count; ++i) {
    check_arrived(packets[i]);
    sums[i] = sum_of(packets[i]->data, packets[i]->size);
  }
  me->present = packets[below((unsigned)count)];
  act_inside();
  me->present = outer;
  for (size_t i = 0; i < count; ++i)
    REQUIRE(sum_of(packets[i]->data, packets[i]->size) == sums[i],
            "a packet changed while its batch handler ran");
  leave(record);
  const int verdict = any_verdict();
  if (verdict != 0) had_enough(of, epoch);
  return verdict;
}

int on_batch(const mc_packet* const* packets, size_t count, void* user) {
  return take_batch(packets, count, user);
}

void check_packed(const mc_packed* batch) {
  size_t end = 0;
  REQUIRE(batch->count >= 1, "a packed batch is empty");
  REQUIRE(batch->data == batch->packets[0]->data, "a packed batch does not begin with its first");
  for (size_t i = 0; i < batch->count; ++i) {
    REQUIRE(batch->offsets[i] >= end, "packed packets lie across one another");
    REQUIRE(batch->data + batch->offsets[i] == batch->packets[i]->data &&
                batch->sizes[i] == batch->packets[i]->size,
            "a packed packet is not where it is said to be");
    end = (size_t)batch->offsets[i] + batch->sizes[i];
  }
  REQUIRE(batch->size == end, "a packed batch of %zu bytes ends at %zu", batch->size, end);
}

int on_packed(const mc_packed* batch, void* user) {
  const mc_packed before = *batch;
  check_packed(batch);
  const int verdict = take_batch(batch->packets, batch->count, user);
  REQUIRE(memcmp(batch, &before, sizeof before) == 0,
          "a packed batch changed while its handler ran");
  check_packed(batch);
  return verdict;
}

int on_filter(const mc_packet* packet, void* user) {
  struct record* const record = user;
  const mc_packet* const outer = me->present;
  enter(record);
  check_packet(packet);
  const uint32_t sum = sum_of(packet->data, packet->size);
  me->present = packet;
  act_inside();
  me->present = outer;
  REQUIRE(sum_of(packet->data, packet->size) == sum, "a packet changed while its filter ran");
  leave(record);
  return !one_in(4);
}

int on_source(mc_buffer* packet, void* user) {
  struct record* const record = user;
  enter(record);
  act_inside();
  leave(record);
  if (record->supply-- > 0) {
    *packet = any_bytes();
    if (!record->is_bad && (packet->data == NULL || packet->size > MC_MAX_PACKET)) packet->size = 0;
    return MC_SOURCE_PACKET;
  }
  record->supply = (int)below(8);
  if (!one_in(10)) return MC_SOURCE_PAUSE;
  hush(record);
  return MC_SOURCE_END;
}

int on_event(const mc_event* event, void* user) {
  struct record* const record = user;
  struct thing* const of = record->of;
  const unsigned epoch = of->epoch;
  enter(record);
  const size_t size = strlen(event->sentence);
  REQUIRE(event->kind >= MC_EVENT_JOINED && event->kind <= MC_EVENT_HEARD && size > 0,
          "an event handler was told %d: %s", event->kind, event->sentence);
  act_inside();
  REQUIRE(strlen(event->sentence) == size, "a sentence changed while the event handler ran");
  leave(record);
  const int verdict = any_verdict();
  if (verdict != 0) had_enough(of, epoch);
  return verdict;
}

int on_failed(int code, const char* sentence, uint64_t datagrams, void* user) {
  struct record* const record = user;
  struct thing* const of = record->of;
  const unsigned epoch = of->epoch;
  enter(record);
  const size_t size = strlen(sentence);
  REQUIRE(code < 0 && size > 0 && datagrams > 0, "an error handler was told %d: %s", code,
          sentence);
  act_inside();
  REQUIRE(strlen(sentence) == size, "a sentence changed while the error handler ran");
  leave(record);
  const int verdict = any_verdict();
  if (verdict != 0) had_enough(of, epoch);
  return verdict;
}

int on_timer(void* user) {
  struct record* const record = user;
  enter(record);
  act_inside();
  leave(record);
  const int verdict = one_in(8);
  if (verdict != 0) hush(record);
  return verdict;
}

static int on_descriptor(int fd, struct record* record, uint32_t events, uint32_t good) {
  char bytes[64];
  enter(record);
  REQUIRE(events != 0 && (events & ~good) == 0, "a descriptor's handler was told %u", events);
  if (record->is_once) leave_descriptor(record);
  if ((events & MC_READABLE) != 0 && read(fd, bytes, sizeof bytes) < 0) events = 0;
  act_inside();
  leave(record);
  const int verdict = one_in(8);
  if (verdict != 0) leave_descriptor(record);
  return verdict;
}

int on_read(int fd, uint32_t events, void* user) {
  return on_descriptor(fd, user, events, MC_READABLE | MC_PRIORITY | MC_FAILED | MC_HANGUP);
}

int on_write(int fd, uint32_t events, void* user) {
  return on_descriptor(fd, user, events, MC_WRITABLE | MC_FAILED | MC_HANGUP);
}

void on_post(void* user) {
  struct record* const record = user;
  enter(record);
  REQUIRE(atomic_load(&record->calls) == 1, "a posted function ran again");
  act_inside();
  leave(record);
}

void on_log(int level, int code, const char* sentence, void* user) {
  struct record* const record = user;
  enter(record);
  const size_t size = strlen(sentence);
  REQUIRE(level >= MC_LOG_ERROR && level <= MC_LOG_INFO && code <= 0 && size > 0,
          "the log was told %d, %d: %s", level, code, sentence);
  act_inside();
  REQUIRE(strlen(sentence) == size, "a sentence changed while the log was told");
  leave(record);
}

void on_end(void* user) {
  struct record* const record = user;
  const char* const role = roles[record->role];
  REQUIRE(atomic_fetch_add(&record->destroyed, 1) == 0, "destroy of a %s ran twice", role);
  REQUIRE(atomic_load(&record->running) == 0, "destroy of a %s ran inside of it", role);
  if (record->is_sentinel) end_poller(record->home);
  if (record->role != kFilterRole && record->role != kPost) {
    REQUIRE(is_mine(record->home) || record->home->is_over,
            "destroy of a %s ran in a thread that does not own its poller", role);
    REQUIRE(!is_mine(record->home) || record->home->inside == 0,
            "destroy of a %s ran inside a callback", role);
  }
  ++me->depth;
  ++me->destroys;
  act_inside();
  --me->destroys;
  --me->depth;
}
