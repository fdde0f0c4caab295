// What a sender chose (TTL, DSCP, address and port to send from) is what another host sees, whatever
// way its datagrams leave.
#include <poll.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "peer.h"

namespace peer {
namespace {

constexpr uint16_t kSourcePort = 4511;
constexpr size_t kEach = 20;  // datagrams that leave in one way

// How a datagram arrived.
struct Seen {
  std::string from;  // the host alone
  uint16_t port = 0;
  int ttl = -1;
  int dscp = -1;
  bool operator==(const Seen&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Seen& seen) {
  return out << seen.from << " port " << seen.port << " TTL " << seen.ttl << " DSCP " << seen.dscp;
}

std::string host_of(mc_address address) {
  address.port = 0;
  address.scope = 0;
  std::array<char, MC_ADDRESS_TEXT_SIZE> text;
  check(mc_address_format(&address, text.data(), text.size()));
  return text.data();
}
// The same of an address as text.
std::string written(const std::string& text) {
  mc_address address{};
  check(mc_address_parse(&address, text.c_str()));
  return host_of(address);
}

// An address as it is usually written.
std::string plain(const std::string& text) {
  const std::string with_port = written(text);  // "10.0.0.1:0", "[fd00::1]:0"
  const std::string host = with_port.substr(0, with_port.rfind(':'));
  return host.front() == '[' ? host.substr(1, host.size() - 2) : host;
}

class Choices : public Links {
 protected:
  Choices() {
    check(mc_listener_set_details(listener_.get(), MC_PACKET_TTL | MC_PACKET_DSCP));
    listener_.on_packet = [this](const mc_packet& packet) {
      seen_.push_back({host_of(packet.source), packet.source.port, packet.ttl, packet.dscp});
      return 0;
    };
    listener_.open();
    raw::set(host_, level(), ipv4() ? IP_RECVTTL : IPV6_RECVHOPLIMIT, 1);
    raw::set(host_, level(), ipv4() ? IP_RECVTOS : IPV6_RECVTCLASS, 1);
    raw::bind(host_, raw::address(unicast(1, 2), kSourcePort));
    on_sender_.emplace(sender_);
    mc_multicaster* made = nullptr;
    check(mc_multicaster_new(&made, sending_.get(), on(1, 0).c_str(), raw::kPort, 1));
    caster_.reset(made);
    // Of its two addresses the system takes one; the other is to be chosen.
    system_ = seen_by_host().from;
    const bool takes_first = system_ == written(source(0, 0));
    other_ = takes_first ? source(1, 0) : source(0, 0);
  }

  int level() const { return ipv4() ? IPPROTO_IP : IPPROTO_IPV6; }
  mc_multicaster* caster() const { return caster_.get(); }
  uint16_t port() const {
    mc_address source{};
    check(mc_multicaster_source(caster(), &source));
    return source.port;
  }

  // Singly, together, in trains, pulled, and batched.
  void send_in_every_way() {
    const std::string text(100, 'x');
    for (size_t i = 0; i < kEach; ++i) check(mc_multicaster_send(caster(), text.data(), i));
    std::vector<mc_buffer> packets;
    for (size_t i = 0; i < kEach; ++i) packets.push_back({text.data(), 1 + i * 2});
    check(mc_multicaster_send_many(caster(), packets.data(), kEach));
    packets.assign(kEach, {text.data(), text.size()});
    check(mc_multicaster_send_many(caster(), packets.data(), kEach));
    check(mc_multicaster_set_batching(caster(), 1));
    for (size_t i = 0; i < kEach; ++i) check(mc_multicaster_send(caster(), text.data(), 50));
    check(mc_multicaster_flush(caster()));
    check(mc_multicaster_set_batching(caster(), 0));
    size_t left = kEach;
    check(mc_multicaster_set_source(
        caster(),
        [](mc_buffer* packet, void* user) {
          *packet = {"pulled", 6};
          return --*static_cast<size_t*>(user) > 0 ? MC_SOURCE_PACKET : MC_SOURCE_PAUSE;
        },
        &left, nullptr));
    EXPECT_TRUE(sending_.serve_until([&] { return left == 0; }, in(kPatience)));
    check(mc_multicaster_set_source(caster(), nullptr, nullptr, nullptr));
  }
  void expect_all_from(const Seen& expected) {
    seen_.clear();
    send_in_every_way();
    settle();
    poller_.drain();
    ASSERT_EQ(5 * kEach - 1, seen_.size());
    for (const Seen& each : seen_) ASSERT_EQ(expected, each);
    EXPECT_EQ(expected, seen_by_host());
  }
  // The same of one that is sent to the host.
  Seen seen_by_host() const {
    mc_address to{};
    check(mc_address_parse(&to, unicast(1, 2).c_str()));
    to.port = kSourcePort;
    check(mc_multicaster_send_to(caster(), &to, "x", 1));
    pollfd waiting{host_.get(), POLLIN, 0};
    if (::poll(&waiting, 1, 5000) != 1) return {};
    alignas(cmsghdr) std::array<char, 200> room{};
    sockaddr_in6 name{};
    msghdr header{};
    header.msg_name = &name;
    header.msg_namelen = sizeof name;
    header.msg_control = room.data();
    header.msg_controllen = room.size();
    if (::recvmsg(host_.get(), &header, MSG_DONTWAIT) < 0) lab::fail("recvmsg");
    Seen seen;
    seen.port = ntohs(name.sin6_port);  // the same place in both families
    mc_address from{};
    from.family = name.sin6_family;
    if (ipv4()) {
      std::memcpy(from.bytes, &reinterpret_cast<const sockaddr_in&>(name).sin_addr, 4);
    } else {
      std::memcpy(from.bytes, &name.sin6_addr, 16);
    }
    seen.from = host_of(from);
    for (cmsghdr* each = CMSG_FIRSTHDR(&header); each != nullptr;
         each = CMSG_NXTHDR(&header, each)) {
      const int number = *CMSG_DATA(each);  // the first byte tells it all, on such machines
      if (each->cmsg_type == (ipv4() ? IP_TTL : IPV6_HOPLIMIT)) seen.ttl = number;
      if (each->cmsg_type == (ipv4() ? IP_TOS : IPV6_TCLASS)) {
        EXPECT_EQ(0, number % 4);  // ECN
        seen.dscp = number / 4;
      }
    }
    return seen;
  }

  Poller poller_;
  Poller sending_;
  Listener listener_{poller_, {on(1, 0)}};
  std::vector<Seen> seen_;
  std::unique_ptr<mc_multicaster, Free<mc_multicaster, mc_multicaster_free>> caster_;
  lab::Fd host_ = raw::udp(GetParam());
  std::string system_;  // as a receiver sees it
  std::string other_;   // as it is chosen
  std::optional<lab::Inside> on_sender_;
};
IN_BOTH_FAMILIES(Choices);

TEST_P(Choices, AreSeenWhateverWayTheDatagramsLeave) {
  Seen expected{system_, port(), 1, 0};
  expect_all_from(expected);
  check(mc_multicaster_set_dscp(caster(), 46));
  expected.dscp = 46;
  expect_all_from(expected);
  check(mc_multicaster_set_ttl(caster(), check(mc_ttl_parse("same site"))));
  check(mc_multicaster_set_source_address(caster(), other_.c_str()));
  expected.from = written(other_);
  expected.ttl = 32;
  expect_all_from(expected);  // from the same port as before
  mc_stats stats{};
  check(mc_multicaster_stats(caster(), &stats, sizeof stats));
  EXPECT_GT(stats.trains, 8u);
}

TEST_P(Choices, StayWhereTheOthersChange) {
  check(mc_multicaster_set_dscp(caster(), 63));
  check(mc_multicaster_set_ttl(caster(), 5));
  check(mc_multicaster_set_source_address(caster(), other_.c_str()));
  check(mc_multicaster_set_source_port(caster(), kSourcePort, 1));
  Seen expected{written(other_), kSourcePort, 5, 63};
  expect_all_from(expected);
  check(mc_multicaster_set_source_address(caster(), nullptr));
  expected.from = system_;
  expect_all_from(expected);
  check(mc_multicaster_set_source_address(caster(), other_.c_str()));
  check(mc_multicaster_set_source_port(caster(), 0, 0));
  expected.from = written(other_);
  expected.port = port();
  expect_all_from(expected);
  check(mc_multicaster_set_dscp(caster(), 0));
  expected.dscp = 0;
  expect_all_from(expected);
}

TEST_P(Choices, OfAnAddressThatTheHostLacksAreRefusedAndListWhatThereIs) {
  check(mc_multicaster_set_source_port(caster(), kSourcePort, 0));
  const char* const foreign = ipv4() ? "10.77.0.1" : "fd00:77::1";
  EXPECT_EQ(-EADDRNOTAVAIL, mc_multicaster_set_source_address(caster(), foreign));
  const std::string sentence = mc_last_error();
  for (const std::string& word : {std::string(foreign), std::string("eth0"), group_text(1),
                                  plain(source(0, 0)), plain(source(1, 0))}) {
    EXPECT_NE(std::string::npos, sentence.find(word)) << word << " in: " << sentence;
  }
  EXPECT_EQ(std::string::npos, sentence.find(plain(source(0, 1))))
      << sentence;  // eth1 is another one
  // As before, and its port its own.
  expect_all_from({system_, kSourcePort, 1, 0});
  mc_multicaster* other = nullptr;
  check(mc_multicaster_new(&other, sending_.get(), on(1, 0).c_str(), raw::kPort, 1));
  EXPECT_EQ(-EADDRINUSE, mc_multicaster_set_source_port(other, kSourcePort, 1));
  mc_multicaster_free(other);
  mc_multicaster* made = nullptr;
  EXPECT_EQ(-EADDRNOTAVAIL,
            mc_multicaster_new(&made, sending_.get(), (foreign + ("@" + on(1, 0))).c_str(),
                               raw::kPort, 1));
  EXPECT_NE(std::string::npos, std::string(mc_last_error()).find(plain(source(1, 0))))
      << mc_last_error();
}

TEST_P(Choices, OfALinkLocalAddressIsThatOfTheInterface) {
  if (ipv4())
    sender_.ip(
        "address replace 169.254.7.1/16 dev eth0\n"
        "address replace 169.254.7.3/16 dev eth0");
  std::string own = "169.254.7.3";
  if (!ipv4()) {
    const std::string shown = sender_.run("ip -6 -o address show dev eth0 scope link");
    const size_t begin = shown.find("fe80");
    own = shown.substr(begin, shown.find('/') - begin);
  }
  check(mc_multicaster_set_source_address(caster(), own.c_str()));
  seen_.clear();
  check(mc_multicaster_send(caster(), "x", 1));
  settle();
  poller_.drain();
  ASSERT_EQ(1u, seen_.size());
  EXPECT_EQ(written(own), seen_[0].from);
  if (!ipv4()) {
    check(mc_multicaster_set_source_address(caster(), (own + "%eth0").c_str()));
    EXPECT_EQ(MC_ERROR_ADDRESS,
              mc_multicaster_set_source_address(caster(), (own + "%eth1").c_str()));
    EXPECT_NE(std::string::npos, std::string(mc_last_error()).find("another link"));
  }
}

// The interface that a link-local destination needs must not take the chosen address away.
TEST_P(Choices, HoldForLinkLocalHostsToo) {
  if (!ipv4()) return;
  sender_.ip(
      "address replace 169.254.7.1/16 dev eth0\n"
      "address replace 169.254.7.3/16 dev eth0");
  receiver_.ip("address replace 169.254.7.2/16 dev eth0");
  check(mc_multicaster_set_source_address(caster(), "169.254.7.3"));
  on_sender_.reset();
  const lab::Fd host = raw::udp(AF_INET);
  on_sender_.emplace(sender_);
  raw::bind(host, raw::address("169.254.7.2", kSourcePort));
  mc_address to{};
  check(mc_address_parse(&to, "169.254.7.2"));
  to.port = kSourcePort;
  check(mc_multicaster_send_to(caster(), &to, "x", 1));
  pollfd waiting{host.get(), POLLIN, 0};
  ASSERT_EQ(1, ::poll(&waiting, 1, 5000));
  sockaddr_in from{};
  socklen_t size = sizeof from;
  std::array<char, 8> data;
  ASSERT_EQ(1, ::recvfrom(host.get(), data.data(), data.size(), 0,
                          reinterpret_cast<sockaddr*>(&from), &size));
  EXPECT_EQ(htonl(0xa9fe0703), from.sin_addr.s_addr);
  sender_.ip("address del 169.254.7.1/16 dev eth0");
  sender_.run("ip address flush dev eth0 to 169.254.0.0/16");
  receiver_.ip("address del 169.254.7.2/16 dev eth0");
}

}  // namespace
}  // namespace peer
