// Across routers that learn from joins what goes where: PIM by FRR, whose Debian package speaks it for
// IPv4 only.
#include <gtest/gtest.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "routed.h"
#include "tap.h"

namespace peer {
namespace {

using Texts = std::vector<std::string>;

constexpr const char* kZebra = "/usr/lib/frr/zebra";
constexpr const char* kPimd = "/usr/lib/frr/pimd";

// Streams of any source meet at the second router. Times are seconds, but tenths of one for the
// response and the last member.
constexpr const char* kConfiguration = R"(
ip pim rp 10.2.0.2 239.0.0.0/8
ip pim join-prune-interval 5
interface eth0
 ip pim
 ip pim hello 1 4
 ip igmp
interface eth1
 ip pim
 ip pim hello 1 4
 ip igmp
 ip igmp query-max-response-time 5
 ip igmp query-interval 1
 ip igmp last-member-query-interval 1
)";

// They want to be in a group that an ordinary user cannot enter: here it is root's. And what they
// would leave in /var/tmp goes with them.
constexpr const char* kContained =
    "case $0 in /var/tmp/*) ;; *) mount -t tmpfs tmpfs /var/tmp ;; esac && "
    "mount --bind \"$0/passwd\" /etc/passwd && mount --bind \"$0/group\" /etc/group && "
    "exec \"$@\"";

// A router with its daemons.
class Router {
 public:
  explicit Router(const lab::Host& host)
      : host_(host), zebra_(start(kZebra, "")), pimd_(start_pimd()) {}

 private:
  lab::Process start(const std::string& daemon, const std::string& configuration) {
    const std::string name = daemon.substr(daemon.rfind('/') + 1);
    if (name == "zebra") {
      folder_.make_file("passwd", "root:x:0:0::/:/bin/sh\nfrr:x:0:0::/:/bin/sh\n");
      folder_.make_file("group", "root:x:0:\nfrr:x:0:\nfrrvty:x:0:\n");
    }
    return lab::Process::spawn({"unshare",
                                "--mount",
                                "sh",
                                "-c",
                                kContained,
                                folder_.path(),
                                daemon,
                                "-u",
                                "root",
                                "-g",
                                "root",
                                "-f",
                                folder_.make_file(name + ".conf", configuration),
                                "-i",
                                folder_.file(name + ".pid"),
                                "-z",
                                folder_.file("zserv"),
                                "--vty_socket",
                                folder_.path(),
                                "-P",
                                "0",
                                "--log",
                                "stdout"},
                               {&host_, false, {}});
  }
  lab::Process start_pimd() {
    const auto is_ready = [&] { return ::access(folder_.file("zserv").c_str(), F_OK) == 0; };
    if (!lab::wait_until(is_ready, in(10s))) {
      zebra_.terminate();
      throw std::runtime_error("zebra does not start: " + zebra_.output() + zebra_.errors());
    }
    return start(kPimd, kConfiguration);
  }

  const lab::Host& host_;
  lab::TemporaryFolder folder_;
  lab::Process zebra_;
  lab::Process pimd_;
};

// Made once. A group that is joined all the time carries markers.
struct Running {
  Running() { control.open(); }
  Routed routed;
  Router first{routed.first};
  Router second{routed.second};
  Ear control{routed.listener, {"239.6.0.99"}};
  Tap tap{routed.listener};
};

class Pim : public testing::Test {
 protected:
  void SetUp() override {
    SKIP_WITHOUT(kZebra);
    SKIP_WITHOUT(kPimd);
    SKIP_WITHOUT("unshare");
    static Running running;
    running_ = &running;
    ASSERT_TRUE(flows_in([&] { return send("239.6.0.99"); }, running_->control));
  }

  // Sends a datagram of a group, and returns its text.
  std::string send(const std::string& group, unsigned number = 0) {
    static size_t sent = 0;
    std::string text = "datagram " + numbered(sent++);
    send_routed(running_->routed, AF_INET, number, group, text);
    return text;
  }
  // Sends until the last one is heard.
  template <typename Send>
  static bool flows_in(const Send& send, const Ear& ear) {
    for (const lab::Deadline deadline = in(20s); lab::Clock::now() < deadline;) {
      if (ear.hears(send(), 50ms)) return true;
    }
    return false;
  }
  bool flows(const Ear& ear, const std::string& group, unsigned number = 0) {
    return flows_in([&] { return send(group, number); }, ear);
  }
  // Whether one that is sent now comes to the third segment.
  bool is_passed(const std::string& group, unsigned number = 0) {
    const std::string text = send(group, number);
    return running_->tap.has_seen(text, send("239.6.0.99"));
  }
  // Several, so that one that is late is seen too.
  bool is_ever_passed(const std::string& group, unsigned number = 0) {
    for (int i = 0; i < 10; ++i) {
      if (is_passed(group, number)) return true;
      running_->control.forget();
      lab::wait_until([] { return false; }, in(10ms));
    }
    return false;
  }
  bool ends(const std::string& group, unsigned number = 0) {
    return lab::wait_until([&] { return !is_passed(group, number); }, in(10s));
  }
  Ear ear(const std::string& group) const { return {running_->routed.listener, {group}}; }

  Running* running_ = nullptr;
};

TEST_F(Pim, AStreamOfAnySourceFlowsWhileItIsJoined) {
  const std::string group = "239.6.0.1";
  EXPECT_FALSE(is_ever_passed(group));
  const Ear ear = this->ear(group);
  for (int time = 0; time < 2; ++time) {
    ear.open();
    ASSERT_TRUE(flows(ear, group)) << time;
    EXPECT_TRUE(is_passed(group));
    EXPECT_TRUE(flows(ear, group, 1));
    ear.close();
    ASSERT_TRUE(ends(group)) << time;
    EXPECT_FALSE(is_ever_passed(group));
  }
}

TEST_F(Pim, AStreamOfAChosenSourceFlowsWhileItIsJoined) {
  const std::string group = "232.6.0.1";
  EXPECT_FALSE(is_ever_passed(group, 0));
  const Ear ear = this->ear(source_address(AF_INET, 0) + "@" + group);
  for (int time = 0; time < 2; ++time) {
    ear.open();
    ASSERT_TRUE(flows(ear, group, 0)) << time;
    EXPECT_TRUE(is_passed(group, 0));
    EXPECT_FALSE(is_ever_passed(group, 1));
    ear.close();
    ASSERT_TRUE(ends(group, 0)) << time;
    EXPECT_FALSE(is_ever_passed(group, 0));
  }
}

}  // namespace
}  // namespace peer
