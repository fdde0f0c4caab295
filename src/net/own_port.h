// Internal header: knowing the packets that this process itself sent.
#pragma once

#include <cstdint>
#include <utility>

#include "net/address.h"

namespace mc::net {

// Says that a socket of this process sends from a port, as long as it lives. Any thread.
class OwnPort {
 public:
  OwnPort() noexcept = default;
  explicit OwnPort(uint16_t port) noexcept;
  ~OwnPort();
  OwnPort(OwnPort&& other) noexcept : port_(std::exchange(other.port_, uint16_t{0})) {}
  OwnPort& operator=(OwnPort&& other) noexcept {
    std::swap(port_, other.port_);
    return *this;
  }

 private:
  uint16_t port_ = 0;
};

// Whether a packet from `source` is one of this process: it came from such a port and an address of
// this host. The addresses of the thread's network namespace are looked up once a second at most.
// Any thread.
bool is_own(const Address& source) noexcept;

}  // namespace mc::net
