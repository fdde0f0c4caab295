// A switch that snoops: it opens a port for what its host has joined, and closes it again.
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "peer.h"
#include "tap.h"

namespace peer {
namespace {

// The times of the switch, in hundredths of a second; one second is the least between two queries.
// A membership that no answer refreshes ends after kMembership.
constexpr const char* kTimes =
    " mcast_igmp_version 3 mcast_mld_version 2 mcast_last_member_interval 10 "
    "mcast_last_member_count 1"
    " mcast_query_response_interval 10 mcast_query_interval 100"
    " mcast_startup_query_interval 100 mcast_membership_interval 400";
constexpr auto kMembership = 4000ms;

// Three hosts on a switch, made once. The switch gives the n-th one that is attached its port n.
struct Switched {
  Switched() {
    lab::keep_order();
    bridge.attach(sender, "eth0", "10.3.0.1/24");
    bridge.attach(member, "eth0", "10.3.0.2/24");
    bridge.attach(other, "eth0", "10.3.0.3/24");
    sender.ip("address add 10.3.0.11/24 dev eth0\naddress add " + lab::ipv6_of("10.3.0.11/24") +
              " dev eth0 nodad\n");
    // It asks with its own IPv6 address, and not at all while it has none.
    bridge.host().wait_for_link_local("br0");
    bridge.host().ip(std::string("link set dev br0 type bridge") + kTimes + "\n");
    bridge.set_querier(true);
  }
  lab::Bridge bridge{true};
  lab::Host sender{"sender"};
  lab::Host member{"member"};
  lab::Host other{"other"};
};

Switched& switched() {
  static Switched shared;
  return shared;
}

// One family of the switch. The test runs on the member, which is at port 1.
class Snooped {
 public:
  explicit Snooped(int family)
      : family_(family),
        inside_(switched().member),
        at_member_(switched().member),
        at_other_(switched().other) {
    static unsigned groups = 0;
    group_ = (family == AF_INET ? "239.3.0." : "ff15::3:") + std::to_string(++groups);
    // What nobody joined is passed to all until the first query has had its time.
    const std::string nobodys = family == AF_INET ? "239.3.9.9" : "ff15::3:99";
    if (!lab::wait_until([&] { return !passed(nobodys).to_other; }, in(kPatience))) {
      throw std::runtime_error("the switch does not snoop");
    }
  }

  // A group for each test, since the switch forgets the last one later.
  const std::string& group() const { return group_; }
  // The sender's addresses, as the switch writes them.
  std::string source(unsigned number) const {
    if (family_ == AF_INET) return number == 0 ? "10.3.0.1" : "10.3.0.11";
    return number == 0 ? "fd00:a:3::1" : "fd00:a:3::b";
  }

  // What the switch has noted of the group at a port, a line for each source that it passes.
  static std::vector<std::string> noted(unsigned port, const std::string& group) {
    std::vector<std::string> lines;
    std::istringstream all(switched().bridge.host().run("bridge mdb show dev br0"));
    const std::string wanted = " port port" + std::to_string(port) + " grp " + group + " ";
    for (std::string line; std::getline(all, line);) {
      if (line.find(wanted) != std::string::npos) lines.push_back(line);
    }
    return lines;
  }
  bool is_open(unsigned port = 1) const { return !noted(port, group()).empty(); }
  bool is_open_for(const std::string& source) const {
    for (const std::string& line : noted(1, group())) {
      if (line.find(" src " + source + " ") != std::string::npos) return true;
    }
    return false;
  }
  static bool wait_for(const std::function<bool()>& noted) {
    return lab::wait_until(noted, in(kPatience));
  }

  // Where one datagram of the sender comes out. A marker that the switch passes to all follows it.
  struct Passed {
    bool to_member;
    bool to_other;
    bool operator==(const Passed&) const = default;
  };
  Passed passed(const std::string& group, unsigned from = 0) {
    const std::string text = "datagram " + numbered(sent_);
    const std::string marker = "marker " + numbered(sent_);
    ++sent_;
    {
      const unsigned index = switched().sender.index_of("eth0");
      const lab::Inside scope(switched().sender);
      const lab::Fd out = raw::sender(family_, index, source(from));
      raw::send(out, raw::address(group), text);
      raw::send(out, raw::address(family_ == AF_INET ? "224.0.0.1" : "ff02::1", 9), marker);
    }
    return {at_member_.has_seen(text, marker), at_other_.has_seen(text, marker)};
  }
  Passed passed(unsigned from = 0) { return passed(group(), from); }

 private:
  int family_;
  std::string group_;
  lab::Inside inside_;
  Tap at_member_;
  Tap at_other_;
  size_t sent_ = 0;
};

constexpr Snooped::Passed kToNobody{false, false};
constexpr Snooped::Passed kToUs{true, false};

bool is_heard(const Poller& poller, const Listener& listener, size_t packets) {
  return poller.serve_until([&] { return listener.packets.size() >= packets; }, in(kPatience));
}

class Snooping : public testing::TestWithParam<int>, protected Snooped {
 protected:
  Snooping() : Snooped(GetParam()) {}
};
IN_BOTH_FAMILIES(Snooping);

TEST_P(Snooping, OurPortIsOpenWhileWeListenAndNoOtherIs) {
  Poller poller;
  Listener listener(poller, {group() + "%eth0"});
  for (size_t time = 1; time <= 2; ++time) {
    ASSERT_FALSE(is_open());
    EXPECT_EQ(kToNobody, passed());
    listener.open();
    ASSERT_TRUE(wait_for([&] { return is_open(); }));
    EXPECT_EQ(kToUs, passed());
    EXPECT_TRUE(is_heard(poller, listener, time));
    EXPECT_FALSE(is_open(2));
    listener.close();
    ASSERT_TRUE(wait_for([&] { return !is_open(); }));
  }
  EXPECT_EQ(kToNobody, passed());
  EXPECT_EQ(2u, listener.packets.size());
}

TEST_P(Snooping, OurPortPassesOnlyTheSourcesThatWeWant) {
  Poller poller;
  Listener listener(poller, {source(0) + "@" + group() + "%eth0"});
  listener.open();
  ASSERT_TRUE(wait_for([&] { return is_open_for(source(0)); }));
  EXPECT_EQ(kToUs, passed(0));
  EXPECT_EQ(kToNobody, passed(1));
  EXPECT_TRUE(is_heard(poller, listener, 1));
  check(mc_listener_allow_source(listener.get(), nullptr, source(1).c_str()));
  ASSERT_TRUE(wait_for([&] { return is_open_for(source(1)); }));
  EXPECT_EQ(kToUs, passed(0));
  EXPECT_EQ(kToUs, passed(1));
  EXPECT_TRUE(is_heard(poller, listener, 3));
  check(mc_listener_drop_source(listener.get(), nullptr, source(0).c_str()));
  ASSERT_TRUE(wait_for([&] { return !is_open_for(source(0)); }));
  EXPECT_EQ(kToNobody, passed(0));
  EXPECT_EQ(kToUs, passed(1));
  EXPECT_TRUE(is_heard(poller, listener, 4));
  listener.close();
  ASSERT_TRUE(wait_for([&] { return !is_open(); }));
  EXPECT_EQ(kToNobody, passed(1));
}

// Beside it, the port of a host that does not answer the queries is opened by hand, and closes.
TEST(SnoopingTime, OurPortStaysOpenPastTheMembershipInterval) {
  struct Family : Snooped {
    Family(const Poller& poller, int family, const std::string& source)
        : Snooped(family), listener(poller, {source + group() + "%eth0"}) {
      listener.open();
      switched().bridge.host().run("bridge mdb add dev br0 port port2 grp " + group() + " temp");
    }
    Listener listener;
  };
  std::optional<Poller> poller;
  {
    const lab::Inside scope(switched().member);
    poller.emplace();
  }
  std::array<Family, 2> families{{{*poller, AF_INET, "10.3.0.1@"}, {*poller, AF_INET6, ""}}};
  for (Family& each : families) ASSERT_TRUE(each.wait_for([&] { return each.is_open(); }));
  const lab::Deadline end = in(kMembership + 300ms);
  size_t sent = 0;
  while (lab::Clock::now() < end) {
    ++sent;
    for (Family& each : families) {
      ASSERT_TRUE(each.passed().to_member) << sent;
      ASSERT_TRUE(is_heard(*poller, each.listener, sent)) << sent;
    }
    poller->serve_until([] { return false; }, in(20ms));
  }
  for (Family& each : families) {
    EXPECT_TRUE(each.is_open());
    EXPECT_FALSE(each.is_open(2));
    EXPECT_EQ(kToUs, each.passed());
    each.listener.close();
  }
}

}  // namespace
}  // namespace peer
