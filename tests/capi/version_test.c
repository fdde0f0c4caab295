/* The library's version, and words for its codes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "check.h"

static void the_version_is_that_of_the_header(void) {
  char text[32];
  snprintf(text, sizeof text, "%d.%d.%d", MC_VERSION_MAJOR, MC_VERSION_MINOR, MC_VERSION_PATCH);
  CHECK(strcmp(mc_version(), text) == 0);
  CHECK_EQ(mc_version_number(), MC_VERSION_NUMBER);
  CHECK_EQ(mc_version_number(),
           MC_VERSION_MAJOR * 1000000 + MC_VERSION_MINOR * 1000 + MC_VERSION_PATCH);
}

#define NAMED(code) \
  { code, #code }
static const struct {
  int code;
  const char* name;
} codes[] = {
    NAMED(MC_ERROR_NULL),          NAMED(MC_ERROR_ADDRESS),
    NAMED(MC_ERROR_NOT_MULTICAST), NAMED(MC_ERROR_FAMILY),
    NAMED(MC_ERROR_SCOPE),         NAMED(MC_ERROR_PORT),
    NAMED(MC_ERROR_MTU),           NAMED(MC_ERROR_TTL),
    NAMED(MC_ERROR_INTERFACE),     NAMED(MC_ERROR_NO_INTERFACE),
    NAMED(MC_ERROR_PATTERN),       NAMED(MC_ERROR_PACKET_TOO_LARGE),
    NAMED(MC_ERROR_CLOSED),        NAMED(MC_ERROR_OPEN),
    NAMED(MC_ERROR_REGISTERED),    NAMED(MC_ERROR_NOT_REGISTERED),
    NAMED(MC_ERROR_BUSY),          NAMED(MC_ERROR_TIME),
    NAMED(MC_ERROR_FLAGS),         NAMED(MC_ERROR_NO_HANDLER),
    NAMED(MC_ERROR_NO_GROUP),      NAMED(MC_ERROR_SIZE),
    NAMED(MC_ERROR_DESCRIPTOR),    NAMED(MC_ERROR_INTERNAL),
    NAMED(MC_ERROR_THREAD),        NAMED(MC_ERROR_FORKED),
    NAMED(MC_ERROR_INTERRUPTED),   NAMED(MC_ERROR_HANDLER),
    NAMED(MC_ERROR_FILTER),        NAMED(MC_ERROR_COSTLY),
    NAMED(MC_ERROR_SOURCES),       NAMED(MC_ERROR_DSCP),
};

static void every_code_has_its_name_and_words_of_its_own(void) {
  for (size_t i = 0; i < COUNT_OF(codes); ++i) {
    check_note(codes[i].name);
    CHECK_EQ(codes[i].code, -5001 - (int)i); /* fixed for ever */
    CHECK(strcmp(mc_error_name(codes[i].code), codes[i].name) == 0);
    CHECK(strlen(mc_strerror(codes[i].code)) > 8);
    CHECK(strstr(mc_strerror(codes[i].code), "unknown code") == NULL);
    for (size_t other = 0; other < i; ++other) {
      CHECK(strcmp(mc_strerror(codes[i].code), mc_strerror(codes[other].code)) != 0);
    }
  }
}

static void other_codes_are_the_systems_or_unknown(void) {
  CHECK(strcmp(mc_error_name(-ENODEV), "ENODEV") == 0);
  CHECK(strcmp(mc_strerror(-ENODEV), strerror(ENODEV)) == 0);
  static const int unknown[] = {-5000, MC_ERROR_DSCP - 1, -4095, -2147483647 - 1};
  for (size_t i = 0; i < COUNT_OF(unknown); ++i) {
    CHECK(strcmp(mc_error_name(unknown[i]), "unknown") == 0);
    CHECK(strcmp(mc_strerror(unknown[i]), "an unknown code") == 0);
  }
  CHECK(strcmp(mc_strerror(0), "success") == 0);
  CHECK(strcmp(mc_strerror(77), "success") == 0); /* a count */
}

static const struct check_test tests[] = {
    {"The version is that of the header", the_version_is_that_of_the_header, 0},
    {"Every code has its name, and words of its own", every_code_has_its_name_and_words_of_its_own,
     0},
    {"Other codes are the system's, or unknown", other_codes_are_the_systems_or_unknown, 0},
};

int main(int argc, char** argv) {
  return check_main(argc, argv, tests, COUNT_OF(tests));
}
