// mc_listener_… and mc_listen.
#include <utility>

#include "callbacks.h"
#include "guard.h"
#include "handles.h"

using mc::Listener;
using mc::Poller;
using mc::Result;
using mc::Status;
using mc::capi::BatchFunction;
using mc::capi::change;
using mc::capi::give;
using mc::capi::given;
using mc::capi::guard;
using mc::capi::PackedFunction;
using mc::capi::PacketFunction;
using mc::capi::with;

namespace {

// Makes `fn` the listener's handler; NULL, none.
template <typename Function, typename Handler, typename Fn>
int set_handler(mc_listener* listener, Fn fn, void* user, mc_destroy_fn destroy) {
  return change(listener, [&](Listener& core) -> Status {
    const auto set = [&](std::unique_ptr<Handler> handler) {
      return core.set_handler(std::move(handler));
    };
    if (fn == nullptr) return set(nullptr);
    return give(std::make_unique<Function>(fn, user, destroy), set);
  });
}

int change_source(mc_listener* listener, Listener::SourceVerb verb, const char* group,
                  const char* source) {
  return change(listener, [&](Listener& core) -> Status {
    MC_TRY(given(source, "source"));
    return core.change_source(verb, group, source);
  });
}

}  // namespace

static_assert(MC_SOURCES_ONLY == mc::kOnlySources && MC_SOURCES_EXCEPT == mc::kExceptSources);

extern "C" {

int mc_listener_new(mc_listener** out, mc_poller* poller) {
  return guard([&]() -> Status {
    MC_TRY(given(out, "out"));
    Result<Poller*> home = mc::capi::poller_of(poller);
    if (!home.ok()) return std::move(home).status();
    *out = new mc_listener{std::make_unique<Listener>(**home)};
    return {};
  });
}

void mc_listener_free(mc_listener* listener) {
  mc::capi::end_handle(listener);
}

int mc_listener_add(mc_listener* listener, const char* group, uint16_t port) {
  return with(listener, [&](Listener& core) { return core.add(group, port); });
}

int mc_listener_remove(mc_listener* listener, const char* group, uint16_t port) {
  return with(listener, [&](Listener& core) { return core.remove(group, port); });
}

int mc_listener_set_handler(mc_listener* listener, mc_packet_fn handler, void* user,
                            mc_destroy_fn destroy) {
  return set_handler<PacketFunction, mc::PacketHandler>(listener, handler, user, destroy);
}

int mc_listener_set_batch_handler(mc_listener* listener, mc_batch_fn handler, void* user,
                                  mc_destroy_fn destroy) {
  return set_handler<BatchFunction, mc::BatchHandler>(listener, handler, user, destroy);
}

int mc_listener_set_packed_handler(mc_listener* listener, mc_packed_fn handler, void* user,
                                   mc_destroy_fn destroy) {
  return set_handler<PackedFunction, mc::BatchHandler>(listener, handler, user, destroy);
}

int mc_listener_set_filter(mc_listener* listener, const mc_filter* filter) {
  return change(listener, [&](Listener& core) -> Status {
    core.set_filter(filter != nullptr ? filter->core : nullptr);
    return {};
  });
}

int mc_listener_allow_source(mc_listener* listener, const char* group, const char* source) {
  return change_source(listener, Listener::SourceVerb::kAllow, group, source);
}

int mc_listener_drop_source(mc_listener* listener, const char* group, const char* source) {
  return change_source(listener, Listener::SourceVerb::kDrop, group, source);
}

int mc_listener_block_source(mc_listener* listener, const char* group, const char* source) {
  return change_source(listener, Listener::SourceVerb::kBlock, group, source);
}

int mc_listener_unblock_source(mc_listener* listener, const char* group, const char* source) {
  return change_source(listener, Listener::SourceVerb::kUnblock, group, source);
}

int mc_listener_set_sources(mc_listener* listener, const char* group, int mode,
                            const char* const* sources, size_t count) {
  return change(listener, [&](Listener& core) -> Status {
    if (count > 0) MC_TRY(given(sources, "sources"));
    for (size_t i = 0; i < count; ++i) MC_TRY(given(sources[i], "a source"));
    return core.set_sources(group, mode, {sources, count});
  });
}

int mc_listener_set_mtu(mc_listener* listener, size_t mtu) {
  return with(listener, [&](Listener& core) { return core.set_mtu(mtu); });
}

int mc_listener_set_limit(mc_listener* listener, uint64_t packets) {
  return with(listener, [&](Listener& core) -> Status {
    core.set_limit(packets);
    return {};
  });
}

int mc_listener_set_details(mc_listener* listener, uint32_t details) {
  return with(listener, [&](Listener& core) { return core.set_details(details); });
}

int mc_listener_set_kernel_filter(mc_listener* listener, int on) {
  return with(listener, [&](Listener& core) { return core.set_kernel_filter(on != 0); });
}

int mc_listener_set_pending(mc_listener* listener, int on) {
  return with(listener, [&](Listener& core) { return core.set_pending(on != 0); });
}

int mc_listener_set_event_handler(mc_listener* listener, mc_event_fn fn, void* user,
                                  mc_destroy_fn destroy) {
  return change(listener, [&](Listener& core) -> Status {
    if (fn == nullptr) return core.set_event_handler(nullptr);
    return give(std::make_unique<mc::capi::EventFunction>(fn, user, destroy),
                [&](auto handler) { return core.set_event_handler(std::move(handler)); });
  });
}

int mc_listener_set_silence(mc_listener* listener, double seconds) {
  return with(listener, [&](Listener& core) { return core.set_silence(seconds); });
}

int mc_listener_set_ignore_own(mc_listener* listener, int on) {
  return change(listener, [&](Listener& core) -> Status {
    core.set_ignore_own(on != 0);
    return {};
  });
}

int mc_listener_set_receive_buffer(mc_listener* listener, uint32_t bytes) {
  return with(listener, [&](Listener& core) { return core.set_receive_buffer(bytes); });
}

int mc_listener_open(mc_listener* listener) {
  return change(listener, [](Listener& core) { return core.open(); });
}

int mc_listener_close(mc_listener* listener) {
  return change(listener, [](Listener& core) -> Status {
    core.close();
    return {};
  });
}

int mc_listener_is_open(const mc_listener* listener) {
  return with(listener, [](const Listener& core) -> Result<int> { return core.is_open() ? 1 : 0; });
}

int mc_listener_next(mc_listener* listener, const mc_packet** packet, double timeout) {
  return change(listener, [&](Listener& core) -> Result<int> {
    MC_TRY(given(packet, "packet"));
    auto packets = core.next(1, timeout);
    if (!packets.ok()) return std::move(packets).status();
    if (packets->empty()) return 0;
    *packet = mc::capi::face(*packets->front());
    return 1;
  });
}

int mc_listener_next_many(mc_listener* listener, const mc_packet* const** packets, size_t most,
                          double timeout) {
  return change(listener, [&](Listener& core) -> Result<int> {
    MC_TRY(given(packets, "packets"));
    auto lent = core.next(most, timeout);
    if (!lent.ok()) return std::move(lent).status();
    if (!lent->empty()) *packets = mc::capi::faces(*lent);
    return static_cast<int>(lent->size());
  });
}

int mc_listener_next_packed(mc_listener* listener, const mc_packed** packed, size_t most,
                            double timeout) {
  return change(listener, [&](Listener& core) -> Result<int> {
    MC_TRY(given(packed, "packed"));
    Result<const mc::Packed*> lent = core.next_packed(most, timeout);
    if (!lent.ok()) return std::move(lent).status();
    if (*lent == nullptr) return 0;
    *packed = mc::capi::face(**lent);
    return static_cast<int>((*lent)->count);
  });
}

int mc_listener_fd(mc_listener* listener) {
  return with(listener, [](Listener& core) { return core.fd(); });
}

int mc_listener_stats(const mc_listener* listener, mc_stats* stats, size_t size) {
  return with(listener, [&](Listener& core) {
    const mc::ListenerStats now = core.stats();
    mc_stats filled = {};
    mc::capi::fill_delivery(filled, now.counts, now.lost, now.lost_or_rejected);
    filled.absent = now.absent;
    filled.rejoined = now.rejoined;
    filled.lost_is_lower_bound = now.lost_is_lower_bound ? 1 : 0;
    filled.receive_buffer_asked = now.receive_buffer_asked;
    filled.receive_buffer_granted = now.receive_buffer_granted;
    filled.source_lists_shortened = now.source_lists_shortened;
    return mc::capi::fill(stats, size, filled);
  });
}

int mc_listen(mc_packet_fn handler, void* user, const char* group, uint16_t port, size_t mtu,
              uint64_t limit) {
  return guard([&]() -> Result<int> {
    MC_TRY(given(reinterpret_cast<const void*>(handler), "handler"));
    Result<Poller*> poller = mc::capi::poller_of(nullptr);
    if (!poller.ok()) return std::move(poller).status();
    MC_TRY((*poller)->check_idle());
    Listener listener(**poller);
    MC_TRY(listener.set_mtu(mtu));
    MC_TRY(listener.add(group, port));
    listener.set_limit(limit);
    MC_TRY(listener.set_handler(
        std::unique_ptr<mc::PacketHandler>(new PacketFunction(handler, user, nullptr))));
    const std::shared_ptr<mc::Home> home = (*poller)->home();
    {
      const mc::Graveyard::Section section(home);
      MC_TRY(listener.open());
    }
    if (home->is_over()) return 0;  // the log was told something, and ended the poller
    return (*poller)->loop_until([&] { return !listener.is_open(); });
  });
}

}  // extern "C"
