// net/source_set: which hosts a set wants, and what two sets want together.
#include "net/source_set.h"

#include <gmock/gmock.h>

#include "world.h"

namespace mc::test {
namespace {

using net::SourceSet;

net::Address host(unsigned number) {
  return host_address(net::Family::kIpv6, number);
}

// The hosts whose bits are set.
SourceSet set_of(bool is_only, unsigned bits, unsigned hosts) {
  std::vector<net::Address> list;
  for (unsigned i = hosts; i-- > 0;) {
    if ((bits >> i & 1) != 0)
      list.insert(list.end(), 2, host(i));  // twice, and the wrong way round
  }
  return is_only ? SourceSet::only(list) : SourceSet::except(list);
}

TEST(SourceSet, WantsWhatItsListSays) {
  EXPECT_TRUE(SourceSet().is_any());
  EXPECT_TRUE(SourceSet().wants(host(1)));
  EXPECT_FALSE(SourceSet::none().wants(host(1)));
  EXPECT_FALSE(SourceSet::none().is_any());
  EXPECT_EQ(SourceSet(), SourceSet::except({}));
  const SourceSet only = SourceSet::only({host(3), host(1), host(3)});
  const SourceSet except = SourceSet::except({host(3), host(1)});
  EXPECT_THAT(only.list(), testing::ElementsAre(host(1), host(3)));
  EXPECT_EQ(only.list(), except.list());
  EXPECT_NE(only, except);
  for (unsigned i = 0; i < 5; ++i) {
    EXPECT_EQ(i == 1 || i == 3, only.wants(host(i)));
    EXPECT_EQ(i != 1 && i != 3, except.wants(host(i)));
  }
}

TEST(SourceSet, ComparesHostsOnly) {
  net::Address decorated = host(1);
  decorated.port = 7;
  decorated.scope = 3;
  decorated.flow = 9;
  SourceSet only = SourceSet::only({decorated, host(1)});
  EXPECT_THAT(only.list(), testing::ElementsAre(host(1)));
  EXPECT_TRUE(only.wants(decorated));
  EXPECT_FALSE(only.add(decorated));
  EXPECT_TRUE(only.remove(decorated));
  EXPECT_EQ(SourceSet::none(), only);
  EXPECT_TRUE(only.add(decorated));
  EXPECT_EQ(SourceSet::only({host(1)}), only);
}

TEST(SourceSet, TheSameBytesOfAnotherFamilyAreAnotherHost) {
  net::Address ipv4 = host(1);
  ipv4.family = net::Family::kIpv4;
  EXPECT_EQ(2u, SourceSet::only({ipv4, host(1)}).list().size());
  EXPECT_FALSE(SourceSet::only({ipv4}).wants(host(1)));
}

TEST(SourceSet, IsAnyExactlyWhileItExcludesNothing) {
  SourceSet set;
  EXPECT_FALSE(set.remove(host(1)));
  EXPECT_TRUE(set.add(host(1)));
  EXPECT_FALSE(set.is_any());
  EXPECT_FALSE(set.add(host(1)));
  EXPECT_TRUE(set.remove(host(1)));
  EXPECT_TRUE(set.is_any());
  set = SourceSet::only({host(1)});
  EXPECT_TRUE(set.remove(host(1)));
  EXPECT_FALSE(set.is_any());
}

// All pairs of sets over four hosts, of both kinds.
TEST(SourceSet, UnitedItWantsWhatEitherWants) {
  constexpr unsigned kHosts = 4;
  for (unsigned bits = 0; bits < 1U << (2 * kHosts + 2); ++bits) {
    const SourceSet a = set_of((bits & 1) != 0, bits >> 2, kHosts);
    const SourceSet b = set_of((bits & 2) != 0, bits >> (2 + kHosts), kHosts);
    SourceSet both = a;
    both.unite(b);
    for (unsigned i = 0; i <= kHosts; ++i) {  // the last is in no list
      ASSERT_EQ(a.wants(host(i)) || b.wants(host(i)), both.wants(host(i))) << bits << ' ' << i;
    }
    ASSERT_EQ(a.is_only() && b.is_only(), both.is_only());
    ASSERT_EQ(both, (both.is_only() ? SourceSet::only : SourceSet::except)(both.list()));
  }
}

TEST(SourceSet, TellsWhatAnotherListHasNot) {
  constexpr unsigned kHosts = 4;
  for (unsigned bits = 0; bits < 1U << (2 * kHosts); ++bits) {
    const SourceSet a = set_of(true, bits, kHosts);
    const SourceSet b = set_of(false, bits >> kHosts, kHosts);
    std::vector<net::Address> expected, found;
    for (unsigned i = 0; i < kHosts; ++i) {
      if (a.lists(host(i)) && !b.lists(host(i))) expected.push_back(host(i));
    }
    a.each_beyond(b, [&](const net::Address& each) {
      found.push_back(each);
      return true;
    });
    ASSERT_EQ(expected, found);
    size_t calls = 0;
    a.each_beyond(b, [&](const net::Address&) { return ++calls < 2; });
    ASSERT_EQ(std::min<size_t>(expected.size(), 2), calls);
  }
}

TEST(SourceSet, ASourceIsTheUnicastAddressOfAHost) {
  for (const char* good : {"10.0.0.1", "127.0.0.1", "fe80::1", "::1", "2001:db8::1"})
    EXPECT_TRUE(net::parse_source(good).ok()) << good;
  for (const char* bad :
       {"", "host", "239.1.1.1", "0.0.0.0", "255.255.255.255", "ff02::1", "::", "::ffff:10.0.0.1",
        "10.0.0.1:9", "10.0.0.1%lo", "fe80::1%lo", "10.0.0.1@"})
    EXPECT_EQ(kErrorAddress, net::parse_source(bad).status().code()) << bad;
  EXPECT_TRUE(net::parse_source("10.0.0.1", net::Family::kIpv4).ok());
  EXPECT_EQ(kErrorFamily, net::parse_source("10.0.0.1", net::Family::kIpv6).status().code());
  EXPECT_THAT(net::parse_source("fe80::1%eth0").status().sentence(),
              testing::HasSubstr("write the address alone"));
}

}  // namespace
}  // namespace mc::test
