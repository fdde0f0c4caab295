// multicast.hpp: addresses, interfaces and packets. Included by multicast.hpp.
#ifndef MULTICAST_CPP_PACKETS_HPP
#define MULTICAST_CPP_PACKETS_HPP

#if __cplusplus < 202002L
#error "multicast.hpp needs C++20 (-std=c++20); older C++ has the same library in multicast.h"
#else

#include <multicast/multicast.h>
#include <multicast/cpp/callbacks.hpp>
#include <multicast/cpp/errors.hpp>
#include <multicast/cpp/values.hpp>

#include <algorithm>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace multicast {

// ---- Addresses ----------------------------------------------------------------------------------

// An address with a port: mc_address, with what a value needs.
struct address : mc_address {
  address() noexcept : mc_address() {}
  address(const mc_address& other) noexcept : mc_address(other) {}

  // "10.0.0.1:53", "[fe80::1%eth0]:53"; without a port it is 0 (mc_address_parse).
  [[nodiscard]] static address parse(const std::string& text) {
    address parsed;
    detail::check(mc_address_parse(&parsed, text.c_str()));
    return parsed;
  }

  // "239.1.2.3:4242", "[fe80::1%2]:4242"
  [[nodiscard]] std::string to_string() const {
    char text[MC_ADDRESS_TEXT_SIZE];
    detail::check(mc_address_format(this, text, sizeof text));
    return text;
  }

  friend std::strong_ordering operator<=>(const address& a, const address& b) noexcept {
    const auto bytes = std::lexicographical_compare_three_way(
        std::begin(a.bytes), std::end(a.bytes), std::begin(b.bytes), std::end(b.bytes));
    if (a.family != b.family) return a.family <=> b.family;
    if (bytes != 0) return bytes;
    return std::tie(a.port, a.scope, a.flow) <=> std::tie(b.port, b.scope, b.flow);
  }
  friend bool operator==(const address& a, const address& b) noexcept { return (a <=> b) == 0; }

  template <typename Traits>
  friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out,
                                                      const address& shown) {
    return out << shown.to_string();
  }
};

// ---- Packets ------------------------------------------------------------------------------------

// A received datagram that is lent: until the callback returns, or as the function that lends it
// says. One pointer; a `packet` made of it is kept. Converts to const mc_packet&.
class packet_view {
 public:
  using time_point = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

  packet_view(const mc_packet& lent) noexcept : packet_(&lent) {}
  operator const mc_packet&() const noexcept { return *packet_; }
  [[nodiscard]] const mc_packet* get() const noexcept { return packet_; }

  // Its bytes, and the same as text.
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return {data(), size()}; }
  [[nodiscard]] std::string_view text() const noexcept {
    return {reinterpret_cast<const char*>(packet_->data), packet_->size};
  }
  [[nodiscard]] const std::byte* data() const noexcept {
    return reinterpret_cast<const std::byte*>(packet_->data);
  }
  [[nodiscard]] std::size_t size() const noexcept { return packet_->size; }

  // The bytes that arrived: more than size() when it was cut to the listener's mtu.
  [[nodiscard]] std::size_t wire_size() const noexcept { return packet_->wire_size; }
  [[nodiscard]] bool is_truncated() const noexcept { return has(MC_PACKET_TRUNCATED); }
  // Whether it arrived in a train; what the details tell is the train's then.
  [[nodiscard]] bool is_of_train() const noexcept { return has(MC_PACKET_TRAIN); }

  [[nodiscard]] address source() const noexcept { return packet_->source; }
  [[nodiscard]] address group() const noexcept { return packet_->group; }
  [[nodiscard]] std::uint32_t interface_index() const noexcept { return packet_->interface_index; }
  [[nodiscard]] std::uint32_t flags() const noexcept { return packet_->flags; }

  // What listener::set_details asked for; nothing where it did not.
  [[nodiscard]] std::optional<time_point> time() const noexcept {
    if (!has(MC_PACKET_TIME)) return std::nullopt;
    return time_point(std::chrono::nanoseconds(packet_->time));
  }
  // By the device's own clock; a packet has this one, or time().
  [[nodiscard]] std::optional<std::chrono::nanoseconds> hardware_time() const noexcept {
    if (!has(MC_PACKET_HARDWARE_TIME)) return std::nullopt;
    return std::chrono::nanoseconds(packet_->time);
  }
  [[nodiscard]] std::optional<int> ttl() const noexcept {
    return has(MC_PACKET_TTL) ? std::optional<int>(packet_->ttl) : std::nullopt;
  }
  [[nodiscard]] std::optional<int> dscp() const noexcept {
    return has(MC_PACKET_DSCP) ? std::optional<int>(packet_->dscp) : std::nullopt;
  }

 protected:
  explicit packet_view(const mc_packet* packet) noexcept : packet_(packet) {}
  void point_to(const mc_packet* packet) noexcept { packet_ = packet; }

 private:
  [[nodiscard]] bool has(std::uint32_t flag) const noexcept { return (packet_->flags & flag) != 0; }

  const mc_packet* packet_;
};

// A packet that is kept, with its bytes; belongs to no thread. One that was moved from may only be
// assigned to, destroyed, and asked by get() and operator bool.
class packet : public packet_view {
 public:
  explicit packet(packet_view lent)
      : packet(detail::made<mc_packet>(
            [&](mc_packet** out) { return mc_packet_copy(out, lent.get()); })) {}
  explicit packet(mc_packet* taken) noexcept : packet_view(taken), owned_(taken) {}

  packet(packet&& other) noexcept : packet(other.release()) {}
  packet& operator=(packet&& other) noexcept {
    owned_.reset(other.release());
    point_to(owned_.get());
    return *this;
  }
  ~packet() = default;

  explicit operator bool() const noexcept { return owned_ != nullptr; }
  [[nodiscard]] mc_packet* release() noexcept {
    point_to(nullptr);
    return owned_.release();
  }

 private:
  std::unique_ptr<mc_packet, detail::deleter<mc_packet_free>> owned_;
};

// Packets that were read together, in order; lent like each of them. A random-access range.
class packet_batch {
 public:
  class iterator {
   public:
    using iterator_concept = std::random_access_iterator_tag;
    using iterator_category = std::input_iterator_tag;  // it makes what it is asked for
    using value_type = packet_view;
    using difference_type = std::ptrdiff_t;
    using reference = packet_view;
    using pointer = void;

    iterator() noexcept = default;
    explicit iterator(const mc_packet* const* at) noexcept : at_(at) {}

    packet_view operator*() const noexcept { return **at_; }
    packet_view operator[](difference_type n) const noexcept { return *at_[n]; }
    iterator& operator+=(difference_type n) noexcept { return at_ += n, *this; }
    iterator& operator-=(difference_type n) noexcept { return at_ -= n, *this; }
    iterator& operator++() noexcept { return *this += 1; }
    iterator& operator--() noexcept { return *this -= 1; }
    iterator operator++(int) noexcept { return iterator(at_++); }
    iterator operator--(int) noexcept { return iterator(at_--); }
    friend iterator operator+(iterator i, difference_type n) noexcept { return i += n; }
    friend iterator operator+(difference_type n, iterator i) noexcept { return i += n; }
    friend iterator operator-(iterator i, difference_type n) noexcept { return i -= n; }
    friend difference_type operator-(iterator a, iterator b) noexcept { return a.at_ - b.at_; }
    friend auto operator<=>(iterator a, iterator b) noexcept = default;

   private:
    const mc_packet* const* at_ = nullptr;
  };

  packet_batch() noexcept = default;
  packet_batch(const mc_packet* const* packets, std::size_t count) noexcept
      : packets_(packets), count_(count) {}

  [[nodiscard]] iterator begin() const noexcept { return iterator(packets_); }
  [[nodiscard]] iterator end() const noexcept { return iterator(packets_ + count_); }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] packet_view operator[](std::size_t n) const noexcept { return *packets_[n]; }
  [[nodiscard]] packet_view front() const noexcept { return *packets_[0]; }
  [[nodiscard]] packet_view back() const noexcept { return *packets_[count_ - 1]; }

 private:
  const mc_packet* const* packets_ = nullptr;
  std::size_t count_ = 0;
};

// The same as one block of memory: nothing is copied, and each packet is where it was read. Lent.
class packed_batch {
 public:
  packed_batch() noexcept = default;
  packed_batch(const mc_packed& lent) noexcept : packed_(&lent) {}
  [[nodiscard]] const mc_packed* get() const noexcept { return packed_; }

  [[nodiscard]] std::size_t size() const noexcept {
    return packed_ != nullptr ? packed_->count : 0;
  }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  // The bytes of a packet.
  [[nodiscard]] std::span<const std::byte> operator[](std::size_t n) const noexcept {
    return block().subspan(packed_->offsets[n], packed_->sizes[n]);
  }

  // All packets, between which lies nothing that means anything; where in it each begins, and how
  // long it is.
  [[nodiscard]] std::span<const std::byte> block() const noexcept {
    if (empty()) return {};
    return std::as_bytes(std::span(packed_->data, packed_->size));
  }
  [[nodiscard]] std::span<const std::uint32_t> offsets() const noexcept {
    if (empty()) return {};
    return {packed_->offsets, size()};
  }
  [[nodiscard]] std::span<const std::uint32_t> sizes() const noexcept {
    if (empty()) return {};
    return {packed_->sizes, size()};
  }
  // The same packets with all that is known of them.
  [[nodiscard]] packet_batch packets() const noexcept {
    if (empty()) return {};
    return {packed_->packets, size()};
  }

 private:
  const mc_packed* packed_ = nullptr;
};

// Answers who sent the packet (mc_reply). False: no room now, and nothing was sent. Any thread.
[[nodiscard]] inline bool reply(packet_view packet, bytes_view bytes) {
  return detail::check_room(mc_reply(packet.get(), bytes.data(), bytes.size()));
}

}  // namespace multicast

template <>
struct std::hash<multicast::address> {
  std::size_t operator()(const multicast::address& hashed) const noexcept {
    const std::string_view bytes(reinterpret_cast<const char*>(hashed.bytes), sizeof hashed.bytes);
    const std::size_t rest = (std::size_t{hashed.scope} << 16U) ^ hashed.port;
    return std::hash<std::string_view>()(bytes) ^ (rest * 0x9E3779B97F4A7C15U);
  }
};

// A batch is a view, and its iterators outlive it.
template <>
inline constexpr bool std::ranges::enable_view<multicast::packet_batch> = true;
template <>
inline constexpr bool std::ranges::enable_borrowed_range<multicast::packet_batch> = true;

#endif  // C++20
#endif
