// mc_timer_…
#include <memory>
#include <utility>

#include "callbacks.h"
#include "guard.h"
#include "handles.h"

using mc::Poller;
using mc::Result;
using mc::Status;
using mc::Timer;
using mc::capi::give;
using mc::capi::given;
using mc::capi::guard;
using mc::capi::with;

extern "C" {

int mc_timer_new(mc_timer** out, mc_poller* poller, double after, double every, mc_timer_fn fn,
                 void* user, mc_destroy_fn destroy) {
  return guard([&]() -> Status {
    MC_TRY(given(out, "out"));
    MC_TRY(given(reinterpret_cast<const void*>(fn), "fn"));
    Result<Poller*> home = mc::capi::poller_of(poller);
    if (!home.ok()) return std::move(home).status();
    auto handle = std::make_unique<mc_timer>();
    MC_TRY(give(std::make_unique<mc::capi::TimerFunction>(fn, user, destroy), [&](auto handler) {
      Result<std::unique_ptr<Timer>> core = Timer::create(**home, after, every, std::move(handler));
      if (!core.ok()) return std::move(core).status();
      handle->core = std::move(*core);
      return Status();
    }));
    *out = handle.release();
    return {};
  });
}

int mc_timer_set(mc_timer* timer, double after, double every) {
  return with(timer, [&](Timer& core) { return core.set(after, every); });
}

int mc_timer_stop(mc_timer* timer) {
  return with(timer, [](Timer& core) -> Status {
    core.close();
    return {};
  });
}

int mc_timer_is_running(const mc_timer* timer) {
  return with(timer, [](const Timer& core) -> Result<int> { return core.is_running() ? 1 : 0; });
}

void mc_timer_free(mc_timer* timer) {
  mc::capi::end_handle(timer);
}

}  // extern "C"
