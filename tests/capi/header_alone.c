/* The header needs nothing before it, may come twice, and gives these types their sizes. */
#include <multicast/multicast.h>

typedef char mc_address_is_frozen[sizeof(mc_address) == 28 ? 1 : -1];
typedef char mc_buffer_is_two_words[sizeof(mc_buffer) == 2 * sizeof(void*) ? 1 : -1];
typedef char mc_stats_is_flat[sizeof(mc_stats) % sizeof(uint64_t) == 0 ? 1 : -1];

/* Questions change nothing, and may be asked of a handle that is const. */
int header_asks(const mc_poller* poller, const mc_listener* listener, const mc_timer* timer,
                const mc_multicaster* multicaster, mc_stats* stats);
int header_asks(const mc_poller* poller, const mc_listener* listener, const mc_timer* timer,
                const mc_multicaster* multicaster, mc_stats* stats) {
  return mc_poller_is_polling(poller) + mc_listener_is_open(listener) + mc_timer_is_running(timer) +
         mc_multicaster_is_open(multicaster) + mc_poller_stats(poller, stats, sizeof *stats) +
         mc_listener_stats(listener, stats, sizeof *stats) +
         mc_multicaster_stats(multicaster, stats, sizeof *stats);
}

int header_alone(void);
int header_alone(void) {
  return mc_sendto("", 0, MC_DEFAULT_GROUP, MC_DEFAULT_PORT, MC_DEFAULT_TTL);
}
