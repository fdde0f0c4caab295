// multicast.hpp: the user's callables behind C's `fn, user, destroy`, and how what they throw gets
// past the frames of C. Included by multicast.hpp; nothing of it is for users.
#ifndef MULTICAST_CPP_CALLBACKS_HPP
#define MULTICAST_CPP_CALLBACKS_HPP

#if __cplusplus < 202002L
#error "multicast.hpp needs C++20 (-std=c++20); older C++ has the same library in multicast.h"
#else

#include <multicast/multicast.h>
#include <multicast/cpp/errors.hpp>

#include <concepts>
#include <exception>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace multicast::detail {

// ---- Exceptions ---------------------------------------------------------------------------------

// Exceptions that no call has rethrown yet: the thread's, in the order in which they were thrown.
struct late_exception {
  std::exception_ptr exception;
  late_exception* next;
};
class call;

// Trivial, so that they work until the very end of a thread.
inline constinit thread_local late_exception* first_late = nullptr;
inline constinit thread_local late_exception* last_late = nullptr;
inline constinit thread_local call* innermost = nullptr;

inline std::exception_ptr take_late() noexcept {
  const std::unique_ptr<late_exception> taken(first_late);
  first_late = taken->next;
  return std::move(taken->exception);
}

// Allocates; without memory for it the program ends, as where an exception meets another.
inline void keep_late(std::exception_ptr exception, bool in_front) noexcept {
  struct cleaner {
    ~cleaner() {
      while (first_late != nullptr) take_late();
    }
  };
  static thread_local const cleaner at_the_end_of_the_thread;
  (void)at_the_end_of_the_thread;
  auto* const kept =
      std::make_unique<late_exception>(late_exception{std::move(exception), nullptr}).release();
  if (first_late == nullptr) {
    first_late = last_late = kept;
  } else if (in_front) {
    kept->next = std::exchange(first_late, kept);
  } else {
    last_late = last_late->next = kept;
  }
}

inline void rethrow_late() {
  if (first_late != nullptr) std::rethrow_exception(take_late());
}

// A call into the library that runs callbacks, on the stack of the thread that makes it. What a
// callback throws goes to the innermost one.
class call {
 public:
  enum class kind { brief, loop, pull };

  explicit call(kind what = kind::brief, mc_poller* poller = nullptr,
                const mc_listener* listener = nullptr) noexcept
      : kind_(what), poller_(poller), listener_(listener), outer_(innermost) {
    innermost = this;
  }
  ~call() {
    innermost = outer_;
    if (first_) keep_late(std::move(first_), true);
  }
  call(const call&) = delete;
  call& operator=(const call&) = delete;

  // Takes what a callback threw, and has the call return soon.
  static void carry(std::exception_ptr exception) noexcept {
    if (innermost == nullptr || innermost->first_) {
      keep_late(std::move(exception), false);
      return;
    }
    innermost->first_ = std::move(exception);
    innermost->hurry();
  }

  // What a callback frees is not to be hurried any more.
  static void forget(const void* handle) noexcept {
    for (call* each = innermost; each != nullptr; each = each->outer_) {
      if (each->poller_ == handle || each->listener_ == handle) each->poller_ = nullptr;
    }
  }

  // To be called with what the library returned: throws what a callback threw, else what failed.
  int finish(int result) {
    if (first_) std::rethrow_exception(std::exchange(first_, nullptr));
    return check(result);
  }

 private:
  void hurry() const noexcept {
    if (poller_ == nullptr) return;
    if (kind_ == kind::loop) mc_poller_stop(poller_);
    // A closed listener waits for nothing.
    if (kind_ == kind::pull && mc_listener_is_open(listener_) == 1) mc_poller_wake(poller_);
  }

  std::exception_ptr first_;
  kind kind_;
  mc_poller* poller_;
  const mc_listener* listener_;
  call* outer_;
};

// Runs the body of a callback; `otherwise` is what C is told when it throws.
template <typename Body>
int guarded(int otherwise, Body&& body) noexcept {
  try {
    return std::forward<Body>(body)();
  } catch (...) {
    call::carry(std::current_exception());
    return otherwise;
  }
}

// ---- Callables ----------------------------------------------------------------------------------

// A callable as it is called: the library's own copy of it.
template <typename F>
using kept = std::decay_t<F>&;

// Destructors that throw have no place to throw to.
template <typename F>
concept storable =
    std::is_constructible_v<std::decay_t<F>, F> && std::is_nothrow_destructible_v<std::decay_t<F>>;

// Returns nothing, or whether it has had enough: bool or an integer.
template <typename F, typename... Arguments>
concept verdict_of = std::is_invocable_v<F&, Arguments...> &&
    (std::is_void_v<std::invoke_result_t<F&, Arguments...>> ||
     std::is_integral_v<std::invoke_result_t<F&, Arguments...>>);

// What may be given as a handler of these arguments, and as a function of no verdict.
template <typename F, typename... Arguments>
concept handler = storable<F> && verdict_of<std::decay_t<F>, Arguments...>;
template <typename F, typename... Arguments>
concept action = storable<F> && std::is_invocable_v<kept<F>, Arguments...>;

template <typename F, typename... Arguments>
int verdict(F& function, Arguments&&... arguments) {
  if constexpr (std::is_void_v<std::invoke_result_t<F&, Arguments...>>) {
    std::invoke(function, std::forward<Arguments>(arguments)...);
    return 0;
  } else {
    return std::invoke(function, std::forward<Arguments>(arguments)...) ? 1 : 0;
  }
}

template <typename F>
F& object(void* user) noexcept {
  return *static_cast<F*>(user);
}

template <typename F>
void destroy(void* user) noexcept {
  delete static_cast<F*>(user);
}

// Makes an F that the library keeps, by `set(user, destroy)`, a call of the C interface.
template <typename F, typename Set, typename... Arguments>
void give(Set&& set, Arguments&&... arguments) {
  auto owned = std::make_unique<F>(std::forward<Arguments>(arguments)...);
  check(std::forward<Set>(set)(static_cast<void*>(owned.get()), &destroy<F>));
  (void)owned.release();  // the library's; or destroyed already
}

// An owner of a handle.
template <auto free>
struct deleter {
  template <typename Handle>
  void operator()(Handle* handle) const noexcept {
    call::forget(handle);
    free(handle);
  }
};

// A handle from its constructor in C.
template <typename Handle, typename New>
Handle* made(New&& construct) {
  Handle* handle = nullptr;
  check(std::forward<New>(construct)(&handle));
  return handle;
}

}  // namespace multicast::detail

#endif  // C++20
#endif
