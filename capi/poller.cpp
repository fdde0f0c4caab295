// mc_poller_…, and the functions on the calling thread's default poller.
#include <utility>

#include "base/per_thread.h"
#include "base/thread.h"
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
using mc::capi::with;

namespace mc::capi {

thread_local bool user_code_is_off = false;

namespace {

// The main thread's default poller once that thread has ended: closed, but signal handlers may still
// stop it.
mc_poller* volatile concluded_main = nullptr;  // nobody reads it, but leak checkers look for it

// The thread's default poller. Ends with the thread, without running user code.
struct DefaultPoller {
  DefaultPoller() = default;
  DefaultPoller(const DefaultPoller&) = delete;
  DefaultPoller& operator=(const DefaultPoller&) = delete;
  ~DefaultPoller() { end_quietly(is_main_thread()); }
  void end_quietly(bool keeps_memory) noexcept;

  mc_poller* handle = nullptr;  // owned; given up by its conclude()
};

void DefaultPoller::end_quietly(bool keeps_memory) noexcept {
  if (handle == nullptr) return;
  user_code_is_off = true;
  {
    mc_poller* const own = std::exchange(handle, nullptr);
    const std::shared_ptr<Home> home = own->home();
    const Graveyard::Section section(home);
    if (!home->is_given_up() && !home->is_inherited() && keeps_memory) {
      own->conclude();
      // Nobody will read what other threads send: from now on they do it themselves.
      Mortals unread = home->close_mail();
      while (std::unique_ptr<Mortal> letter = unread.pop()) home->bury(std::move(letter));
      concluded_main = own;
    } else if (!home->is_given_up()) {
      home->end(std::unique_ptr<mc_poller>(own));
    } else if (!home->is_inherited()) {
      own->core->read_mail();  // another thread has freed it: there it is
    }
  }
  user_code_is_off = false;
}

// A poller ends; it may be the thread's own.
void forget_default(const mc_poller* poller) noexcept {
  DefaultPoller* const own = PerThread<DefaultPoller>::get();
  if (own != nullptr && own->handle == poller) own->handle = nullptr;
}

Result<mc_poller*> thread_poller() {
  DefaultPoller* const own = PerThread<DefaultPoller>::get();
  if (own == nullptr)
    return Status(kErrorClosed, "the thread ends, and its default poller with it");
  DefaultPoller& default_poller = *own;
  // A forked child has its own; the parent's is only let go of.
  if (default_poller.handle != nullptr && default_poller.handle->home()->is_inherited()) {
    default_poller.end_quietly(false);
  }
  // Another thread has freed it: that is carried out now, unless one of its callbacks asks.
  if (default_poller.handle != nullptr && default_poller.handle->home()->is_given_up() &&
      !default_poller.handle->home()->inside_section()) {
    default_poller.handle->core->read_mail();
  }
  if (default_poller.handle == nullptr) {
    Result<std::unique_ptr<Poller>> core = Poller::create();
    if (!core.ok()) return std::move(core).status();
    default_poller.handle = new mc_poller(std::move(*core));
    default_poller.handle->home()->settle();
  }
  return default_poller.handle;
}

}  // namespace

Result<Poller*> poller_of(mc_poller* handle) {
  if (handle != nullptr) {
    MC_TRY(handle->home()->check());
    return handle->core.get();
  }
  Result<mc_poller*> own = thread_poller();
  if (!own.ok()) return std::move(own).status();
  return (*own)->core.get();
}

}  // namespace mc::capi

void mc_poller::conclude() noexcept {
  mc::capi::forget_default(this);
  core->conclude();
}

namespace {

static_assert(MC_WAIT_BLOCK == static_cast<int>(mc::io::WaitPolicy::Kind::kBlock) &&
              MC_WAIT_HYBRID == static_cast<int>(mc::io::WaitPolicy::Kind::kHybrid) &&
              MC_WAIT_COALESCE == static_cast<int>(mc::io::WaitPolicy::Kind::kCoalesce));

// Calls `function` with the thread's default poller; the code of why there is none.
template <typename Function>
int on_own(Function function) {
  mc_poller* const own = mc_default_poller();
  return own != nullptr ? function(own) : mc_last_error_code();
}

// For what any thread may do, and the child of a fork may not.
template <typename Body>
int from_any_thread(const mc_poller* poller, Body&& body) {
  return guard([&]() -> Status {
    MC_TRY(mc::capi::check_given(poller));
    MC_TRY(poller->home()->check_process());
    return body(*poller->core);
  });
}

Status is_being_freed() {
  return Status(mc::kErrorClosed, "the poller is being freed and takes no functions any more");
}

// For what signal handlers may do: a sentence would need memory.
template <typename Body>
int from_a_signal(const mc_poller* poller, Body&& body) {
  if (poller == nullptr) return guard([&] { return mc::capi::check_given(poller); });
  if (poller->home()->is_inherited()) return mc::kErrorForked;
  body(*poller->core);
  return 0;
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
    *out = new mc_poller(std::move(*core));
    return {};
  });
}

void mc_poller_free(mc_poller* poller) {
  if (poller == nullptr) return;
  poller->home()->give_up();
  mc::end(std::unique_ptr<mc_poller>(poller));
}

int mc_poller_adopt(mc_poller* poller) {
  return from_any_thread(poller, [](Poller& core) { return core.home()->adopt(); });
}

int mc_poller_register(mc_poller* poller, int fd, uint32_t flags, mc_descriptor_fn on_read,
                       mc_descriptor_fn on_write, void* user, mc_destroy_fn destroy) {
  return change(poller, [&](Poller& core) -> Status {
    if (on_read == nullptr && on_write == nullptr) {
      return Status(mc::kErrorNull, "on_read and on_write are both NULL; give one of them");
    }
    return give(
        std::make_unique<mc::capi::DescriptorFunctions>(on_read, on_write, user, destroy),
        [&](auto handler) { return core.register_descriptor(fd, flags, std::move(handler)); });
  });
}

int mc_poller_watch(mc_poller* poller, int fd, uint32_t events) {
  return with(poller, [&](Poller& core) { return core.watch_descriptor(fd, events); });
}

int mc_poller_unregister(mc_poller* poller, int fd) {
  return change(poller, [&](Poller& core) { return core.unregister_descriptor(fd); });
}

int mc_poller_poll(mc_poller* poller, double timeout) {
  return with(poller, [&](Poller& core) { return core.poll(timeout); });
}

int mc_poller_loop(mc_poller* poller, double timeout, double interval) {
  return with(poller, [&](Poller& core) { return core.loop(timeout, interval); });
}

int mc_poller_stop(mc_poller* poller) {
  return from_a_signal(poller, [](Poller& core) { core.stop(); });
}

int mc_poller_wake(mc_poller* poller) {
  return from_a_signal(poller, [](Poller& core) { core.wake(); });
}

int mc_poller_post(mc_poller* poller, mc_post_fn fn, void* user, mc_destroy_fn destroy) {
  return from_any_thread(poller, [&](Poller& core) -> Status {
    MC_TRY(given(reinterpret_cast<const void*>(fn), "fn"));
    if (core.home()->is_over()) return is_being_freed();
    auto function = std::make_unique<mc::capi::PostedFunction>(fn, user, destroy);
    mc::capi::UserData& data = function->data;
    std::unique_ptr<mc::Mortal> letter = std::move(function);
    data.take();  // first: the other thread may be done with it before this one goes on
    if (core.home()->send(letter)) return {};
    data.leave();
    return is_being_freed();
  });
}

int mc_poller_set_interruptible(mc_poller* poller, int on) {
  return with(poller, [&](Poller& core) -> Status {
    core.set_interruptible(on != 0);
    return {};
  });
}

int mc_poller_set_wait(mc_poller* poller, int policy, double seconds) {
  return with(poller, [&](Poller& core) { return core.set_wait(policy, seconds); });
}

int mc_poller_set_log(mc_poller* poller, mc_log_fn fn, void* user, mc_destroy_fn destroy) {
  return change(poller, [&](Poller& core) -> Status {
    const auto set = [&](std::unique_ptr<mc::LogHandler> handler) {
      core.home()->set_log(std::move(handler));
      return Status();
    };
    if (fn == nullptr) return set(nullptr);
    return give(std::make_unique<mc::capi::LogFunction>(fn, user, destroy), set);
  });
}

int mc_poller_is_polling(const mc_poller* poller) {
  return with(poller, [](Poller& core) -> Result<int> { return core.has_work() ? 1 : 0; });
}

int mc_poller_fd(mc_poller* poller) {
  return with(poller, [](Poller& core) -> Result<int> { return core.fd(); });
}

int mc_poller_stats(const mc_poller* poller, mc_stats* stats, size_t size) {
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
