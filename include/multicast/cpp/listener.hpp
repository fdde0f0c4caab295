// multicast.hpp: listeners. Included by multicast.hpp; listener.h tells more.
#ifndef MULTICAST_CPP_LISTENER_HPP
#define MULTICAST_CPP_LISTENER_HPP

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
#include <initializer_list>
#include <memory>
#include <optional>
#include <ranges>
#include <type_traits>
#include <utility>
#include <vector>

namespace multicast {

namespace detail {

// Texts that outlive the going through them.
template <typename R>
concept text_range = std::ranges::input_range<const R> &&
    std::constructible_from<group_text, std::ranges::range_reference_t<const R>> &&
    (std::is_reference_v<std::ranges::range_reference_t<const R>> ||
     std::is_pointer_v<std::ranges::range_reference_t<const R>>);

}  // namespace detail

// Hears groups. Made closed; with a handler its poller serves it, without one it is pulled by
// next(). Destroying it closes it, also inside its own handler.
class listener {
 public:
  explicit listener(poller_ref home = default_poller())
      : handle_(detail::made<mc_listener>(
            [&](mc_listener** out) { return mc_listener_new(out, home.get()); })),
        home_(home) {}
  // `home` is the poller that it lives on.
  explicit listener(mc_listener* taken, poller_ref home = default_poller()) noexcept
      : handle_(taken), home_(home) {}

  // Groups may be added and removed while it is closed.
  void add(group_text group, std::uint16_t port) {
    detail::check(mc_listener_add(get(), group.c_str(), port));
  }
  void remove(group_text group, std::uint16_t port) {
    detail::check(mc_listener_remove(get(), group.c_str(), port));
  }

  // From whom groups are heard: at any time, also while open. A group is named as it was added, but
  // without a source; nullptr is all groups of the source's family.
  void allow_source(group_text group, group_text source) {
    detail::check(mc_listener_allow_source(get(), group.c_str(), source.c_str()));
  }
  void drop_source(group_text group, group_text source) {
    detail::check(mc_listener_drop_source(get(), group.c_str(), source.c_str()));
  }
  void block_source(group_text group, group_text source) {
    detail::check(mc_listener_block_source(get(), group.c_str(), source.c_str()));
  }
  void unblock_source(group_text group, group_text source) {
    detail::check(mc_listener_unblock_source(get(), group.c_str(), source.c_str()));
  }
  // Replaces the whole list, by those to hear or those not to hear: texts, as in
  // set_sources("239.1.1.1", MC_SOURCES_ONLY, {"10.0.0.1", "10.0.0.2"}).
  template <detail::text_range R>
  void set_sources(group_text group, int mode, const R& sources) {
    std::vector<const char*> texts;
    for (const auto& each : sources) texts.push_back(group_text(each).c_str());
    detail::check(mc_listener_set_sources(get(), group.c_str(), mode, texts.data(), texts.size()));
  }
  void set_sources(group_text group, int mode, std::initializer_list<group_text> sources) {
    std::vector<const char*> texts;
    for (const group_text each : sources) texts.push_back(each.c_str());
    detail::check(mc_listener_set_sources(get(), group.c_str(), mode, texts.data(), texts.size()));
  }

  // What takes a packet_view (or const mc_packet&) at a time; it may return true when it has had
  // enough, and the listener closes. nullptr makes it pulled again.
  template <detail::handler<packet_view> F>
  void set_handler(F&& handler) {
    using Function = std::decay_t<F>;
    detail::give<Function>(
        [this](void* user, mc_destroy_fn destroy) {
          return mc_listener_set_handler(get(), detail::hand_over<Function>, user, destroy);
        },
        std::forward<F>(handler));
  }
  void set_handler(std::nullptr_t) {
    detail::check(mc_listener_set_handler(get(), nullptr, nullptr, nullptr));
  }
  // The same with a packet_batch: all that were read together.
  template <detail::handler<packet_batch> F>
  void set_batch_handler(F&& handler) {
    using Function = std::decay_t<F>;
    detail::give<Function>(
        [this](void* user, mc_destroy_fn destroy) {
          constexpr mc_batch_fn hand_over = [](const mc_packet* const* packets, std::size_t count,
                                               void* self) {
            return detail::guarded(0, [=] {
              return detail::verdict(detail::object<Function>(self), packet_batch(packets, count));
            });
          };
          return mc_listener_set_batch_handler(get(), hand_over, user, destroy);
        },
        std::forward<F>(handler));
  }

  // The same with a packed_batch.
  template <detail::handler<packed_batch> F>
  void set_packed_handler(F&& handler) {
    using Function = std::decay_t<F>;
    detail::give<Function>(
        [this](void* user, mc_destroy_fn destroy) {
          constexpr mc_packed_fn hand_over = [](const mc_packed* batch, void* self) {
            return detail::guarded(0, [=] {
              return detail::verdict(detail::object<Function>(self), packed_batch(*batch));
            });
          };
          return mc_listener_set_packed_handler(get(), hand_over, user, destroy);
        },
        std::forward<F>(handler));
  }

  // Which packets it gets: a filter, a function of a packet_view, or nullptr for all.
  void set_filter(const filter& chosen) {
    detail::check(mc_listener_set_filter(get(), chosen.get()));
  }
  void set_filter(std::nullptr_t) { detail::check(mc_listener_set_filter(get(), nullptr)); }

  // The most bytes of a packet that are shown.
  void set_mtu(std::size_t mtu) { detail::check(mc_listener_set_mtu(get(), mtu)); }
  // Closes after so many packets; 0: no limit.
  void set_limit(std::uint64_t packets) { detail::check(mc_listener_set_limit(get(), packets)); }
  // What else to tell of each packet: MC_PACKET_TIME | MC_PACKET_TTL | MC_PACKET_DSCP |
  // MC_PACKET_HARDWARE_TIME.
  void set_details(std::uint32_t details) {
    detail::check(mc_listener_set_details(get(), details));
  }
  // Whether packets that this process sent are left out.
  void set_ignore_own(bool on) { detail::check(mc_listener_set_ignore_own(get(), on)); }
  // Whether opening succeeds although an interface is missing: the group is joined when it comes.
  void set_pending(bool on) { detail::check(mc_listener_set_pending(get(), on)); }

  // Who is told what becomes of its groups and their interfaces. True: the listener closes.
  template <detail::handler<event> F>
  void set_event_handler(F&& handler) {
    using Function = std::decay_t<F>;
    detail::give<Function>(
        [this](void* user, mc_destroy_fn destroy) {
          return mc_listener_set_event_handler(get(), detail::tell_event<Function>, user, destroy);
        },
        std::forward<F>(handler));
  }
  void set_event_handler(std::nullptr_t) {
    detail::check(mc_listener_set_event_handler(get(), nullptr, nullptr, nullptr));
  }
  // After how many seconds without a packet a group is silent; 0: never.
  void set_silence(double seconds) { detail::check(mc_listener_set_silence(get(), seconds)); }

  void set_kernel_filter(bool on) { detail::check(mc_listener_set_kernel_filter(get(), on)); }
  void set_receive_buffer(std::uint32_t bytes) {
    detail::check(mc_listener_set_receive_buffer(get(), bytes));
  }

  // Joins all groups, or none.
  void open() { detail::check(mc_listener_open(get())); }
  void close() { detail::check(mc_listener_close(get())); }
  [[nodiscard]] bool is_open() const { return detail::check(mc_listener_is_open(get())) != 0; }

  // The next packet, lent until the next call of the three, until it is opened again or destroyed;
  // nothing when the time passed, or the poller was woken or stopped.
  [[nodiscard]] std::optional<packet_view> next(timeout wait = forever) {
    const mc_packet* packet = nullptr;
    const int count =
        pull(wait, [&](double span) { return mc_listener_next(get(), &packet, span); });
    return count > 0 ? std::optional<packet_view>(*packet) : std::nullopt;
  }
  // The same for all that came together, at most `most` of them.
  [[nodiscard]] packet_batch next_many(std::size_t most = MC_MAX_BATCH, timeout wait = forever) {
    const mc_packet* const* packets = nullptr;
    const int count =
        pull(wait, [&](double span) { return mc_listener_next_many(get(), &packets, most, span); });
    return {packets, static_cast<std::size_t>(count)};
  }
  [[nodiscard]] packed_batch next_packed(std::size_t most = MC_MAX_BATCH, timeout wait = forever) {
    const mc_packed* packed = nullptr;
    const int count = pull(
        wait, [&](double span) { return mc_listener_next_packed(get(), &packed, most, span); });
    return count > 0 ? packed_batch(*packed) : packed_batch();
  }
  // Readable while next() has something to do, for another event loop. Lent.
  [[nodiscard]] int fd() const { return detail::check(mc_listener_fd(get())); }

  [[nodiscard]] mc_stats stats() const {
    mc_stats counted{};
    detail::check(mc_listener_stats(get(), &counted, sizeof counted));
    return counted;
  }

  explicit operator bool() const noexcept { return handle_ != nullptr; }
  [[nodiscard]] mc_listener* get() const noexcept { return handle_.get(); }
  [[nodiscard]] mc_listener* release() noexcept { return handle_.release(); }

 private:
  // Packets go before what the filter threw at another one: the next call rethrows that.
  template <typename Take>
  int pull(timeout wait, Take take) {
    detail::rethrow_late();
    const double span = wait.seconds();
    using kind = detail::call::kind;
    detail::call call(span != 0 ? kind::pull : kind::brief, home_.get(), get());
    const int count = take(span);
    return count > 0 ? count : call.finish(count);
  }

  std::unique_ptr<mc_listener, detail::deleter<mc_listener_free>> handle_;
  poller_ref home_;
};

}  // namespace multicast

#endif  // C++20
#endif
