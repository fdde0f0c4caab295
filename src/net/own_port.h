// Internal header: knowing the packets that this process itself sent.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "base/fork.h"
#include "net/address.h"

namespace mc::net {

// Says that a socket of this process sends from a port, as long as it lives, and when it did. Any thread.
class OwnPort {
 public:
  OwnPort() noexcept = default;
  explicit OwnPort(const Address& source) noexcept;  // with its port
  ~OwnPort();
  OwnPort(OwnPort&& other) noexcept
      : senders_(std::exchange(other.senders_, nullptr)), birthplace_(other.birthplace_) {}
  OwnPort& operator=(OwnPort&& other) noexcept {
    std::swap(senders_, other.senders_);
    std::swap(birthplace_, other.birthplace_);
    return *this;
  }

 private:
  struct Senders;  // from one port
  Senders* senders_ = nullptr;
  Birthplace birthplace_;  // a child does not send from its parent's ports

  static Senders& of(const Address& source) noexcept;
  friend bool is_own(const Address& source, int64_t since_ns) noexcept;
};

// Whether a packet from `source` is one of this process: it came from such a port, of a socket that
// lives or did after `since_ns` (coarse_monotonic_ns()), and an address of this host. The addresses of
// the thread's network namespace are looked up once a second at most. Any thread.
bool is_own(const Address& source, int64_t since_ns) noexcept;

}  // namespace mc::net
