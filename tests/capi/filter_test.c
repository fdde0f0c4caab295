/* Filters of every kind and their combinations: bad input, text, and lives among listeners. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor.h"
#include "check.h"

enum { kPort = 4352 };

/* Gives the handle of what a call made; NULL, and a failed check, when it made nothing. */
static mc_filter* made(int outcome, mc_filter** filter) {
  return CHECK_OK(outcome) ? *filter : NULL;
}
#define MADE(function, ...) made(function(&made_here, __VA_ARGS__), &made_here)
static _Thread_local mc_filter* made_here;

static mc_filter* everything(void) {
  return made(mc_filter_everything(&made_here), &made_here);
}

static int accepts(const mc_filter* filter, const char* text) {
  return mc_filter_matches(filter, text, strlen(text), NULL);
}
static int accepts_from(const mc_filter* filter, const char* source) {
  mc_address address;
  CHECK_OK(mc_address_parse(&address, source));
  return mc_filter_matches(filter, "x", 1, &address);
}

static void check_text(const mc_filter* filter, const char* expected) {
  char text[300];
  CHECK_EQ(mc_filter_describe(filter, text, sizeof text), strlen(expected));
  CHECK_CONTAINS(text, expected);
}

/* ---- Kinds ---------------------------------------------------------------------------------- */

static void each_kind_accepts_what_it_says(void) {
  mc_filter* every = everything();
  mc_filter* begin = MADE(mc_filter_prefix, "ab\0", 3);
  mc_filter* inside = MADE(mc_filter_bytes, 1, "b\xff", "\xff\x0f", 2);
  mc_filter* size = MADE(mc_filter_size, 2, 3);
  mc_filter* network = MADE(mc_filter_source, "10.0.0.0/8");
  mc_filter* link = MADE(mc_filter_source, "fe80::/10");
  mc_filter* port = MADE(mc_filter_source_port, 53, 54);
  CHECK_EQ(accepts(every, "") + accepts(every, "a"), 2);
  CHECK_EQ(mc_filter_matches(begin, "ab\0c", 4, NULL), 1);
  CHECK_EQ(mc_filter_matches(begin, "ab", 2, NULL), 0);
  CHECK_EQ(accepts(inside, "ab\x1f") + accepts(inside, "ab\x2f!"), 2);
  CHECK_EQ(accepts(inside, "ab\x1e") + accepts(inside, "ab") + accepts(inside, ""), 0);
  CHECK_EQ(accepts(size, "ab") + accepts(size, "abc"), 2);
  CHECK_EQ(accepts(size, "a") + accepts(size, "abcd"), 0);
  CHECK_EQ(accepts_from(network, "10.255.0.1:9") + accepts_from(link, "fe80::1%lo"), 2);
  CHECK_EQ(accepts_from(network, "11.0.0.1:9") + accepts_from(link, "10.0.0.1"), 0);
  CHECK_EQ(accepts_from(port, "10.0.0.1:53") + accepts_from(port, "[fd00::1]:54"), 2);
  CHECK_EQ(accepts_from(port, "10.0.0.1:52") + accepts_from(port, "[fd00::1]:55"), 0);
  CHECK_EQ(accepts(network, "x") + accepts(port, "x"), 0); /* from nowhere */
  check_text(every, "everything");
  check_text(begin, "prefix \"ab\\x00\"");
  check_text(inside, "bytes 620f at 1 under ff0f");
  check_text(size, "size 2 to 3");
  check_text(network, "source 10.0.0.0/8");
  check_text(port, "source port 53 to 54");
  mc_filter* all[] = {every, begin, inside, size, network, link, port};
  for (size_t i = 0; i < COUNT_OF(all); ++i) mc_filter_free(all[i]);
}

static void what_a_filter_is_made_of_is_copied(void) {
  char begin[] = "ab";
  char value[] = "xy";
  char mask[] = "\xff\xff";
  mc_filter* prefix = MADE(mc_filter_prefix, begin, 2);
  mc_filter* bytes = MADE(mc_filter_bytes, 0, value, mask, 2);
  memset(begin, '?', 2);
  memset(value, '?', 2);
  memset(mask, 0, 2);
  CHECK_EQ(accepts(prefix, "abc"), 1);
  CHECK_EQ(accepts(bytes, "xyz") - accepts(bytes, "xxz"), 1);
  mc_filter_free(prefix);
  mc_filter_free(bytes);
}

static void nothing_at_all_is_legal_where_nothing_is_asked(void) {
  mc_filter* prefix = MADE(mc_filter_prefix, NULL, 0);
  mc_filter* bytes = MADE(mc_filter_bytes, 3, NULL, NULL, 0);
  mc_filter* masked = MADE(mc_filter_bytes, 3, NULL, "\xff", 0);
  mc_filter* all = MADE(mc_filter_all_of, NULL, 0);
  mc_filter* any = MADE(mc_filter_any_of, NULL, 0);
  CHECK_EQ(mc_filter_matches(prefix, NULL, 0, NULL) + mc_filter_matches(all, NULL, 0, NULL), 2);
  CHECK_EQ(mc_filter_matches(any, NULL, 0, NULL) + mc_filter_matches(bytes, NULL, 0, NULL), 0);
  CHECK_EQ(accepts(bytes, "abc") + accepts(masked, "abc"), 2);
  CHECK_EQ(accepts(bytes, "ab") + accepts(masked, "ab"), 0);
  mc_filter* nots = MADE(mc_filter_not, all);
  CHECK_EQ(accepts(nots, "a") + accepts(nots, ""), 0);
  check_text(nots, "not all of ()");
  mc_filter* each[] = {prefix, bytes, masked, all, any, nots};
  for (size_t i = 0; i < COUNT_OF(each); ++i) mc_filter_free(each[i]);
}

static void bad_values_are_refused_and_nothing_is_handed_out(void) {
  static const struct {
    const char* network;
    const char* words;
  } bad[] = {
      {"", "\"\" is not an IPv4 or IPv6 address"},
      {"10.0.0.0/33", "\"10.0.0.0/33\" is no network"},
      {"fe80::/129", "0 to 128"},
      {"10.0.0.0/", "\"10.0.0.0/\" is no network"},
      {"10.1.2.3/8", "10.0.0.0/8"},
      {"fe80::1%lo", "scope"},
      {"::ffff:10.0.0.1", "IPv4"},
      {"eth0", "\"eth0\""},
  };
  char mark = 0;
  mc_filter* filter = (mc_filter*)&mark;
  for (size_t i = 0; i < COUNT_OF(bad); ++i)
    CHECK_ERROR(mc_filter_source(&filter, bad[i].network), MC_ERROR_ADDRESS, bad[i].words);
  CHECK_ERROR(mc_filter_prefix(&filter, "a", MC_MAX_PACKET + 1), MC_ERROR_SIZE, "65508", "65507");
  CHECK_ERROR(mc_filter_prefix(&filter, "a", SIZE_MAX), MC_ERROR_SIZE, "longer than any packet");
  CHECK_ERROR(mc_filter_bytes(&filter, SIZE_MAX, "a", NULL, 1), MC_ERROR_SIZE, "beyond");
  CHECK_ERROR(mc_filter_bytes(&filter, SIZE_MAX - 1, "ab", "ab", 2), MC_ERROR_SIZE, "beyond");
  CHECK_ERROR(mc_filter_bytes(&filter, 2, "ab", NULL, SIZE_MAX), MC_ERROR_SIZE, "beyond");
  CHECK_ERROR(mc_filter_bytes(&filter, MC_MAX_PACKET, "a", NULL, 1), MC_ERROR_SIZE, "at 65507");
  CHECK_ERROR(mc_filter_size(&filter, 3, 2), MC_ERROR_SIZE, "3 to 2");
  CHECK_ERROR(mc_filter_size(&filter, MC_MAX_PACKET + 1, SIZE_MAX), MC_ERROR_SIZE, "65508");
  CHECK_ERROR(mc_filter_source_port(&filter, 2, 1), MC_ERROR_PORT, "2 to 1");
  CHECK(filter == (mc_filter*)&mark);
}

/* ---- Combinations --------------------------------------------------------------------------- */

static void a_part_that_is_null_is_named(void) {
  char mark = 0;
  mc_filter* filter = (mc_filter*)&mark;
  mc_filter* one = everything();
  const mc_filter* parts[] = {one, one, NULL, one, NULL};
  CHECK_ERROR(mc_filter_all_of(&filter, parts, 5), MC_ERROR_NULL, "parts[2]", "of 5");
  CHECK_ERROR(mc_filter_any_of(&filter, parts, 3), MC_ERROR_NULL, "parts[2]");
  CHECK_ERROR(mc_filter_all_of(&filter, parts, SIZE_MAX), MC_ERROR_FILTER, "65536"); /* not read */
  CHECK_ERROR(mc_filter_any_of(&filter, parts, 65536), MC_ERROR_FILTER, "65536");
  CHECK(filter == (mc_filter*)&mark);
  mc_filter_free(one);
}

static void the_limits_hold(void) {
  char mark = 0;
  mc_filter* refused = (mc_filter*)&mark;
  mc_filter* filter = MADE(mc_filter_prefix, "a", 1);
  for (int depth = 2; depth <= 32; ++depth) {
    mc_filter* outer = MADE(mc_filter_not, filter);
    mc_filter_free(filter);
    filter = outer;
  }
  CHECK_EQ(accepts(filter, "a") - accepts(filter, "b"), -1); /* 31 times not */
  CHECK_ERROR(mc_filter_not(&refused, filter), MC_ERROR_FILTER, "33 deep", "32");
  mc_filter_free(filter);
  filter = MADE(mc_filter_prefix, "a", 1);
  for (int i = 1; i < 16; ++i) {
    const mc_filter* twice[] = {filter, filter};
    mc_filter* outer = MADE(mc_filter_all_of, twice, 2);
    mc_filter_free(filter);
    filter = outer;
  }
  const mc_filter* twice[] = {filter, filter};
  CHECK_EQ(accepts(filter, "a") - accepts(filter, "b"), 1);
  CHECK_ERROR(mc_filter_any_of(&refused, twice, 2), MC_ERROR_FILTER, "more than 65536");
  CHECK_EQ(mc_filter_describe(filter, NULL, 0) > 300000, 1);
  mc_filter_free(filter);
  mc_filter* callables[65];
  struct actor user = {.verdict = 1};
  for (int i = 0; i < 65; ++i)
    callables[i] = MADE(mc_filter_callable, actor_filter, &user, actor_end);
  CHECK_ERROR(mc_filter_all_of(&refused, (const mc_filter* const*)callables, 65), MC_ERROR_FILTER,
              "64 different callables");
  filter = MADE(mc_filter_all_of, (const mc_filter* const*)callables, 64);
  for (int i = 0; i < 65; ++i) mc_filter_free(callables[i]);
  CHECK_EQ(accepts(filter, "a"), 1);
  CHECK_EQ(user.calls, 64);
  CHECK_EQ(user.destroyed, 1);
  mc_filter_free(filter);
  CHECK_EQ(user.destroyed, 65);
  CHECK(refused == (mc_filter*)&mark);
}

static void a_callable_is_asked_last_and_once(void) {
  struct actor user = {.verdict = 1};
  mc_filter* call = MADE(mc_filter_callable, actor_filter, &user, actor_end);
  mc_filter* begin = MADE(mc_filter_regex, "a+", 2);
  mc_filter* no = MADE(mc_filter_not, call);
  const mc_filter* wanted[] = {call, call, begin};
  const mc_filter* either[] = {no, call};
  mc_filter* all = MADE(mc_filter_all_of, wanted, 3);
  mc_filter* any = MADE(mc_filter_any_of, either, 2);
  const mc_filter* whole[] = {any, all, no};
  mc_filter* both = MADE(mc_filter_any_of, whole, 3);
  mc_filter_free(call); /* the combinations hold it */
  mc_filter_free(begin);
  mc_filter_free(no);
  CHECK_EQ(accepts(all, "b"), 0);
  CHECK_EQ(user.calls, 0);
  CHECK_EQ(accepts(all, "a"), 1);
  CHECK_EQ(user.calls, 1);
  CHECK_EQ(accepts(both, "b"), 1);
  CHECK_EQ(user.calls, 2);
  user.verdict = 0;
  CHECK_EQ(accepts(both, "b"), 1); /* by `no` */
  CHECK_EQ(user.calls, 3);
  mc_filter_free(all);
  mc_filter_free(any);
  CHECK_EQ(user.destroyed, 0);
  mc_filter_free(both);
  CHECK_EQ(user.destroyed, 1);
  CHECK_EQ(user.misuses, 0);
}

static void frees_it(struct actor* self) {
  mc_filter** handle = self->a;
  mc_filter_free(*handle);
  *handle = NULL;
}

static void a_part_may_free_the_combination_that_asks_it(void) {
  struct actor first = {.act = frees_it, .verdict = 1};
  struct actor second = {.verdict = 1};
  mc_filter* parts[] = {MADE(mc_filter_callable, actor_filter, &first, actor_end),
                        MADE(mc_filter_callable, actor_filter, &second, actor_end)};
  mc_filter* all = MADE(mc_filter_all_of, (const mc_filter* const*)parts, 2);
  mc_filter_free(parts[0]);
  mc_filter_free(parts[1]);
  first.a = &all;
  CHECK_EQ(accepts(all, "a"), 1);
  CHECK(all == NULL);
  CHECK_EQ(first.calls + second.calls, 2);
  CHECK_EQ(first.destroyed + second.destroyed, 2);
  CHECK_EQ(first.misuses + second.misuses, 0);
}

/* ---- As text -------------------------------------------------------------------------------- */

static void a_text_is_cut_to_its_space(void) {
  static const char* const whole = "all of (size 8 to 1400, prefix \"NOTIFY\")";
  char text[60];
  mc_filter* parts[] = {MADE(mc_filter_prefix, "NOTIFY", 6), MADE(mc_filter_size, 8, 1400)};
  mc_filter* filter = MADE(mc_filter_all_of, (const mc_filter* const*)parts, 2);
  const int length = (int)strlen(whole);
  CHECK_EQ(mc_filter_describe(filter, NULL, 0), length);
  for (size_t size = 0; size < sizeof text; ++size) {
    memset(text, '#', sizeof text);
    CHECK_EQ(mc_filter_describe(filter, text, size), length);
    const size_t shown = size == 0 ? 0 : size - 1 < strlen(whole) ? size - 1 : strlen(whole);
    CHECK(memcmp(text, whole, shown) == 0);
    if (size > 0) CHECK_EQ(text[shown], '\0');
    CHECK_EQ(text[size], '#');
  }
  mc_filter_free(filter);
  for (size_t i = 0; i < COUNT_OF(parts); ++i) mc_filter_free(parts[i]);
}

/* ---- With listeners ------------------------------------------------------------------------- */

static void set_and_free(mc_listener* listener, mc_filter* filter) {
  CHECK_OK(mc_listener_set_filter(listener, filter));
  mc_filter_free(filter); /* the listener keeps it */
}

static void a_listener_keeps_what_was_freed(void) {
  struct actor user = {.calls = 0};
  struct actor part = {.verdict = 1};
  mc_listener* listener = actor_listen(NULL, check_group, kPort, &user);
  mc_filter* own = MADE(mc_filter_source, check_is_ipv6 ? "::/0" : "0.0.0.0/0");
  mc_filter* parts[] = {MADE(mc_filter_prefix, "1", 1), own,
                        MADE(mc_filter_callable, actor_filter, &part, actor_end)};
  mc_filter* all = MADE(mc_filter_all_of, (const mc_filter* const*)parts, 3);
  for (size_t i = 0; i < COUNT_OF(parts); ++i) mc_filter_free(parts[i]);
  set_and_free(listener, all);
  send_numbered(check_group, kPort, 3);
  poll_out(NULL);
  CHECK_EQ(user.calls, 1);
  CHECK_EQ(part.calls, 1);
  CHECK_EQ(part.destroyed, 0);
  mc_stats stats;
  CHECK_OK(mc_listener_stats(listener, &stats, sizeof stats));
  CHECK_EQ(stats.filtered, 2);
  mc_listener_free(listener);
  CHECK_EQ(part.destroyed, 1);
}

/* A listener whose handler gives it the next filter: of the packets "0" to "9" it wants "3", then
 * "5", then all. */
struct chain {
  mc_listener* listener;
  char heard[16];
  int calls;
};

static int on_next(const mc_packet* packet, void* user) {
  struct chain* chain = user;
  chain->heard[chain->calls++] = (char)packet->data[0];
  if (chain->calls == 1) set_and_free(chain->listener, MADE(mc_filter_prefix, "5", 1));
  if (chain->calls == 2) CHECK_OK(mc_listener_set_filter(chain->listener, NULL));
  return 0;
}

static void a_filter_is_replaced_inside_the_listeners_own_handler(void) {
  struct chain chain = {.calls = 0};
  check_stay_on_one_processor();
  REQUIRE_OK(mc_listener_new(&chain.listener, NULL));
  CHECK_OK(mc_listener_add(chain.listener, check_group, kPort));
  CHECK_OK(mc_listener_set_handler(chain.listener, on_next, &chain, NULL));
  set_and_free(chain.listener, MADE(mc_filter_prefix, "3", 1));
  CHECK_OK(mc_listener_open(chain.listener));
  send_numbered(check_group, kPort, 10);
  poll_out(NULL);
  CHECK(strcmp(chain.heard, "356789") == 0);
  mc_stats stats;
  CHECK_OK(mc_listener_stats(chain.listener, &stats, sizeof stats));
  CHECK_EQ(stats.filtered, 4);
  mc_listener_free(chain.listener);
}

static void replaces_it(struct actor* self) {
  if (self->calls == 1) set_and_free(self->a, MADE(mc_filter_prefix, "7", 1));
}

static void a_filter_is_replaced_by_a_part_of_itself(void) {
  struct actor user = {.calls = 0};
  struct actor part = {.act = replaces_it, .verdict = 1};
  check_stay_on_one_processor();
  mc_listener* listener = actor_listen(NULL, check_group, kPort, &user);
  mc_filter* call = MADE(mc_filter_callable, actor_filter, &part, actor_end);
  mc_filter* no = MADE(mc_filter_not, call);
  const mc_filter* parts[] = {no, call};
  part.a = listener;
  set_and_free(listener, MADE(mc_filter_any_of, parts, 2));
  mc_filter_free(call);
  mc_filter_free(no);
  send_numbered(check_group, kPort, 10);
  poll_out(NULL);
  CHECK_EQ(user.calls, 2); /* "0", that it was asked about, and "7" */
  CHECK_EQ(part.calls, 1);
  CHECK_EQ(part.destroyed, 1);
  CHECK_EQ(part.misuses, 0);
  mc_listener_free(listener);
}

static const struct check_test tests[] = {
    {"Each kind accepts what it says", each_kind_accepts_what_it_says, 0},
    {"What a filter is made of is copied", what_a_filter_is_made_of_is_copied, 0},
    {"Nothing at all is legal where nothing is asked",
     nothing_at_all_is_legal_where_nothing_is_asked, 0},
    {"Bad values are refused, and nothing is handed out",
     bad_values_are_refused_and_nothing_is_handed_out, 0},
    {"A part that is NULL is named", a_part_that_is_null_is_named, 0},
    {"The limits hold", the_limits_hold, 0},
    {"A callable is asked last, and once", a_callable_is_asked_last_and_once, 0},
    {"A part may free the combination that asks it", a_part_may_free_the_combination_that_asks_it,
     0},
    {"A text is cut to its space", a_text_is_cut_to_its_space, 0},
    {"A listener keeps what was freed", a_listener_keeps_what_was_freed, kBothFamilies},
    {"A filter is replaced inside the listener's own handler",
     a_filter_is_replaced_inside_the_listeners_own_handler, kBothFamilies},
    {"A filter is replaced by a part of itself", a_filter_is_replaced_by_a_part_of_itself, 0},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
