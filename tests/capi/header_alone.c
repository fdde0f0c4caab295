/* The header needs nothing before it, may come twice, and gives these types their sizes. */
#include <multicast/multicast.h>

typedef char mc_address_is_frozen[sizeof(mc_address) == 28 ? 1 : -1];
typedef char mc_buffer_is_two_words[sizeof(mc_buffer) == 2 * sizeof(void*) ? 1 : -1];
typedef char mc_stats_is_flat[sizeof(mc_stats) % sizeof(uint64_t) == 0 ? 1 : -1];

int header_alone(void);
int header_alone(void) {
  return mc_sendto("", 0, MC_DEFAULT_GROUP, MC_DEFAULT_PORT, MC_DEFAULT_TTL);
}
