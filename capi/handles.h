// Internal header: the handles. Each is one member: the object of the core that it stands for.
#pragma once

#include <memory>

#include "base/status.h"
#include "core/listener.h"
#include "core/multicaster.h"
#include "core/poller.h"
#include "core/timer.h"
#include "filter/filter.h"
#include "multicast/multicast.h"

struct mc_poller {
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

// The poller of the handle; the thread's default poller for NULL.
Result<Poller*> poller_of(mc_poller* handle);

// Runs `body` with an object of the core, for bodies that change what user code may change too: what they bury is
// finalised when they are done.
template <typename Core, typename Body>
auto change(Core& core, Body&& body) -> decltype(body(core)) {
  const Graveyard::Section section(core.graveyard());
  return body(core);
}

// Copies as much of `stats` as the caller's struct holds and sets the rest of it to 0.
Status fill(mc_stats* out, size_t size, const mc_stats& stats);

}  // namespace mc::capi
