// Links between hosts.
#pragma once

#include <string>

#include "host.h"

namespace lab {

/// Joins two hosts by a veth pair. Addresses are blank-separated with their prefix lengths, such as
/// "10.1.0.1/24" or "10.1.0.1/24 fd42::1/64"; an IPv4 address without an IPv6 one gets the
/// companion of ipv6_of(). Returns when both ends, their link-local addresses included, are usable.
///
/// The first link of a host takes its IPv4 multicast route from `lo`; IPv6 multicast leaves by the
/// interface with the lowest index unless the socket names one.
void connect(const Host& first, const std::string& first_interface,
             const std::string& first_addresses, const Host& second,
             const std::string& second_interface, const std::string& second_addresses);

/// Keeps the calling thread, and the threads and processes that it makes, on the processor where it is: the packets of a
/// link stay in order only while one processor sends them.
void keep_order();

/// The IPv6 companion of an IPv4 address: 10.1.0.2/24 has fd00:a:1:0::2/64.
std::string ipv6_of(const std::string& ipv4);

/// A switch: a host of its own with the bridge `br0`, to which hosts are attached.
class Bridge {
 public:
  explicit Bridge(bool snooping = false);

  const Host& host() const { return host_; }
  /// Gives the host an interface that is plugged into the bridge; addresses as for connect().
  void attach(const Host& host, const std::string& interface, const std::string& addresses);
  void set_snooping(bool on) const;
  /// Whether the bridge sends IGMP and MLD queries; without any querier, snooping floods.
  void set_querier(bool on) const;

 private:
  Host host_;
  int ports_ = 0;
};

}  // namespace lab
