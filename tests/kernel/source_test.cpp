// Source-specific memberships of one group spread over many holders.
#include <string>
#include <vector>

#include "raw.h"

namespace raw {
namespace {

class Source : public TwoLinks {
 protected:
  // The sender gets `count` more addresses on eth0, .11 upwards.
  void add_addresses(unsigned count) {
    std::string lines;
    for (unsigned n = 0; n < count; ++n) {
      lines += "address replace " + unicast(1, kFirst + n) +
               (ipv4() ? "/24 dev eth0\n" : "/64 dev eth0 nodad\n");
    }
    sender_.ip(lines);
  }
  Address source(unsigned n) const { return address(unicast(1, kFirst + n)); }
  // One datagram from each, whose text is the number of the source.
  void send_from_each(unsigned count) {
    for (unsigned n = 0; n < count; ++n) {
      ASSERT_EQ(0, send(out("eth0", unicast(1, kFirst + n)), group(1), std::to_string(n)));
    }
    settle();
  }
  static constexpr unsigned kFirst = 11;
};
IN_BOTH_FAMILIES(Source);

TEST_P(Source, AHundredSourcesOverHoldersWithinTheLimitsArriveExactly) {
  constexpr unsigned kJoined = 100;
  constexpr unsigned kAll = 110;
  add_addresses(kAll);
  const unsigned limit = ipv4() ? 10 : 64;
  const Fd socket = data(group(1), "eth0");
  std::vector<Fd> holders;
  std::vector<std::string> expected;
  for (unsigned n = 0; n < kJoined; ++n) {
    if (n % limit == 0) holders.push_back(holder());
    ASSERT_EQ(0, join_source(holders.back(), group(1), source(n), there("eth0"))) << n;
    expected.push_back(std::to_string(n));
  }
  send_from_each(kAll);
  EXPECT_EQ(expected, receive_all(socket));

  holders.erase(holders.begin());  // The first sources leave; the others are not touched.
  expected.erase(expected.begin(), expected.begin() + limit);
  send_from_each(kAll);
  EXPECT_EQ(expected, receive_all(socket));
}

TEST_P(Source, OneSocketTakesSourcesUpToTheLimitOnly) {
  const unsigned limit = ipv4() ? 10 : 64;
  const Fd full = holder();
  ASSERT_EQ(0, join_source(full, group(1), source(0), there("eth0")));
  EXPECT_EQ(EADDRNOTAVAIL, join_source(full, group(1), source(0), there("eth0")));  // Repeated.
  for (unsigned n = 1; n < limit; ++n) {
    ASSERT_EQ(0, join_source(full, group(1), source(n), there("eth0"))) << n;
  }
  EXPECT_EQ(ENOBUFS, join_source(full, group(1), source(limit), there("eth0")));
  // A full list says so before it looks whether the source is there already.
  EXPECT_EQ(ENOBUFS, join_source(full, group(1), source(0), there("eth0")));
}

TEST_P(Source, TheWireCarriesTheUnionOfAnAnySourceAndAnIncludeHolder) {
  add_addresses(3);
  const Fd socket = data(group(1), "eth0");
  const Fd include = holder();
  ASSERT_EQ(0, join_source(include, group(1), source(1), there("eth0")));
  send_from_each(3);
  EXPECT_THAT(receive_all(socket), testing::ElementsAre("1"));
  {
    const Fd any = holder();
    ASSERT_EQ(0, join(any, group(1), there("eth0")));
    send_from_each(3);
    EXPECT_THAT(receive_all(socket), testing::ElementsAre("0", "1", "2"));
  }
  send_from_each(3);
  EXPECT_THAT(receive_all(socket), testing::ElementsAre("1"));
}

TEST_P(Source, ADataSocketWithoutMembershipIsNotFilteredByTheSourcesOfOtherSockets) {
  add_addresses(2);
  // Two listeners that want different sources share the link: both sockets see both, which is why
  // every listener checks its own sources.
  const Fd first = data(group(1), "eth0");
  const Fd second = data(group(1), "eth0");
  const Fd wants_first = holder();
  const Fd wants_second = holder();
  ASSERT_EQ(0, join_source(wants_first, group(1), source(0), there("eth0")));
  ASSERT_EQ(0, join_source(wants_second, group(1), source(1), there("eth0")));
  send_from_each(2);
  EXPECT_THAT(receive_all(first), testing::ElementsAre("0", "1"));
  EXPECT_THAT(receive_all(second), testing::ElementsAre("0", "1"));
}

// The reason for having no membership on the data socket in IPv6: the kernel looks a socket's
// source list up by the group and forgets the interface.
TEST_P(Source, OwnSourceListsOfTwoLinksAreKeptApartInIPv4AndMixedUpInIPv6) {
  Fd socket;
  {
    const lab::Inside scope(receiver_);
    socket = udp(GetParam());
    set(socket, SOL_SOCKET, SO_REUSEADDR, 1);
    bind(socket, group(1));
  }
  take_all(socket, GetParam(), false);
  // From 10.1.0.1 on eth0 and from 10.2.0.1 on eth1: both are wanted.
  ASSERT_EQ(0, join_source(socket, group(1), address(unicast(1, 1)), there("eth0")));
  ASSERT_EQ(0, join_source(socket, group(1), address(unicast(2, 1)), there("eth1")));
  ASSERT_EQ(0, send(out("eth0", unicast(1, 1)), group(1), "eth0"));
  ASSERT_EQ(0, send(out("eth1", unicast(2, 1)), group(1), "eth1"));
  settle();
  EXPECT_EQ(ipv4() ? 2u : 1u, receive_all(socket).size());
}

}  // namespace
}  // namespace raw
