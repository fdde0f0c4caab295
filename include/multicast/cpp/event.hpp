// multicast.hpp: what becomes of groups and their interfaces. Included by multicast.hpp.
#ifndef MULTICAST_CPP_EVENT_HPP
#define MULTICAST_CPP_EVENT_HPP

#if __cplusplus < 202002L
#error "multicast.hpp needs C++20 (-std=c++20); older C++ has the same library in multicast.h"
#else

#include <multicast/multicast.h>
#include <multicast/cpp/callbacks.hpp>

#include <cstdint>
#include <string_view>

namespace multicast {

// MC_EVENT_...; lent, with its texts, until the handler returns.
class event {
 public:
  explicit event(const mc_event& lent) noexcept : lent_(&lent) {}

  [[nodiscard]] int kind() const noexcept { return lent_->kind; }
  // "239.1.2.3:4242"; empty where it is about the interface.
  [[nodiscard]] std::string_view group() const noexcept { return lent_->group; }
  // Its name; empty: none, or not one only.
  [[nodiscard]] std::string_view interface_name() const noexcept { return lent_->interface; }
  [[nodiscard]] std::uint32_t interface_index() const noexcept { return lent_->interface_index; }
  // The same for people.
  [[nodiscard]] std::string_view sentence() const noexcept { return lent_->sentence; }

 private:
  const mc_event* lent_;
};

namespace detail {

template <typename Function>
int tell_event(const mc_event* told, void* self) {
  return guarded(0, [=] { return verdict(object<Function>(self), event(*told)); });
}

}  // namespace detail
}  // namespace multicast

#endif
#endif
