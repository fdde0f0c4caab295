// What a data socket gets: exactly its group, its port and its interface, by a membership that
// another socket holds.
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

#include "raw.h"

namespace raw {
namespace {

class Delivery : public TwoLinks {};
IN_BOTH_FAMILIES(Delivery);

TEST_P(Delivery, ADataSocketWithoutMembershipReceivesWhatAHolderJoinedAndNothingAfterItLeft) {
  const Fd socket = data(group(1), "eth0");
  const Fd from = out("eth0");
  ASSERT_EQ(0, send(from, group(1), "too early"));
  EXPECT_EQ(0u, arrived(socket));

  const Fd membership = holder();
  ASSERT_EQ(0, join(membership, group(1), there("eth0")));
  for (int i = 0; i < 10; ++i) ASSERT_EQ(0, send(from, group(1), "in time"));
  EXPECT_EQ(10u, arrived(socket));

  ASSERT_EQ(0, leave(membership, group(1), there("eth0")));
  ASSERT_EQ(0, send(from, group(1), "too late"));
  EXPECT_EQ(0u, arrived(socket));
}

TEST_P(Delivery, AHolderThatIsClosedLeaves) {
  const Fd socket = data(group(1), "eth0");
  const Fd from = out("eth0");
  {
    const Fd membership = holder();
    ASSERT_EQ(0, join(membership, group(1), there("eth0")));
    ASSERT_EQ(0, send(from, group(1), "one"));
    EXPECT_EQ(1u, arrived(socket));
  }
  ASSERT_EQ(0, send(from, group(1), "two"));
  EXPECT_EQ(0u, arrived(socket));
}

TEST_P(Delivery, EachDataSocketGetsOnlyItsOwnLinkAndNoOtherGroupPortOrUnicast) {
  const Fd first = data(group(1), "eth0");
  const Fd second = data(group(1), "eth1");
  const Fd membership = holder();
  for (const char* interface : {"eth0", "eth1"}) {
    ASSERT_EQ(0, join(membership, group(1), there(interface)));
    ASSERT_EQ(0, join(membership, group(2), there(interface)));
  }
  const Fd on_first = out("eth0");
  const Fd on_second = out("eth1");
  ASSERT_EQ(0, send(on_first, group(1), "first"));
  ASSERT_EQ(0, send(on_second, group(1), "second"));
  ASSERT_EQ(0, send(on_second, group(1), "second"));
  ASSERT_EQ(0, send(on_first, group(2), "another group"));
  ASSERT_EQ(0, send(on_first, group(1, kPort + 1), "another port"));
  // Unicast to the port is answered with "port unreachable", which the sending socket may report.
  static_cast<void>(send(on_first, address(unicast(1, 2)), "unicast"));
  settle();
  EXPECT_THAT(receive_all(first), testing::ElementsAre("first"));
  EXPECT_THAT(receive_all(second), testing::ElementsAre("second", "second"));
}

TEST_P(Delivery, AGroupJoinedOnOneLinkOnlyDoesNotArriveOnTheOther) {
  const Fd first = data(group(1), "eth0");
  const Fd second = data(group(1), "eth1");
  const Fd membership = holder();
  ASSERT_EQ(0, join(membership, group(1), there("eth0")));
  ASSERT_EQ(0, send(out("eth0"), group(1), "wanted"));
  ASSERT_EQ(0, send(out("eth1"), group(1), "unwanted"));
  settle();
  EXPECT_THAT(receive_all(first), testing::ElementsAre("wanted"));
  EXPECT_TRUE(receive_all(second).empty());
}

TEST_P(Delivery, LinkLocalGroupsAreKeptApartOnTwoLinksAtOnce) {
  const Fd membership = holder();
  std::array<Fd, 2> sockets;
  const std::array<const char*, 2> interfaces{"eth0", "eth1"};
  for (size_t i = 0; i < 2; ++i) {
    const unsigned index = there(interfaces[i]);
    sockets[i] = data(link_local_group(index), interfaces[i]);
    ASSERT_EQ(0, join(membership, link_local_group(index), index));
  }
  for (const char* interface : interfaces) {
    ASSERT_EQ(0, send(out(interface), link_local_group(here(interface)), interface));
  }
  settle();
  EXPECT_THAT(receive_all(sockets[0]), testing::ElementsAre("eth0"));
  EXPECT_THAT(receive_all(sockets[1]), testing::ElementsAre("eth1"));
}

// Gives up every capability for the rest of the process.
void drop_privilege() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const std::array<__user_cap_data_struct, 2> none{};
  if (::syscall(SYS_capset, &header, none.data()) != 0) lab::fail("capset");
}

TEST_P(Delivery, TheFirstBindingToAnInterfaceNeedsNoPrivilegeAndTheSecondDoes) {
  const unsigned first = there("eth0");
  const unsigned second = there("eth1");
  lab::Process::Options options;
  options.host = &receiver_;
  lab::Process child = lab::Process::fork(
      [&] {
        drop_privilege();
        const Fd fd = udp(GetParam());
        const auto to = [&](unsigned index) {
          return try_set(fd, SOL_SOCKET, SO_BINDTOIFINDEX, static_cast<int>(index));
        };
        if (to(first) != 0) return 1;
        if (to(second) != EPERM) return 2;
        if (to(0) != EPERM) return 3;
        bind(fd, group(1));
        return join(fd, group(1), first) == 0 ? 0 : 4;
      },
      options);
  EXPECT_EQ(0, child.wait(in(kPatience))) << child.errors();
}

}  // namespace
}  // namespace raw
