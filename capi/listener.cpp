// mc_listener_…
#include <utility>

#include "callbacks.h"
#include "guard.h"
#include "handles.h"

using mc::Listener;
using mc::Poller;
using mc::Result;
using mc::Status;
using mc::capi::change;
using mc::capi::give;
using mc::capi::given;
using mc::capi::guard;
using mc::capi::PacketFunction;

namespace {

// Runs `body` with the core's listener.
template <typename Body>
int with(const mc_listener* listener, Body&& body) {
  return guard([&]() -> decltype(body(*listener->core)) {
    MC_TRY(given(listener, "listener"));
    return body(*listener->core);
  });
}

}  // namespace

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
  const std::unique_ptr<mc_listener> dead(listener);
  if (dead) Listener::end(std::move(dead->core));
}

int mc_listener_add(mc_listener* listener, const char* group, uint16_t port) {
  return with(listener, [&](Listener& core) { return core.add(group, port); });
}

int mc_listener_remove(mc_listener* listener, const char* group, uint16_t port) {
  return with(listener, [&](Listener& core) { return core.remove(group, port); });
}

int mc_listener_set_handler(mc_listener* listener, mc_packet_fn handler, void* user,
                            mc_destroy_fn destroy) {
  return with(listener, [&](Listener& core) -> Status {
    MC_TRY(given(reinterpret_cast<const void*>(handler), "handler"));
    return change(core, [&](Listener& changed) {
      return give(std::make_unique<PacketFunction>(handler, user, destroy), [&](auto function) {
        changed.set_handler(std::move(function));
        return Status();
      });
    });
  });
}

int mc_listener_set_filter(mc_listener* listener, const mc_filter* filter) {
  return with(listener, [&](Listener& core) -> Status {
    return change(core, [&](Listener& changed) {
      changed.set_filter(filter != nullptr ? filter->core : nullptr);
      return Status();
    });
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

int mc_listener_set_receive_buffer(mc_listener* listener, uint32_t bytes) {
  return with(listener, [&](Listener& core) { return core.set_receive_buffer(bytes); });
}

int mc_listener_open(mc_listener* listener) {
  return with(listener, [](Listener& core) { return core.open(); });
}

int mc_listener_close(mc_listener* listener) {
  return with(listener, [](Listener& core) -> Status {
    core.close();
    return {};
  });
}

int mc_listener_is_open(const mc_listener* listener) {
  return with(listener, [](const Listener& core) -> Result<int> { return core.is_open() ? 1 : 0; });
}

int mc_listener_stats(mc_listener* listener, mc_stats* stats, size_t size) {
  return with(listener, [&](Listener& core) {
    const mc::ListenerStats now = core.stats();
    mc_stats filled = {};
    filled.delivered = now.counts.delivered;
    filled.delivered_bytes = now.counts.delivered_bytes;
    filled.filtered = now.counts.filtered;
    filled.not_for_us = now.counts.not_for_us;
    filled.lost = now.lost;
    filled.arrived = filled.delivered + filled.filtered + filled.not_for_us + filled.lost;
    filled.lost_is_lower_bound = now.lost_is_lower_bound ? 1 : 0;
    filled.truncated = now.counts.truncated;
    filled.receive_buffer_asked = now.receive_buffer_asked;
    filled.receive_buffer_granted = now.receive_buffer_granted;
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
    listener.set_handler(std::make_unique<PacketFunction>(handler, user, nullptr));
    MC_TRY(listener.open());
    return (*poller)->loop_until([&] { return !listener.is_open(); });
  });
}

}  // extern "C"
