// net/interface: finding one by its text, and the rule for the default.
#include "net/lookup.h"

#include <gmock/gmock.h>

#include <functional>

#include "lab.hpp"
#include "world.h"

namespace mc::net {
namespace {

using mc::test::address;
using mc::test::default_interface;
using testing::HasSubstr;

const char* const kGroups[] = {"239.1.2.3", "ff15::1"};

// A host with eth0 and eth1, and their other ends elsewhere.
class TwoLinks : public testing::Test {
 protected:
  TwoLinks() {
    lab::connect(host_, "eth0", "10.1.0.1/24", other_, "eth0", "10.1.0.2/24");
    lab::connect(host_, "eth1", "10.2.0.1/24", other_, "eth1", "10.2.0.2/24");
  }
  // Leaves no route to any group.
  void forget_routes(const std::vector<std::string>& interfaces) {
    host_.route_multicast("");
    for (const std::string& each : interfaces) {
      host_.ip("route delete ff00::/8 dev " + each + " table local\n");
    }
  }
  Result<Interface> default_for(const char* group) {
    const lab::Inside scope(host_);
    return default_interface(address(group));
  }
  Result<Interface> find(const std::string& text) {
    const lab::Inside scope(host_);
    return find_interface(text);
  }

  lab::Host host_{"host"};
  lab::Host other_{"other"};
};

TEST_F(TwoLinks, AreFoundByNameIndexAndAddress) {
  const unsigned index = host_.index_of("eth1");
  for (const std::string& text : {std::string("eth1"), std::to_string(index),
                                  std::string("10.2.0.1"), std::string("fd00:a:2:0::1")}) {
    const Result<Interface> found = find(text);
    ASSERT_TRUE(found.ok()) << text << ": " << found.status().sentence();
    EXPECT_EQ("eth1", found->name);
    EXPECT_EQ(index, found->index);
    EXPECT_TRUE(found->is_up && found->is_multicast && !found->is_loopback);
  }
}

TEST_F(TwoLinks, AreNotFoundByWhatIsSimilar) {
  for (const char* text : {"eth", "eth11", "ETH1", "0", "999", "-1", "1x", "10.2.0.2", "10.2.0.0",
                           "fd00:a:2:0::2", "0.0.0.0"}) {
    const Result<Interface> found = find(text);
    ASSERT_FALSE(found.ok()) << text;
    EXPECT_EQ(kErrorInterface, found.status().code());
    EXPECT_EQ(std::string("no such interface: \"") + text + "\"; candidates: lo, eth0, eth1",
              std::string(found.status().sentence()));
  }
}

TEST_F(TwoLinks, AreListedInTheOrderOfTheirIndexesWithTheirAddresses) {
  const lab::Inside scope(host_);
  const Result<std::vector<Interface>> all = list_interfaces();
  ASSERT_TRUE(all.ok());
  ASSERT_EQ(3u, all->size());
  EXPECT_EQ("lo", (*all)[0].name);
  EXPECT_TRUE((*all)[0].is_loopback);
  bool has_link_local = false;
  for (const Address& each : (*all)[1].addresses) {
    if (each.needs_scope()) has_link_local = each.scope == (*all)[1].index;
  }
  EXPECT_TRUE(has_link_local);
}

TEST_F(TwoLinks, ANameThatIsANumberIsTheNameFirst) {
  const unsigned index = host_.index_of("eth1");
  host_.ip("link set dev eth0 down\nlink set dev eth0 name " + std::to_string(index) + "\n");
  EXPECT_EQ(host_.index_of(std::to_string(index)), find(std::to_string(index))->index);
  EXPECT_NE(index, find(std::to_string(index))->index);
}

TEST_F(TwoLinks, TheRouteDecidesFirst) {
  host_.route_multicast("eth1");
  host_.ip("route delete ff00::/8 dev eth0 table local\n");
  for (const char* group : kGroups) EXPECT_EQ("eth1", default_for(group)->name) << group;
  host_.route_multicast("eth0");
  EXPECT_EQ("eth0", default_for("239.1.2.3")->name);
  host_.ip("route replace 239.7.0.0/16 dev eth1\n");
  EXPECT_EQ("eth1", default_for("239.7.0.1")->name);
}

TEST_F(TwoLinks, WithoutARouteTheOnlyOneThatIsUpIsTaken) {
  forget_routes({"eth0", "eth1", "lo"});
  host_.set_up("eth0", false);
  for (const char* group : kGroups) {
    const Result<Interface> found = default_for(group);
    ASSERT_TRUE(found.ok()) << found.status().sentence();
    EXPECT_EQ("eth1", found->name);
  }
}

TEST_F(TwoLinks, WithoutARouteAndTwoThatAreUpTheCandidatesAreListed) {
  forget_routes({"eth0", "eth1", "lo"});
  for (const char* group : kGroups) {
    const Result<Interface> found = default_for(group);
    ASSERT_FALSE(found.ok()) << found->name;
    EXPECT_EQ(kErrorNoInterface, found.status().code());
    EXPECT_THAT(found.status().sentence(), HasSubstr(group));
    EXPECT_THAT(found.status().sentence(), HasSubstr("2 interfaces could carry it"));
    EXPECT_THAT(found.status().sentence(), HasSubstr("candidates: lo, eth0, eth1"));
  }
}

TEST_F(TwoLinks, WithoutAnyThatIsUpLoIsNotTakenForThem) {
  forget_routes({"eth0", "eth1", "lo"});
  host_.set_up("eth0", false);
  host_.set_up("eth1", false);
  for (const char* group : kGroups) {
    const Result<Interface> found = default_for(group);
    ASSERT_FALSE(found.ok()) << found->name;
    EXPECT_EQ(kErrorNoInterface, found.status().code());
    EXPECT_THAT(found.status().sentence(), HasSubstr("candidates: lo, eth0 (down), eth1 (down)"));
  }
}

TEST_F(TwoLinks, OneThatDoesNotCarryMulticastIsNoDefault) {
  forget_routes({"eth0", "eth1", "lo"});
  host_.ip("link set dev eth0 multicast off\n");
  for (const char* group : kGroups) EXPECT_EQ("eth1", default_for(group)->name) << group;
}

TEST_F(TwoLinks, LoIsTakenWhenNoOtherCarriesMulticast) {
  forget_routes({"eth0", "eth1", "lo"});
  host_.ip("link set dev eth0 multicast off\nlink set dev eth1 multicast off\n");
  for (const char* group : kGroups) EXPECT_EQ("lo", default_for(group)->name) << group;
}

TEST(DefaultInterface, IsLoWhenItIsAllThereIs) {
  const lab::Host lonely("lonely");
  lonely.route_multicast("");
  lonely.ip("route delete ff00::/8 dev lo table local\n");
  const lab::Inside scope(lonely);
  for (const char* group : kGroups) {
    const Result<Interface> found = default_interface(address(group));
    ASSERT_TRUE(found.ok()) << found.status().sentence();
    EXPECT_EQ("lo", found->name);
  }
}

TEST(DefaultInterface, IsNoneWhenLoIsDownToo) {
  const lab::Host lonely("lonely");
  lonely.set_up("lo", false);
  const lab::Inside scope(lonely);
  for (const char* group : kGroups) {
    const Result<Interface> found = default_interface(address(group));
    ASSERT_FALSE(found.ok()) << found->name;
    EXPECT_EQ(kErrorNoInterface, found.status().code());
    EXPECT_THAT(found.status().sentence(), HasSubstr("candidates: lo (down)"));
  }
}

}  // namespace
}  // namespace mc::net
