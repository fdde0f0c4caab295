// Internal header: the handles. Each is one member: the object of the core that it stands for.
#pragma once

#include <memory>

#include "base/status.h"
#include "core/listener.h"
#include "core/multicaster.h"
#include "core/poller.h"
#include "core/timer.h"
#include "filter/filter.h"
#include "guard.h"
#include "multicast/multicast.h"

// A letter to its own thread when another frees it: for a default poller, which only its own thread
// may forget, that is not the core's business.
struct mc_poller final : mc::Mortal {
  explicit mc_poller(std::unique_ptr<mc::Poller> poller) noexcept : core(std::move(poller)) {}
  void conclude() noexcept override;
  const std::shared_ptr<mc::Home>& home() const noexcept { return core->home(); }

  std::unique_ptr<mc::Poller> core;
};
struct mc_listener {
  std::unique_ptr<mc::Listener> core;
};
struct mc_multicaster {
  std::unique_ptr<mc::Multicaster> core;
};
struct mc_timer {
  std::unique_ptr<mc::Timer> core;
};
struct mc_filter {
  mc::filter::FilterRef core;
};

namespace mc::capi {

// The poller of the handle, which must be the calling thread's; the thread's default poller for
// NULL.
Result<Poller*> poller_of(mc_poller* handle);

inline Status check_given(const mc_poller* poller) {
  if (poller != nullptr) return {};
  return Status(kErrorNull, "poller is NULL; mc_default_poller() is the thread's own");
}
inline Status check_given(const mc_listener* listener) {
  return given(listener, "listener");
}
inline Status check_given(const mc_multicaster* multicaster) {
  return given(multicaster, "multicaster");
}
inline Status check_given(const mc_timer* timer) {
  return given(timer, "timer");
}

// Runs `body` with the object of the core that the handle stands for, in its own thread and
// process.
template <typename Handle, typename Body>
int with(const Handle* handle, Body&& body) {
  return guard([&]() -> decltype(body(*handle->core)) {
    MC_TRY(check_given(handle));
    MC_TRY(handle->core->home()->check());
    return body(*handle->core);
  });
}

// The same for bodies that change what user code may change too: what they bury is finalised, and
// what they log is told, when they are done.
template <typename Handle, typename Body>
int change(const Handle* handle, Body&& body) {
  return with(handle, [&](auto& core) -> decltype(body(core)) {
    const Graveyard::Section section(core.home());
    return body(core);
  });
}

// Gives a handle up, and ends what it stands for.
template <typename Handle>
void end_handle(Handle* handle) noexcept {
  const std::unique_ptr<Handle> dead(handle);
  if (dead) end(std::move(dead->core));
}

// What a listener and the answers of a multicaster count alike.
void fill_delivery(mc_stats& stats, const DeliveryCounts& counts, uint64_t lost,
                   uint64_t lost_or_rejected) noexcept;

// Copies as much of `stats` as the caller's struct holds and sets the rest of it to 0.
Status fill(mc_stats* out, size_t size, const mc_stats& stats);

}  // namespace mc::capi
