// Across routers that know by their configuration which group goes where: smcroute.
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "routed.h"

namespace peer {
namespace {

using Texts = std::vector<std::string>;

// A router whose daemon passes each of some groups on, of any source or of those that are named.
class Daemon {
 public:
  Daemon(const lab::Host& router, const std::string& routes)
      : process_(lab::Process::spawn(
            {"smcrouted", "-n", "-i", "lab", "-f", folder_.make_file("conf", routes), "-P",
             folder_.file("pid"), "-u", folder_.file("socket")},
            {&router, false, {}})) {
    // The file comes when it is ready.
    if (!lab::wait_until([&] { return !lab::read_file(folder_.file("pid")).empty(); },
                         in(kPatience))) {
      throw std::runtime_error("smcrouted does not start: " + process_.errors());
    }
  }

 private:
  lab::TemporaryFolder folder_;
  lab::Process process_;
};

struct Family {
  const char* any_source;
  const char* of_sources;
  const char* unrouted;
};
constexpr Family kIpv4{"239.4.0.1", "232.4.0.1", "239.4.0.9"};
constexpr Family kIpv6{"ff15::4:1", "ff35::4:1", "ff15::4:9"};

std::string routes_of(int family, const Family& groups) {
  std::string text = std::string("mroute from eth0 group ") + groups.any_source + " to eth1\n";
  for (const unsigned number : {0u, 1u}) {
    text += "mroute from eth0 source " + source_address(family, number) + " group " +
            groups.of_sources + " to eth1\n";
  }
  return text;
}

// Made once, with the daemons.
struct Running {
  Routed routed;
  std::string routes = routes_of(AF_INET, kIpv4) + routes_of(AF_INET6, kIpv6);
  Daemon first{routed.first, routes};
  Daemon second{routed.second, routes};
};

class Routers : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    SKIP_WITHOUT("smcrouted");
    static Running running;
    routed_ = &running.routed;
  }

  const Family& groups() const { return GetParam() == AF_INET ? kIpv4 : kIpv6; }
  void send(const std::string& group, const std::string& text, unsigned number = 0) const {
    send_routed(*routed_, GetParam(), number, group, text);
  }
  // Routers queue a few packets of a new stream while the daemon decides, and drop the rest.
  void let_flow(const Ear& ear, const std::string& group, unsigned number = 0) const {
    ear.open();
    for (const lab::Deadline deadline = in(kPatience); lab::Clock::now() < deadline;) {
      send(group, "flows", number);
      if (ear.hears("flows", 50ms)) break;
    }
    send(group, "flows now", number);
    if (!ear.heard_until("flows now")) throw std::runtime_error("nothing of the stream arrives");
  }

  const Routed* routed_ = nullptr;
};
IN_BOTH_FAMILIES(Routers);

TEST_P(Routers, AStreamArrivesAsLongAsItIsJoined) {
  const std::string group = groups().any_source;
  const Ear ear(routed_->listener, {group});
  let_flow(ear, group);
  send(group, "one");
  EXPECT_EQ(Texts{}, ear.heard_until("one"));
  ear.close();
  const Ear other(routed_->listener, {group});
  other.open();
  send(group, "two");
  EXPECT_EQ(Texts{}, other.heard_until("two"));
  ear.open();
  send(group, "three");
  EXPECT_EQ(Texts{}, ear.heard_until("three"));
  EXPECT_EQ(Texts{}, other.heard_until("three"));
}

TEST_P(Routers, OnlyTheSourcesThatAreWantedAreHeard) {
  const std::string group = groups().of_sources;
  const Ear first(routed_->listener, {source_address(GetParam(), 0) + "@" + group});
  const Ear second(routed_->listener, {source_address(GetParam(), 1) + "@" + group});
  let_flow(first, group, 0);
  let_flow(second, group, 1);
  for (const unsigned number : {0u, 1u, 0u, 1u}) send(group, std::to_string(number), number);
  send(group, "end of 0", 0);
  send(group, "end of 1", 1);
  EXPECT_EQ((Texts{"0", "0"}), first.heard_until("end of 0"));
  EXPECT_EQ((Texts{"1", "1"}), second.heard_until("end of 1"));
}

// Nothing else brings it to the third segment.
TEST_P(Routers, AGroupWithoutARouteStaysOnItsSegment) {
  const std::string routed = groups().any_source, unrouted = groups().unrouted;
  const Ear near(routed_->first, {routed, unrouted});
  const Ear far(routed_->listener, {routed, unrouted});
  near.open();
  let_flow(far, routed);
  near.forget();
  send(unrouted, "stays");
  send(routed, "end");
  EXPECT_EQ(Texts{"stays"}, near.heard_until("end"));
  EXPECT_EQ(Texts{}, far.heard_until("end"));
}

TEST_P(Routers, TheTimeToLiveSaysHowFar) {
  const std::string group = groups().any_source;
  const std::vector<const lab::Host*> hosts = {&routed_->first, &routed_->second,
                                               &routed_->listener};
  std::vector<Ear> ears;
  for (const lab::Host* host : hosts) ears.emplace_back(*host, Texts{group});
  for (const Ear& ear : ears) let_flow(ear, group);
  for (const Ear& ear : ears) ear.forget();
  {
    const lab::Inside scope(routed_->source);
    for (const int ttl : {1, 2, 3, 8}) {
      const std::string text = ttl == 8 ? "end" : std::to_string(ttl);
      check(mc_sendto(text.data(), text.size(), (group + "%eth0").c_str(), raw::kPort, ttl));
    }
  }
  EXPECT_EQ((Texts{"1", "2", "3"}), ears[0].heard_until("end"));
  EXPECT_EQ((Texts{"2", "3"}), ears[1].heard_until("end"));
  EXPECT_EQ((Texts{"3"}), ears[2].heard_until("end"));
}

}  // namespace
}  // namespace peer
