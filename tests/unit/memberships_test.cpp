// core/memberships: counting, the limits of a socket, and what the kernel says about it.
#include "core/memberships.h"

#include <gmock/gmock.h>
#include <netinet/in.h>

#include <cerrno>
#include <random>
#include <set>

#include "fake_kernel.h"
#include "world.h"

namespace mc::test {
namespace {

// One who wants nothing wants this, and the other way round.
net::SourceSet wish(const net::Membership& wanted) {
  return wanted.source ? net::SourceSet::only({*wanted.source}) : net::SourceSet();
}
Status join(Memberships& memberships, const net::Membership& wanted) {
  return memberships.widen({wanted.group, wanted.interface_index}, net::SourceSet::none(),
                           wish(wanted));
}
void leave(Memberships& memberships, const net::Membership& wanted) {
  memberships.narrow({wanted.group, wanted.interface_index}, wish(wanted), net::SourceSet::none());
}

class Joined : public testing::TestWithParam<net::Family> {
 protected:
  ~Joined() override { EXPECT_TRUE(kernel_memberships().empty()); }

  static net::Address group(unsigned number) { return group_address(GetParam(), number); }
  static net::Address source(unsigned number) { return host_address(GetParam(), number); }
  static net::Membership any(unsigned number) { return {group(number), kLo, std::nullopt}; }
  static net::Membership from(unsigned number, unsigned host) {
    return {group(number), kLo, source(host)};
  }
  static bool ipv4() { return GetParam() == net::Family::kIpv4; }
};
INSTANTIATE_TEST_SUITE_P(Family, Joined, testing::Values(net::Family::kIpv4, net::Family::kIpv6),
                         [](const auto& of) {
                           return of.param == net::Family::kIpv4 ? "Ipv4" : "Ipv6";
                         });

TEST_P(Joined, OncePerGroupHoweverManyWantIt) {
  Memberships memberships;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(join(memberships, any(1)).ok());
  EXPECT_EQ(1u, memberships.count());
  EXPECT_EQ(1u, memberships.holder_count());
  EXPECT_EQ(1u, kernel_memberships().groups.at(group(1)));
  leave(memberships, any(1));
  leave(memberships, any(1));
  EXPECT_EQ(1u, kernel_memberships().groups.count(group(1)));
  leave(memberships, any(1));
  EXPECT_EQ(0u, memberships.count());
  EXPECT_EQ(0u, memberships.holder_count());
}

TEST_P(Joined, WithoutRegardToPortScopeAndFlow) {
  Memberships memberships;
  net::Membership decorated = from(1, 1);
  decorated.group.port = 4242;
  decorated.group.flow = 9;
  decorated.source->port = 17;
  decorated.source->scope = 3;
  ASSERT_TRUE(join(memberships, decorated).ok());
  ASSERT_TRUE(join(memberships, from(1, 1)).ok());
  EXPECT_EQ(1u, memberships.count());
  leave(memberships, from(1, 1));
  leave(memberships, decorated);
  EXPECT_EQ(0u, memberships.count());
}

TEST_P(Joined, LeavingWhatWasNotJoinedDoesNothing) {
  Memberships memberships;
  ASSERT_TRUE(join(memberships, any(1)).ok());
  leave(memberships, any(2));
  leave(memberships, from(1, 1));
  EXPECT_EQ(1u, memberships.count());
  EXPECT_EQ(1u, kernel_memberships().groups.at(group(1)));
}

TEST_P(Joined, AThousandGroupsUnderALimitOfTwentyASocket) {
  const size_t before = open_descriptors();
  {
    Memberships memberships;
    for (unsigned i = 0; i < 1000; ++i) ASSERT_TRUE(join(memberships, any(i)).ok()) << i;
    EXPECT_EQ(1000u, memberships.count());
    EXPECT_EQ(1000u, kernel_memberships().groups.size());
    EXPECT_EQ(before + memberships.holder_count(), open_descriptors());
    const size_t needed = ipv4() ? 50 : 1;  // IPv6 knows a limit of memory only
    EXPECT_EQ(needed, memberships.holder_count());
    for (unsigned i = 0; i < 1000; i += 2) leave(memberships, any(i));
    EXPECT_EQ(500u, kernel_memberships().groups.size());
    // What was left makes room again: no further holder.
    const size_t holders = memberships.holder_count();
    for (unsigned i = 0; i < 1000; i += 2) ASSERT_TRUE(join(memberships, any(i)).ok()) << i;
    EXPECT_EQ(holders, memberships.holder_count());
    EXPECT_EQ(1000u, kernel_memberships().groups.size());
  }
  EXPECT_EQ(before, open_descriptors());
}

TEST_P(Joined, AHundredSourcesWithinTheLimitOfASocket) {
  Memberships memberships;
  for (unsigned i = 0; i < 100; ++i) ASSERT_TRUE(join(memberships, from(1, i)).ok()) << i;
  EXPECT_EQ(100u, memberships.count());
  EXPECT_EQ(ipv4() ? 10u : 2u, memberships.holder_count());
  const KernelMemberships kernel = kernel_memberships();
  EXPECT_EQ(100u, kernel.sources.size());
  for (unsigned i = 0; i < 100; ++i) EXPECT_EQ(1u, kernel.sources.at({group(1), source(i)}));
  for (unsigned i = 0; i < 100; ++i) leave(memberships, from(1, i));
  EXPECT_EQ(0u, memberships.holder_count());
}

TEST_P(Joined, AnySourceAndSomeSourcesOfOneGroupTogether) {
  Memberships memberships;
  ASSERT_TRUE(join(memberships, from(1, 1)).ok());
  ASSERT_TRUE(join(memberships, any(1)).ok());
  ASSERT_TRUE(join(memberships, from(1, 2)).ok());
  EXPECT_EQ(3u, memberships.count());
  EXPECT_EQ(2u, memberships.holder_count());  // the kernel refuses the mix on one socket
  EXPECT_EQ(2u, kernel_memberships().groups.at(group(1)));
  leave(memberships, any(1));
  EXPECT_EQ(2u, kernel_memberships().sources.size());
  EXPECT_EQ(1u, memberships.holder_count());
  leave(memberships, from(1, 2));
  EXPECT_EQ(1u, kernel_memberships().sources.count({group(1), source(1)}));
  leave(memberships, from(1, 1));
  EXPECT_EQ(0u, memberships.holder_count());
}

TEST_P(Joined, LackOfRoomIsMetWithAFurtherSocket) {
  Memberships memberships;
  ASSERT_TRUE(join(memberships, any(1)).ok());
  FakeKernel kernel;
  kernel.fail(setting(ipv4() ? IPPROTO_IP : IPPROTO_IPV6, MCAST_JOIN_GROUP), ENOBUFS, 1, 1);
  ASSERT_TRUE(join(memberships, any(2)).ok());
  EXPECT_EQ(2u, memberships.holder_count());
  ASSERT_TRUE(join(memberships, any(3)).ok());  // the full one is passed over
  EXPECT_EQ(2u, memberships.holder_count());
  EXPECT_EQ(1u, kernel.failures());
}

TEST_P(Joined, ASocketThatCouldNotLeaveIsNotJoinedOnAgain) {
  Memberships memberships;
  ASSERT_TRUE(join(memberships, any(1)).ok());
  ASSERT_TRUE(join(memberships, any(2)).ok());
  FakeKernel kernel;
  kernel.fail(setting(ipv4() ? IPPROTO_IP : IPPROTO_IPV6, MCAST_LEAVE_GROUP), ENODEV, 1, 1);
  leave(memberships, any(1));
  EXPECT_EQ(1u, memberships.count());
  ASSERT_TRUE(join(memberships, any(1)).ok());  // on the old one it would be there already
  EXPECT_EQ(2u, memberships.holder_count());
  leave(memberships, any(2));
  EXPECT_EQ(1u, memberships.holder_count());
}

TEST_P(Joined, AtTheEndEveryMembershipIsLeft) {
  const size_t before = open_descriptors();
  {
    Memberships memberships;
    for (unsigned i = 0; i < 30; ++i) ASSERT_TRUE(join(memberships, any(i)).ok());
    for (unsigned i = 0; i < 30; ++i) ASSERT_TRUE(join(memberships, from(99, i)).ok());
  }
  EXPECT_TRUE(kernel_memberships().empty());
  EXPECT_EQ(before, open_descriptors());
}

// The sets that the kernel must have, for the memberships that are wanted.
void expect_kernel_has(const std::multiset<net::Membership>& wanted) {
  std::set<net::Address> groups;
  std::set<std::pair<net::Address, net::Address>> sources;
  for (const net::Membership& each : wanted) {
    groups.insert(each.group);
    if (each.source) sources.insert({each.group, *each.source});
  }
  const KernelMemberships kernel = kernel_memberships();
  std::set<net::Address> kernel_groups;
  for (const auto& [group, users] : kernel.groups) kernel_groups.insert(group);
  std::set<std::pair<net::Address, net::Address>> kernel_sources;
  for (const auto& [source, users] : kernel.sources) {
    kernel_sources.insert(source);
    EXPECT_EQ(1u, users);  // on one holder only
  }
  EXPECT_EQ(groups, kernel_groups);
  EXPECT_EQ(sources, kernel_sources);
}

TEST_P(Joined, ARandomSequenceAgreesWithAModel) {
  std::mt19937 random(4242);
  const auto pick = [&](unsigned below) { return static_cast<unsigned>(random() % below); };
  Memberships memberships;
  std::multiset<net::Membership> model;
  for (unsigned step = 0; step < 4000; ++step) {
    // A few groups with many sources and many groups with few, so that all limits are met.
    const unsigned number = pick(2) == 0 ? pick(2) : pick(60);
    const net::Membership one = pick(4) == 0 ? any(number) : from(number, pick(40));
    const bool fills = step % 1000 < 600;
    if (pick(10) < (fills ? 8 : 2)) {
      ASSERT_TRUE(join(memberships, one).ok());
      model.insert(one);
    } else if (!model.empty()) {
      auto victim = model.lower_bound(one);
      if (victim == model.end()) victim = model.begin();
      leave(memberships, *victim);
      model.erase(victim);
    }
    if (step % 100 != 99) continue;
    EXPECT_EQ(std::set<net::Membership>(model.begin(), model.end()).size(), memberships.count());
    expect_kernel_has(model);
  }
  for (const net::Membership& each : model) leave(memberships, each);
  EXPECT_EQ(0u, memberships.count());
  EXPECT_EQ(0u, memberships.holder_count());
}

}  // namespace
}  // namespace mc::test
