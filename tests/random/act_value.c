/* Random calls about packets, addresses, interfaces and errors: what belongs to no thread. */
#include <string.h>

#include "acts.h"
#include "callbacks.h"
#include "report.h"
#include "values.h"

/* ---- Packets -------------------------------------------------------------------------------- */

/* A packet that is ours to look at: the callback's, a pulled one, or a copy. */
static const mc_packet* any_packet(void) {
  if (me->present != NULL && one_in(2)) return me->present;
  for (unsigned i = below(kMost); one_in(2) && i < kMost; ++i) {
    const struct thing* const listener = me->reach->slots[kListener][i];
    if (listener != NULL && listener->lent_count > 0)
      return listener->lent[below((unsigned)listener->lent_count)].packet;
  }
  const struct thing* const copy = pick(kPacket);
  return copy != NULL ? copy->handle : NULL;
}

void act_mc_packet_copy(void) {
  const mc_packet* const packet = any_packet();
  mc_packet* copy = UNTOUCHED;
  if (free_place(kPacket) == NULL) {
    act_mc_packet_free();
    return;
  }
  const int outcome = CALL(mc_packet_copy, NULL, one_in(30) ? NULL : &copy, packet);
  if (outcome < 0) {
    REQUIRE(copy == UNTOUCHED, "mc_packet_copy failed and touched *out");
    return;
  }
  REQUIRE(copy->size == packet->size && copy->data != packet->data &&
              sum_of(copy->data, copy->size) == sum_of(packet->data, packet->size),
          "a packet's copy is another one");
  keep(make_thing(kPacket, copy, NULL));
}

void act_mc_packet_free(void) {
  struct thing* const thing = pick(kPacket);
  if (thing == NULL) return;
  mc_packet* const packet = thing->handle;
  if (packet != NULL) check_packet(packet);
  drop(me->reach, thing);
  thing->handle = NULL;
  CALL_VOID(mc_packet_free, NULL, packet);
}

void act_mc_reply(void) {
  const mc_buffer bytes = any_bytes();
  const mc_packet* const packet = any_packet();
  const int outcome = CALL(mc_reply, NULL, packet, bytes.data, bytes.size);
  REQUIRE(outcome <= 0, "mc_reply gave %d", outcome);
}

/* ---- Values --------------------------------------------------------------------------------- */

void act_mc_interfaces(void) {
  const mc_interface* const* list = UNTOUCHED;
  if (one_in(20)) {
    CALL(mc_interfaces, NULL, NULL);
    CALL_VOID(mc_interfaces_free, NULL, NULL);
    return;
  }
  const int count = CALL(mc_interfaces, NULL, &list);
  REQUIRE(count >= 3 && list != UNTOUCHED, "there are %d interfaces", count);
  for (int i = 0; i < count; ++i) {
    REQUIRE(list[i]->name != NULL && *list[i]->name != '\0' && list[i]->index > 0 &&
                (i == 0 || list[i]->index > list[i - 1]->index),
            "an interface has no name or is not in order");
    for (size_t each = 0; each < list[i]->address_count; ++each)
      REQUIRE(list[i]->addresses[each].port == 0, "an interface's address has a port");
  }
  CALL_VOID(mc_interfaces_free, NULL, list);
}

void act_mc_interface_default(void) {
  char name[MC_INTERFACE_NAME_SIZE + 1];
  const size_t size = one_in(4) ? below(MC_INTERFACE_NAME_SIZE) : MC_INTERFACE_NAME_SIZE;
  memset(name, '#', sizeof name);
  const int outcome = CALL(mc_interface_default, NULL, any_group(), one_in(20) ? NULL : name, size);
  REQUIRE(outcome != 0, "an interface has the index 0");
  REQUIRE(name[size] == '#', "a name was written beyond its size");
  REQUIRE(outcome > 0 || name[0] == '#', "mc_interface_default failed and wrote a name");
}

void act_mc_interface_explain(void) {
  char text[301];
  const size_t size = below(300);
  memset(text, '#', sizeof text);
  const int outcome = CALL(mc_interface_explain, NULL, any_group(), one_in(20) ? NULL : text, size);
  REQUIRE(outcome != 0, "an explanation is empty");
  REQUIRE(text[size] == '#', "a sentence was written beyond its size");
  REQUIRE(outcome > 0 || text[0] == '#', "mc_interface_explain failed and wrote a sentence");
}

void act_mc_address_format(void) {
  char text[MC_ADDRESS_TEXT_SIZE + 1];
  const mc_address address = any_host();
  const size_t size = one_in(3) ? below(MC_ADDRESS_TEXT_SIZE) : MC_ADDRESS_TEXT_SIZE;
  memset(text, '#', sizeof text);
  const int outcome =
      CALL(mc_address_format, NULL, one_in(30) ? NULL : &address, one_in(30) ? NULL : text, size);
  REQUIRE(outcome < MC_ADDRESS_TEXT_SIZE, "an address has %d characters", outcome);
  REQUIRE(text[size] == '#', "an address was written beyond its size");
}

/* What was written is read as the same; and words are that are no address. */
void act_mc_address_parse(void) {
  static const char* const texts[] = {"10.0.0.1",      "[fe80::1%lo]:53",
                                      "[::1]:65535",   "::1",
                                      "10.0.0.1:0",    "[fe80::1%99]:1",
                                      "10.0.0",        "",
                                      "1.2.3.4:65536", "[::1",
                                      "[]:1",          "::1%",
                                      "10.0.0.1:-1",   "fe80::1%nowhere",
                                      "\xff",          ":53"};
  char text[MC_ADDRESS_TEXT_SIZE];
  const mc_address address = any_host();
  mc_address parsed;
  memset(&parsed, '#', sizeof parsed);
  const mc_address before = parsed;
  const int is_ours = one_in(2) && mc_address_format(&address, text, sizeof text) >= 0;
  const char* const given = one_in(30) ? NULL
                            : is_ours  ? text
                                       : texts[below(sizeof texts / sizeof *texts)];
  const int outcome = CALL(mc_address_parse, NULL, one_in(30) ? NULL : &parsed, given);
  if (outcome < 0) {
    REQUIRE(memcmp(&parsed, &before, sizeof parsed) == 0, "a text that is refused was filled in");
  } else if (given == text) {
    REQUIRE(parsed.family == address.family && parsed.port == address.port,
            "%s was read as another address", text);
  }
}

void act_mc_ttl_parse(void) {
  static const char* const texts[] = {"",     "0",     "255",  "256",         "-1", "same site",
                                      "HOST", "same ", "same", "continental", "1 ", "unrestricted"};
  const int outcome =
      CALL(mc_ttl_parse, NULL, one_in(30) ? NULL : texts[below(sizeof texts / sizeof *texts)]);
  REQUIRE(outcome <= 255, "a TTL of %d", outcome);
}

void act_mc_strerror(void) {
  const int code = one_in(2) ? -(int)below(200) : one_in(2) ? -5000 - (int)below(40) : (int)any();
  CALL_VOID(mc_strerror, NULL, code);
  REQUIRE(*mc_strerror(code) != '\0', "the code %d has no words", code);
  CALL_VOID(mc_error_name, NULL, code);
  REQUIRE(*mc_error_name(code) != '\0', "the code %d has no name", code);
  count_call(k_mc_last_error);
  count_call(k_mc_last_error_code);
  count_call(k_mc_version);
  count_call(k_mc_version_number);
  REQUIRE(mc_version_number() == MC_VERSION_NUMBER && *mc_version() != '\0', "another version");
  REQUIRE((*mc_last_error() == '\0') == (mc_last_error_code() == 0), "a code without a sentence");
}
