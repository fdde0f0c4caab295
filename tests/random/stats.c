#include "stats.h"

#include <string.h>

#include "report.h"
#include "values.h"

enum { kFill = 0xa5 };

struct stats_room any_room(void) {
  static const size_t sizes[] = {0, 8, 64, sizeof(mc_stats) + 64, SIZE_MAX};
  struct stats_room room;
  memset(&room, kFill, sizeof room);
  room.size = one_in(8) ? sizes[below(5)] : sizeof(mc_stats);
  return room;
}

static void check_growth(uint64_t* before, uint64_t now, const char* name) {
  REQUIRE(now >= *before, "the counter %s fell from %llu to %llu", name,
          (unsigned long long)*before, (unsigned long long)now);
  *before = now;
}

#define GROWS(field) check_growth(&thing->seen.field, now->field, #field)

void check_stats(struct thing* thing, const struct stats_room* room) {
  const mc_stats* const now = &room->stats;
  const unsigned char* const bytes = (const unsigned char*)room;
  for (size_t i = room->size; i < sizeof room->stats + sizeof room->more; ++i)
    REQUIRE(bytes[i] == kFill, "counters were written beyond their size");
  for (size_t i = sizeof room->stats; i < room->size; ++i)
    REQUIRE(bytes[i] == 0, "counters that the library does not know are not 0");
  if (room->size < sizeof room->stats) return;
  GROWS(arrived);
  GROWS(delivered);
  GROWS(delivered_bytes);
  GROWS(filtered);
  GROWS(not_for_us);
  GROWS(lost);
  GROWS(lost_is_lower_bound);
  GROWS(truncated);
  GROWS(sent);
  GROWS(sent_bytes);
  GROWS(send_failed);
  GROWS(send_again);
  GROWS(turns);
  GROWS(events);
  GROWS(received);
  GROWS(read_errors);
  GROWS(trains);
  GROWS(trains_refused);
  REQUIRE(now->arrived ==
              now->delivered + now->filtered + now->not_for_us + now->lost + now->lost_or_rejected,
          "arrived is not the sum of its parts");
  REQUIRE(now->truncated <= now->delivered, "more were truncated than delivered");
  if (thing->kind == kPoller) {
    const int is_changing =
        thing->is_mailed || is_inside(k_mc_poller_register) || is_inside(k_mc_register);
    REQUIRE(is_changing || now->descriptors == (uint64_t)thing->registered,
            "a poller has %llu descriptors, not %d", (unsigned long long)now->descriptors,
            thing->registered);
  } else {
    REQUIRE(thing->is_pulling > 0 || now->delivered == thing->heard,
            "%llu packets were delivered, but %llu came", (unsigned long long)now->delivered,
            (unsigned long long)thing->heard);
  }
}
