#include "topology.h"

#include <arpa/inet.h>
#include <sched.h>

#include <array>
#include <cstdio>
#include <sstream>
#include <stdexcept>

namespace lab {
namespace {

void create_pair(const Host& first, const std::string& first_interface, const Host& second,
                 const std::string& second_interface) {
  first.ip("link add name " + first_interface + " type veth peer name " + second_interface +
           " netns " + second.path() + "\n");
}

void configure(const Host& host, const std::string& interface, const std::string& addresses) {
  std::istringstream words(addresses);
  std::string lines;
  std::string companion;
  bool has_ipv6 = false;
  for (std::string address; words >> address;) {
    const bool ipv6 = address.find(':') != std::string::npos;
    has_ipv6 = has_ipv6 || ipv6;
    if (!ipv6 && companion.empty()) companion = ipv6_of(address);
    lines += "address add " + address + " dev " + interface + (ipv6 ? " nodad\n" : "\n");
  }
  if (!has_ipv6 && !companion.empty()) {
    lines += "address add " + companion + " dev " + interface + " nodad\n";
  }
  host.ip(lines + "link set dev " + interface + " up\n");
}

// Whether multicast still goes to `lo`, that is, the host had no link so far.
void take_multicast_route(const Host& host, const std::string& interface) {
  if (host.run("ip route show 224.0.0.0/4 dev lo").empty()) return;
  host.route_multicast(interface);
}

}  // namespace

void keep_order() {
  cpu_set_t processors;
  CPU_ZERO(&processors);
  const int current = ::sched_getcpu();
  CPU_SET(static_cast<unsigned>(current < 0 ? 0 : current), &processors);
  ::sched_setaffinity(0, sizeof processors, &processors);
}

std::string ipv6_of(const std::string& ipv4) {
  in_addr address{};
  const std::string text = ipv4.substr(0, ipv4.find('/'));
  if (::inet_pton(AF_INET, text.c_str(), &address) != 1) {
    throw std::runtime_error("lab: not an IPv4 address: " + ipv4);
  }
  const uint32_t bits = ntohl(address.s_addr);
  std::array<char, 48> result;
  std::snprintf(result.data(), result.size(), "fd00:%x:%x:%x::%x/64", bits >> 24,
                (bits >> 16) & 0xff, (bits >> 8) & 0xff, bits & 0xff);
  return result.data();
}

void connect(const Host& first, const std::string& first_interface,
             const std::string& first_addresses, const Host& second,
             const std::string& second_interface, const std::string& second_addresses) {
  create_pair(first, first_interface, second, second_interface);
  configure(first, first_interface, first_addresses);
  configure(second, second_interface, second_addresses);
  take_multicast_route(first, first_interface);
  take_multicast_route(second, second_interface);
  first.wait_for_link_local(first_interface);
  second.wait_for_link_local(second_interface);
}

Bridge::Bridge(bool snooping) : host_("bridge") {
  host_.ip("link add name br0 type bridge stp_state 0 forward_delay 0 mcast_snooping " +
           std::string(snooping ? "1" : "0") + "\nlink set dev br0 up\n");
}

void Bridge::attach(const Host& host, const std::string& interface, const std::string& addresses) {
  const std::string port = "port" + std::to_string(ports_++);
  create_pair(host_, port, host, interface);
  host_.ip("link set dev " + port + " master br0 up\n");
  configure(host, interface, addresses);
  take_multicast_route(host, interface);
  host.wait_for_link_local(interface);
}

void Bridge::set_snooping(bool on) const {
  host_.ip(std::string("link set dev br0 type bridge mcast_snooping ") + (on ? "1\n" : "0\n"));
}

void Bridge::set_querier(bool on) const {
  host_.ip(std::string("link set dev br0 type bridge mcast_querier ") + (on ? "1\n" : "0\n"));
}

}  // namespace lab
