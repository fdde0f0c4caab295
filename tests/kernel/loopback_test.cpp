// One's own packets: looped back on a link, and on lo.
#include <string>
#include <vector>

#include "raw.h"

namespace raw {
namespace {

class Loopback : public TwoLinks {
 protected:
  // How many of two datagrams come back to a data socket on `interface` of the sending host itself.
  size_t looped(const std::string& interface, bool loop, int ttl) {
    const unsigned index = here(interface);
    const lab::Inside scope(sender_);
    const Fd membership = udp(GetParam());
    if (join(membership, group(1), index) != 0) lab::fail("join");
    const Fd socket = data_socket(group(1), index);
    const Fd from = sender(GetParam(), index);
    set(from, group(1).level(), ipv4() ? IP_MULTICAST_LOOP : IPV6_MULTICAST_LOOP, loop);
    set(from, group(1).level(), ipv4() ? IP_MULTICAST_TTL : IPV6_MULTICAST_HOPS, ttl);
    for (int i = 0; i < 2; ++i) {
      if (send(from, group(1), "x") != 0) lab::fail("send");
    }
    if (loop) lab::wait_readable(socket.get(), in(1s));
    settle();
    return receive_all(socket).size();
  }
};
IN_BOTH_FAMILIES(Loopback);

TEST_P(Loopback, OwnPacketsReachADataSocketBoundToTheOutgoingInterface) {
  EXPECT_EQ(2u, looped("eth0", true, 1));
}

TEST_P(Loopback, IsTurnedOffOnALink) {
  EXPECT_EQ(0u, looped("eth0", false, 1));
}

TEST_P(Loopback, AHopLimitOfZeroStaysOnTheHost) {
  const Fd membership = holder();
  ASSERT_EQ(0, join(membership, group(1), there("eth0")));
  const Fd remote = data(group(1), "eth0");
  EXPECT_EQ(2u, looped("eth0", true, 0));
  EXPECT_EQ(0u, arrived(remote));
}

TEST_P(Loopback, OnLoNeitherLoopOffNorAHopLimitOfZeroIsObeyed) {
  EXPECT_EQ(2u, looped("lo", true, 1));
  EXPECT_EQ(2u, looped("lo", false, 1));
  EXPECT_EQ(2u, looped("lo", true, 0));
  EXPECT_EQ(2u, looped("lo", false, 0));
}

// In the process's own network, which has nothing but lo. The check of the source is made when the
// packet is routed on its way out; an IPv4 sender that is not bound to an address has none then.
TEST_P(Loopback, OnLoASourceSpecificHolderKeepsOtherSourcesOutExceptFromUnboundIPv4Senders) {
  const unsigned lo = 1;
  const std::string own = ipv4() ? "127.0.0.1" : "::1";
  const Fd socket = data_socket(group(1), lo);
  const Fd unbound = sender(GetParam(), lo);
  const Fd bound = sender(GetParam(), lo, own);
  const auto received = [&] {
    if (send(unbound, group(1), "unbound") != 0) lab::fail("send");
    if (send(bound, group(1), "bound") != 0) lab::fail("send");
    lab::wait_readable(socket.get(), in(100ms));
    return receive_all(socket);
  };
  const Fd wrong = udp(GetParam());
  ASSERT_EQ(0, join_source(wrong, group(1), address(ipv4() ? "127.0.0.99" : "fd00::99"), lo));
  const std::vector<std::string> let_through = received();
  if (ipv4()) {
    EXPECT_THAT(let_through, testing::ElementsAre("unbound"));
  } else {
    EXPECT_TRUE(let_through.empty());
  }
  const Fd right = udp(GetParam());
  ASSERT_EQ(0, join_source(right, group(1), address(own), lo));
  EXPECT_THAT(received(), testing::ElementsAre("unbound", "bound"));
}

}  // namespace
}  // namespace raw
