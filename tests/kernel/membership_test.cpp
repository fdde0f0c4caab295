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

constexpr int kCount = 20'000;

TEST_P(Membership, JoiningANewHolderBeforeLeavingTheOldLosesNothing) {
  const unsigned index = there("eth0");
  const Fd socket = data(group(1), "eth0");
  const Address source = address(unicast(1, 1));
  const Fd from = out("eth0", unicast(1, 1));
  Fd current = holder();
  ASSERT_EQ(0, join(current, group(1), index));

  Stream stream(from, group(1), kCount);
  Numbers numbers;
  int switches = 0;
  while (numbers.next() < kCount) {
    ASSERT_TRUE(lab::wait_readable(socket.get(), in(kPatience))) << "lost after " << numbers.next();
    while (const auto message = receive(socket)) {
      ASSERT_TRUE(numbers.take(message->data));
      stream.acknowledge(numbers.next());
      if (numbers.next() % 8 != 0) continue;
      // Any source, one source, any source, and so on.
      Fd next = holder();
      ASSERT_EQ(0, ++switches % 2 == 0 ? join(next, group(1), index)
                                       : join_source(next, group(1), source, index));
      if (switches % 2 == 1) let_looks_end(GetParam());
      current = std::move(next);  // `next` now has the old one and leaves by closing it.
    }
  }
  EXPECT_LE(numbers.missing(), ipv4() ? 0 : kStalled);
  EXPECT_GE(switches, 1000);
  EXPECT_EQ(0u, drops(socket));
}

}  // namespace
}  // namespace raw
