// multicast.hpp: pollers and timers. Included by multicast.hpp; poller.h tells more.
#ifndef MULTICAST_CPP_POLLER_HPP
#define MULTICAST_CPP_POLLER_HPP

#if __cplusplus < 202002L
#error "multicast.hpp needs C++20 (-std=c++20); older C++ has the same library in multicast.h"
#else

#include <multicast/multicast.h>
#include <multicast/cpp/callbacks.hpp>
#include <multicast/cpp/errors.hpp>
#include <multicast/cpp/values.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

namespace multicast {

enum class log_level : int {
  error = MC_LOG_ERROR,
  warning = MC_LOG_WARNING,
  info = MC_LOG_INFO,
};

enum class wait_policy : int {
  block = MC_WAIT_BLOCK,
  hybrid = MC_WAIT_HYBRID,
  coalesce = MC_WAIT_COALESCE,
};

namespace detail {

// A handler of a descriptor is told the descriptor and its events, or nothing.
template <typename F>
concept descriptor_handler = handler<F, int, std::uint32_t> || handler<F>;
template <typename F>
concept descriptor_handler_or_null =
    std::same_as<std::decay_t<F>, std::nullptr_t> || descriptor_handler<F>;

template <typename F>
int tell_events(F& function, int fd, std::uint32_t events) noexcept {
  return guarded(0, [&] {
    if constexpr (verdict_of<F, int, std::uint32_t>) {
      return verdict(function, fd, events);
    } else {
      return verdict(function);
    }
  });
}

template <typename Read, typename Write>
struct descriptor_functions {
  Read on_read;
  Write on_write;

  static mc_descriptor_fn reader() noexcept {
    if constexpr (std::same_as<Read, std::nullptr_t>) {
      return nullptr;
    } else {
      return [](int fd, std::uint32_t events, void* user) {
        return tell_events(object<descriptor_functions>(user).on_read, fd, events);
      };
    }
  }
  static mc_descriptor_fn writer() noexcept {
    if constexpr (std::same_as<Write, std::nullptr_t>) {
      return nullptr;
    } else {
      return [](int fd, std::uint32_t events, void* user) {
        return tell_events(object<descriptor_functions>(user).on_write, fd, events);
      };
    }
  }
};

}  // namespace detail

// ---- Poller -------------------------------------------------------------------------------------

// A poller that somebody else owns: the thread's default poller, or what a `poller` owns. Copied
// freely; must not outlive the poller.
class poller_ref {
 public:
  explicit poller_ref(mc_poller* lent) noexcept : handle_(lent) {}
  [[nodiscard]] mc_poller* get() const noexcept { return handle_; }

  // Waits for events and serves them once: how many were ready; 0 when the time passed, a signal
  // came, or the poller was woken, posted to or stopped. Rethrows what a callback threw.
  int poll(timeout wait = forever) const {
    detail::rethrow_late();
    detail::call call;
    return call.finish(mc_poller_poll(handle_, wait.seconds()));
  }

  // Polls, and rests `interval` after each turn, until stop() (true) or until nothing is left to
  // serve (false). Rethrows what a callback threw; call it again to go on.
  bool loop(timeout wait = forever, timeout interval = std::chrono::seconds(0)) const {
    detail::rethrow_late();
    detail::call call(detail::call::kind::loop, handle_);
    return call.finish(mc_poller_loop(handle_, wait.seconds(), interval.seconds())) == MC_STOPPED;
  }

  // Ends the loop that runs, or else the next one. Any thread, and signal handlers. False where
  // that is impossible: without a poller, or in a forked child.
  bool stop() const noexcept { return mc_poller_stop(handle_) == 0; }
  // The same for one wait.
  bool wake() const noexcept { return mc_poller_wake(handle_) == 0; }

  // Runs the function once, on the poller's thread. Any thread.
  template <detail::action F>
  void post(F&& function) const {
    using Function = std::decay_t<F>;
    detail::give<Function>(
        [this](void* user, mc_destroy_fn destroy) {
          constexpr mc_post_fn run = [](void* self) {
            detail::guarded(0, [self] {
              std::invoke(detail::object<Function>(self));
              return 0;
            });
          };
          return mc_poller_post(handle_, run, user, destroy);
        },
        std::forward<F>(function));
  }

  // Watches a descriptor. A handler takes (int fd, uint32_t events) or nothing, and may return true
  // when it has had enough; one of the two may be nullptr. The descriptor stays the caller's.
  template <detail::descriptor_handler_or_null R, detail::descriptor_handler_or_null W>
  void register_descriptor(int fd, R&& on_read, W&& on_write, std::uint32_t flags = 0) const {
    using Functions = detail::descriptor_functions<std::decay_t<R>, std::decay_t<W>>;
    detail::give<Functions>(
        [&](void* user, mc_destroy_fn destroy) {
          return mc_poller_register(handle_, fd, flags, Functions::reader(), Functions::writer(),
                                    user, destroy);
        },
        Functions{std::forward<R>(on_read), std::forward<W>(on_write)});
  }
  template <detail::descriptor_handler R>
  void register_descriptor(int fd, R&& on_read) const {
    register_descriptor(fd, std::forward<R>(on_read), nullptr);
  }
  // Which of MC_READABLE, MC_PRIORITY and MC_WRITABLE are told of it; 0 rests it.
  void watch_descriptor(int fd, std::uint32_t events) const {
    detail::check(mc_poller_watch(handle_, fd, events));
  }
  void unregister_descriptor(int fd) const { detail::check(mc_poller_unregister(handle_, fd)); }

  // Makes the calling thread the owner of the poller and of all that lives on it.
  void adopt() const { detail::check(mc_poller_adopt(handle_)); }

  // Whether a signal ends loop(), listen() and next() with errc::interrupted.
  void set_interruptible(bool on) const { detail::check(mc_poller_set_interruptible(handle_, on)); }

  // How it waits from its next wait on: wait_policy::hybrid looks for `span` before it sleeps (a busy
  // core, packets sooner), wait_policy::coalesce pauses for `span` after it was woken (packets later,
  // less processor time).
  void set_wait(wait_policy policy, duration span = duration(0)) const {
    detail::check(mc_poller_set_wait(handle_, static_cast<int>(policy), span.count()));
  }

  // Who is told what goes less well than asked for: (log_level, std::error_code, std::string_view),
  // the code being 0 where there is none, and the sentence lent. nullptr: nobody.
  template <detail::action<log_level, std::error_code, std::string_view> F>
  void set_log(F&& function) const {
    using Function = std::decay_t<F>;
    detail::give<Function>(
        [this](void* user, mc_destroy_fn destroy) {
          constexpr mc_log_fn tell = [](int level, int code, const char* sentence, void* self) {
            detail::guarded(0, [=] {
              std::invoke(detail::object<Function>(self), static_cast<log_level>(level),
                          std::error_code(code, category()), std::string_view(sentence));
              return 0;
            });
          };
          return mc_poller_set_log(handle_, tell, user, destroy);
        },
        std::forward<F>(function));
  }
  void set_log(std::nullptr_t) const {
    detail::check(mc_poller_set_log(handle_, nullptr, nullptr, nullptr));
  }

  // Whether something is left to serve.
  [[nodiscard]] bool is_polling() const {
    return detail::check(mc_poller_is_polling(handle_)) != 0;
  }
  // Readable when the poller has work, for another event loop: call poll(0s) then. Lent.
  [[nodiscard]] int fd() const { return detail::check(mc_poller_fd(handle_)); }

  [[nodiscard]] mc_stats stats() const {
    mc_stats counted{};
    detail::check(mc_poller_stats(handle_, &counted, sizeof counted));
    return counted;
  }

 protected:
  void point_to(mc_poller* handle) noexcept { handle_ = handle; }

 private:
  mc_poller* handle_;
};

// A poller, and its owner: its end closes everything that lives on it. Belongs to the thread that
// made it, until another adopts it.
class poller : public poller_ref {
 public:
  poller() : poller(detail::made<mc_poller>(mc_poller_new)) {}
  explicit poller(mc_poller* taken) noexcept : poller_ref(taken) {}
  poller(poller&& other) noexcept : poller(other.release()) {}
  poller& operator=(poller&& other) noexcept {
    poller old(std::move(*this));
    point_to(&other == this ? old.release() : other.release());
    return *this;
  }
  ~poller() {
    detail::call::forget(get());
    mc_poller_free(get());
  }

  explicit operator bool() const noexcept { return get() != nullptr; }
  [[nodiscard]] mc_poller* release() noexcept {
    mc_poller* const given = get();
    point_to(nullptr);
    return given;
  }
};

// The calling thread's own poller. It ends with the thread.
[[nodiscard]] inline poller_ref default_poller() {
  mc_poller* const own = mc_default_poller();
  if (own == nullptr) detail::fail(mc_last_error_code());
  return poller_ref(own);
}

// ---- Timer --------------------------------------------------------------------------------------

// Calls a function `after` a while and then `every` so often (0s: once), while its poller is
// served. The function may return true when it has had enough. Destroying the timer stops it.
class timer {
 public:
  template <detail::handler F>
  timer(duration after, duration every, F&& function, poller_ref home = default_poller()) {
    using Function = std::decay_t<F>;
    detail::give<Function>(
        [&](void* user, mc_destroy_fn destroy) {
          constexpr mc_timer_fn fire = [](void* self) {
            return detail::guarded(
                0, [self] { return detail::verdict(detail::object<Function>(self)); });
          };
          mc_timer* handle = nullptr;
          const int result =
              mc_timer_new(&handle, home.get(), after.count(), every.count(), fire, user, destroy);
          handle_.reset(handle);
          return result;
        },
        std::forward<F>(function));
  }
  template <detail::handler F>
  explicit timer(duration after, F&& function, poller_ref home = default_poller())
      : timer(after, duration(0), std::forward<F>(function), home) {}
  explicit timer(mc_timer* taken) noexcept : handle_(taken) {}

  // Sets it anew, whether it still runs or not. In its own function, too.
  void set(duration after, duration every = duration(0)) {
    detail::check(mc_timer_set(get(), after.count(), every.count()));
  }
  void stop() { detail::check(mc_timer_stop(get())); }
  [[nodiscard]] bool is_running() const { return detail::check(mc_timer_is_running(get())) != 0; }

  explicit operator bool() const noexcept { return handle_ != nullptr; }
  [[nodiscard]] mc_timer* get() const noexcept { return handle_.get(); }
  [[nodiscard]] mc_timer* release() noexcept { return handle_.release(); }

 private:
  std::unique_ptr<mc_timer, detail::deleter<mc_timer_free>> handle_;
};

}  // namespace multicast

#endif  // C++20
#endif
