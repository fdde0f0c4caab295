/* NULL handles and pointers, for every function of the header (convention 2). */
#include <stdio.h>
#include <string.h>

#include "actor.h"
#include "check.h"
#include "every_call.h"

enum { kPort = 4301 };

/* What the constructors must leave alone when they fail. */
static char mark;

static void a_new_thread_has_no_error(void) {
  CHECK_EQ(mc_last_error_code(), 0);
  CHECK(strcmp(mc_last_error(), "") == 0);
  CHECK_ERROR(mc_poller_new(NULL), MC_ERROR_NULL, "out is NULL");
  CHECK_OK(mc_poll(0));
  CHECK_EQ(mc_last_error_code(), MC_ERROR_NULL); /* successes leave it */
}

static void constructors_want_somewhere_to_put_the_handle(void) {
  struct actor user = {.calls = 0};
  CHECK_ERROR(mc_poller_new(NULL), MC_ERROR_NULL, "out is NULL");
  CHECK_ERROR(mc_listener_new(NULL, NULL), MC_ERROR_NULL, "out is NULL");
  CHECK_ERROR(mc_multicaster_new(NULL, NULL, check_group, kPort, 0), MC_ERROR_NULL, "out is NULL");
  CHECK_ERROR(mc_multicaster_new_pending(NULL, NULL, check_group, kPort, 0), MC_ERROR_NULL,
              "out is NULL");
  CHECK_ERROR(mc_filter_regex(NULL, "a", 1), MC_ERROR_NULL, "out is NULL");
  CHECK_ERROR(mc_filter_regex_costly(NULL, "a", 1), MC_ERROR_NULL, "out is NULL");
  CHECK_ERROR(mc_filter_callable(NULL, actor_filter, &user, actor_end), MC_ERROR_NULL,
              "out is NULL");
  CHECK_ERROR(mc_filter_everything(NULL), MC_ERROR_NULL, "out is NULL");
  CHECK_ERROR(mc_filter_prefix(NULL, "a", 1), MC_ERROR_NULL, "out is NULL");
  CHECK_ERROR(mc_filter_bytes(NULL, 0, "a", NULL, 1), MC_ERROR_NULL, "out is NULL");
  CHECK_ERROR(mc_filter_size(NULL, 0, 1), MC_ERROR_NULL, "out is NULL");
  CHECK_ERROR(mc_filter_source(NULL, "10.0.0.1"), MC_ERROR_NULL, "out is NULL");
  CHECK_ERROR(mc_filter_source_port(NULL, 1, 2), MC_ERROR_NULL, "out is NULL");
  CHECK_ERROR(mc_filter_all_of(NULL, NULL, 0), MC_ERROR_NULL, "out is NULL");
  CHECK_ERROR(mc_filter_any_of(NULL, NULL, 0), MC_ERROR_NULL, "out is NULL");
  CHECK_ERROR(mc_filter_not(NULL, NULL), MC_ERROR_NULL, "out is NULL");
  CHECK_EQ(user.destroyed, 0);
}

static void freeing_null_does_nothing(void) {
  struct actor user = {.calls = 0};
  mc_listener* listener = actor_listen(NULL, check_group, kPort, &user);
  mc_poller_free(NULL); /* and not the default poller */
  mc_listener_free(NULL);
  mc_multicaster_free(NULL);
  mc_filter_free(NULL);
  mc_timer_free(NULL);
  mc_packet_free(NULL);
  mc_interfaces_free(NULL);
  CHECK_EQ(mc_listener_is_open(listener), 1);
  CHECK_EQ(user.destroyed, 0);
  mc_listener_free(listener);
  CHECK_EQ(user.destroyed, 1);
}

static int on_event(const mc_event* event, void* user) {
  (void)event;
  return actor_packet(NULL, user);
}

static void listener_functions_refuse_null(void) {
  struct actor user = {.calls = 0};
  mc_stats stats;
  mc_listener* listener = NULL;
  CHECK_ERROR(mc_listener_add(NULL, check_group, kPort), MC_ERROR_NULL, "listener is NULL");
  CHECK_ERROR(mc_listener_remove(NULL, check_group, kPort), MC_ERROR_NULL, "listener is NULL");
  const char* const texts[] = {"10.1.1.1", NULL};
  CHECK_ERROR(mc_listener_allow_source(NULL, NULL, *texts), MC_ERROR_NULL, "listener is NULL");
  CHECK_ERROR(mc_listener_drop_source(NULL, NULL, *texts), MC_ERROR_NULL, "listener is NULL");
  CHECK_ERROR(mc_listener_block_source(NULL, NULL, *texts), MC_ERROR_NULL, "listener is NULL");
  CHECK_ERROR(mc_listener_unblock_source(NULL, NULL, *texts), MC_ERROR_NULL, "listener is NULL");
  CHECK_ERROR(mc_listener_set_sources(NULL, NULL, MC_SOURCES_ONLY, NULL, 0), MC_ERROR_NULL,
              "listener is NULL");
  CHECK_ERROR(mc_listener_set_handler(NULL, actor_packet, &user, actor_end), MC_ERROR_NULL,
              "listener is NULL");
  CHECK_ERROR(mc_listener_set_filter(NULL, NULL), MC_ERROR_NULL, "listener is NULL");
  CHECK_ERROR(mc_listener_set_mtu(NULL, 1), MC_ERROR_NULL, "listener is NULL");
  CHECK_ERROR(mc_listener_set_limit(NULL, 1), MC_ERROR_NULL, "listener is NULL");
  CHECK_ERROR(mc_listener_set_batch_handler(NULL, NULL, &user, actor_end), MC_ERROR_NULL,
              "listener is NULL");
  CHECK_ERROR(mc_listener_set_packed_handler(NULL, NULL, &user, actor_end), MC_ERROR_NULL,
              "listener is NULL");
  CHECK_ERROR(mc_listener_set_details(NULL, 0), MC_ERROR_NULL, "listener is NULL");
  CHECK_ERROR(mc_listener_set_ignore_own(NULL, 1), MC_ERROR_NULL, "listener is NULL");
  CHECK_ERROR(mc_listener_set_kernel_filter(NULL, 1), MC_ERROR_NULL, "listener is NULL");
  CHECK_ERROR(mc_listener_set_pending(NULL, 1), MC_ERROR_NULL, "listener is NULL");
  CHECK_ERROR(mc_listener_set_silence(NULL, 1), MC_ERROR_NULL, "listener is NULL");
  CHECK_ERROR(mc_listener_set_event_handler(NULL, on_event, &user, actor_end), MC_ERROR_NULL,
              "listener is NULL");
  CHECK_ERROR(mc_listener_next(NULL, NULL, 0), MC_ERROR_NULL, "listener is NULL");
  CHECK_ERROR(mc_listener_next_many(NULL, NULL, 1, 0), MC_ERROR_NULL, "listener is NULL");
  CHECK_ERROR(mc_listener_next_packed(NULL, NULL, 1, 0), MC_ERROR_NULL, "listener is NULL");
  CHECK_ERROR(mc_listener_fd(NULL), MC_ERROR_NULL, "listener is NULL");
  CHECK_ERROR(mc_listener_set_receive_buffer(NULL, 1), MC_ERROR_NULL, "listener is NULL");
  CHECK_ERROR(mc_listener_open(NULL), MC_ERROR_NULL, "listener is NULL");
  CHECK_ERROR(mc_listener_close(NULL), MC_ERROR_NULL, "listener is NULL");
  CHECK_ERROR(mc_listener_is_open(NULL), MC_ERROR_NULL, "listener is NULL");
  CHECK_ERROR(mc_listener_stats(NULL, &stats, sizeof stats), MC_ERROR_NULL, "listener is NULL");
  CHECK_ERROR(mc_listen(NULL, NULL, check_group, kPort, 1, 1), MC_ERROR_NULL, "handler is NULL");
  REQUIRE_OK(mc_listener_new(&listener, NULL));
  CHECK_OK(mc_listener_set_handler(listener, NULL, &user, actor_end)); /* pulled; takes no user */
  CHECK_OK(mc_listener_set_batch_handler(listener, NULL, &user, actor_end));
  CHECK_OK(mc_listener_set_packed_handler(listener, NULL, &user, actor_end));
  CHECK_ERROR(mc_listener_next_packed(listener, NULL, 1, 0), MC_ERROR_NULL, "packed is NULL");
  CHECK_ERROR(mc_listener_stats(listener, NULL, sizeof stats), MC_ERROR_NULL, "stats is NULL");
  CHECK_OK(mc_listener_set_filter(listener, NULL)); /* its comment allows it */
  CHECK_OK(mc_listener_add(listener, NULL, kPort)); /* the default group */
  CHECK_ERROR(mc_listener_allow_source(listener, "", NULL), MC_ERROR_NULL, "source is NULL");
  CHECK_ERROR(mc_listener_drop_source(listener, "", NULL), MC_ERROR_NULL, "source is NULL");
  CHECK_ERROR(mc_listener_block_source(listener, "", NULL), MC_ERROR_NULL, "source is NULL");
  CHECK_ERROR(mc_listener_unblock_source(listener, "", NULL), MC_ERROR_NULL, "source is NULL");
  CHECK_ERROR(mc_listener_set_sources(listener, "", MC_SOURCES_ONLY, NULL, 1), MC_ERROR_NULL,
              "sources is NULL");
  CHECK_ERROR(mc_listener_set_sources(listener, "", MC_SOURCES_ONLY, texts, 2), MC_ERROR_NULL,
              "a source is NULL");
  CHECK_OK(mc_listener_set_sources(listener, "", MC_SOURCES_ONLY, NULL, 0)); /* allowed */
  CHECK_OK(mc_listener_remove(listener, "", kPort));
  mc_listener_free(listener);
  CHECK_EQ(user.destroyed, 0);
}

static void a_handler_refused_leaves_the_old_one_in_place(void) {
  struct actor user = {.calls = 0};
  struct actor refused = {.calls = 0};
  mc_listener* listener = actor_listen(NULL, check_group, kPort, &user);
  CHECK_ERROR(mc_listener_set_handler(listener, NULL, &refused, actor_end), MC_ERROR_OPEN,
              "is open", "close it");
  send_numbered(check_group, kPort, 1);
  CHECK(poll_until(NULL, &user.calls, 1));
  mc_listener_free(listener);
  CHECK_EQ(user.destroyed, 1);
  CHECK_EQ(refused.destroyed + refused.calls, 0);
}

static void multicaster_functions_refuse_null(void) {
  struct actor user = {.calls = 0};
  mc_stats stats;
  mc_multicaster* caster = NULL;
  const mc_buffer packet = {"a", 1};
  const mc_buffer bad[3] = {{"a", 1}, {NULL, 7}, {"b", 1}};
  const uint32_t sizes[3] = {0, 7, 1};
  CHECK_ERROR(mc_multicaster_send(NULL, "a", 1), MC_ERROR_NULL, "multicaster is NULL");
  CHECK_ERROR(mc_multicaster_send_many(NULL, &packet, 1), MC_ERROR_NULL, "multicaster is NULL");
  CHECK_ERROR(mc_multicaster_send_packed(NULL, "a", sizes, 1), MC_ERROR_NULL,
              "multicaster is NULL");
  CHECK_ERROR(mc_multicaster_set_source(NULL, actor_source, &user, actor_end), MC_ERROR_NULL,
              "multicaster is NULL");
  CHECK_ERROR(mc_multicaster_resume(NULL), MC_ERROR_NULL, "multicaster is NULL");
  CHECK_ERROR(mc_multicaster_set_event_handler(NULL, on_event, &user, actor_end), MC_ERROR_NULL,
              "multicaster is NULL");
  CHECK_ERROR(mc_multicaster_set_error_handler(NULL, actor_failed, &user, actor_end), MC_ERROR_NULL,
              "multicaster is NULL");
  CHECK_ERROR(mc_multicaster_set_handler(NULL, actor_packet, &user, actor_end), MC_ERROR_NULL,
              "multicaster is NULL");
  CHECK_ERROR(mc_multicaster_set_filter(NULL, NULL), MC_ERROR_NULL, "multicaster is NULL");
  CHECK_ERROR(mc_multicaster_set_source_port(NULL, 0, 0), MC_ERROR_NULL, "multicaster is NULL");
  CHECK_ERROR(mc_multicaster_set_source_address(NULL, NULL), MC_ERROR_NULL, "multicaster is NULL");
  CHECK_ERROR(mc_multicaster_set_dscp(NULL, 0), MC_ERROR_NULL, "multicaster is NULL");
  CHECK_ERROR(mc_multicaster_source(NULL, NULL), MC_ERROR_NULL, "multicaster is NULL");
  CHECK_ERROR(mc_multicaster_send_to(NULL, NULL, "a", 1), MC_ERROR_NULL, "multicaster is NULL");
  CHECK_ERROR(mc_multicaster_set_ttl(NULL, 1), MC_ERROR_NULL, "multicaster is NULL");
  CHECK_ERROR(mc_multicaster_set_loopback(NULL, 1), MC_ERROR_NULL, "multicaster is NULL");
  CHECK_ERROR(mc_multicaster_set_train_limit(NULL, 1), MC_ERROR_NULL, "multicaster is NULL");
  CHECK_ERROR(mc_multicaster_set_batching(NULL, 1), MC_ERROR_NULL, "multicaster is NULL");
  CHECK_ERROR(mc_multicaster_flush(NULL), MC_ERROR_NULL, "multicaster is NULL");
  CHECK_ERROR(mc_multicaster_set_pace(NULL, 1, 1), MC_ERROR_NULL, "multicaster is NULL");
  CHECK_ERROR(mc_multicaster_close(NULL), MC_ERROR_NULL, "multicaster is NULL");
  CHECK_ERROR(mc_multicaster_is_open(NULL), MC_ERROR_NULL, "multicaster is NULL");
  CHECK_ERROR(mc_multicaster_stats(NULL, &stats, sizeof stats), MC_ERROR_NULL,
              "multicaster is NULL");
  REQUIRE_OK(mc_multicaster_new(&caster, NULL, check_group, kPort, 0));
  CHECK_ERROR(mc_multicaster_send(caster, NULL, 7), MC_ERROR_NULL, "packet is NULL", "7 bytes");
  CHECK_ERROR(mc_multicaster_send_many(caster, NULL, 2), MC_ERROR_NULL, "packets is NULL");
  CHECK_ERROR(mc_multicaster_send_many(caster, bad, 3), MC_ERROR_NULL, "packet 2 of 3", "7 bytes");
  CHECK_ERROR(mc_multicaster_send_packed(caster, "a", NULL, 2), MC_ERROR_NULL, "sizes is NULL");
  CHECK_ERROR(mc_multicaster_send_packed(caster, NULL, sizes, 3), MC_ERROR_NULL, "packet 2 of 3",
              "7 bytes");
  CHECK_ERROR(mc_multicaster_stats(caster, NULL, sizeof stats), MC_ERROR_NULL, "stats is NULL");
  CHECK_OK(mc_multicaster_stats(caster, &stats, sizeof stats));
  CHECK_EQ(stats.sent, 0);
  CHECK_EQ(mc_multicaster_send_many(caster, NULL, 0), 0);
  CHECK_EQ(mc_multicaster_send_packed(caster, NULL, NULL, 0), 0);
  CHECK_EQ(mc_multicaster_send_packed(caster, NULL, sizes, 1), 1); /* an empty datagram */
  CHECK_OK(mc_multicaster_set_source(caster, NULL, &user, actor_end));
  CHECK_OK(mc_multicaster_set_error_handler(caster, NULL, NULL, NULL));
  CHECK_OK(mc_multicaster_set_event_handler(caster, NULL, NULL, NULL));
  CHECK_OK(mc_multicaster_set_handler(caster, NULL, &user, actor_end)); /* takes no user */
  CHECK_OK(mc_multicaster_set_filter(caster, NULL));
  mc_multicaster_free(caster);
  CHECK_EQ(user.calls + user.misuses, 0);
}

static void sending_without_a_handle_refuses_null(void) {
  const mc_buffer bad[2] = {{"a", 1}, {NULL, 9}};
  const uint32_t sizes[2] = {0, 9};
  CHECK_ERROR(mc_sendto(NULL, 5, check_group, kPort, 0), MC_ERROR_NULL, "packet is NULL",
              "5 bytes");
  CHECK_ERROR(mc_sendto_many(NULL, 2, check_group, kPort, 0), MC_ERROR_NULL, "packets is NULL");
  CHECK_ERROR(mc_sendto_many(bad, 2, check_group, kPort, 0), MC_ERROR_NULL, "packet 2 of 2",
              "9 bytes");
  CHECK_EQ(mc_sendto_many(NULL, 0, check_group, kPort, 0), 0);
  CHECK_ERROR(mc_sendto_packed("a", NULL, 2, check_group, kPort, 0), MC_ERROR_NULL,
              "sizes is NULL");
  CHECK_ERROR(mc_sendto_packed(NULL, sizes, 2, check_group, kPort, 0), MC_ERROR_NULL,
              "packet 2 of 2", "9 bytes");
  CHECK_EQ(mc_sendto_packed(NULL, NULL, 0, check_group, kPort, 0), 0);
  CHECK_EQ(mc_sendto_packed(NULL, sizes, 1, check_group, kPort, 0), 1);
  CHECK_OK(mc_sendto(NULL, 0, check_group, kPort, 0)); /* an empty datagram */
  CHECK_OK(mc_sendto("a", 1, NULL, kPort, 0));         /* the default group */
  CHECK_OK(mc_sendto("a", 1, "", kPort, 0));
}

static void filter_functions_refuse_null(void) {
  struct actor user = {.calls = 0};
  mc_filter* filter = (mc_filter*)&mark;
  CHECK_ERROR(mc_filter_callable(&filter, NULL, &user, actor_end), MC_ERROR_NULL, "fn is NULL");
  CHECK_ERROR(mc_filter_regex(&filter, NULL, 3), MC_ERROR_NULL, "pattern is NULL");
  CHECK_ERROR(mc_filter_prefix(&filter, NULL, 3), MC_ERROR_NULL, "data is NULL");
  CHECK_ERROR(mc_filter_bytes(&filter, 0, NULL, "abc", 3), MC_ERROR_NULL, "value is NULL");
  CHECK_ERROR(mc_filter_source(&filter, NULL), MC_ERROR_NULL, "network is NULL");
  CHECK_ERROR(mc_filter_all_of(&filter, NULL, 3), MC_ERROR_NULL, "parts is NULL");
  CHECK_ERROR(mc_filter_any_of(&filter, NULL, SIZE_MAX), MC_ERROR_NULL, "parts is NULL");
  CHECK_ERROR(mc_filter_not(&filter, NULL), MC_ERROR_NULL, "part is NULL");
  CHECK_ERROR(mc_filter_describe(NULL, NULL, 0), MC_ERROR_NULL, "filter is NULL");
  CHECK_ERROR(mc_filter_regex_costly(&filter, NULL, 3), MC_ERROR_NULL, "pattern is NULL");
  CHECK(filter == (mc_filter*)&mark);
  CHECK_ERROR(mc_filter_matches(NULL, "a", 1, NULL), MC_ERROR_NULL, "filter is NULL");
  REQUIRE_OK(mc_filter_regex(&filter, NULL, 0)); /* the empty expression matches everything */
  CHECK_EQ(mc_filter_matches(filter, NULL, 0, NULL), 1);
  CHECK_ERROR(mc_filter_matches(filter, NULL, 5, NULL), MC_ERROR_NULL, "data is NULL");
  CHECK_ERROR(mc_filter_describe(filter, NULL, 4), MC_ERROR_NULL, "text is NULL");
  mc_filter_free(filter);
  CHECK_EQ(user.destroyed, 0);
}

/* The others of this file look at their sentences; this one, that none was forgotten. */
static void every_function_refuses_null(void) {
  struct handles none = {.poller = NULL};
  for (size_t i = 0; i < every_call_count; ++i) {
    if (every_call[i].kind == kConstructor) continue; /* NULL is the default poller */
    check_note(every_call[i].name);
    CHECK_ERROR(every_call[i].call(&none), MC_ERROR_NULL, " is NULL");
  }
  CHECK_EQ(none.refused.calls + none.refused.destroyed, 0);
}

static void poller_functions_refuse_null(void) {
  struct actor user = {.calls = 0};
  mc_stats stats;
  const char* const text = "poller is NULL";
  const char* const advice = "mc_default_poller()";
  CHECK_ERROR(mc_poller_register(NULL, 0, 0, actor_read, NULL, &user, actor_end), MC_ERROR_NULL,
              text, advice);
  CHECK_ERROR(mc_poller_watch(NULL, 0, 0), MC_ERROR_NULL, text, advice);
  CHECK_ERROR(mc_poller_unregister(NULL, 0), MC_ERROR_NULL, text, advice);
  CHECK_ERROR(mc_poller_poll(NULL, 0), MC_ERROR_NULL, text, advice);
  CHECK_ERROR(mc_poller_loop(NULL, 0, 0), MC_ERROR_NULL, text, advice);
  CHECK_ERROR(mc_poller_stop(NULL), MC_ERROR_NULL, text, advice);
  CHECK_ERROR(mc_poller_wake(NULL), MC_ERROR_NULL, text, advice);
  CHECK_ERROR(mc_poller_set_wait(NULL, MC_WAIT_BLOCK, 0), MC_ERROR_NULL, text, advice);
  CHECK_ERROR(mc_poller_is_polling(NULL), MC_ERROR_NULL, text, advice);
  CHECK_ERROR(mc_poller_fd(NULL), MC_ERROR_NULL, text, advice);
  CHECK_ERROR(mc_poller_stats(NULL, &stats, sizeof stats), MC_ERROR_NULL, text, advice);
  CHECK_ERROR(mc_poller_stats(mc_default_poller(), NULL, sizeof stats), MC_ERROR_NULL,
              "stats is NULL");
  CHECK_EQ(user.destroyed, 0);
}

static void without_a_poller_it_is_the_default_poller(void) {
  struct actor user = {.calls = 0};
  mc_stats stats;
  mc_multicaster* caster = NULL;
  mc_poller* own = mc_default_poller();
  REQUIRE(own != NULL);
  CHECK(mc_default_poller() == own);
  mc_listener* listener = actor_listen(NULL, check_group, kPort, &user);
  REQUIRE_OK(mc_multicaster_new(&caster, NULL, check_group, kPort, 0));
  CHECK_OK(mc_poller_stats(own, &stats, sizeof stats));
  CHECK_EQ(stats.channels, 1);
  CHECK_EQ(mc_poller_is_polling(own), 1);
  CHECK_OK(mc_poller_wake(own));
  CHECK_EQ(mc_poll(-1), 0);
  CHECK_OK(mc_poller_stop(own));
  CHECK_EQ(mc_loop(-1, 0), MC_STOPPED);
  CHECK_ERROR(mc_unregister(77), MC_ERROR_NOT_REGISTERED, "77");
  mc_poller_free(own);
  CHECK_EQ(mc_listener_is_open(listener) + mc_multicaster_is_open(caster), 0);
  mc_listener_free(listener);
  mc_multicaster_free(caster);
}

static void a_registration_needs_a_handler(void) {
  struct actor user = {.calls = 0};
  CHECK_ERROR(mc_poller_register(mc_default_poller(), 0, 0, NULL, NULL, &user, actor_end),
              MC_ERROR_NULL, "on_read and on_write are both NULL", "give one");
  CHECK_ERROR(mc_register(0, 0, NULL, NULL, &user, actor_end), MC_ERROR_NULL,
              "on_read and on_write are both NULL", "give one");
  CHECK_EQ(mc_poller_is_polling(mc_default_poller()), 0);
  CHECK_EQ(user.destroyed, 0);
}

static void addresses_are_formatted_into_any_space(void) {
  const mc_address v4 = {.family = MC_IPV4, .port = 4242, .bytes = {239, 1, 2, 3}};
  const mc_address v6 = {.family = MC_IPV6, .port = 1, .bytes = {0xfe, 0x80, [15] = 1}, .scope = 2};
  char text[MC_ADDRESS_TEXT_SIZE] = "untouched";
  CHECK_ERROR(mc_address_format(NULL, text, sizeof text), MC_ERROR_NULL, "address is NULL");
  CHECK_ERROR(mc_address_format(&v4, NULL, 4), MC_ERROR_NULL, "text is NULL");
  CHECK(strcmp(text, "untouched") == 0);
  CHECK_EQ(mc_address_format(&v4, NULL, 0), 14);
  CHECK_EQ(mc_address_format(&v4, text, sizeof text), 14);
  CHECK(strcmp(text, "239.1.2.3:4242") == 0);
  CHECK_EQ(mc_address_format(&v4, text, 6), 14);
  CHECK(strcmp(text, "239.1") == 0);
  CHECK_EQ(mc_address_format(&v4, text, 1), 14);
  CHECK(strcmp(text, "") == 0);
  CHECK_OK(mc_address_format(&v6, text, sizeof text));
  CHECK(strcmp(text, "[fe80::1%2]:1") == 0);
}

static const struct check_test tests[] = {
    {"A new thread has no error, and successes leave the last one", a_new_thread_has_no_error, 0},
    {"Constructors want somewhere to put the handle", constructors_want_somewhere_to_put_the_handle,
     0},
    {"Freeing NULL does nothing", freeing_null_does_nothing, 0},
    {"Listener functions refuse NULL", listener_functions_refuse_null, 0},
    {"A handler that is refused leaves the old one in place",
     a_handler_refused_leaves_the_old_one_in_place, 0},
    {"Multicaster functions refuse NULL", multicaster_functions_refuse_null, 0},
    {"Sending without a handle refuses NULL packets", sending_without_a_handle_refuses_null, 0},
    {"Filter functions refuse NULL", filter_functions_refuse_null, 0},
    {"Every function that is given a handle refuses NULL", every_function_refuses_null, 0},
    {"Poller functions refuse NULL", poller_functions_refuse_null, 0},
    {"Without a poller it is the default poller", without_a_poller_it_is_the_default_poller,
     kBothFamilies},
    {"A registration needs a handler", a_registration_needs_a_handler, 0},
    {"Addresses are formatted into any space", addresses_are_formatted_into_any_space, 0},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
