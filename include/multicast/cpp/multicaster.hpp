// multicast.hpp: multicasters. Included by multicast.hpp; multicaster.h tells more.
#ifndef MULTICAST_CPP_MULTICASTER_HPP
#define MULTICAST_CPP_MULTICASTER_HPP

#if __cplusplus < 202002L
#error "multicast.hpp needs C++20 (-std=c++20); older C++ has the same library in multicast.h"
#else

#include <multicast/multicast.h>
#include <multicast/cpp/callbacks.hpp>
#include <multicast/cpp/errors.hpp>
#include <multicast/cpp/event.hpp>
#include <multicast/cpp/filter.hpp>
#include <multicast/cpp/packets.hpp>
#include <multicast/cpp/poller.hpp>
#include <multicast/cpp/values.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

namespace multicast {

// What a packet source says when it has no packet.
enum class no_packet : int {
  end = MC_SOURCE_END,      // no more: what is pending is sent, then the multicaster closes
  pause = MC_SOURCE_PAUSE,  // nothing for now: multicaster::resume() asks again
};

// What a packet source may return where it returns either: bytes, which stay its own, or no_packet.
class supply {
 public:
  supply(bytes_view packet) noexcept : bytes_(packet) {}
  template <std::convertible_to<bytes_view> T>
  supply(const T& packet) noexcept : bytes_(packet) {}
  supply(no_packet why) noexcept : verdict_(static_cast<int>(why)) {}

  [[nodiscard]] int verdict() const noexcept { return verdict_; }
  [[nodiscard]] bytes_view bytes() const noexcept { return bytes_; }

 private:
  bytes_view bytes_;
  int verdict_ = MC_SOURCE_PACKET;
};

namespace detail {

// What a source's function returned, as a supply. An empty optional is the end.
template <std::convertible_to<supply> T>
supply supply_of(const T& given) noexcept {
  return given;
}
template <std::convertible_to<supply> T>
supply supply_of(const std::optional<T>& given) noexcept {
  return given.has_value() ? supply(*given) : supply(no_packet::end);
}

template <typename F>
concept suppliable = requires(const F& given) {
  supply_of(given);
};
template <typename F>
concept packet_source = action<F> && suppliable<std::decay_t<std::invoke_result_t<kept<F>>>>;

// Keeps what the function returned by value until it is asked again.
template <typename F>
struct source_function {
  using result_type = std::invoke_result_t<F&>;

  explicit source_function(F from) : function(std::move(from)) {}

  int next(mc_buffer& packet) {
    if constexpr (std::is_lvalue_reference_v<result_type>) {
      return fill(packet, supply_of(std::invoke(function)));
    } else {
      given.reset();
      return fill(packet, supply_of(given.emplace(std::invoke(function))));
    }
  }
  static int fill(mc_buffer& packet, const supply& now) noexcept {
    packet = buffer(now.bytes());
    return now.verdict();
  }

  F function;
  std::optional<std::decay_t<result_type>> given;
};

}  // namespace detail

// Sends to a group and port; open from birth until closed. Its poller serves its packet source and
// the answers.
class multicaster {
 public:
  multicaster(group_text group, std::uint16_t port, int ttl = MC_DEFAULT_TTL,
              poller_ref home = default_poller())
      : handle_(detail::made<mc_multicaster>([&](mc_multicaster** out) {
          return mc_multicaster_new(out, home.get(), group.c_str(), port, ttl);
        })) {}
  explicit multicaster(mc_multicaster* taken) noexcept : handle_(taken) {}
  // The same although its interface, or the address to send from, is not there yet: it sends when it
  // has come.
  static multicaster pending(group_text group, std::uint16_t port, int ttl = MC_DEFAULT_TTL,
                             poller_ref home = default_poller()) {
    return multicaster(detail::made<mc_multicaster>([&](mc_multicaster** out) {
      return mc_multicaster_new_pending(out, home.get(), group.c_str(), port, ttl);
    }));
  }

  // Sends one packet at once. False: no room now; nothing was kept, send it again later.
  [[nodiscard]] bool send(bytes_view bytes) {
    return detail::check_room(mc_multicaster_send(get(), bytes.data(), bytes.size()));
  }
  // To one host, from the multicaster's port.
  [[nodiscard]] bool send_to(const mc_address& to, bytes_view bytes) {
    return detail::check_room(mc_multicaster_send_to(get(), &to, bytes.data(), bytes.size()));
  }
  // Sends packets at once, in order: how many were taken. The rest is to be sent again: there was
  // no room, or the next call throws what stood in the way.
  [[nodiscard]] std::size_t send_many(std::span<const mc_buffer> packets) {
    const int taken = mc_multicaster_send_many(get(), packets.data(), packets.size());
    return detail::check_room(taken) ? static_cast<std::size_t>(taken) : 0;
  }

  // The same for packets that lie one behind the other, each of so many bytes. Throws
  // std::out_of_range where the sizes come to more bytes than there are.
  [[nodiscard]] std::size_t send_packed(bytes_view bytes, std::span<const std::uint32_t> sizes) {
    detail::check_packed(bytes, sizes);
    const int taken = mc_multicaster_send_packed(get(), bytes.data(), sizes.data(), sizes.size());
    return detail::check_room(taken) ? static_cast<std::size_t>(taken) : 0;
  }

  // Pulls packets from a function whenever there is room, from the poller's next turn on. It
  // returns bytes (anything that a bytes_view is made of, by value, too), an empty std::optional or
  // no_packet::end to end, or no_packet::pause; `supply` is a type for either. One that throws
  // pauses. nullptr stops pulling.
  template <detail::packet_source F>
  void set_source(F&& function) {
    using Source = detail::source_function<std::decay_t<F>>;
    detail::give<Source>(
        [this](void* user, mc_destroy_fn destroy) {
          constexpr mc_source_fn next = [](mc_buffer* packet, void* self) {
            return detail::guarded(MC_SOURCE_PAUSE,
                                   [=] { return detail::object<Source>(self).next(*packet); });
          };
          return mc_multicaster_set_source(get(), next, user, destroy);
        },
        std::forward<F>(function));
  }
  void set_source(std::nullptr_t) {
    detail::check(mc_multicaster_set_source(get(), nullptr, nullptr, nullptr));
  }
  // Asks a source that paused again.
  void resume() { detail::check(mc_multicaster_resume(get())); }

  // Who is told of packets that waited and could not be sent: (std::error_code,
  // std::string_view sentence, std::uint64_t datagrams). True from it: the multicaster closes.
  template <detail::handler<std::error_code, std::string_view, std::uint64_t> F>
  void set_error_handler(F&& handler) {
    using Function = std::decay_t<F>;
    detail::give<Function>(
        [this](void* user, mc_destroy_fn destroy) {
          constexpr mc_send_error_fn tell = [](int code, const char* sentence,
                                               std::uint64_t datagrams, void* self) {
            return detail::guarded(0, [=] {
              return detail::verdict(detail::object<Function>(self),
                                     std::error_code(code, category()), std::string_view(sentence),
                                     datagrams);
            });
          };
          return mc_multicaster_set_error_handler(get(), tell, user, destroy);
        },
        std::forward<F>(handler));
  }
  void set_error_handler(std::nullptr_t) {
    detail::check(mc_multicaster_set_error_handler(get(), nullptr, nullptr, nullptr));
  }

  // Who is told when its interface is gone and there again. True: the multicaster closes.
  template <detail::handler<event> F>
  void set_event_handler(F&& handler) {
    using Function = std::decay_t<F>;
    detail::give<Function>(
        [this](void* user, mc_destroy_fn destroy) {
          return mc_multicaster_set_event_handler(get(), detail::tell_event<Function>, user,
                                                  destroy);
        },
        std::forward<F>(handler));
  }
  void set_event_handler(std::nullptr_t) {
    detail::check(mc_multicaster_set_event_handler(get(), nullptr, nullptr, nullptr));
  }

  void set_ttl(int ttl) { detail::check(mc_multicaster_set_ttl(get(), ttl)); }
  // The Differentiated Services code point, 0 to 63.
  void set_dscp(int dscp) { detail::check(mc_multicaster_set_dscp(get(), dscp)); }
  // Whether listeners on this host hear it, too.
  void set_loopback(bool on) { detail::check(mc_multicaster_set_loopback(get(), on)); }
  // Whether sends are accepted, to leave together at the end of the poller's turn; true from send()
  // then means accepted.
  void set_batching(bool on) { detail::check(mc_multicaster_set_batching(get(), on)); }
  // Sends what waits. How many packets still wait.
  std::size_t flush() {
    return static_cast<std::size_t>(detail::check(mc_multicaster_flush(get())));
  }
  // How fast what waits may leave, in bytes a second (0: as fast as it can), and how many bytes
  // together.
  void set_pace(std::uint64_t bytes_per_second, std::uint64_t burst) {
    detail::check(mc_multicaster_set_pace(get(), bytes_per_second, burst));
  }
  // How many datagrams leave together at most: 1 (singly) to MC_MAX_TRAIN.
  void set_train_limit(std::size_t datagrams) {
    detail::check(mc_multicaster_set_train_limit(get(), datagrams));
  }
  // The port to send from, and to be answered at; 0 for one that the system chooses.
  void set_source_port(std::uint16_t port, bool shared = false) {
    detail::check(mc_multicaster_set_source_port(get(), port, shared));
  }
  // The address of this host to send from; "" or nullptr for the interface's.
  void set_source_address(const std::string& address) {
    detail::check(mc_multicaster_set_source_address(get(), address.c_str()));
  }
  void set_source_address(std::nullptr_t) {
    detail::check(mc_multicaster_set_source_address(get(), nullptr));
  }
  // Where it sends from: the port, and the address where one was chosen.
  [[nodiscard]] address source() const {
    address from;
    detail::check(mc_multicaster_source(get(), &from));
    return from;
  }

  // Who takes the answers, as listener::set_handler; nullptr: nobody.
  template <detail::handler<packet_view> F>
  void set_handler(F&& handler) {
    using Function = std::decay_t<F>;
    detail::give<Function>(
        [this](void* user, mc_destroy_fn destroy) {
          return mc_multicaster_set_handler(get(), detail::hand_over<Function>, user, destroy);
        },
        std::forward<F>(handler));
  }
  void set_handler(std::nullptr_t) {
    detail::check(mc_multicaster_set_handler(get(), nullptr, nullptr, nullptr));
  }
  void set_filter(const filter& chosen) {
    detail::check(mc_multicaster_set_filter(get(), chosen.get()));
  }
  void set_filter(std::nullptr_t) { detail::check(mc_multicaster_set_filter(get(), nullptr)); }

  // Writable when there is room to send (poll(2)); lent, and changes with the source port.
  [[nodiscard]] int fd() const { return detail::check(mc_multicaster_fd(get())); }

  // Sends what was accepted for batching as far as there is room, and discards what else waits.
  void close() { detail::check(mc_multicaster_close(get())); }
  [[nodiscard]] bool is_open() const { return detail::check(mc_multicaster_is_open(get())) != 0; }

  [[nodiscard]] mc_stats stats() const {
    mc_stats counted{};
    detail::check(mc_multicaster_stats(get(), &counted, sizeof counted));
    return counted;
  }

  explicit operator bool() const noexcept { return handle_ != nullptr; }
  [[nodiscard]] mc_multicaster* get() const noexcept { return handle_.get(); }
  [[nodiscard]] mc_multicaster* release() noexcept { return handle_.release(); }

 private:
  std::unique_ptr<mc_multicaster, detail::deleter<mc_multicaster_free>> handle_;
};

}  // namespace multicast

#endif  // C++20
#endif
