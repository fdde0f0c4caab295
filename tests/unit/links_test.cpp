// core/links where the kernel refuses to tell of changes.
#include "core/links.h"

#include <gmock/gmock.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "core/listener.h"
#include "core/multicaster.h"
#include "fake_kernel.h"
#include "lab.hpp"
#include "world.h"

namespace mc {
namespace {

using test::Call;
using test::FakeKernel;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr uint16_t kPort = 5011;

class Telling final : public LogHandler {
 public:
  explicit Telling(std::vector<std::string>& lines) : lines_(lines) {}
  void tell(LogLevel, const Status& line) override { lines_.emplace_back(line.sentence()); }

 private:
  std::vector<std::string>& lines_;
};

// On a poller that has looked nothing up yet.
class Watching : public testing::Test {
 protected:
  Watching() { poller_->home()->set_log(std::make_unique<Telling>(lines_)); }
  Status open() {
    EXPECT_TRUE(listener_.set_handler(std::make_unique<test::Collector>(log_)).ok());
    EXPECT_TRUE(listener_.add("239.77.0.1%lo", kPort).ok());
    return listener_.open();
  }
  bool hears() {
    test::Outsider outsider(net::Family::kIpv4);
    const size_t before = log_.size();
    EXPECT_EQ(0, outsider.send(test::endpoint_on_lo(net::Family::kIpv4, 1, kPort).group, "a"));
    return test::poll_until(*poller_, [&] { return log_.size() > before; });
  }

  FakeKernel kernel_;
  std::vector<std::string> lines_;
  test::Collector::Log log_;
  std::unique_ptr<Poller> poller_ = std::move(*Poller::create());
  Listener listener_{*poller_};
};

TEST_F(Watching, WhereItIsRefusedEverythingElseWorksAndTheLogSaysSoOnce) {
  kernel_.fail(Call::kBind, EPERM, 1, 1);  // the watch's
  ASSERT_TRUE(open().ok());
  kernel_.fail(Call::kBind, EPERM, 1, 1);
  EXPECT_LT(poller_->links().fd(), 0);
  listener_.close();
  ASSERT_TRUE(listener_.open().ok());
  ASSERT_THAT(lines_, SizeIs(1));
  EXPECT_THAT(lines_[0], HasSubstr("cannot watch the network interfaces"));
  EXPECT_THAT(lines_[0], HasSubstr("will not be joined again"));
  kernel_.heal();
  EXPECT_TRUE(hears());
  // And it is tried again with the next opening.
  listener_.close();
  ASSERT_TRUE(listener_.open().ok());
  EXPECT_GE(poller_->links().fd(), 0);
}

TEST_F(Watching, WhatIsOpenStaysWhereTheInterfacesCannotBeListedAnew) {
  ASSERT_TRUE(open().ok());
  kernel_.fail(test::send_to(AF_NETLINK), ENOBUFS);
  // As if the kernel had had no room to tell of a change.
  kernel_.fail(Call::kRecv, ENOBUFS, 1, 1);
  poller_->links().serve();
  EXPECT_TRUE(listener_.is_open());
  ASSERT_FALSE(lines_.empty());
  EXPECT_THAT(lines_[0], HasSubstr("cannot follow a change of the network interfaces yet"));
  kernel_.heal();
  poller_->links().serve();
  EXPECT_TRUE(hears());
  EXPECT_EQ(1u, poller_->channels().memberships().count());
}

class Noting final : public EventHandler {
 public:
  explicit Noting(std::vector<EventKind>& kinds) : kinds_(kinds) {}
  int tell(const Event& event) override {
    kinds_.push_back(event.kind);
    return 0;
  }

 private:
  std::vector<EventKind>& kinds_;
};

// Nothing new of the links says when there are descriptors again.
TEST(Following, WhatCouldNotFollowIsTriedAgain) {
  const lab::Host host("host");
  const lab::Inside scope(host);
  for (const bool is_ipv4 : {true, false}) {
    const std::string address = is_ipv4 ? "10.1.0.77" : "fd00::77";
    const std::string words = address + "@" + (is_ipv4 ? "239.77.0.1" : "ff15::77") + "%lo";
    std::vector<EventKind> told;
    FakeKernel kernel;
    const std::unique_ptr<Poller> poller = test::make_poller();
    auto made =
        Multicaster::create(*poller, words.c_str(), kPort, 1, Multicaster::WhenMissing::kWait);
    ASSERT_TRUE(made.ok()) << made.status().sentence();
    ASSERT_TRUE((*made)->set_event_handler(std::make_unique<Noting>(told)).ok());
    const auto sends = [&] { return (*made)->send(std::array{net::Buffer{"a", 1}}).count == 1; };
    host.ip("address add " + address + (is_ipv4 ? "/24 dev lo\n" : "/64 dev lo nodad\n"));
    kernel.fail(test::socket_of(is_ipv4 ? AF_INET : AF_INET6), EMFILE);
    ASSERT_TRUE(test::poll_until(*poller, [&] { return kernel.failures() > 0; }));
    kernel.heal();
    EXPECT_FALSE(sends());  // it looks for what is new itself, and there is nothing
    EXPECT_THAT(told, ElementsAre(EventKind::kPending));
    EXPECT_TRUE(test::poll_until(*poller, [&] { return told.size() > 1; }));
    EXPECT_THAT(told, ElementsAre(EventKind::kPending, EventKind::kJoined));
    EXPECT_TRUE(sends());
  }
}

}  // namespace
}  // namespace mc
