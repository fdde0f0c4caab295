/* Random calls about filters. */
#include <string.h>

#include "acts.h"
#include "callbacks.h"
#include "report.h"
#include "values.h"

static void keep_filter(int outcome, mc_filter* filter, struct record* record) {
  if (outcome < 0) {
    REQUIRE(filter == UNTOUCHED, "a filter was not made, and *out was touched");
    return;
  }
  REQUIRE(filter != UNTOUCHED && filter != NULL, "a filter was made of nothing");
  struct thing* const thing = make_thing(kFilter, filter, NULL);
  if (record != NULL) record->of = thing;
  keep(thing);
}

void act_mc_filter_callable(void) {
  mc_filter* filter = UNTOUCHED;
  if (free_place(kFilter) == NULL) {
    act_mc_filter_free();
    return;
  }
  struct record* const record = make_record(kFilterRole, NULL);
  const int without = one_in(40);
  const int outcome = CALL(mc_filter_callable, NULL, one_in(40) ? NULL : &filter,
                           without ? NULL : on_filter, record, on_end);
  settle_record(record, outcome);
  keep_filter(outcome, filter, record);
}

/* Some pattern, in `bytes` or elsewhere; NULL now and then. */
static const char* any_pattern(char bytes[24], size_t* size) {
  static const char* const patterns[] = {
      "",
      ".",
      "\\x00",
      "[\\x00-\\x7f]",
      "(?s).*",
      "(?s).{8}",
      "\\x05\\x06",
      "(",
      "[",
      "a{2000}",
      "((a{100}){100}){100}",
      "\\p{Greek}",
      "(?P<n>a)",
      "*",
      "(?s).*\\x05.{9}\\x06",
      "(?s).*[\\x00-\\x40].{600}",
  };
  const char* pattern = patterns[below(sizeof patterns / sizeof *patterns)];
  *size = strlen(pattern);
  if (one_in(6)) {
    *size = below(24);
    for (size_t i = 0; i < *size; ++i) bytes[i] = (char)any();
    pattern = bytes;
  }
  return one_in(40) ? NULL : pattern;
}

/* Makes a filter; `out` is sometimes NULL. */
#define MAKE(function, ...)                                                             \
  do {                                                                                  \
    mc_filter* filter = UNTOUCHED;                                                      \
    if (free_place(kFilter) == NULL) {                                                  \
      act_mc_filter_free();                                                             \
      return;                                                                           \
    }                                                                                   \
    const int outcome = CALL(function, NULL, one_in(40) ? NULL : &filter, __VA_ARGS__); \
    keep_filter(outcome, filter, NULL);                                                 \
  } while (0)

void act_mc_filter_regex(void) {
  char bytes[24];
  size_t size = 0;
  const char* const pattern = any_pattern(bytes, &size);
  MAKE(mc_filter_regex, pattern, size);
}

void act_mc_filter_regex_costly(void) {
  char bytes[24];
  size_t size = 0;
  const char* const pattern = any_pattern(bytes, &size);
  MAKE(mc_filter_regex_costly, pattern, size);
}

void act_mc_filter_everything(void) {
  mc_filter* filter = UNTOUCHED;
  if (free_place(kFilter) == NULL) {
    act_mc_filter_free();
    return;
  }
  const int outcome = CALL(mc_filter_everything, NULL, one_in(40) ? NULL : &filter);
  keep_filter(outcome, filter, NULL);
}

/* Often what the packets begin with. */
static mc_buffer any_literal(void) {
  mc_buffer bytes = any_bytes();
  if (bytes.size > 3 && bytes.size <= MC_MAX_PACKET && !one_in(20)) bytes.size = below(4);
  return bytes;
}

void act_mc_filter_prefix(void) {
  const mc_buffer bytes = any_literal();
  MAKE(mc_filter_prefix, bytes.data, bytes.size);
}

static size_t any_size(void) {
  static const size_t sizes[] = {0, 0, 1, 2, 8, 64, 1400, 65507, 65508, SIZE_MAX, SIZE_MAX - 1};
  return sizes[below(sizeof sizes / sizeof *sizes)];
}

void act_mc_filter_bytes(void) {
  static const uint8_t zeros[4] = {0};
  const mc_buffer bytes = any_literal();
  const uint8_t* const mask = bytes.size <= 3 && one_in(3) ? zeros : bytes.data;
  MAKE(mc_filter_bytes, one_in(3) ? any_size() : below(8), bytes.data, one_in(2) ? NULL : mask,
       bytes.size);
}

void act_mc_filter_size(void) {
  MAKE(mc_filter_size, any_size(), any_size());
}

void act_mc_filter_source(void) {
  static const char* const networks[] = {
      "127.0.0.0/8",
      "127.0.0.1",
      "::1",
      "::1/128",
      "0.0.0.0/0",
      "::/0",
      "10.77.0.0/16",
      "fd77::/16",
      "fe80::/10",
      "10.77.0.1/8",
      "127.0.0.1/33",
      "::1/129",
      "127.0.0.1/",
      "/8",
      "",
      "fe80::1%lo",
      "::ffff:127.0.0.1/96",
      "127.0.0.1/-1",
  };
  const char* const network = networks[below(sizeof networks / sizeof *networks)];
  MAKE(mc_filter_source, one_in(40) ? NULL : network);
}

void act_mc_filter_source_port(void) {
  MAKE(mc_filter_source_port, one_in(2) ? 0 : (uint16_t)any(), one_in(2) ? 65535 : (uint16_t)any());
}

enum { kParts = 5 };

/* Filters of this caller, some of them twice, rarely NULL. */
static size_t any_parts(const mc_filter** parts) {
  const size_t count = below(kParts + 1);
  for (size_t i = 0; i < count; ++i) {
    const struct thing* const thing = pick(kFilter);
    parts[i] = thing != NULL ? thing->handle : NULL;
  }
  return count;
}

void act_mc_filter_all_of(void) {
  const mc_filter* parts[kParts];
  const size_t count = any_parts(parts);
  MAKE(mc_filter_all_of, one_in(40) ? NULL : parts, one_in(100) ? SIZE_MAX : count);
}

void act_mc_filter_any_of(void) {
  const mc_filter* parts[kParts];
  const size_t count = any_parts(parts);
  MAKE(mc_filter_any_of, one_in(40) ? NULL : parts, one_in(100) ? SIZE_MAX : count);
}

void act_mc_filter_not(void) {
  struct thing* const thing = pick(kFilter);
  MAKE(mc_filter_not, thing != NULL ? thing->handle : NULL);
}

void act_mc_filter_describe(void) {
  enum { kRoom = 200 };
  char text[kRoom + 1];
  struct thing* const thing = pick(kFilter);
  const size_t size = below(kRoom + 1);
  if (thing == NULL) return;
  memset(text, '#', sizeof text);
  const int outcome =
      CALL(mc_filter_describe, thing, thing->handle, one_in(40) ? NULL : text, size);
  REQUIRE(text[size] == '#', "a filter was described beyond the space for it");
  REQUIRE(outcome < 0 || size == 0 ||
              strlen(text) == ((size_t)outcome < size ? (size_t)outcome : size - 1),
          "a filter of %d characters was cut to %zu", outcome, strlen(text));
}

void act_mc_filter_matches(void) {
  struct thing* const thing = pick(kFilter);
  mc_buffer bytes = any_bytes();
  const mc_address source = any_host();
  if (thing == NULL) return;
  if (bytes.size > MC_MAX_PACKET) bytes.size = 40;
  const int outcome = CALL(mc_filter_matches, thing, thing->handle, bytes.data, bytes.size,
                           one_in(2) ? NULL : &source);
  REQUIRE(outcome <= 1, "mc_filter_matches gave %d", outcome);
}

void act_mc_filter_free(void) {
  struct thing* const thing = pick(kFilter);
  if (thing == NULL) return;
  mc_filter* const handle = thing->handle;
  drop(me->reach, thing);
  thing->handle = NULL;
  CALL_VOID(mc_filter_free, NULL, handle);
}
