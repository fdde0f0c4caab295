#include "routed.h"

#include <algorithm>

namespace peer {

Routed::Routed() {
  lab::keep_order();
  lab::connect(source, "eth0", "10.1.0.1/24", first, "eth0", "10.1.0.2/24");
  lab::connect(first, "eth1", "10.2.0.1/24", second, "eth0", "10.2.0.2/24");
  lab::connect(second, "eth1", "10.3.0.1/24", listener, "eth0", "10.3.0.2/24");
  for (const lab::Host* router : {&first, &second}) {
    router->write_sysctl("net.ipv4.ip_forward", "1");
    router->write_sysctl("net.ipv6.conf.all.forwarding", "1");
  }
  source.ip(
      "address add 10.1.0.11/24 dev eth0\n"
      "address add fd00:a:1::b/64 dev eth0 nodad\n"
      "route add default via 10.1.0.2\n"
      "route add ::/0 via fd00:a:1::2\n");
  first.ip("route add 10.3.0.0/24 via 10.2.0.2\nroute add fd00:a:3::/64 via fd00:a:2::2\n");
  second.ip("route add 10.1.0.0/24 via 10.2.0.1\nroute add fd00:a:1::/64 via fd00:a:2::1\n");
  listener.ip("route add default via 10.3.0.1\nroute add ::/0 via fd00:a:3::1\n");
}

std::string source_address(int family, unsigned number) {
  if (family == AF_INET) return number == 0 ? "10.1.0.1" : "10.1.0.11";
  return number == 0 ? "fd00:a:1::1" : "fd00:a:1::b";
}

void send_routed(const Routed& routed, int family, unsigned number, const std::string& group,
                 const std::string& text, int ttl) {
  const unsigned index = routed.source.index_of("eth0");
  const lab::Inside scope(routed.source);
  const lab::Fd out = raw::sender(family, index, source_address(family, number));
  if (family == AF_INET) {
    raw::set(out, IPPROTO_IP, IP_MULTICAST_TTL, ttl);
  } else {
    raw::set(out, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, ttl);
  }
  if (raw::send(out, raw::address(group), text) != 0) lab::fail("send");
}

Ear::Ear(const lab::Host& host, const std::vector<std::string>& groups) : host_(host) {
  const lab::Inside scope(host_);
  poller_ = std::make_unique<Poller>();
  std::vector<std::string> here;
  for (const std::string& group : groups) here.push_back(group + "%eth0");
  listener_ = std::make_unique<Listener>(*poller_, here);
}

void Ear::open() const {
  const lab::Inside scope(host_);
  listener_->open();
}

void Ear::close() const {
  const lab::Inside scope(host_);
  listener_->close();
}

std::optional<std::vector<std::string>> Ear::heard_until(const std::string& text) const {
  if (!hears(text, lab::kPatience)) return std::nullopt;
  std::vector<std::string> heard = listener_->take_texts();
  heard.pop_back();
  return heard;
}

bool Ear::hears(const std::string& text, lab::Clock::duration span) const {
  const lab::Inside scope(host_);
  const auto is_last = [&] {
    return !listener_->packets.empty() && listener_->packets.back().data == text;
  };
  return poller_->serve_until(is_last, in(span));
}

void Ear::forget() const {
  const lab::Inside scope(host_);
  poller_->drain();
  listener_->packets.clear();
}

}  // namespace peer
