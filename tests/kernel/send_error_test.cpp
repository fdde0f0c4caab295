// Why the kernel refuses a datagram, what it says then, and what it does not say
// (docs/networks.md, "Errors on sending").
#include <netinet/udp.h>
#include <poll.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <string>
#include <utility>

#include "raw.h"

namespace raw {
namespace {

class SendError : public TwoLinks {
 protected:
  ~SendError() override {
    if (is_broken_) renew_topology();
  }

  int level() const { return ipv4() ? IPPROTO_IP : IPPROTO_IPV6; }
  Fd sender() const { return out("eth0"); }
  void tell_errors(const Fd& fd) const { set(fd, level(), ipv4() ? IP_RECVERR : IPV6_RECVERR, 1); }
  // Zero or errno, without waiting.
  static int attempt(const Fd& fd, const Address& to, const std::string& payload) {
    return ::sendto(fd.get(), payload.data(), payload.size(), MSG_DONTWAIT, to.get(), to.size) < 0
               ? errno
               : 0;
  }
  // How often each errno came of so many sends.
  std::map<int, int> outcomes(const Fd& fd, const Address& to, size_t size, int count) const {
    std::map<int, int> found;
    const std::string payload(size, 'x');
    for (int i = 0; i < count; ++i) ++found[attempt(fd, to, payload)];
    return found;
  }
  static short events(const Fd& fd) {
    pollfd item{fd.get(), POLLOUT, 0};
    ::poll(&item, 1, 0);
    return item.revents;
  }
  // A firewall that drops what is sent to a port.
  void drop(uint16_t port) {
    is_broken_ = true;
    sender_.run({"nft", "-f", "-"},
                "add table inet t\n"
                "add chain inet t c { type filter hook output priority 0; }\n"
                "add rule inet t c udp dport " +
                    std::to_string(port) + " drop\n");
  }
  // A link that lets through next to nothing, with a queue of so many bytes.
  void congest(const std::string& limit) {
    is_broken_ = true;
    sender_.run("tc qdisc replace dev eth0 root tbf rate 8kbit burst 2kb limit " + limit);
  }

  bool is_broken_ = false;
};
IN_BOTH_FAMILIES(SendError);

TEST_P(SendError, AFirewallsDropIsEpermForTheDatagramAtHand) {
  drop(kPort);
  const Fd from = sender();
  EXPECT_EQ(EPERM, attempt(from, group(1), "x"));
  EXPECT_EQ(0, attempt(from, group(1, kPort + 1), "x"));
  EXPECT_EQ(POLLOUT, events(from));
  set(from, SOL_UDP, UDP_SEGMENT, 10);
  EXPECT_EQ(EPERM, attempt(from, group(1), std::string(100, 'x')));  // a train is one
}

TEST_P(SendError, OfSeveralTheFirstRefusedEndsTheCallAndTheNextTellsWhy) {
  drop(kPort);
  const Fd from = sender();
  Address good = group(1, kPort + 1);
  Address bad = group(1);
  char byte = 'x';
  iovec vector{&byte, 1};
  std::array<mmsghdr, 4> messages{};
  for (size_t i = 0; i < messages.size(); ++i) {
    Address& to = i == 2 ? bad : good;
    messages[i].msg_hdr.msg_name = &to.storage;
    messages[i].msg_hdr.msg_namelen = to.size;
    messages[i].msg_hdr.msg_iov = &vector;
    messages[i].msg_hdr.msg_iovlen = 1;
  }
  EXPECT_EQ(2, ::sendmmsg(from.get(), messages.data(), 4, 0));
  EXPECT_EQ(-1, ::sendmmsg(from.get(), &messages[2], 2, 0));
  EXPECT_EQ(EPERM, errno);
  EXPECT_EQ(1, ::sendmmsg(from.get(), &messages[3], 1, 0));
}

TEST_P(SendError, AFullSendBufferIsEagainAndNotWritable) {
  congest("10000000");
  const Fd from = sender();
  const std::map<int, int> found = outcomes(from, group(1), 1000, 300);
  EXPECT_EQ(2u, found.size());
  EXPECT_GT(found.at(EAGAIN), 0);
  EXPECT_EQ(0, events(from));
}

// The queue is behind the socket: what it drops was taken.
TEST_P(SendError, WhatAFullQueueDropsIsNotToldUnlessErrorsAreAskedFor) {
  congest("3000");
  EXPECT_EQ((std::map<int, int>{{0, 100}}), outcomes(sender(), group(1), 1000, 100));
  const Fd asking = sender();
  tell_errors(asking);
  EXPECT_EQ((std::map<int, int>{{ENOBUFS, 100}}), outcomes(asking, group(1), 1000, 100));
}

// Writable all the while: who waits for that, spins.
TEST_P(SendError, WhatIsLargerThanTwiceTheSendBufferIsEnobufsForEver) {
  const Fd from = sender();
  set(from, SOL_SOCKET, SO_SNDBUF, 1000);  // the least that there is
  EXPECT_EQ((std::map<int, int>{{ENOBUFS, 20}}), outcomes(from, group(1), 60000, 20));
  EXPECT_EQ(POLLOUT, events(from));
  EXPECT_EQ((std::map<int, int>{{0, 20}}), outcomes(from, group(1), 100, 20));
}

TEST_P(SendError, WhatIsLargerThanTheMtuLeavesInFragmentsUnlessForbidden) {
  const Fd from = sender();
  EXPECT_EQ(0, attempt(from, group(1), std::string(3000, 'x')));
  set(from, level(), ipv4() ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER, IP_PMTUDISC_DO);
  EXPECT_EQ(EMSGSIZE, attempt(from, group(1), std::string(3000, 'x')));
  EXPECT_EQ(0, attempt(from, group(1), std::string(1400, 'x')));
}

TEST_P(SendError, AnInterfaceThatIsDownIsUnreachableUntilItIsUp) {
  is_broken_ = true;
  const Fd from = sender();
  sender_.set_up("eth0", false);
  EXPECT_EQ(ENETUNREACH, attempt(from, group(1), "x"));
  sender_.set_up("eth0", true);
  if (!ipv4()) sender_.ip("address replace fd00:a:1:0::1/64 dev eth0 nodad");
  EXPECT_EQ(0, attempt(from, group(1), "x"));
}

// The far end of the cable is not the sender's business.
TEST_P(SendError, ALinkWithoutACarrierTakesEverything) {
  is_broken_ = true;
  const Fd from = sender();
  receiver_.set_up("eth0", false);
  EXPECT_EQ((std::map<int, int>{{0, 20}}), outcomes(from, group(1), 100, 20));
}

TEST_P(SendError, WithoutAnAddressIpv4SendsFromNoneAndIpv6Not) {
  is_broken_ = true;
  const Fd from = sender();
  sender_.run("ip address flush dev eth0");
  EXPECT_EQ(ipv4() ? 0 : EADDRNOTAVAIL, attempt(from, group(1), "x"));
}

TEST_P(SendError, AnAddressThatWasBoundToAndIsGoneIsUnreachableInIpv4) {
  is_broken_ = true;
  const Fd from = out("eth0", unicast(1, 1));
  sender_.run("ip address flush dev eth0");
  EXPECT_EQ(ipv4() ? ENETUNREACH : 0, attempt(from, group(1), "x"));
}

// docs/decisions/0005: an unconnected socket hears of no ICMP error.
TEST_P(SendError, OfIcmpAnUnconnectedSocketHearsNothing) {
  const Fd from = sender();
  const Address closed = address(unicast(1, 2), 4599);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(0, attempt(from, closed, "x"));
    settle();
    EXPECT_EQ(POLLOUT, events(from));
  }
  EXPECT_EQ(0, attempt(from, group(1), "x"));
}

// Asked for, it is told to the wrong datagram, once, and the socket is in error until its queue of
// errors is read.
TEST_P(SendError, WhereErrorsAreAskedForIcmpIsToldToTheNextDatagramWhateverItsDestination) {
  const Fd from = sender();
  tell_errors(from);
  const Address closed = address(unicast(1, 2), 4599);
  EXPECT_EQ(0, attempt(from, closed, "x"));
  pollfd item{from.get(), POLLERR, 0};
  ASSERT_EQ(1, ::poll(&item, 1, 5000));
  EXPECT_EQ(ECONNREFUSED, attempt(from, group(1), "x"));
  EXPECT_NE(0, events(from) & POLLERR);
  EXPECT_EQ(0, attempt(from, group(1), "x"));
  EXPECT_NE(0, events(from) & POLLERR);
  std::array<char, 2000> room;
  iovec vector{room.data(), room.size()};
  msghdr header{};
  header.msg_iov = &vector;
  header.msg_iovlen = 1;
  EXPECT_EQ(1, ::recvmsg(from.get(), &header, MSG_ERRQUEUE | MSG_DONTWAIT));
  EXPECT_EQ(0, events(from) & POLLERR);
}

TEST_P(SendError, OfRoutesThatForbidAHostEachHasItsErrno) {
  is_broken_ = true;
  const Fd from = sender();
  const std::array<std::pair<const char*, int>, 3> kinds{
      {{"prohibit", EACCES}, {"blackhole", EINVAL}, {"unreachable", EHOSTUNREACH}}};
  const std::string host = ipv4() ? "192.0.2.1" : "2001:db8::1";
  EXPECT_EQ(ENETUNREACH, attempt(from, address(host), "x"));
  for (const auto& [kind, error] : kinds) {
    sender_.run((ipv4() ? "ip -4 route add " : "ip -6 route add ") + std::string(kind) + " " +
                host);
    EXPECT_EQ(error, attempt(from, address(host), "x")) << kind;
    sender_.run((ipv4() ? "ip -4 route del " : "ip -6 route del ") + std::string(kind) + " " +
                host);
  }
}

}  // namespace
}  // namespace raw
