// multicast.hpp: filters. Included by multicast.hpp; filter.h tells more.
#ifndef MULTICAST_CPP_FILTER_HPP
#define MULTICAST_CPP_FILTER_HPP

#if __cplusplus < 202002L
#error "multicast.hpp needs C++20 (-std=c++20); older C++ has the same library in multicast.h"
#else

#include <multicast/multicast.h>
#include <multicast/cpp/callbacks.hpp>
#include <multicast/cpp/errors.hpp>
#include <multicast/cpp/packets.hpp>
#include <multicast/cpp/values.hpp>

#include <concepts>
#include <functional>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

namespace multicast {

class filter;

namespace detail {

template <typename F>
concept filter_function = !std::same_as<std::decay_t<F>, filter> && storable<F> &&
                          std::is_invocable_r_v<bool, kept<F>, packet_view>;

// Hands a packet to a callable of type F.
template <typename F>
int hand_over(const mc_packet* packet, void* user) noexcept {
  return guarded(0, [=] { return verdict(object<F>(user), packet_view(*packet)); });
}

}  // namespace detail

// Which packets reach a handler. Immutable; listeners share it and keep it alive, so that it may be
// destroyed at once. Any thread may use it, if its function allows that.
class filter {
 public:
  // Accepts what a function of a packet_view says. One that throws refuses the packet, and the
  // exception leaves the call under way: poll(), loop(), listen(), next() or matches().
  template <detail::filter_function F>
  filter(F&& accepts) {  // NOLINT(bugprone-forwarding-reference-overload): F is no filter
    using Function = std::decay_t<F>;
    detail::give<Function>(
        [this](void* user, mc_destroy_fn destroy) {
          constexpr mc_filter_fn ask = [](const mc_packet* packet, void* self) {
            return detail::guarded(0, [=] {
              const bool accepted =
                  std::invoke(detail::object<Function>(self), packet_view(*packet));
              return accepted ? 1 : 0;
            });
          };
          mc_filter* handle = nullptr;
          const int result = mc_filter_callable(&handle, ask, user, destroy);
          handle_.reset(handle);
          return result;
        },
        std::forward<F>(accepts));
  }
  explicit filter(mc_filter* taken) noexcept : handle_(taken) {}

  // Accepts what an expression of RE2's syntax matches from the packet's first byte on.
  [[nodiscard]] static filter regex(std::string_view pattern) {
    return filter(detail::made<mc_filter>([&](mc_filter** out) {
      return mc_filter_regex(out, pattern.data() != nullptr ? pattern.data() : "", pattern.size());
    }));
  }

  // Whether it accepts a packet of these bytes, from `source` if one is given.
  [[nodiscard]] bool matches(bytes_view bytes, const mc_address* source = nullptr) const {
    detail::call call;
    return call.finish(mc_filter_matches(get(), bytes.data(), bytes.size(), source)) != 0;
  }
  [[nodiscard]] bool matches(bytes_view bytes, const mc_address& source) const {
    return matches(bytes, &source);
  }

  explicit operator bool() const noexcept { return handle_ != nullptr; }
  [[nodiscard]] mc_filter* get() const noexcept { return handle_.get(); }
  [[nodiscard]] mc_filter* release() noexcept { return handle_.release(); }

 private:
  std::unique_ptr<mc_filter, detail::deleter<mc_filter_free>> handle_;
};

}  // namespace multicast

#endif  // C++20
#endif
