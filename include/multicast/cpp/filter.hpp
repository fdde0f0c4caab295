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

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

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
    return regex_by(mc_filter_regex, pattern);
  }
  // Also one that regex() refuses as costly.
  [[nodiscard]] static filter regex_costly(std::string_view pattern) {
    return regex_by(mc_filter_regex_costly, pattern);
  }

  // Accepts every packet.
  [[nodiscard]] static filter everything() {
    return filter(detail::made<mc_filter>(mc_filter_everything));
  }

  // Accepts packets that begin with these bytes.
  [[nodiscard]] static filter prefix(bytes_view begin) {
    return filter(detail::made<mc_filter>(
        [&](mc_filter** out) { return mc_filter_prefix(out, begin.data(), begin.size()); }));
  }

  // Accepts packets that have these bytes from `offset` on; with a mask, which is as long as they
  // are, compared in the bits that it has set.
  [[nodiscard]] static filter bytes(std::size_t offset, bytes_view value) {
    return filter(detail::made<mc_filter>([&](mc_filter** out) {
      return mc_filter_bytes(out, offset, value.data(), nullptr, value.size());
    }));
  }
  [[nodiscard]] static filter bytes(std::size_t offset, bytes_view value, bytes_view mask) {
    if (mask.size() != value.size()) {
      throw std::invalid_argument("multicast: the mask is not as long as the bytes");
    }
    return filter(detail::made<mc_filter>([&](mc_filter** out) {
      return mc_filter_bytes(out, offset, value.data(), mask.data(), value.size());
    }));
  }

  // Accepts packets of `least` to `most` bytes.
  [[nodiscard]] static filter size(std::size_t least, std::size_t most) {
    return filter(
        detail::made<mc_filter>([&](mc_filter** out) { return mc_filter_size(out, least, most); }));
  }

  // Accepts packets from a host ("10.1.2.3") or a network ("10.0.0.0/8", "fe80::/10").
  [[nodiscard]] static filter source(const std::string& network) {
    return filter(detail::made<mc_filter>(
        [&](mc_filter** out) { return mc_filter_source(out, network.c_str()); }));
  }

  // Accepts packets from a source port, or from the ports `first` to `last`.
  [[nodiscard]] static filter source_port(std::uint16_t first, std::uint16_t last) {
    return filter(detail::made<mc_filter>(
        [&](mc_filter** out) { return mc_filter_source_port(out, first, last); }));
  }
  [[nodiscard]] static filter source_port(std::uint16_t only) { return source_port(only, only); }

  // Accepts what all parts accept, or what some part accepts: filters, and functions as filters are
  // made of. The parts may be destroyed. filter.h says in which order they are asked.
  template <typename... Parts>
  requires(std::convertible_to<Parts, const filter&>&&...) [[nodiscard]] static filter
      all_of(Parts&&... parts) {
    return joined(mc_filter_all_of, static_cast<const filter&>(std::forward<Parts>(parts))...);
  }
  [[nodiscard]] static filter all_of(std::span<const filter> parts) {
    return combined(mc_filter_all_of, handles_of(parts));
  }
  template <typename... Parts>
  requires(std::convertible_to<Parts, const filter&>&&...) [[nodiscard]] static filter
      any_of(Parts&&... parts) {
    return joined(mc_filter_any_of, static_cast<const filter&>(std::forward<Parts>(parts))...);
  }
  [[nodiscard]] static filter any_of(std::span<const filter> parts) {
    return combined(mc_filter_any_of, handles_of(parts));
  }

  // Accepts what the part does not.
  [[nodiscard]] static filter not_of(const filter& part) {
    return filter(
        detail::made<mc_filter>([&](mc_filter** out) { return mc_filter_not(out, part.get()); }));
  }

  // The same: a & b, a | b, ~a. (&&, || and ! ask of owners whether they have a handle.) Each nests
  // one deeper; all_of and any_of of many do not.
  [[nodiscard]] friend filter operator&(const filter& a, const filter& b) { return all_of(a, b); }
  [[nodiscard]] friend filter operator|(const filter& a, const filter& b) { return any_of(a, b); }
  [[nodiscard]] friend filter operator~(const filter& part) { return not_of(part); }

  // The filter as text, for people: all of (size 8 to 1400, prefix "NOTIFY").
  [[nodiscard]] std::string description() const {
    std::string text(static_cast<std::size_t>(detail::check(describe(nullptr, 0))), '\0');
    detail::check(describe(text.data(), text.size() + 1));  // a string has room for the NUL
    return text;
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
  using combination = int (*)(mc_filter**, const mc_filter* const*, std::size_t);

  [[nodiscard]] static filter combined(combination construct,
                                       std::span<const mc_filter* const> parts) {
    return filter(detail::made<mc_filter>(
        [&](mc_filter** out) { return construct(out, parts.data(), parts.size()); }));
  }
  template <typename... Filters>
  [[nodiscard]] static filter joined(combination construct, const Filters&... parts) {
    return combined(construct, std::array<const mc_filter*, sizeof...(parts)>{parts.get()...});
  }
  [[nodiscard]] static std::vector<const mc_filter*> handles_of(std::span<const filter> parts) {
    std::vector<const mc_filter*> handles;
    handles.reserve(parts.size());
    for (const filter& each : parts) handles.push_back(each.get());
    return handles;
  }
  int describe(char* text, std::size_t size) const { return mc_filter_describe(get(), text, size); }
  [[nodiscard]] static filter regex_by(decltype(mc_filter_regex)* make, std::string_view pattern) {
    return filter(detail::made<mc_filter>([&](mc_filter** out) {
      return make(out, pattern.data() != nullptr ? pattern.data() : "", pattern.size());
    }));
  }

  std::unique_ptr<mc_filter, detail::deleter<mc_filter_free>> handle_;
};

}  // namespace multicast

#endif  // C++20
#endif
