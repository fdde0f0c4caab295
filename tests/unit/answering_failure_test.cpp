// What becomes of answers when a system call on their way is refused: a multicaster's source port
// and handler, and mc_reply.
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <thread>

#include "core/multicaster.h"
#include "core/reply.h"
#include "fake_kernel.h"
#include "world.h"

namespace mc::test {
namespace {

using testing::HasSubstr;

constexpr uint16_t kPort = 5012;
constexpr uint16_t kSourcePort = 5013;

class AnsweringRefused : public testing::TestWithParam<net::Family> {
 protected:
  AnsweringRefused() {
    made_ = Multicaster::create(*poller_, text().c_str(), kPort, 1);
    EXPECT_TRUE(made_->ok()) << made_->status().sentence();
    before_ = open_descriptors();
  }

  static bool ipv4() { return GetParam() == net::Family::kIpv4; }
  static int ip() { return ipv4() ? IPPROTO_IP : IPPROTO_IPV6; }
  static std::string text() { return group_address(GetParam(), 1).text() + "%lo"; }
  static net::Address this_host(uint16_t port) {
    return address(ipv4() ? "127.0.0.1" : "::1", port);
  }
  Multicaster& caster() { return ***made_; }
  Status await() { return caster().set_handler(std::make_unique<Collector>(log_)); }
  void expect_answered() {
    log_.clear();
    ASSERT_EQ(0, outsider_.send(this_host(caster().source().port), "answer"));
    EXPECT_TRUE(poll_until(*poller_, [&] { return log_.size() == 1; }));
  }

  Outsider outsider_{GetParam()};
  Collector::Log log_;
  std::unique_ptr<Poller> poller_ = make_poller();
  std::optional<Result<std::unique_ptr<Multicaster>>> made_;
  size_t before_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Family, AnsweringRefused,
                         testing::Values(net::Family::kIpv4, net::Family::kIpv6),
                         [](const auto& of) {
                           return of.param == net::Family::kIpv4 ? "Ipv4" : "Ipv6";
                         });

TEST_P(AnsweringRefused, AMulticasterThatCannotTellItsPortIsNotMade) {
  FakeKernel kernel;
  kernel.fail(Call::kGetsockname, ENOBUFS);
  const auto made = Multicaster::create(*poller_, text().c_str(), kPort, 1);
  EXPECT_EQ(-ENOBUFS, made.status().code());
  EXPECT_THAT(made.status().sentence(), HasSubstr("cannot send to "));
  EXPECT_THAT(made.status().sentence(), HasSubstr("getsockname"));
  EXPECT_EQ(before_, open_descriptors());
}

TEST_P(AnsweringRefused, AMulticasterWithoutTheSwitchForOthersGroupsCarriesOn) {
  FakeKernel kernel;
  kernel.fail(setting(ip(), ipv4() ? IP_MULTICAST_ALL : 29 /* IPV6_MULTICAST_ALL */), ENOPROTOOPT);
  EXPECT_TRUE(Multicaster::create(*poller_, text().c_str(), kPort, 1).ok());
  EXPECT_EQ(1u, kernel.failures());
}

TEST_P(AnsweringRefused, AHandlerWithoutPacketInformation) {
  {
    FakeKernel kernel;
    kernel.fail(setting(ip(), ipv4() ? IP_PKTINFO : IPV6_RECVPKTINFO), ENOPROTOOPT);
    const Status refused = await();
    EXPECT_EQ(-ENOPROTOOPT, refused.code());
    EXPECT_THAT(refused.sentence(), HasSubstr("packet information"));
  }
  EXPECT_FALSE(poller_->has_work());
  EXPECT_TRUE(await().ok());
  expect_answered();
}

TEST_P(AnsweringRefused, AHandlerThatCannotBeWatchedFor) {
  {
    FakeKernel kernel;
    kernel.fail(control(EPOLL_CTL_ADD), ENOSPC);
    EXPECT_EQ(-ENOSPC, await().code());
  }
  EXPECT_FALSE(poller_->has_work());
  ASSERT_EQ(0, outsider_.send(this_host(caster().source().port), "early"));
  EXPECT_EQ(0, *poller_->poll(0));
  EXPECT_TRUE(log_.empty());
  EXPECT_TRUE(await().ok());
  expect_answered();
  EXPECT_EQ(1u, log_.size());  // what came while nobody listened is dropped
}

TEST_P(AnsweringRefused, ALargeBufferForAnswersThenTheKernelsOwnServes) {
  FakeKernel kernel;
  kernel.fail(setting(SOL_SOCKET, SO_RCVBUFFORCE), EPERM);
  kernel.fail(setting(SOL_SOCKET, SO_RCVBUF), EPERM);
  EXPECT_TRUE(await().ok());
  expect_answered();
}

TEST_P(AnsweringRefused, ReadingAnswersIsTriedAgain) {
  ASSERT_TRUE(await().ok());
  FakeKernel kernel;
  kernel.fail(Call::kRecvmmsg, ENOBUFS, 1, 3);
  expect_answered();
  EXPECT_EQ(3u, kernel.failures());
}

TEST_P(AnsweringRefused, TheLossCounterThenTheLastOneStands) {
  ASSERT_TRUE(await().ok());
  FakeKernel kernel;
  kernel.fail(reading(SOL_SOCKET, SO_MEMINFO), ENOPROTOOPT);
  expect_answered();
  EXPECT_EQ(0u, caster().answers()->lost());
  EXPECT_GE(kernel.failures(), 1u);
}

// The nth call of choosing a port is refused: the old port stays and is answered at, or the new one
// is.
TEST_P(AnsweringRefused, EachCallOfChoosingAPortLeavesTheOldOneOrTheNewOne) {
  ASSERT_TRUE(await().ok());
  unsigned refusals = 0;
  for (unsigned nth = 1;; ++nth) {
    SCOPED_TRACE(testing::Message() << "call " << nth);
    const uint16_t old = caster().source().port;
    bool was_refused = false;
    {
      FakeKernel kernel;
      kernel.fail_nth(nth, EPERM);
      const Status outcome = caster().set_source_port({kSourcePort, true});
      was_refused = kernel.failures() > 0;
      if (!outcome.ok()) {
        EXPECT_EQ(-EPERM, outcome.code());
        EXPECT_THAT(outcome.sentence(), HasSubstr("cannot "));
      }
      EXPECT_EQ(outcome.ok() ? kSourcePort : old, caster().source().port);
      if (outcome.ok()) {
        kernel.heal();
        EXPECT_TRUE(caster().set_source_port({}).ok());
      }
    }
    EXPECT_EQ(before_, open_descriptors());
    EXPECT_TRUE(poller_->has_work());
    expect_answered();
    if (!was_refused || HasFailure()) break;
    ++refusals;
  }
  EXPECT_GT(refusals, 9u);
}

TEST_P(AnsweringRefused, EachCallOfChoosingAnAddressLeavesTheOldOneOrTheNewOne) {
  ASSERT_TRUE(await().ok());
  ASSERT_TRUE(caster().set_dscp(46).ok());
  const net::Address none = caster().source();
  const std::string own = this_host(0).text();
  unsigned refusals = 0;
  for (unsigned nth = 1;; ++nth) {
    SCOPED_TRACE(testing::Message() << "call " << nth);
    bool was_refused = false;
    {
      FakeKernel kernel;
      kernel.fail_nth(nth, EPERM);
      const Status outcome = caster().set_source_address(own.c_str());
      was_refused = kernel.failures() > 0;
      if (!outcome.ok()) {
        EXPECT_EQ(-EPERM, outcome.code());
        EXPECT_EQ(none, caster().source());
      } else {
        EXPECT_TRUE(caster().source().same_host(this_host(0)));
        EXPECT_EQ(none.port, caster().source().port);
      }
    }
    expect_answered();
    EXPECT_TRUE(caster().set_source_address(nullptr).ok());
    EXPECT_EQ(before_, open_descriptors());
    expect_answered();
    if (!was_refused || HasFailure()) break;
    ++refusals;
  }
  EXPECT_GT(refusals, 10u);
}

TEST_P(AnsweringRefused, ADscpThatIsRefusedIsTold) {
  FakeKernel kernel;
  kernel.fail(setting(ip(), ipv4() ? IP_TOS : IPV6_TCLASS), EPERM);
  const Status refused = caster().set_dscp(46);
  EXPECT_EQ(-EPERM, refused.code());
  EXPECT_THAT(refused.sentence(), HasSubstr("DSCP to 46"));
  EXPECT_TRUE(caster().set_source_port({kSourcePort, false}).ok());  // of 0 nothing is said
}

TEST_P(AnsweringRefused, APortThatCannotBeSharedIsTold) {
  FakeKernel kernel;
  kernel.fail(setting(SOL_SOCKET, SO_REUSEADDR), EPERM);
  const Status refused = caster().set_source_port({kSourcePort, true});
  EXPECT_EQ(-EPERM, refused.code());
  EXPECT_THAT(refused.sentence(), HasSubstr("from port 5013"));
  EXPECT_THAT(refused.sentence(), HasSubstr("SO_REUSEADDR"));
  EXPECT_TRUE(caster().set_source_port({kSourcePort, false}).ok());
}

TEST_P(AnsweringRefused, WatchingTheNewSocketThenTheOldOneGoesOn) {
  ASSERT_TRUE(await().ok());
  {
    FakeKernel kernel;
    kernel.fail(control(EPOLL_CTL_ADD), ENOMEM);
    EXPECT_EQ(-ENOMEM, caster().set_source_port({kSourcePort, false}).code());
  }
  EXPECT_TRUE(poller_->has_work());
  EXPECT_NE(kSourcePort, caster().source().port);
  EXPECT_EQ(before_, open_descriptors());
  expect_answered();
}

TEST_P(AnsweringRefused, EachCallOfReplyingIsToldAndTheNextReplyWorks) {
  net::Packet packet;
  packet.source = this_host(kSourcePort);
  const size_t before = open_descriptors();
  unsigned refusals = 0;
  bool was_refused = true;
  for (unsigned nth = 1; was_refused && !HasFailure(); ++nth) {
    SCOPED_TRACE(testing::Message() << "call " << nth);
    std::thread([&] {  // whose sockets end with it
      FakeKernel kernel;
      kernel.fail_nth(nth, EPERM);
      const Status outcome = reply(packet, {"yes", 3});
      was_refused = kernel.failures() > 0;
      kernel.heal();
      if (!outcome.ok()) {
        EXPECT_EQ(-EPERM, outcome.code());
        EXPECT_THAT(outcome.sentence(), HasSubstr("cannot "));
        EXPECT_GE(before + 1, open_descriptors());  // what was made may be kept
      }
      EXPECT_TRUE(reply(packet, {"yes", 3}).ok());
    })
        .join();
    EXPECT_EQ(before, open_descriptors());
    refusals += was_refused ? 1 : 0;
  }
  EXPECT_GE(refusals, 4u);
}

TEST_P(AnsweringRefused, AReplyThatIsRefusedSaysWhatToDo) {
  net::Packet packet;
  packet.source = this_host(kSourcePort);
  std::thread([&] {
    FakeKernel kernel;
    kernel.fail(send_to(static_cast<int>(GetParam())), EAGAIN, 1, 1);
    const Status full = reply(packet, {"yes", 3});
    EXPECT_EQ(-EAGAIN, full.code());
    EXPECT_THAT(full.sentence(), HasSubstr("cannot send 3 bytes to"));
    EXPECT_THAT(full.sentence(), HasSubstr("later"));
    kernel.fail(send_to(static_cast<int>(GetParam())), EPERM, 1, 1);
    EXPECT_THAT(reply(packet, {"yes", 3}).sentence(), HasSubstr("nft list ruleset"));
  }).join();
}

}  // namespace
}  // namespace mc::test
