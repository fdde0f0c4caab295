/* The log of a poller: who is told what, when, and what he may do about it. */
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "worker.h"

enum { kPort = 4390, kLargeBuffer = 64 << 20 };

/* Keeps the last line. */
struct teller {
  int lines, destroyed, level, code;
  char text[512];
  void (*act)(struct teller* self);
  mc_poller* poller;
  mc_listener* listener;
  mc_multicaster* multicaster;
  struct teller* next;
};

static void tell(int level, int code, const char* sentence, void* user) {
  struct teller* self = user;
  CHECK_EQ(self->destroyed, 0);
  ++self->lines;
  self->level = level;
  self->code = code;
  snprintf(self->text, sizeof self->text, "%s", sentence);
  if (self->act != NULL) self->act(self);
}

static void end_teller(void* user) {
  ++((struct teller*)user)->destroyed;
}

static void set_log(mc_poller* poller, struct teller* teller) {
  CHECK_OK(mc_poller_set_log(poller, tell, teller, end_teller));
}

static void a_loop_with_nothing_to_do_says_so(void) {
  struct teller log = {.lines = 0};
  struct actor silent = {.calls = 0};
  mc_poller* poller = new_poller();
  CHECK_EQ(mc_poller_loop(poller, -1, -1), 0); /* nobody is told */
  set_log(poller, &log);
  CHECK_EQ(mc_poller_poll(poller, 0), 0);
  CHECK_EQ(log.lines, 0);
  CHECK_EQ(mc_poller_loop(poller, -1, -1), 0);
  CHECK_EQ(log.lines, 1);
  CHECK_EQ(log.level, MC_LOG_WARNING);
  CHECK_EQ(log.code, 0);
  CHECK_CONTAINS(log.text, "nothing");
  CHECK_CONTAINS(log.text, "default poller");
  const int silence = register_silence(poller, &silent);
  CHECK_OK(mc_poller_stop(poller));
  CHECK_EQ(mc_poller_loop(poller, -1, -1), MC_STOPPED);
  CHECK_EQ(log.lines, 1);
  mc_poller_free(poller);
  CHECK_EQ(log.destroyed, 1);
  close(silence);
}

static void replace(struct teller* self) {
  set_log(self->poller, self->next);
  CHECK_EQ(self->destroyed, 0); /* not while it runs */
}

static void a_log_is_replaced_and_taken_away(void) {
  struct teller one = {.lines = 0};
  struct teller two = {.act = replace};
  struct teller three = {.lines = 0};
  struct teller refused = {.lines = 0};
  mc_poller* poller = new_poller();
  two.poller = poller;
  two.next = &three;
  set_log(poller, &one);
  set_log(poller, &two);
  CHECK_EQ(one.destroyed, 1);
  CHECK_EQ(mc_poller_loop(poller, -1, -1), 0);
  CHECK_EQ(two.lines + two.destroyed, 2);
  CHECK_EQ(mc_poller_loop(poller, -1, -1), 0);
  CHECK_EQ(three.lines, 1);
  CHECK_OK(mc_poller_set_log(poller, NULL, &refused, end_teller));
  CHECK_EQ(three.destroyed, 1);
  CHECK_EQ(mc_poller_loop(poller, -1, -1), 0);
  CHECK_ERROR(mc_poller_set_log(NULL, tell, &refused, end_teller), MC_ERROR_NULL, "poller is NULL");
  mc_poller_free(poller);
  CHECK_EQ(one.lines + refused.lines + refused.destroyed, 0);
  CHECK_EQ(one.destroyed + two.destroyed + three.destroyed, 3);
}

/* ---- Receive buffers ------------------------------------------------------------------------ */

static void give_up_capabilities(void) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0, 0, 0}, {0, 0, 0}};
  CHECK_EQ(syscall(SYS_capset, &header, none), 0);
}

static mc_listener* new_listener(mc_poller* poller, uint32_t buffer, struct actor* user) {
  mc_listener* listener = NULL;
  CHECK_OK(mc_listener_new(&listener, poller));
  CHECK_OK(mc_listener_set_handler(listener, actor_packet, user, actor_end));
  CHECK_OK(mc_listener_add(listener, check_group, kPort));
  CHECK_OK(mc_listener_set_receive_buffer(listener, buffer));
  return listener;
}

static void check_buffer_line(const struct teller* log, mc_listener* listener, uint64_t asked) {
  mc_stats stats;
  char number[64];
  CHECK_OK(mc_listener_stats(listener, &stats, sizeof stats));
  CHECK(stats.receive_buffer_granted < asked);
  CHECK_EQ(log->level, MC_LOG_WARNING);
  CHECK_CONTAINS(log->text, check_group);
  snprintf(number, sizeof number, "sysctl -w net.core.rmem_max=%llu", (unsigned long long)asked);
  CHECK_CONTAINS(log->text, number);
  snprintf(number, sizeof number, " %llu bytes", (unsigned long long)stats.receive_buffer_granted);
  CHECK_CONTAINS(log->text, number);
}

static void ask_for_large_buffers(void) {
  struct teller log = {.lines = 0};
  struct actor user = {.calls = 0};
  give_up_capabilities();
  mc_poller* poller = new_poller();
  set_log(poller, &log);
  mc_listener* modest = new_listener(poller, 4096, &user);
  mc_listener* large = new_listener(poller, kLargeBuffer, &user);
  mc_listener* equal = new_listener(poller, kLargeBuffer, &user);
  mc_listener* larger = new_listener(poller, 2 * kLargeBuffer, &user);
  CHECK_OK(mc_listener_open(modest));
  CHECK_EQ(log.lines, 0);
  CHECK_OK(mc_listener_open(large)); /* the same socket */
  CHECK_EQ(log.lines, 1);
  check_buffer_line(&log, large, kLargeBuffer);
  CHECK_OK(mc_listener_open(equal)); /* nothing new */
  CHECK_EQ(log.lines, 1);
  CHECK_OK(mc_listener_open(larger));
  CHECK_EQ(log.lines, 2);
  check_buffer_line(&log, larger, 2 * kLargeBuffer);
  mc_listener_free(modest);
  mc_listener_free(large);
  mc_listener_free(equal);
  mc_listener_free(larger);
  mc_poller_free(poller);
  CHECK_EQ(log.lines, 2);
}

static void a_receive_buffer_that_was_not_granted_is_told_with_the_remedy(void) {
  CHECK_EQ(check_in_child(ask_for_large_buffers), 0);
}

/* ---- Loss ----------------------------------------------------------------------------------- */

/* Adds up what the lines say and compares it with what they say in all. */
static unsigned long long told_lost;

static void add_up(struct teller* self) {
  unsigned long long now = 0;
  unsigned long long all = 0;
  const char* words = strstr(self->text, "dropped ");
  const char* rest = strchr(self->text, '(');
  if (!CHECK(words != NULL && rest != NULL)) return;
  CHECK_EQ(sscanf(words, "dropped %llu datagrams", &now), 1);
  CHECK_EQ(sscanf(rest, "(%llu in all)", &all), 1);
  CHECK_EQ(told_lost + now, all);
  CHECK(all >= 2 * told_lost && now > 0); /* doubled */
  CHECK_EQ(self->level, MC_LOG_WARNING);
  CHECK_CONTAINS(self->text, check_group);
  CHECK_CONTAINS(self->text, "mc_listener_set_receive_buffer");
  told_lost = all;
}

/* Sends without polling, and then polls until all of it is accounted for. */
static mc_stats flood(mc_poller* poller, mc_listener* listener, int count) {
  mc_stats stats;
  CHECK_OK(mc_listener_stats(listener, &stats, sizeof stats));
  const uint64_t wanted = stats.arrived + (uint64_t)count;
  send_numbered(check_group, kPort, count);
  for (int turns = 0; turns < 1000 && stats.arrived < wanted; ++turns) {
    CHECK_OK(mc_poller_poll(poller, 0.01));
    CHECK_OK(mc_listener_stats(listener, &stats, sizeof stats));
  }
  CHECK_EQ(stats.arrived, wanted);
  return stats;
}

static void loss_is_told_in_numbers_when_it_has_doubled(void) {
  struct teller log = {.act = add_up};
  struct actor user = {.calls = 0};
  mc_poller* poller = new_poller();
  set_log(poller, &log);
  mc_listener* listener = new_listener(poller, 1, &user); /* the least that the kernel grants */
  CHECK_OK(mc_listener_open(listener));
  told_lost = 0;
  CHECK_EQ(log.lines, 0);
  for (int count = 50, floods = 0; floods < 8; ++floods, count = count * 3 / 2) {
    const mc_stats stats = flood(poller, listener, count);
    CHECK(log.lines > 0);
    CHECK(stats.lost > 0 && told_lost <= stats.lost);
    CHECK(stats.lost < 2 * told_lost); /* else it would have been told */
  }
  const int lines = log.lines;
  CHECK(lines >= 3 && lines < 16);
  const mc_stats stats = flood(poller, listener, 10);
  if (stats.lost < 2 * told_lost) CHECK_EQ(log.lines, lines); /* not worth a line */
  mc_listener_free(listener);
  mc_poller_free(poller);
  CHECK_EQ(log.destroyed, 1);
}

/* ---- Packet sources ------------------------------------------------------------------------- */

static int give_too_much(mc_buffer* packet, void* user) {
  static char bytes[MC_MAX_PACKET + 1];
  struct actor* self = user;
  packet->data = bytes;
  packet->size = sizeof bytes;
  return self->calls++ < self->supply ? MC_SOURCE_PACKET : MC_SOURCE_END;
}

static void fail_to_send(mc_poller* poller, struct actor* told) {
  struct actor source = {.supply = 20};
  mc_multicaster* caster = NULL;
  CHECK_OK(mc_multicaster_new(&caster, poller, check_group, kPort, 0));
  if (told != NULL)
    CHECK_OK(mc_multicaster_set_error_handler(caster, actor_failed, told, actor_end));
  CHECK_OK(mc_multicaster_set_source(caster, give_too_much, &source, NULL));
  CHECK_EQ(mc_poller_loop(poller, -1, 0), 0);
  mc_multicaster_free(caster);
}

static void failures_of_a_source_are_told_where_it_has_no_error_handler(void) {
  struct teller log = {.lines = 0};
  struct actor told = {.calls = 0};
  mc_poller* poller = new_poller();
  set_log(poller, &log);
  fail_to_send(poller, NULL);
  CHECK_EQ(log.lines, 5); /* of the 1st, 2nd, 4th, 8th and 16th */
  CHECK_EQ(log.level, MC_LOG_ERROR);
  CHECK_EQ(log.code, MC_ERROR_PACKET_TOO_LARGE);
  CHECK_CONTAINS(log.text, "65508");
  CHECK_CONTAINS(log.text, "16 datagrams so far");
  fail_to_send(poller, &told);
  CHECK_EQ(told.told, 20);
  CHECK_EQ(log.lines, 5);
  mc_poller_free(poller);
}

/* ---- What a log function may do ------------------------------------------------------------- */

static void free_everything(struct teller* self) {
  mc_listener_free(self->listener);
  mc_multicaster_free(self->multicaster);
  mc_poller_free(self->poller);
  self->listener = NULL;
  self->multicaster = NULL;
  self->poller = NULL;
}

static void check_freed(const struct teller* log, const struct actor* user) {
  CHECK_EQ(log->lines, 1);
  CHECK_EQ(log->destroyed, 1);
  CHECK_EQ(user->destroyed, 1);
  CHECK_EQ(user->misuses, 0);
}

static void a_log_frees_everything_in_a_loop_with_nothing_to_do(void) {
  struct actor user = {.calls = 0};
  struct teller log = {.act = free_everything, .poller = new_poller()};
  log.listener = new_listener(log.poller, 4096, &user);
  set_log(log.poller, &log);
  CHECK_EQ(mc_poller_loop(log.poller, -1, -1), 0);
  check_freed(&log, &user);
}

static void a_log_frees_everything_when_packets_were_lost(void) {
  struct actor user = {.calls = 0};
  struct teller log = {.act = free_everything, .poller = new_poller()};
  log.listener = new_listener(log.poller, 1, &user);
  CHECK_OK(mc_multicaster_new(&log.multicaster, log.poller, check_group, kPort, 0));
  set_log(log.poller, &log);
  CHECK_OK(mc_listener_open(log.listener));
  send_numbered(check_group, kPort, 200);
  CHECK_EQ(mc_poller_loop(log.poller, -1, 0), 0);
  CHECK(user.calls > 0);
  check_freed(&log, &user);
}

static void open_and_lose_everything(void) {
  struct actor user = {.calls = 0};
  give_up_capabilities();
  struct teller log = {.act = free_everything, .poller = new_poller()};
  log.listener = new_listener(log.poller, kLargeBuffer, &user);
  set_log(log.poller, &log);
  CHECK_EQ(mc_listener_open(log.listener), 0);
  check_freed(&log, &user);
}

static void a_log_frees_everything_while_a_listener_is_opened(void) {
  CHECK_EQ(check_in_child(open_and_lose_everything), 0);
}

static void a_log_frees_everything_when_a_source_fails(void) {
  struct actor user = {.calls = 0};
  struct actor source = {.supply = 20};
  struct teller log = {.act = free_everything, .poller = new_poller()};
  log.listener = new_listener(log.poller, 4096, &user);
  CHECK_OK(mc_multicaster_new(&log.multicaster, log.poller, check_group, kPort, 0));
  CHECK_OK(mc_multicaster_set_source(log.multicaster, give_too_much, &source, NULL));
  set_log(log.poller, &log);
  CHECK_EQ(mc_poller_loop(log.poller, -1, 0), 0);
  check_freed(&log, &user);
}

/* ---- The end -------------------------------------------------------------------------------- */

static void free_poller(struct actor* self) {
  mc_poller_free(self->a);
}

/* In the very turn in which packets turn out to be lost. */
static void a_freed_poller_tells_no_more(void) {
  struct teller log = {.lines = 0};
  struct actor user = {.act = free_poller, .a = new_poller()};
  mc_listener* listener = new_listener(user.a, 1, &user);
  set_log(user.a, &log);
  CHECK_OK(mc_listener_open(listener));
  send_numbered(check_group, kPort, 200);
  CHECK_OK(mc_poller_poll(user.a, 10));
  CHECK_EQ(user.calls, 1);
  CHECK_EQ(log.lines, 0);
  CHECK_EQ(log.destroyed, 1);
  mc_listener_free(listener);
}

static void leave_a_log(void* user) {
  set_log(mc_default_poller(), user);
  CHECK_EQ(mc_loop(-1, -1), 0);
}

static void the_end_of_a_thread_tells_nothing(void) {
  struct teller log = {.lines = 0};
  elsewhere(leave_a_log, &log);
  CHECK_EQ(log.lines, 1);
  CHECK_EQ(log.destroyed, 0); /* no user code runs then */
}

static const struct check_test tests[] = {
    {"A loop with nothing to do says so", a_loop_with_nothing_to_do_says_so, 0},
    {"A log is replaced and taken away", a_log_is_replaced_and_taken_away, 0},
    {"A receive buffer that was not granted is told with the remedy",
     a_receive_buffer_that_was_not_granted_is_told_with_the_remedy, kBothFamilies},
    {"Loss is told in numbers when it has doubled", loss_is_told_in_numbers_when_it_has_doubled,
     kBothFamilies},
    {"Failures of a source are told where it has no error handler",
     failures_of_a_source_are_told_where_it_has_no_error_handler, 0},
    {"A log frees everything in a loop with nothing to do",
     a_log_frees_everything_in_a_loop_with_nothing_to_do, 0},
    {"A log frees everything when packets were lost", a_log_frees_everything_when_packets_were_lost,
     kBothFamilies},
    {"A log frees everything while a listener is opened",
     a_log_frees_everything_while_a_listener_is_opened, 0},
    {"A log frees everything when a source fails", a_log_frees_everything_when_a_source_fails, 0},
    {"A freed poller tells no more", a_freed_poller_tells_no_more, kBothFamilies},
    {"The end of a thread tells nothing", the_end_of_a_thread_tells_nothing, 0},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
