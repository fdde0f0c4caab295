// mc_poller_…, and the functions on the calling thread's default poller.
#include <utility>

#include "callbacks.h"
#include "guard.h"
#include "handles.h"

using mc::Poller;
using mc::Result;
using mc::Status;
using mc::capi::change;
using mc::capi::give;
using mc::capi::given;
using mc::capi::guard;

namespace mc::capi {

thread_local bool finalisers_are_off = false;

namespace {

// The thread's default poller. Ends with the thread, without running user code.
struct DefaultPoller {
  ~DefaultPoller() {
    is_over = true;
    end();
  }
  void end() {
    finalisers_are_off = true;
    if (handle) Poller::end(std::move(handle->core));
    handle.reset();
    finalisers_are_off = false;
  }
  std::unique_ptr<mc_poller> handle;
  static thread_local bool is_over;
};
thread_local bool DefaultPoller::is_over = false;
thread_local DefaultPoller default_poller;

Result<mc_poller*> thread_poller() {
  if (DefaultPoller::is_over) {
    return Status(kErrorClosed, "the thread ends, and its default poller with it");
  }
  // A forked child has its own; the parent's is only let go of.
  if (default_poller.handle && default_poller.handle->core->is_inherited()) default_poller.end();
  if (!default_poller.handle) {
    Result<std::unique_ptr<Poller>> core = Poller::create();
    if (!core.ok()) return std::move(core).status();
    default_poller.handle = std::make_unique<mc_poller>(mc_poller{std::move(*core)});
  }
  return default_poller.handle.get();
}

}  // namespace

Result<Poller*> poller_of(mc_poller* handle) {
  if (handle != nullptr) return handle->core.get();
  Result<mc_poller*> own = thread_poller();
  if (!own.ok()) return std::move(own).status();
  return (*own)->core.get();
}

namespace {

// Runs `body` with the core's poller.
template <typename Body>
int with(const mc_poller* poller, Body&& body) {
  return guard([&]() -> decltype(body(*poller->core)) {
    if (poller == nullptr) {
      return Status(kErrorNull, "poller is NULL; mc_default_poller() is the thread's own");
    }
    return body(*poller->core);
  });
}

}  // namespace

}  // namespace mc::capi

using mc::capi::with;

namespace {

// Calls `function` with the thread's default poller; the code of why there is none.
template <typename Function>
int on_own(Function function) {
  mc_poller* const own = mc_default_poller();
  return own != nullptr ? function(own) : mc_last_error_code();
}

}  // namespace

extern "C" {

mc_poller* mc_default_poller(void) {
  mc_poller* poller = nullptr;
  guard([&]() -> Status {
    Result<mc_poller*> own = mc::capi::thread_poller();
    if (!own.ok()) return std::move(own).status();
    poller = *own;
    return {};
  });
  return poller;
}

int mc_poller_new(mc_poller** out) {
  return guard([&]() -> Status {
    MC_TRY(given(out, "out"));
    Result<std::unique_ptr<Poller>> core = Poller::create();
    if (!core.ok()) return std::move(core).status();
    *out = new mc_poller{std::move(*core)};
    return {};
  });
}

void mc_poller_free(mc_poller* poller) {
  if (poller == nullptr) return;
  std::unique_ptr<mc_poller> dead;
  if (poller == mc::capi::default_poller.handle.get()) {
    dead = std::move(mc::capi::default_poller.handle);
  } else {
    dead.reset(poller);
  }
  Poller::end(std::move(dead->core));
}

int mc_poller_register(mc_poller* poller, int fd, uint32_t flags, mc_descriptor_fn on_read,
                       mc_descriptor_fn on_write, void* user, mc_destroy_fn destroy) {
  return with(poller, [&](Poller& core) -> Status {
    if (on_read == nullptr) {
      MC_TRY(given(reinterpret_cast<const void*>(on_write), "both on_read and on_write"));
    }
    auto functions =
        std::make_unique<mc::capi::DescriptorFunctions>(on_read, on_write, user, destroy);
    return change(core, [&](Poller& changed) {
      return give(std::move(functions), [&](auto handler) {
        return changed.register_descriptor(fd, flags, std::move(handler));
      });
    });
  });
}

int mc_poller_watch(mc_poller* poller, int fd, uint32_t events) {
  return with(poller, [&](Poller& core) { return core.watch_descriptor(fd, events); });
}

int mc_poller_unregister(mc_poller* poller, int fd) {
  return with(poller, [&](Poller& core) {
    return change(core, [&](Poller& changed) { return changed.unregister_descriptor(fd); });
  });
}

int mc_poller_poll(mc_poller* poller, double timeout) {
  return with(poller, [&](Poller& core) { return core.poll(timeout); });
}

int mc_poller_loop(mc_poller* poller, double timeout, double interval) {
  return with(poller, [&](Poller& core) { return core.loop(timeout, interval); });
}

int mc_poller_stop(mc_poller* poller) {
  return with(poller, [](Poller& core) -> Result<int> {
    core.stop();
    return 0;
  });
}

int mc_poller_wake(mc_poller* poller) {
  return with(poller, [](Poller& core) -> Result<int> {
    core.wake();
    return 0;
  });
}

int mc_poller_is_polling(mc_poller* poller) {
  return with(poller, [](Poller& core) -> Result<int> { return core.has_work() ? 1 : 0; });
}

int mc_poller_fd(mc_poller* poller) {
  return with(poller, [](Poller& core) -> Result<int> { return core.fd(); });
}

int mc_poller_stats(mc_poller* poller, mc_stats* stats, size_t size) {
  return with(poller, [&](Poller& core) {
    mc_stats filled = {};
    filled.turns = core.counts().turns;
    filled.events = core.counts().events;
    filled.received = core.channels().packets();
    filled.read_errors = core.channels().read_errors();
    filled.channels = core.channels().count();
    filled.memberships = core.channels().memberships().count();
    filled.holders = core.channels().memberships().holder_count();
    filled.descriptors = core.descriptor_count();
    return mc::capi::fill(stats, size, filled);
  });
}

int mc_register(int fd, uint32_t flags, mc_descriptor_fn on_read, mc_descriptor_fn on_write,
                void* user, mc_destroy_fn destroy) {
  return on_own([&](mc_poller* own) {
    return mc_poller_register(own, fd, flags, on_read, on_write, user, destroy);
  });
}

int mc_unregister(int fd) {
  return on_own([&](mc_poller* own) { return mc_poller_unregister(own, fd); });
}

int mc_poll(double timeout) {
  return on_own([&](mc_poller* own) { return mc_poller_poll(own, timeout); });
}

int mc_loop(double timeout, double interval) {
  return on_own([&](mc_poller* own) { return mc_poller_loop(own, timeout, interval); });
}

}  // extern "C"
