// What our programs on asio share.
#pragma once

#ifndef ASIO_STANDALONE
#define ASIO_STANDALONE
#endif
#include <asio.hpp>
#include <cstring>

#include "target.h"

namespace bench {

inline asio::ip::udp protocol_of(const Target& target) {
  return target.family == AF_INET ? asio::ip::udp::v4() : asio::ip::udp::v6();
}

inline asio::ip::udp::endpoint endpoint_of(const KernelAddress& address) {
  asio::ip::udp::endpoint endpoint;
  endpoint.resize(address.size);
  std::memcpy(endpoint.data(), &address.storage, address.size);
  return endpoint;
}

}  // namespace bench
