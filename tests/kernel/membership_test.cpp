// Memberships on holder sockets: their limits, and changing them under a stream.
#include <sys/socket.h>

#include "stream.h"

namespace raw {
namespace {

class Membership : public TwoLinks {};
IN_BOTH_FAMILIES(Membership);

TEST_P(Membership, OneIPv4SocketHolds20GroupsAndAnotherGoesOnWhileIPv6HasNoSuchLimit) {
  const Fd first = holder();
  const Fd second = holder();
  const unsigned index = there("eth0");
  for (unsigned n = 1; n <= 20; ++n) ASSERT_EQ(0, join(first, group(n), index)) << n;
  EXPECT_EQ(ipv4() ? ENOBUFS : 0, join(first, group(21), index));
  EXPECT_EQ(0, join(second, group(21), index));
  const Fd socket = data(group(21), "eth0");
  ASSERT_EQ(0, send(out("eth0"), group(21), "x"));
  EXPECT_EQ(1u, arrived(socket));
}

TEST_P(Membership, JoiningTwiceOnOneSocketIsRefusedAndOnTwoSocketsCounts) {
  const Fd first = holder();
  const Fd second = holder();
  const unsigned index = there("eth0");
  ASSERT_EQ(0, join(first, group(1), index));
  EXPECT_EQ(EADDRINUSE, join(first, group(1), index));
  ASSERT_EQ(0, join(second, group(1), index));
  ASSERT_EQ(0, leave(first, group(1), index));
  EXPECT_EQ(EADDRNOTAVAIL, leave(first, group(1), index));
  const Fd socket = data(group(1), "eth0");
  ASSERT_EQ(0, send(out("eth0"), group(1), "x"));
  EXPECT_EQ(1u, arrived(socket));
}

constexpr int kSwitches = 2'500;

TEST_P(Membership, JoiningANewHolderBeforeLeavingTheOldLosesNothing) {
  const unsigned index = there("eth0");
  const Fd socket = data(group(1), "eth0");
  const Address source = address(unicast(1, 1));
  const Fd from = out("eth0", unicast(1, 1));
  Fd current = holder();
  ASSERT_EQ(0, join(current, group(1), index));

  Stream stream(from, group(1));
  Heard heard(socket, stream);
  for (int switches = 0; switches < kSwitches; ++switches) {
    heard.wait_for_some();
    // One source, any source, one source, and so on.
    const bool is_to_one = switches % 2 == 0;
    Fd next = holder();
    ASSERT_EQ(0,
              is_to_one ? join_source(next, group(1), source, index) : join(next, group(1), index));
    // IPv6 looks at the lists for a packet while they change, and may meet what is half old.
    if (is_to_one && !ipv4()) heard.outlive_looks();
    current = std::move(next);  // `next` now has the old one and leaves by closing it.
  }
  heard.outlive_looks();
  EXPECT_EQ(0u, drops(socket));
}

}  // namespace
}  // namespace raw
