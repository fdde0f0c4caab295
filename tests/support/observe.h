// Loss: injected on purpose, and counted where the kernel counts it.
#pragma once

#include <cstdint>

#include "host.h"

namespace lab {

/// Drops every n-th UDP packet that arrives at the host, from now on (a train counts as one),
/// before any socket counts it. False when nft is missing or refuses; the test should be skipped
/// then.
bool drop_one_in(const Host& host, unsigned n);
void stop_dropping(const Host& host);
/// How many packets drop_one_in() has dropped.
uint64_t dropped_on_purpose(const Host& host);

struct UdpCounters {
  uint64_t in_datagrams = 0;
  uint64_t no_ports = 0;
  uint64_t in_errors = 0;
  uint64_t receive_buffer_errors = 0;
  uint64_t checksum_errors = 0;
};

/// What a host's kernel has counted since the host was made.
struct Counters {
  UdpCounters ipv4;
  UdpCounters ipv6;
  uint64_t ipv4_in_discards = 0;
  uint64_t ipv6_in_discards = 0;
  uint64_t interface_drops = 0;  ///< Received and dropped, on all interfaces.

  /// Everything that means a datagram was lost; a test that expects all packets requires zero.
  /// Multicast that nobody wanted is in none of these; no_ports (a unicast matter) is not included.
  uint64_t losses() const;
};

Counters counters(const Host& host);

}  // namespace lab
