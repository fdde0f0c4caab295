#include "every_call.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "check.h"
#include "worker.h"

/* What the calls fill, if they should be allowed to. */
static mc_listener* new_listener;
static mc_multicaster* new_multicaster;
static mc_timer* new_timer;
static mc_stats stats;
static mc_address address;
static const mc_packet* packet;
static const mc_packet* const* packets;
static const mc_packed* packed;
static const mc_buffer buffer = {"a", 1};
static const uint32_t one_byte = 1;
static const mc_address host = {.family = MC_IPV4, .port = 9, .bytes = {127, 0, 0, 1}};

static int on_timer(void* user) {
  return actor_packet(NULL, user);
}
static void on_post(void* user) {
  actor_packet(NULL, user);
}
static int on_batch(const mc_packet* const* some, size_t count, void* user) {
  (void)count;
  return actor_packet(*some, user);
}
static int on_packed(const mc_packed* some, void* user) {
  return actor_packet(some->packets[0], user);
}
static int on_event(const mc_event* event, void* user) {
  (void)event;
  return actor_packet(NULL, user);
}
static void on_log(int level, int code, const char* sentence, void* user) {
  (void)level;
  (void)code;
  (void)sentence;
  actor_packet(NULL, user);
}

#define HANDED_OVER &h->refused, actor_end

/* clang-format off */
#define POLLER_CALLS(X) \
  X(kAnyThread, mc_poller_stop, h->poller) \
  X(kAnyThread, mc_poller_wake, h->poller) \
  X(kAnyThread, mc_poller_post, h->poller, on_post, HANDED_OVER) \
  X(kAnyThread, mc_poller_adopt, h->poller) \
  X(kOwner, mc_poller_register, h->poller, h->fd, 0, actor_read, NULL, HANDED_OVER) \
  X(kOwner, mc_poller_watch, h->poller, h->registered, 0) \
  X(kOwner, mc_poller_unregister, h->poller, h->registered) \
  X(kOwner, mc_poller_poll, h->poller, 0) \
  X(kOwner, mc_poller_loop, h->poller, 0, 0) \
  X(kOwner, mc_poller_set_interruptible, h->poller, 1) \
  X(kOwner, mc_poller_set_wait, h->poller, MC_WAIT_COALESCE, 0.1) \
  X(kOwner, mc_poller_set_log, h->poller, on_log, HANDED_OVER) \
  X(kOwner, mc_poller_is_polling, h->poller) \
  X(kOwner, mc_poller_fd, h->poller) \
  X(kOwner, mc_poller_stats, h->poller, &stats, sizeof stats)

#define LISTENER_CALLS(X) \
  X(kConstructor, mc_listener_new, &new_listener, h->poller) \
  X(kOwner, mc_listener_add, h->listener, check_group, 1) \
  X(kOwner, mc_listener_remove, h->listener, check_group, 1) \
  X(kOwner, mc_listener_allow_source, h->listener, NULL, "10.1.1.1") \
  X(kOwner, mc_listener_drop_source, h->listener, NULL, "10.1.1.1") \
  X(kOwner, mc_listener_block_source, h->listener, NULL, "10.1.1.1") \
  X(kOwner, mc_listener_unblock_source, h->listener, NULL, "10.1.1.1") \
  X(kOwner, mc_listener_set_sources, h->listener, NULL, MC_SOURCES_ONLY, NULL, 0) \
  X(kOwner, mc_listener_set_handler, h->listener, actor_packet, HANDED_OVER) \
  X(kOwner, mc_listener_set_batch_handler, h->listener, on_batch, HANDED_OVER) \
  X(kOwner, mc_listener_set_packed_handler, h->listener, on_packed, HANDED_OVER) \
  X(kOwner, mc_listener_set_filter, h->listener, NULL) \
  X(kOwner, mc_listener_set_mtu, h->listener, 1) \
  X(kOwner, mc_listener_set_limit, h->listener, 1) \
  X(kOwner, mc_listener_set_details, h->listener, MC_PACKET_TTL) \
  X(kOwner, mc_listener_set_ignore_own, h->listener, 1) \
  X(kOwner, mc_listener_set_kernel_filter, h->listener, 1) \
  X(kOwner, mc_listener_set_pending, h->listener, 1) \
  X(kOwner, mc_listener_set_event_handler, h->listener, on_event, HANDED_OVER) \
  X(kOwner, mc_listener_set_silence, h->listener, 1) \
  X(kOwner, mc_listener_set_receive_buffer, h->listener, 1) \
  X(kOwner, mc_listener_open, h->listener) \
  X(kOwner, mc_listener_close, h->listener) \
  X(kOwner, mc_listener_is_open, h->listener) \
  X(kOwner, mc_listener_next, h->pulled, &packet, 0) \
  X(kOwner, mc_listener_next_many, h->pulled, &packets, 9, 0) \
  X(kOwner, mc_listener_next_packed, h->pulled, &packed, 9, 0) \
  X(kOwner, mc_listener_fd, h->pulled) \
  X(kOwner, mc_listener_stats, h->listener, &stats, sizeof stats)

#define MULTICASTER_CALLS(X) \
  X(kConstructor, mc_multicaster_new, &new_multicaster, h->poller, check_group, 1, 0) \
  X(kConstructor, mc_multicaster_new_pending, &new_multicaster, h->poller, check_group, 1, 0) \
  X(kOwner, mc_multicaster_send, h->multicaster, "a", 1) \
  X(kOwner, mc_multicaster_send_many, h->multicaster, &buffer, 1) \
  X(kOwner, mc_multicaster_send_packed, h->multicaster, "a", &one_byte, 1) \
  X(kOwner, mc_multicaster_set_source, h->multicaster, actor_source, HANDED_OVER) \
  X(kOwner, mc_multicaster_resume, h->multicaster) \
  X(kOwner, mc_multicaster_set_error_handler, h->multicaster, actor_failed, HANDED_OVER) \
  X(kOwner, mc_multicaster_set_event_handler, h->multicaster, on_event, HANDED_OVER) \
  X(kOwner, mc_multicaster_set_ttl, h->multicaster, 1) \
  X(kOwner, mc_multicaster_set_dscp, h->multicaster, 0) \
  X(kOwner, mc_multicaster_set_loopback, h->multicaster, 0) \
  X(kOwner, mc_multicaster_set_train_limit, h->multicaster, 1) \
  X(kOwner, mc_multicaster_set_batching, h->multicaster, 0) \
  X(kOwner, mc_multicaster_flush, h->multicaster) \
  X(kOwner, mc_multicaster_set_pace, h->multicaster, 0, 0) \
  X(kOwner, mc_multicaster_set_source_port, h->multicaster, 4399, 1) \
  X(kOwner, mc_multicaster_set_source_address, h->multicaster, NULL) \
  X(kOwner, mc_multicaster_source, h->multicaster, &address) \
  X(kOwner, mc_multicaster_send_to, h->multicaster, &host, "a", 1) \
  X(kOwner, mc_multicaster_set_handler, h->multicaster, actor_packet, HANDED_OVER) \
  X(kOwner, mc_multicaster_set_filter, h->multicaster, NULL) \
  X(kOwner, mc_multicaster_close, h->multicaster) \
  X(kOwner, mc_multicaster_fd, h->multicaster) \
  X(kOwner, mc_multicaster_is_open, h->multicaster) \
  X(kOwner, mc_multicaster_stats, h->multicaster, &stats, sizeof stats)

#define TIMER_CALLS(X) \
  X(kConstructor, mc_timer_new, &new_timer, h->poller, 0, 0, on_timer, HANDED_OVER) \
  X(kOwner, mc_timer_set, h->timer, 0, 0) \
  X(kOwner, mc_timer_stop, h->timer) \
  X(kOwner, mc_timer_is_running, h->timer)

#define CALLS(X) POLLER_CALLS(X) LISTENER_CALLS(X) MULTICASTER_CALLS(X) TIMER_CALLS(X)

#define DEFINE(kind, function, ...) \
  static int call_##function(struct handles* h) { return function(__VA_ARGS__); }
CALLS(DEFINE)

#define LIST(kind, function, ...) {#function, kind, call_##function},
const struct every_call every_call[] = {CALLS(LIST)};
/* clang-format on */

const size_t every_call_count = COUNT_OF(every_call);

int handles_make(struct handles* h, uint16_t port) {
  *h = (struct handles){.registered = -1};
  if (!CHECK_OK(mc_poller_new(&h->poller))) return 0;
  h->listener = actor_listen(h->poller, check_group, port, &h->user);
  CHECK_OK(mc_listener_new(&h->pulled, h->poller));
  CHECK_OK(mc_listener_add(h->pulled, check_group, port));
  CHECK_OK(mc_listener_open(h->pulled));
  CHECK_OK(mc_multicaster_new(&h->multicaster, h->poller, check_group, port, 0));
  CHECK_OK(mc_timer_new(&h->timer, h->poller, 3600, 0, on_timer, &h->user, actor_end));
  h->registered = register_silence(h->poller, &h->user);
  h->fd = eventfd(0, EFD_CLOEXEC);
  return h->listener != NULL;
}

void handles_check_untouched(struct handles* h) {
  const int calls = h->user.calls;
  const uint64_t one = 1;
  CHECK(new_listener == NULL && new_multicaster == NULL && new_timer == NULL);
  CHECK(packet == NULL && packets == NULL && packed == NULL && address.family == 0);
  CHECK_EQ(h->refused.calls + h->refused.destroyed + h->user.destroyed, 0);
  CHECK_EQ(mc_listener_is_open(h->listener) + mc_listener_is_open(h->pulled), 2);
  CHECK_EQ(mc_multicaster_is_open(h->multicaster) + mc_timer_is_running(h->timer), 2);
  CHECK_OK(mc_listener_stats(h->listener, &stats, sizeof stats));
  CHECK_EQ(stats.receive_buffer_asked, 4 << 20);
  const uint64_t bytes = stats.delivered_bytes;
  CHECK_OK(mc_multicaster_send(h->multicaster, "hello", 5));
  CHECK_OK(mc_multicaster_send(h->multicaster, "hello", 5)); /* no limit of one was set */
  CHECK(poll_until(h->poller, &h->user.calls, calls + 2));
  CHECK_OK(mc_listener_stats(h->listener, &stats, sizeof stats));
  CHECK_EQ(stats.delivered_bytes - bytes, 10);
  CHECK_EQ(mc_listener_next(h->pulled, &packet, 10), 1);
  CHECK_EQ(mc_listener_next(h->pulled, &packet, 10), 1);
  packet = NULL;
  CHECK_OK(mc_poller_stats(h->poller, &stats, sizeof stats));
  CHECK_EQ(stats.descriptors, 1);
  CHECK(write(h->registered, &one, sizeof one) == sizeof one); /* it is still watched */
  CHECK(poll_until(h->poller, &h->user.calls, calls + 3));
}

void handles_free(struct handles* h) {
  mc_timer_free(h->timer);
  mc_multicaster_free(h->multicaster);
  mc_listener_free(h->pulled);
  mc_listener_free(h->listener);
  mc_poller_free(h->poller);
  close(h->registered);
  close(h->fd);
}
