// An interface that is deleted and made again, even with the same name and index.
#include <poll.h>

#include <string>

#include "raw.h"

namespace raw {
namespace {

class Recreated : public TwoLinks {
 protected:
  ~Recreated() override { renew_topology(); }

  // Deletes eth0 at both ends and makes it anew with the same indexes.
  void recreate() {
    const unsigned sender_index = here("eth0");
    const unsigned receiver_index = there("eth0");
    sender_.delete_link("eth0");
    sender_.ip("link add name eth0 index " + std::to_string(sender_index) +
               " type veth peer name eth0 index " + std::to_string(receiver_index) + " netns " +
               receiver_.path() + "\n");
    sender_.ip("address add 10.1.0.1/24 dev eth0\nlink set dev eth0 up\n");
    receiver_.ip("address add 10.1.0.2/24 dev eth0\nlink set dev eth0 up\n");
    sender_.wait_for_link_local("eth0");
    receiver_.wait_for_link_local("eth0");
    ASSERT_EQ(sender_index, here("eth0"));
    ASSERT_EQ(receiver_index, there("eth0"));
  }
  static int pending_error(const Fd& fd) {
    int error = 0;
    socklen_t size = sizeof error;
    return ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : -1;
  }
};
IN_BOTH_FAMILIES(Recreated);

TEST_P(Recreated, TheDataSocketIsToldNothing) {
  const Fd membership = holder();
  const Fd socket = data(group(1), "eth0");
  ASSERT_EQ(0, join(membership, group(1), there("eth0")));
  sender_.delete_link("eth0");
  pollfd item{socket.get(), POLLIN, 0};
  EXPECT_EQ(0, ::poll(&item, 1, 0));
  EXPECT_EQ(0, pending_error(socket));
  EXPECT_EQ(0, pending_error(membership));
}

TEST_P(Recreated, TheOldMembershipIsDeadAndCannotBeRepeated) {
  const Fd membership = holder();
  const Fd socket = data(group(1), "eth0");
  ASSERT_EQ(0, join(membership, group(1), there("eth0")));
  recreate();
  ASSERT_EQ(0, send(out("eth0"), group(1), "unheard"));
  EXPECT_EQ(0u, arrived(socket));
  EXPECT_EQ(EADDRINUSE, join(membership, group(1), there("eth0")));
}

TEST_P(Recreated, LeavingTheDeadMembershipFreesTheHolder) {
  const Fd membership = holder();
  const Fd socket = data(group(1), "eth0");
  ASSERT_EQ(0, join(membership, group(1), there("eth0")));
  recreate();
  EXPECT_EQ(0, leave(membership, group(1), there("eth0")));
  EXPECT_EQ(0, join(membership, group(1), there("eth0")));
  ASSERT_EQ(0, send(out("eth0"), group(1), "heard"));
  EXPECT_EQ(1u, arrived(socket));
}

TEST_P(Recreated, ANewHolderRevivesTheOldDataSocketWhenTheIndexIsTheSame) {
  const Fd socket = data(group(1), "eth0");
  {
    const Fd membership = holder();
    ASSERT_EQ(0, join(membership, group(1), there("eth0")));
    recreate();
  }
  const Fd membership = holder();
  ASSERT_EQ(0, join(membership, group(1), there("eth0")));
  ASSERT_EQ(0, send(out("eth0"), group(1), "heard"));
  EXPECT_EQ(1u, arrived(socket));
}

TEST_P(Recreated, AnOldSenderFailsForEverUntilItsInterfaceIsSetAgain) {
  const Fd from = out("eth0");
  ASSERT_EQ(0, send(from, group(1), "x"));
  sender_.delete_link("eth0");
  // IPv4 misses the device, IPv6 the route.
  const int error = ipv4() ? ENODEV : ENETUNREACH;
  EXPECT_EQ(error, send(from, group(1), "x"));
  lab::connect(sender_, "eth0", "10.1.0.1/24", receiver_, "eth0", "10.1.0.2/24");
  EXPECT_EQ(error, send(from, group(1), "x"));
  const Fd fresh = out("eth0");
  EXPECT_EQ(0, send(fresh, group(1), "x"));
}

TEST_P(Recreated, AnOldSenderWorksAgainWhenTheIndexIsTheSame) {
  const Fd from = out("eth0");
  ASSERT_EQ(0, send(from, group(1), "x"));
  recreate();
  EXPECT_EQ(0, send(from, group(1), "x"));
}

TEST_P(Recreated, ADataSocketStaysDeadWhenTheIndexIsAnother) {
  const Fd membership = holder();
  const Fd socket = data(group(1), "eth0");
  ASSERT_EQ(0, join(membership, group(1), there("eth0")));
  const unsigned before = there("eth0");
  sender_.delete_link("eth0");
  lab::connect(sender_, "eth0", "10.1.0.1/24", receiver_, "eth0", "10.1.0.2/24");
  const unsigned after = there("eth0");
  ASSERT_NE(before, after);
  EXPECT_EQ(ENODEV, join(holder(), group(1), before));
  const Fd fresh = holder();
  ASSERT_EQ(0, join(fresh, group(1), after));
  const Fd revived = data(group(1), "eth0");
  ASSERT_EQ(0, send(out("eth0"), group(1), "x"));
  EXPECT_EQ(0u, arrived(socket));
  EXPECT_EQ(1u, arrived(revived));
}

}  // namespace
}  // namespace raw
