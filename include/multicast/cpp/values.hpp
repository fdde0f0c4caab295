// multicast.hpp: what is handed over by value: times, texts and bytes. Included by multicast.hpp.
#ifndef MULTICAST_CPP_VALUES_HPP
#define MULTICAST_CPP_VALUES_HPP

#if __cplusplus < 202002L
#error "multicast.hpp needs C++20 (-std=c++20); older C++ has the same library in multicast.h"
#else

#include <multicast/types.h>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

namespace multicast {

// ---- Times --------------------------------------------------------------------------------------

// How long to wait: any duration, or `forever`. A negative duration is one that has passed, such as
// `deadline - now()`, and does not wait; an infinite one is for ever; NaN is errc::time.
class timeout {
 public:
  template <typename Rep, typename Period>
  constexpr timeout(std::chrono::duration<Rep, Period> span) noexcept
      : seconds_(std::chrono::duration<double>(span).count()) {
    if (seconds_ < 0) {
      seconds_ = 0;
    } else if (seconds_ > std::numeric_limits<double>::max()) {
      seconds_ = -1;
    }
  }

  // As the C interface takes it: negative is for ever.
  [[nodiscard]] constexpr double seconds() const noexcept { return seconds_; }

  [[nodiscard]] static constexpr timeout for_ever() noexcept { return timeout(-1.0); }

 private:
  explicit constexpr timeout(double seconds) noexcept : seconds_(seconds) {}

  double seconds_;
};

inline constexpr timeout forever = timeout::for_ever();

// The seconds of a timer, which are never for ever. A negative duration is errc::time there.
using duration = std::chrono::duration<double>;

// ---- Texts --------------------------------------------------------------------------------------

// A group as text (convention 11 of multicast.h), lent for the call: a literal or a std::string.
// nullptr or "" is MC_DEFAULT_GROUP.
class group_text {
 public:
  constexpr group_text(const char* text) noexcept : text_(text) {}
  group_text(const std::string& text) noexcept : text_(text.c_str()) {}
  [[nodiscard]] constexpr const char* c_str() const noexcept { return text_; }

 private:
  const char* text_;
};

// ---- Bytes --------------------------------------------------------------------------------------

namespace detail {

template <typename T>
concept byte_like = std::same_as<T, char> || std::same_as<T, signed char> ||
    std::same_as<T, unsigned char> || std::same_as<T, std::byte> || std::same_as<T, char8_t>;

template <typename T>
inline constexpr bool is_text_array = false;
template <std::size_t size>
inline constexpr bool is_text_array<char[size]> = true;

template <typename T>
concept byte_container = !is_text_array<T> && requires(const T& container) {
  requires byte_like<std::remove_cvref_t<decltype(*std::data(container))>>;
  { std::size(container) } -> std::convertible_to<std::size_t>;
};

}  // namespace detail

// Bytes to send or to match, lent for the call: a literal (without its NUL), std::string,
// std::string_view, std::span, std::vector, std::array, an array, a packet.
class bytes_view {
 public:
  constexpr bytes_view() noexcept = default;
  constexpr bytes_view(const void* data, std::size_t size) noexcept : data_(data), size_(size) {}
  constexpr bytes_view(const char* text) noexcept : bytes_view(std::string_view(text)) {}

  template <detail::byte_container T>
  constexpr bytes_view(const T& container) noexcept
      : data_(std::data(container)), size_(std::size(container)) {}

  [[nodiscard]] constexpr const void* data() const noexcept { return data_; }
  [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }

 private:
  const void* data_ = nullptr;
  std::size_t size_ = 0;
};

namespace detail {

// Packets that lie one behind the other in these bytes.
inline void check_packed(bytes_view bytes, std::span<const std::uint32_t> sizes) {
  std::uint64_t sum = 0;
  for (const std::uint32_t each : sizes) sum += each;
  if (sum > bytes.size()) throw std::out_of_range("multicast: the packets are more than the bytes");
}

}  // namespace detail

// One of several packets to send: std::array packets{buffer("one"), buffer("two")}. The bytes are
// lent.
[[nodiscard]] constexpr mc_buffer buffer(bytes_view bytes) noexcept {
  return {bytes.data(), bytes.size()};
}

}  // namespace multicast

#endif  // C++20
#endif
