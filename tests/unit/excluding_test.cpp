// core/memberships: excluded sources, and changes from one set of sources to another.
#include <gmock/gmock.h>
#include <netinet/in.h>

#include <cerrno>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include "core/memberships.h"
#include "fake_kernel.h"
#include "world.h"

namespace mc::test {
namespace {

using net::SourceSet;

class Excluding : public testing::TestWithParam<net::Family> {
 protected:
  using Hosts = std::vector<unsigned>;

  ~Excluding() override { EXPECT_TRUE(kernel_memberships().empty()); }

  static bool ipv4() { return GetParam() == net::Family::kIpv4; }
  static int level() { return ipv4() ? IPPROTO_IP : IPPROTO_IPV6; }
  static unsigned limit() { return ipv4() ? 10 : 64; }
  static net::Address group(unsigned number = 1) { return group_address(GetParam(), number); }
  static GroupOnLink where(unsigned number = 1) { return {group(number), kLo}; }
  static std::vector<net::Address> list(const Hosts& hosts) {
    std::vector<net::Address> made;
    for (const unsigned each : hosts) made.push_back(host_address(GetParam(), each));
    return made;
  }
  static SourceSet only(const Hosts& hosts) { return SourceSet::only(list(hosts)); }
  static SourceSet except(const Hosts& hosts) { return SourceSet::except(list(hosts)); }
  static Hosts run(unsigned first, unsigned count) {
    Hosts hosts;
    for (unsigned i = 0; i < count; ++i) hosts.push_back(first + i);
    return hosts;
  }

  Status change(const SourceSet& from, const SourceSet& to) {
    MC_TRY(memberships_.widen(where(), from, to));
    memberships_.narrow(where(), from, to);
    return {};
  }
  Status begin(const SourceSet& wanted) { return change(SourceSet::none(), wanted); }
  void end(const SourceSet& held) { EXPECT_TRUE(change(held, SourceSet::none()).ok()); }

  static std::vector<net::Address> sources_of(
      const std::map<std::pair<net::Address, net::Address>, unsigned>& found) {
    std::vector<net::Address> sources;
    for (const auto& [about, users] : found) {
      EXPECT_EQ(1u, users);
      sources.push_back(about.second);
    }
    return sources;
  }
  // How many sockets have joined the group, and for which sources.
  static void expect_wire(unsigned holders, const Hosts& included, const Hosts& blocked) {
    const KernelMemberships kernel = kernel_memberships();
    EXPECT_EQ(holders, kernel.groups.count(group()) == 0 ? 0 : kernel.groups.at(group()));
    EXPECT_EQ(list(included), sources_of(kernel.sources));
    EXPECT_EQ(list(blocked), sources_of(kernel.blocked));
  }
  void expect_wire_of(const SourceSet& set) {
    const KernelMemberships kernel = kernel_memberships();
    const std::vector<net::Address> nothing;
    EXPECT_EQ(set == SourceSet::none(), kernel.groups.empty());
    EXPECT_EQ(set.is_only() ? set.list() : nothing, sources_of(kernel.sources));
    EXPECT_EQ(set.is_only() || memberships_.is_shortened(where()) ? nothing : set.list(),
              sources_of(kernel.blocked));
  }
  static void expect_same(const KernelMemberships& a, const KernelMemberships& b) {
    EXPECT_EQ(a.groups, b.groups);
    EXPECT_EQ(a.sources, b.sources);
    EXPECT_EQ(a.blocked, b.blocked);
  }
  static std::vector<SourceSet> sets() {
    return {SourceSet::none(), SourceSet(),    only({1, 2, 3}),
            only(run(2, 13)),  except({1, 2}), except({2, 3, 4})};
  }
  static std::vector<std::pair<SourceSet, SourceSet>> pairs() {
    std::vector<std::pair<SourceSet, SourceSet>> all;
    for (const SourceSet& from : sets()) {
      for (const SourceSet& to : sets()) all.emplace_back(from, to);
    }
    return all;
  }
  unsigned calls_of(const std::function<void()>& act) {
    FakeKernel kernel;
    act();
    return kernel.calls(Call::kSetsockopt);
  }

  Memberships memberships_;
};
INSTANTIATE_TEST_SUITE_P(Family, Excluding, testing::Values(net::Family::kIpv4, net::Family::kIpv6),
                         [](const auto& of) {
                           return of.param == net::Family::kIpv4 ? "Ipv4" : "Ipv6";
                         });

TEST_P(Excluding, BlocksWhatAllExclude) {
  ASSERT_TRUE(begin(except({1, 2})).ok());
  expect_wire(1, {}, {1, 2});
  EXPECT_EQ(1u, memberships_.count());
  ASSERT_TRUE(begin(except({2, 3})).ok());
  expect_wire(1, {}, {2});
  ASSERT_TRUE(begin(SourceSet()).ok());
  expect_wire(1, {}, {});
  EXPECT_FALSE(memberships_.is_shortened(where()));
  end(SourceSet());
  expect_wire(1, {}, {2});
  end(except({1, 2}));
  expect_wire(1, {}, {2, 3});
  end(except({2, 3}));
  expect_wire(0, {}, {});
  EXPECT_EQ(0u, memberships_.holder_count());
}

TEST_P(Excluding, ChangesByTheDifferenceOnly) {
  ASSERT_TRUE(begin(except({1, 2, 3})).ok());
  EXPECT_EQ(0u, calls_of([&] { ASSERT_TRUE(change(except({1, 2, 3}), except({3, 2, 1})).ok()); }));
  EXPECT_EQ(2u, calls_of([&] { ASSERT_TRUE(change(except({1, 2, 3}), except({2, 3, 4})).ok()); }));
  expect_wire(1, {}, {2, 3, 4});
  end(except({2, 3, 4}));
  ASSERT_TRUE(begin(only({1, 2, 3})).ok());
  EXPECT_EQ(0u, calls_of([&] { ASSERT_TRUE(change(only({1, 2, 3}), only({3, 2, 1})).ok()); }));
  EXPECT_EQ(2u, calls_of([&] { ASSERT_TRUE(change(only({1, 2, 3}), only({2, 3, 4})).ok()); }));
  expect_wire(1, {2, 3, 4}, {});
  end(only({2, 3, 4}));
}

TEST_P(Excluding, JoinsTheNewBeforeItLeavesTheOld) {
  ASSERT_TRUE(begin(SourceSet()).ok());
  ASSERT_TRUE(memberships_.widen(where(), SourceSet(), only({1})).ok());
  expect_wire(2, {1}, {});
  memberships_.narrow(where(), SourceSet(), only({1}));
  expect_wire(1, {1}, {});
  ASSERT_TRUE(memberships_.widen(where(), only({1}), only({1, 2})).ok());
  expect_wire(1, {1, 2}, {});
  memberships_.narrow(where(), only({1}), only({1, 2}));
  ASSERT_TRUE(memberships_.widen(where(), only({1, 2}), except({2})).ok());
  expect_wire(2, {1, 2}, {2});
  memberships_.narrow(where(), only({1, 2}), except({2}));
  expect_wire(1, {}, {2});
  ASSERT_TRUE(memberships_.widen(where(), except({2}), except({1})).ok());
  expect_wire(1, {}, {});
  memberships_.narrow(where(), except({2}), except({1}));
  expect_wire(1, {}, {1});
  end(except({1}));
}

TEST_P(Excluding, WhatWasWidenedIsTakenBack) {
  for (const auto& [from, to] : pairs()) {
    ASSERT_TRUE(begin(from).ok());
    const KernelMemberships before = kernel_memberships();
    ASSERT_TRUE(memberships_.widen(where(), from, to).ok());
    memberships_.narrow(where(), to, from);
    expect_same(before, kernel_memberships());
    end(from);
    EXPECT_TRUE(kernel_memberships().empty());
  }
}

TEST_P(Excluding, ALongListIsNotBlockedUntilItFits) {
  ASSERT_TRUE(begin(except(run(0, limit()))).ok());
  EXPECT_FALSE(memberships_.is_shortened(where()));
  expect_wire(1, {}, run(0, limit()));
  ASSERT_TRUE(change(except(run(0, limit())), except(run(0, limit() + 1))).ok());
  EXPECT_TRUE(memberships_.is_shortened(where()));
  expect_wire(1, {}, {});
  // A longer one is not even tried.
  const auto grow = [&] {
    ASSERT_TRUE(change(except(run(0, limit() + 1)), except(run(0, 1000))).ok());
  };
  EXPECT_EQ(0u, calls_of(grow));
  ASSERT_TRUE(change(except(run(0, 1000)), except(run(3, limit()))).ok());
  EXPECT_FALSE(memberships_.is_shortened(where()));
  expect_wire(1, {}, run(3, limit()));
  end(except(run(3, limit())));
}

TEST_P(Excluding, OnlyWhatIsCommonNeedsRoom) {
  ASSERT_TRUE(begin(except(run(0, 1000))).ok());
  EXPECT_TRUE(memberships_.is_shortened(where()));
  ASSERT_TRUE(begin(except({5, 6, 2000})).ok());
  EXPECT_FALSE(memberships_.is_shortened(where()));
  expect_wire(1, {}, {5, 6});
  end(except({5, 6, 2000}));
  EXPECT_TRUE(memberships_.is_shortened(where()));
  expect_wire(1, {}, {});
  end(except(run(0, 1000)));
  EXPECT_FALSE(memberships_.is_shortened(where()));
}

TEST_P(Excluding, TwoWhoExchangeTheirListsAtOnce) {
  ASSERT_TRUE(begin(except({1})).ok());
  ASSERT_TRUE(begin(except({2})).ok());
  ASSERT_TRUE(memberships_.widen(where(), except({1}), except({2})).ok());
  ASSERT_TRUE(memberships_.widen(where(), except({2}), except({1})).ok());
  memberships_.narrow(where(), except({1}), except({2}));
  memberships_.narrow(where(), except({2}), except({1}));
  expect_wire(1, {}, {});
  end(except({1}));
  expect_wire(1, {}, {2});
  end(except({2}));
}

// Whatever call is refused, all is as before; or it is done, and only the list is shortened.
TEST_P(Excluding, ARefusedCallOnTheWayToMoreChangesNothing) {
  for (const auto& [from, to] : pairs()) {
    for (unsigned nth = 1;; ++nth) {
      SCOPED_TRACE(nth);
      ASSERT_TRUE(begin(from).ok());
      const KernelMemberships before = kernel_memberships();
      const size_t descriptors = open_descriptors();
      bool was_hit = false;
      Status outcome;
      {
        FakeKernel kernel;
        kernel.fail_nth(nth, EIO);
        outcome = memberships_.widen(where(), from, to);
        was_hit = kernel.failures() > 0;
      }
      if (outcome.ok()) {
        memberships_.narrow(where(), from, to);
        EXPECT_TRUE(was_hit || !memberships_.is_shortened(where()));
        expect_wire_of(to);
        end(to);
      } else {
        EXPECT_EQ(-EIO, outcome.code());
        EXPECT_TRUE(was_hit);
        expect_same(before, kernel_memberships());
        EXPECT_EQ(descriptors, open_descriptors());
        end(from);
      }
      EXPECT_EQ(0u, memberships_.holder_count());
      if (HasFailure()) return;
      if (!was_hit) break;
    }
  }
}

// What cannot be left goes with its socket, at the latest.
TEST_P(Excluding, ARefusedCallOnTheWayToLessLeavesNothingBehind) {
  for (const auto& [from, to] : pairs()) {
    for (unsigned nth = 1;; ++nth) {
      SCOPED_TRACE(nth);
      ASSERT_TRUE(begin(from).ok());
      ASSERT_TRUE(memberships_.widen(where(), from, to).ok());
      bool was_hit = false;
      {
        FakeKernel kernel;
        kernel.fail_nth(nth, EIO);
        memberships_.narrow(where(), from, to);
        was_hit = kernel.failures() > 0;
      }
      if (to.is_only()) {
        const KernelMemberships kernel = kernel_memberships();
        for (const net::Address& each : to.list())
          EXPECT_EQ(1u, kernel.sources.count({group(), each}));
      }
      end(to);
      EXPECT_EQ(0u, memberships_.count());
      EXPECT_EQ(0u, memberships_.holder_count());
      EXPECT_TRUE(kernel_memberships().empty());
      if (HasFailure()) return;
      if (!was_hit) break;
    }
  }
}

TEST_P(Excluding, AsManySourcesAsThereAreDescriptorsFor) {
  FakeKernel kernel;
  kernel.fail(Call::kSocket, EMFILE, 3);
  const Status refused = begin(only(run(0, 2 * limit() + 1)));
  EXPECT_EQ(-EMFILE, refused.code());
  EXPECT_THAT(refused.sentence(), testing::HasSubstr("ulimit -n"));
  EXPECT_THAT(refused.sentence(), testing::HasSubstr(group().text()));
  EXPECT_EQ(0u, memberships_.count());
  EXPECT_EQ(0u, memberships_.holder_count());
  EXPECT_TRUE(kernel_memberships().empty());
  kernel.heal();
  ASSERT_TRUE(begin(only(run(0, 2 * limit() + 1))).ok());
  EXPECT_EQ(3u, memberships_.holder_count());
  end(only(run(0, 2 * limit() + 1)));
}

// What the kernel has to have, when these want something of the group.
TEST_P(Excluding, ARandomSequenceAgreesWithAModel) {
  std::mt19937 random(4711);
  const auto pick = [&](unsigned below) { return static_cast<unsigned>(random() % below); };
  std::vector<SourceSet> wanted(5, SourceSet::none());
  for (unsigned step = 0; step < 1500; ++step) {
    SourceSet& one = wanted[pick(5)];
    SourceSet next = one;
    const unsigned way = pick(8);
    if (way == 0) next = SourceSet::none();
    if (way == 1) next = SourceSet();
    if (way == 2 || way == 3) {
      const Hosts hosts = run(pick(20), pick(3 * limit() / 2));
      next = way == 2 ? only(hosts) : except(hosts);
    }
    if (way == 4 || way == 5) next.add(list({pick(100)})[0]);
    if (way > 5) next.remove(list({pick(100)})[0]);
    ASSERT_TRUE(change(one, next).ok());
    one = next;
    SourceSet all = SourceSet::none();
    SourceSet included = SourceSet::none();
    for (const SourceSet& each : wanted) {
      if (each.is_only()) {
        included.unite(each);
      } else {
        all.unite(each);
      }
    }
    const bool is_long = !all.is_only() && all.list().size() > limit();
    ASSERT_EQ(is_long, memberships_.is_shortened(where())) << step;
    const KernelMemberships kernel = kernel_memberships();
    ASSERT_EQ(included.list(), sources_of(kernel.sources)) << step;
    ASSERT_EQ(is_long ? std::vector<net::Address>() : all.list(), sources_of(kernel.blocked))
        << step;
    ASSERT_EQ(included.list().size() + (all.is_only() ? 0 : 1), memberships_.count());
  }
  for (const SourceSet& each : wanted) end(each);
}

}  // namespace
}  // namespace mc::test
