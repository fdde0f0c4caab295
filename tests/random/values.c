#include "values.h"

#include <math.h>
#include <string.h>

enum { kPortBase = 4700, kPorts = 2, kLongText = 3000 };

uint64_t any(void) { /* splitmix64 */
  uint64_t z = me->random += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

unsigned below(unsigned bound) {
  return (unsigned)(any() % bound);
}

int one_in(unsigned n) {
  return below(n) == 0;
}

static const char* const good_groups[] = {
    "239.7.0.1",
    "239.7.0.1",
    "239.7.0.1%lo",
    "239.7.0.2%lo",
    "239.7.0.1%rv0",
    "239.7.0.1%rv1",
    "239.7.0.2%rv1",
    "127.0.0.1@239.7.0.1%lo",
    "10.77.0.1@232.7.0.1%rv0",
    "10.77.0.1@232.7.0.1%rv1",
    "ff15::7:1",
    "ff15::7:1%lo",
    "ff15::7:2%lo",
    "ff02::7:1%lo",
    "ff02::7:1%rv0",
    "ff02::7:1%rv1",
    "ff15::7:1%rv1",
    "fd77::1@ff35::7:1%rv0",
    "fd77::1@ff35::7:1%rv1",
    "ff15::7:1%1",
    "239.7.0.1%127.0.0.1",
    "",
};
static const char* const bad_groups[] = {
    "10.0.0.1",          "ff02::7:1",         "::ffff:239.1.1.1",
    "239.7.0.1%nowhere", "fd77::1@239.7.0.1", "no group",
    "@239.7.0.1",        "239.7.0.1%",        "%lo",
    "239.7.0.1%99999",   "239.7.0.256",       "224.0.0.1@239.7.0.1%lo",
    "9.9.9.9@239.7.0.1", "ff15::7:1%fd99::1", "@%",
    "\xff\xfe",
};

const char* any_group(void) {
  static _Thread_local char text[kLongText + 1];
  static const char* const usual[] = {"239.7.0.1%lo", "ff15::7:1%lo", "239.7.0.1%rv0",
                                      "ff02::7:1%rv0"};
  if (one_in(2)) return usual[below(4)]; /* so that many meet there */
  if (!one_in(6)) return good_groups[below(sizeof good_groups / sizeof *good_groups)];
  const unsigned which = below(sizeof bad_groups / sizeof *bad_groups + 2);
  if (which < sizeof bad_groups / sizeof *bad_groups) return bad_groups[which];
  if (one_in(2)) return NULL;
  const size_t size = below(kLongText);
  for (size_t i = 0; i < size; ++i) text[i] = (char)("0123456789abcdef.:%@"[below(20)]);
  text[size] = '\0';
  return text;
}

uint16_t any_port(void) {
  if (one_in(40)) return 0;
  return (uint16_t)(kPortBase + below(kPorts));
}

int any_ttl(void) {
  static const int ttls[] = {0, 1, 1, 1, 2, 255, -1, 256, 2147483647, -2147483647 - 1};
  return ttls[one_in(10) ? below(10) : below(5)];
}

double any_timeout(void) {
  static const double short_ones[] = {0, 0, 0, 0, 0, 1e-9, 0.0002, 0.001};
  return one_in(60) ? (double)NAN : short_ones[below(8)];
}

double any_period(void) {
  static const double periods[] = {0,     0,     0.0003, 0.001, 0.002, 0.01, 1,
                                   -0.01, 1e300, 3e9,    1e-12, 1e9,   0.0,  0.001};
  if (one_in(40)) return one_in(2) ? (double)NAN : (double)INFINITY;
  return periods[one_in(6) ? below(14) : below(6)];
}

uint32_t any_bits(uint32_t good) {
  return one_in(20) ? (uint32_t)any() : (uint32_t)any() & good;
}

mc_address any_host(void) {
  mc_address host = {.family = one_in(2) ? MC_IPV4 : MC_IPV6};
  if (one_in(20)) host.family = (uint16_t)any();
  host.port = one_in(30) ? 0 : (uint16_t)(kPortBase + 10 + below(kPorts));
  switch (below(8)) {
    case 0:
      for (size_t i = 0; i < 16; ++i) host.bytes[i] = (uint8_t)any();
      break;
    case 1:
      host.bytes[0] = host.family == MC_IPV4 ? 239 : 0xff;
      break;
    case 2:
      break; /* all zero */
    case 3:
      if (host.family == MC_IPV4) memcpy(host.bytes, "\x0a\x4d\x00\x01", 4);
      if (host.family == MC_IPV6) memcpy(host.bytes, "\xfd\x77", 2), host.bytes[15] = 1;
      break;
    default:
      if (host.family == MC_IPV4) memcpy(host.bytes, "\x7f\x00\x00\x01", 4);
      if (host.family == MC_IPV6) host.bytes[15] = 1;
  }
  if (one_in(20)) host.scope = below(6);
  if (one_in(20)) host.flow = (uint32_t)any();
  return host;
}

/* Byte i of the pattern is i modulo 251, so that a packet's first byte tells where it was taken. */
static uint8_t pattern[MC_MAX_PACKET + 512];

void prepare_values(void) {
  for (size_t i = 0; i < sizeof pattern; ++i) pattern[i] = (uint8_t)(i % 251);
}

mc_buffer any_bytes(void) {
  static const size_t sizes[] = {0, 1, 8, 8, 8, 64, 64, 200, 1400, 1472, 1473, 9000, 65507, 65508};
  mc_buffer bytes = {pattern + below(251), sizes[one_in(8) ? below(14) : below(8)]};
  if (bytes.size == 8) bytes.size = 1 + below(32);
  if (one_in(60)) bytes.data = NULL;
  if (bytes.data == NULL && one_in(2)) bytes.size = 0;
  if (one_in(300)) bytes.size = one_in(2) ? SIZE_MAX : SIZE_MAX / 2;
  return bytes;
}

int is_pattern(const void* data, size_t size) {
  const uint8_t* const bytes = data;
  return size == 0 ||
         (bytes[0] < 251 && size <= MC_MAX_PACKET && memcmp(bytes, pattern + bytes[0], size) == 0);
}

uint32_t sum_of(const void* data, size_t size) {
  const uint8_t* const bytes = data;
  const size_t some = size < 64 ? size : 64;
  uint32_t sum = (uint32_t)size;
  for (size_t i = 0; i < some; ++i) sum = sum * 31 + bytes[i] + 31u * bytes[size - 1 - i];
  return sum;
}
