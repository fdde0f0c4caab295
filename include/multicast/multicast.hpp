// libmulticast for C++20: the C interface with owners, lambdas and exceptions. Header-only: it is
// compiled into your program, and only the C interface is linked to.
//
//   multicast::listener listener;
//   listener.add("239.1.2.3", 4242);
//   listener.set_handler([](multicast::packet_view packet) {
//     std::cout << packet.source() << ": " << packet.text() << '\n';
//   });
//   listener.open();
//   multicast::loop();
//
// The conventions of multicast.h hold. What C++ adds to them:
//
//  1. Failures throw multicast::error, a std::system_error whose what() is the library's sentence.
//     Destructors do not throw. send(), send_to() of a multicaster and reply() return false where
//     there is only no room now.
//  2. Handles are owned by move-only objects: poller, listener, multicaster, timer, filter, packet.
//     get() lends the handle to C, release() gives it up, and a constructor takes one. What was
//     moved from has none, and its functions throw errc::null. poller_ref, packet_view and
//     packet_batch lend.
//  3. A callback is any callable, move-only ones too. It is moved into one allocation, destroyed
//     after its last call, and no call allocates. Where it may have had enough it returns bool or
//     an integer, or nothing, which is to go on. Its destructor must not throw.
//  4. What a callback throws is rethrown by the call that ran it: poll, loop, listen, next,
//     next_many, filter::matches. The callback counts as having returned "go on" (a filter refuses
//     the packet, a source pauses), nothing closes, and the rest of the turn is served first. When
//     several throw, the first is rethrown, and each of the others by the thread's next call of
//     poll, loop, listen, next or next_many, at once and in order; so is what was thrown where no
//     such call was under way (the log's while a listener opened; anything under mc_poll of C).
//     next and next_many return the packets that they have first. None is lost, unless the thread
//     ends before. A loop that is left by an exception may be called again.
//  5. Waits take any std::chrono::duration, or multicast::forever. A negative one does not wait.
#ifndef MULTICAST_MULTICAST_HPP
#define MULTICAST_MULTICAST_HPP

#if __cplusplus < 202002L
#error "multicast.hpp needs C++20 (-std=c++20); older C++ has the same library in multicast.h"
#else

#include <multicast/multicast.h>
#include <multicast/cpp/callbacks.hpp>
#include <multicast/cpp/errors.hpp>
#include <multicast/cpp/event.hpp>
#include <multicast/cpp/filter.hpp>
#include <multicast/cpp/listener.hpp>
#include <multicast/cpp/multicaster.hpp>
#include <multicast/cpp/packets.hpp>
#include <multicast/cpp/poller.hpp>
#include <multicast/cpp/values.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace multicast {

// ---- Version ------------------------------------------------------------------------------------

// Of the library that runs: "0.1.0", and as a number like MC_VERSION_NUMBER.
[[nodiscard]] inline std::string_view version() noexcept {
  return mc_version();
}
[[nodiscard]] inline int version_number() noexcept {
  return mc_version_number();
}

// ---- Limits -------------------------------------------------------------------------------------

// A TTL written as a number or in words, as in "same site" (mc_ttl_parse).
[[nodiscard]] inline int parse_ttl(const std::string& text) {
  return detail::check(mc_ttl_parse(text.c_str()));
}

// ---- Interfaces ---------------------------------------------------------------------------------

// A network interface, copied.
struct interface_info {
  std::string name;
  std::vector<address> addresses;  // port 0; link-local ones carry their scope
  std::uint32_t index = 0;
  std::uint32_t flags = 0;  // MC_INTERFACE_...

  [[nodiscard]] bool is_up() const noexcept { return (flags & MC_INTERFACE_UP) != 0; }
  [[nodiscard]] bool is_multicast() const noexcept { return (flags & MC_INTERFACE_MULTICAST) != 0; }
  [[nodiscard]] bool is_loopback() const noexcept { return (flags & MC_INTERFACE_LOOPBACK) != 0; }
};

// Those of the calling thread's network namespace, in the order of their indexes.
[[nodiscard]] inline std::vector<interface_info> interfaces() {
  const mc_interface* const* listed = nullptr;
  const int count = detail::check(mc_interfaces(&listed));
  const auto free = [](const mc_interface* const* dead) { mc_interfaces_free(dead); };
  const std::unique_ptr<const mc_interface* const, decltype(free)> owner(listed, free);
  std::vector<interface_info> copied;
  copied.reserve(static_cast<std::size_t>(count));
  for (const mc_interface* each : std::span(listed, static_cast<std::size_t>(count))) {
    copied.push_back({each->name,
                      {each->addresses, each->addresses + each->address_count},
                      each->index,
                      each->flags});
  }
  return copied;
}

struct interface_name {
  std::uint32_t index = 0;
  std::string name;
};

// The interface that a group means at this moment: the one that it names, else the default one.
[[nodiscard]] inline interface_name default_interface(group_text group) {
  char name[MC_INTERFACE_NAME_SIZE];
  const int index = detail::check(mc_interface_default(group.c_str(), name, sizeof name));
  return {static_cast<std::uint32_t>(index), name};
}

// Which interface a group means at this moment, and why: a sentence.
[[nodiscard]] inline std::string explain_interface(group_text group) {
  const int length = detail::check(mc_interface_explain(group.c_str(), nullptr, 0));
  std::string sentence(static_cast<std::size_t>(length), '\0');
  // Between the two calls the answer may have changed.
  const int now =
      detail::check(mc_interface_explain(group.c_str(), sentence.data(), sentence.size() + 1));
  if (now < length) sentence.resize(static_cast<std::size_t>(now));
  return sentence;
}

// ---- Simple sending and listening ---------------------------------------------------------------

// Sends one packet, waiting for room (mc_sendto). Any thread.
inline void send_to(group_text group, std::uint16_t port, bytes_view bytes,
                    int ttl = MC_DEFAULT_TTL) {
  detail::check(mc_sendto(bytes.data(), bytes.size(), group.c_str(), port, ttl));
}

// The same for many, in order: how many were sent. Fewer than given: the next call throws why.
[[nodiscard]] inline std::size_t send_many_to(group_text group, std::uint16_t port,
                                              std::span<const mc_buffer> packets,
                                              int ttl = MC_DEFAULT_TTL) {
  return static_cast<std::size_t>(
      detail::check(mc_sendto_many(packets.data(), packets.size(), group.c_str(), port, ttl)));
}

// The same for packets that lie one behind the other, as multicaster::send_packed.
[[nodiscard]] inline std::size_t send_packed_to(group_text group, std::uint16_t port,
                                                bytes_view bytes,
                                                std::span<const std::uint32_t> sizes,
                                                int ttl = MC_DEFAULT_TTL) {
  detail::check_packed(bytes, sizes);
  return static_cast<std::size_t>(detail::check(
      mc_sendto_packed(bytes.data(), sizes.data(), sizes.size(), group.c_str(), port, ttl)));
}

// Listens on the thread's default poller until the handler returns true or `limit` packets were
// delivered (false), or until the poller is stopped (true). Rethrows what a callback threw.
template <detail::handler<packet_view> F>
bool listen(group_text group, std::uint16_t port, F&& handler, std::size_t mtu = MC_DEFAULT_MTU,
            std::uint64_t limit = 0) {
  using Pointer = std::remove_reference_t<F>*;

  detail::rethrow_late();
  detail::call call(detail::call::kind::loop, default_poller().get());
  // By way of a pointer to it, since the callable may be const, or a function.
  Pointer pointer = std::addressof(handler);
  constexpr mc_packet_fn hand_over = [](const mc_packet* packet, void* user) {
    return detail::guarded(
        0, [=] { return detail::verdict(**static_cast<Pointer*>(user), packet_view(*packet)); });
  };
  const int result = mc_listen(hand_over, &pointer, group.c_str(), port, mtu, limit);
  return call.finish(result) == MC_STOPPED;
}

// ---- The default poller -------------------------------------------------------------------------

inline int poll(timeout wait = forever) {
  return default_poller().poll(wait);
}

inline bool loop(timeout wait = forever, timeout interval = std::chrono::seconds(0)) {
  return default_poller().loop(wait, interval);
}

template <detail::descriptor_handler_or_null R, detail::descriptor_handler_or_null W>
void register_descriptor(int fd, R&& on_read, W&& on_write, std::uint32_t flags = 0) {
  default_poller().register_descriptor(fd, std::forward<R>(on_read), std::forward<W>(on_write),
                                       flags);
}
template <detail::descriptor_handler R>
void register_descriptor(int fd, R&& on_read) {
  default_poller().register_descriptor(fd, std::forward<R>(on_read), nullptr);
}

inline void unregister_descriptor(int fd) {
  default_poller().unregister_descriptor(fd);
}

}  // namespace multicast

#endif  // C++20
#endif
