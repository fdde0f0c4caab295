// multicast.hpp: failures as exceptions. Included by multicast.hpp.
#ifndef MULTICAST_CPP_ERRORS_HPP
#define MULTICAST_CPP_ERRORS_HPP

#if __cplusplus < 202002L
#error "multicast.hpp needs C++20 (-std=c++20); older C++ has the same library in multicast.h"
#else

#include <multicast/multicast.h>

#include <stdexcept>
#include <string>
#include <system_error>
#include <type_traits>

namespace multicast {

// The library's own codes; errors.h says what each means.
enum class errc : int {
  null = MC_ERROR_NULL,
  address = MC_ERROR_ADDRESS,
  not_multicast = MC_ERROR_NOT_MULTICAST,
  family = MC_ERROR_FAMILY,
  scope = MC_ERROR_SCOPE,
  port = MC_ERROR_PORT,
  mtu = MC_ERROR_MTU,
  ttl = MC_ERROR_TTL,
  interface = MC_ERROR_INTERFACE,
  no_interface = MC_ERROR_NO_INTERFACE,
  pattern = MC_ERROR_PATTERN,
  packet_too_large = MC_ERROR_PACKET_TOO_LARGE,
  closed = MC_ERROR_CLOSED,
  open = MC_ERROR_OPEN,
  registered = MC_ERROR_REGISTERED,
  not_registered = MC_ERROR_NOT_REGISTERED,
  busy = MC_ERROR_BUSY,
  time = MC_ERROR_TIME,
  flags = MC_ERROR_FLAGS,
  no_handler = MC_ERROR_NO_HANDLER,
  no_group = MC_ERROR_NO_GROUP,
  size = MC_ERROR_SIZE,
  descriptor = MC_ERROR_DESCRIPTOR,
  internal = MC_ERROR_INTERNAL,
  thread = MC_ERROR_THREAD,
  forked = MC_ERROR_FORKED,
  interrupted = MC_ERROR_INTERRUPTED,
  handler = MC_ERROR_HANDLER,
  filter = MC_ERROR_FILTER,
  costly = MC_ERROR_COSTLY,
  sources = MC_ERROR_SOURCES,
  dscp = MC_ERROR_DSCP,
};

namespace detail {

class category_type final : public std::error_category {
 public:
  const char* name() const noexcept override { return "multicast"; }
  std::string message(int code) const override { return mc_strerror(code); }

  // What the system said equals std::errc; so do those of our own codes that mean the same.
  std::error_condition default_error_condition(int code) const noexcept override {
    if (code < 0 && code >= -4096) return {-code, std::generic_category()};
    switch (code) {
      case MC_ERROR_BUSY:
        return std::errc::device_or_resource_busy;
      case MC_ERROR_INTERRUPTED:
        return std::errc::interrupted;
      case MC_ERROR_PACKET_TOO_LARGE:
        return std::errc::message_size;
      default:
        return {code, *this};
    }
  }
};

}  // namespace detail

// The category of all codes of the C interface: -errno and MC_ERROR_... as they are.
[[nodiscard]] inline const std::error_category& category() noexcept {
  static const detail::category_type the_category;
  return the_category;
}

[[nodiscard]] inline std::error_code make_error_code(errc code) noexcept {
  return {static_cast<int>(code), category()};
}

// What a call of this library throws when it fails; nothing is half done then.
//
//   catch (const multicast::error& e) {
//     if (e.code() == std::errc::address_in_use) ...   // what the system said
//     if (e.code() == multicast::errc::pattern) ...    // what the library said
//     std::cerr << e.what() << '\n';                   // what was wrong and what to do
//
// code().value() is the code of the C interface.
class error : public std::system_error {
 public:
  error(int code, const std::string& sentence)
      : std::system_error(std::error_code(code, category())), sentence_(sentence) {}

  // The sentence alone, without the words for the code that std::system_error adds.
  const char* what() const noexcept override { return sentence_.what(); }
  // The name of the code: "MC_ERROR_PORT", "ENODEV".
  [[nodiscard]] const char* name() const noexcept { return mc_error_name(code().value()); }

 private:
  std::runtime_error sentence_;  // a string whose copies cannot fail, as exceptions need
};

namespace detail {

[[noreturn]] inline void fail(int code) {
  throw error(code, mc_last_error());
}

// The result of a function of the C interface; throws when it is a failure.
inline int check(int result) {
  if (result < 0) [[unlikely]] {
    fail(result);
  }
  return result;
}

// The same for sends: false when there is no room now.
inline bool check_room(int result) {
  if (result < 0 &&
      std::error_code(result, category()) == std::errc::resource_unavailable_try_again) {
    return false;
  }
  check(result);
  return true;
}

}  // namespace detail
}  // namespace multicast

template <>
struct std::is_error_code_enum<multicast::errc> : std::true_type {};

#endif  // C++20
#endif
