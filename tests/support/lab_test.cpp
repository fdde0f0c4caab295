// The fixture itself: private, several hosts, processes, loss, and the shell face.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include "lab.hpp"

namespace {

using lab::in;
using lab::kPatience;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

constexpr uint16_t kPort = 4000;

struct Family {
  int family;
  const char* group;
};

sockaddr_storage address_of(const Family& family, socklen_t& size) {
  sockaddr_storage storage{};
  if (family.family == AF_INET) {
    auto& address = reinterpret_cast<sockaddr_in&>(storage);
    address.sin_family = AF_INET;
    address.sin_port = htons(kPort);
    ::inet_pton(AF_INET, family.group, &address.sin_addr);
    size = sizeof address;
  } else {
    auto& address = reinterpret_cast<sockaddr_in6&>(storage);
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(kPort);
    ::inet_pton(AF_INET6, family.group, &address.sin6_addr);
    size = sizeof address;
  }
  return storage;
}

lab::Fd open_receiver(const lab::Host& host, const Family& family) {
  const lab::Inside scope(host);
  lab::Fd fd{::socket(family.family, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  group_req request{};
  socklen_t size = 0;
  request.gr_interface = ::if_nametoindex("eth0");
  request.gr_group = address_of(family, size);
  const auto* address = reinterpret_cast<const sockaddr*>(&request.gr_group);
  if (::bind(fd.get(), address, size) != 0) lab::fail("bind");
  const int level = family.family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
  if (::setsockopt(fd.get(), level, MCAST_JOIN_GROUP, &request, sizeof request) != 0) {
    lab::fail("join");
  }
  return fd;
}

void send_one(const lab::Host& host, const Family& family) {
  const lab::Inside scope(host);
  const lab::Fd fd{::socket(family.family, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  socklen_t size = 0;
  const sockaddr_storage to = address_of(family, size);
  const ssize_t sent =
      ::sendto(fd.get(), "hello", 5, 0, reinterpret_cast<const sockaddr*>(&to), size);
  if (sent != 5) lab::fail("sendto");
}

int count_received(const lab::Fd& fd) {
  std::array<char, 16> buffer;
  int count = 0;
  while (::recv(fd.get(), buffer.data(), buffer.size(), MSG_DONTWAIT) == 5) ++count;
  return count;
}

class TwoHosts : public testing::TestWithParam<Family> {
 protected:
  TwoHosts() { lab::connect(a_, "eth0", "10.1.0.1/24", b_, "eth0", "10.1.0.2/24"); }
  lab::Host a_{"a"};
  lab::Host b_{"b"};
};

INSTANTIATE_TEST_SUITE_P(Families, TwoHosts,
                         testing::Values(Family{AF_INET, "239.1.2.3"},
                                         Family{AF_INET6, "ff15::123"}),
                         [](const auto& test) {
                           return test.param.family == AF_INET ? "IPv4" : "IPv6";
                         });

TEST(PrivateNetwork, HasNothingButLoopback) {
  EXPECT_TRUE(lab::is_private());
  lab::require_private();
  EXPECT_EQ(1u, ::if_nametoindex("lo"));
  EXPECT_THAT(lab::run_here({"ip", "-o", "link"}), Not(HasSubstr("\n2: ")));
  EXPECT_THAT(lab::run_here({"ip", "route"}), HasSubstr("224.0.0.0/4 dev lo"));
  EXPECT_THAT(lab::run_here({"ip", "-6", "route", "show", "table", "local"}),
              HasSubstr("local ff00::/8 dev lo"));
}

TEST(PrivateNetwork, IsEnteredOnlyOnceAcrossFork) {
  lab::Process child = lab::Process::fork([] {
    std::array<char, 64> first{}, second{};
    if (::readlink("/proc/self/ns/net", first.data(), first.size() - 1) < 0) return 2;
    lab::enter_private_network();
    if (::readlink("/proc/self/ns/net", second.data(), second.size() - 1) < 0) return 2;
    return first == second ? 0 : 1;
  });
  EXPECT_EQ(0, child.wait(in(kPatience)));
}

// A user namespace whose root may make no further namespaces stands for a system that refuses them.
TEST(PrivateNetwork, RefusedEndsWith77AReasonAndARemedy) {
  lab::Process child = lab::Process::spawn(
      {"unshare", "--map-root-user", "--net", "sh", "-c",
       "echo 0 >/proc/sys/user/max_net_namespaces && echo 0 >/proc/sys/user/max_user_namespaces &&"
       "exec " NETLAB " here -- true"});
  EXPECT_EQ(lab::kRefused, child.wait(in(kPatience)));
  EXPECT_THAT(child.errors(), HasSubstr("refuses a private network namespace"));
  EXPECT_THAT(child.errors(), HasSubstr("user.max_user_namespaces"));
}

TEST(PrivateNetworkDeathTest, WorkOutsideIsRefused) {
  lab::Process child = lab::Process::fork([] {
    if (::unshare(CLONE_NEWNET) != 0) return 3;  // Fresh, and not made by the fixture.
    lab::require_private();
    return 0;
  });
  EXPECT_EQ(128 + SIGABRT, child.wait(in(kPatience)));
  EXPECT_THAT(child.errors(), HasSubstr("outside a private network"));
}

TEST_P(TwoHosts, OneProcessInBothExchangesAMulticastDatagram) {
  const lab::Fd receiver = open_receiver(b_, GetParam());
  send_one(a_, GetParam());
  ASSERT_TRUE(lab::wait_readable(receiver.get(), in(kPatience)));
  EXPECT_EQ(1, count_received(receiver));
  EXPECT_EQ(0u, lab::counters(b_).losses());
  const lab::Counters counted = lab::counters(b_);
  EXPECT_EQ(1u, (GetParam().family == AF_INET ? counted.ipv4 : counted.ipv6).in_datagrams);
}

TEST_P(TwoHosts, InjectedLossTakesEveryNthPacket) {
  const lab::Fd receiver = open_receiver(b_, GetParam());
  if (!lab::drop_one_in(b_, 4)) GTEST_SKIP() << "nft is missing or refused";
  for (int i = 0; i < 20; ++i) send_one(a_, GetParam());
  EXPECT_EQ(15, count_received(receiver));
  EXPECT_EQ(5u, lab::dropped_on_purpose(b_));
  EXPECT_EQ(0u, lab::counters(b_).losses());
  lab::stop_dropping(b_);
  send_one(a_, GetParam());
  EXPECT_EQ(1, count_received(receiver));
}

TEST_P(TwoHosts, ADeletedLinkCanBeMadeAgain) {
  a_.delete_link("eth0");
  EXPECT_EQ(0u, b_.index_of("eth0"));
  lab::connect(a_, "eth0", "10.1.0.1/24", b_, "eth0", "10.1.0.2/24");
  a_.route_multicast("eth0");
  const lab::Fd receiver = open_receiver(b_, GetParam());
  send_one(a_, GetParam());
  EXPECT_EQ(1, count_received(receiver));
}

TEST(Host, HasSeveralLinksWithNamesOfItsOwn) {
  const lab::Host router("router"), left("left"), right("right");
  lab::connect(router, "west", "10.1.0.254/24", left, "eth0", "10.1.0.1/24");
  lab::connect(router, "east", "10.2.0.254/24 fd99::fe/64", right, "lan7",
               "10.2.0.1/24 fd99::1/64");
  EXPECT_THAT(router.run("ip -o address"), HasSubstr("fd99::fe/64"));
  EXPECT_THAT(left.run("ip -o address"), HasSubstr("fd00:a:1::1/64"));
  left.route_default("10.1.0.254");
  EXPECT_THAT(left.run("ip route"), HasSubstr("default via 10.1.0.254"));
  left.route_default("");
  EXPECT_THAT(left.run("ip route"), Not(HasSubstr("default")));
  router.set_up("west", false);
  EXPECT_THAT(left.run("ip -o link show eth0"), HasSubstr("NO-CARRIER"));
}

TEST(Host, HasItsOwnSettings) {
  const lab::Host a("a"), b("b");
  ASSERT_TRUE(a.write_sysctl("net.ipv4.igmp_max_msf", "33"));
  EXPECT_EQ("33", a.read_sysctl("net/ipv4/igmp_max_msf"));
  EXPECT_EQ("10", b.read_sysctl("net.ipv4.igmp_max_msf"));
  EXPECT_FALSE(a.read_sysctl("net.ipv4.no_such_thing").has_value());
}

TEST(Host, ReportsWhyACommandFailed) {
  const lab::Host host("a");
  try {
    host.run("ip link show nothing0");
    FAIL() << "the command cannot succeed";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("nothing0"));
    EXPECT_THAT(error.what(), HasSubstr("does not exist"));
  }
}

TEST(Bridge, DeliversToAllOrWithSnoopingToMembers) {
  lab::Bridge bridge;
  std::vector<lab::Host> hosts;
  for (int i = 1; i <= 3; ++i) {
    hosts.emplace_back("h" + std::to_string(i));
    bridge.attach(hosts.back(), "eth0", "10.3.0." + std::to_string(i) + "/24");
  }
  const Family ipv4{AF_INET, "239.9.9.9"};
  const lab::Fd second = open_receiver(hosts[1], ipv4);
  const lab::Fd third = open_receiver(hosts[2], ipv4);
  send_one(hosts[0], ipv4);
  EXPECT_EQ(1, count_received(second));
  EXPECT_EQ(1, count_received(third));
  bridge.set_snooping(true);
  bridge.set_querier(true);
  EXPECT_THAT(bridge.host().run("ip -d link show br0"), HasSubstr("mcast_snooping 1"));
}

TEST(Process, IsCapturedAwaitedAndEnded) {
  lab::Process::Options options;
  options.with_input = true;
  options.environment = {"GREETING=good day"};
  lab::Process child =
      lab::Process::spawn({"sh", "-c", "read x; echo $GREETING $x; echo no >&2; exit 3"}, options);
  EXPECT_FALSE(child.wait(in(0s)).has_value());
  EXPECT_TRUE(child.write_input("you\n"));
  EXPECT_TRUE(child.wait_for_output("good day you", in(kPatience)));
  EXPECT_TRUE(child.wait_for_match("^good.day +y[aou]u$", in(kPatience)));
  EXPECT_EQ(3, child.wait(in(kPatience)));
  EXPECT_EQ("no\n", child.errors());
  EXPECT_FALSE(child.wait_for_output("never", in(kPatience)));
  EXPECT_EQ(127, lab::Process::spawn({"/no/such/program"}).wait(in(kPatience)));
  EXPECT_EQ(128 + SIGTERM, lab::Process::spawn({"cat", "/dev/zero"}).terminate());
}

TEST(Process, FunctionsInHostsTalkThroughAChannel) {
  const lab::Host host("a");
  lab::Process::Options options;
  options.host = &host;
  lab::Channel channel;
  lab::Process child = lab::Process::fork(
      [&] {
        channel.send("ready");
        return channel.receive(in(kPatience)) == "go" ? 0 : 1;
      },
      options);
  EXPECT_EQ("ready", channel.receive(in(kPatience)));
  EXPECT_FALSE(channel.receive(in(10ms)).has_value());
  channel.send("go");
  EXPECT_EQ(0, child.wait(in(kPatience)));
}

TEST(Process, IsFoundByItsNameOrItsPath) {
  EXPECT_TRUE(lab::is_installed("sh"));
  EXPECT_TRUE(lab::is_installed("/bin/sh"));
  EXPECT_FALSE(lab::is_installed("no-such-program"));
  EXPECT_FALSE(lab::is_installed("/no/such/program"));
}

TEST(TemporaryFolder, GoesWithItsFiles) {
  std::string path;
  {
    const lab::TemporaryFolder folder;
    path = folder.make_file("name", "text");
    EXPECT_EQ("text", lab::read_file(path));
    EXPECT_THROW(folder.make_file("name", "again"), std::runtime_error);
  }
  EXPECT_EQ(-1, ::access(path.c_str(), F_OK));
}

TEST(Netlab, RunsAScriptAmongHosts) {
  const std::string script =
      "\"$NETLAB\" on left -- ip -o -4 address show eth0;"
      "\"$NETLAB\" on right -- ip route get $NETLAB_ADDRESS_left;"
      "echo hosts: $NETLAB_HOSTS; \"$NETLAB\" on nobody -- true; echo status $?; exit 5";
  for (const char* topology : {"pair", "bridge"}) {
    lab::Process child = lab::Process::spawn(
        {NETLAB, "run", "--hosts", "left,right", "--topology", topology, "--", "sh", "-c", script});
    EXPECT_EQ(5, child.wait(in(20s))) << child.errors();
    EXPECT_THAT(child.output(), HasSubstr("10.42.0.1/24"));
    EXPECT_THAT(child.output(), HasSubstr("10.42.0.1 dev eth0 src 10.42.0.2"));
    EXPECT_THAT(child.output(), HasSubstr("hosts: left right\nstatus 2\n"));
  }
}

TEST(Netlab, EndsWhatTheCommandLeftBehind) {
  lab::Process child =
      lab::Process::spawn({NETLAB, "here", "--", "sh", "-c",
                           "(setsid sh -c 'echo $$; exec cat /dev/zero >/dev/null' &)\nexit 0"});
  EXPECT_EQ(0, child.wait(in(20s))) << child.errors();
  ASSERT_TRUE(child.wait_for_match("^[0-9]*", in(1s)));
  const int orphan = std::atoi(child.output().c_str());
  if (orphan > 0) {
    EXPECT_NE(0, ::kill(orphan, 0));
  }
}

TEST(Netlab, ExplainsItself) {
  EXPECT_THAT(lab::run_here({NETLAB, "--help"}), HasSubstr("Exit status"));
  EXPECT_EQ(2, lab::Process::spawn({NETLAB, "run"}).wait(in(kPatience)));
  EXPECT_EQ(
      2, lab::Process::spawn({NETLAB, "run", "--hosts", "x;y", "--", "true"}).wait(in(kPatience)));
  EXPECT_EQ(127, lab::Process::spawn({NETLAB, "here", "--", "/nothing"}).wait(in(kPatience)));
}

}  // namespace
