// core/poller and core/queue under wait policies: who is noticed how, on real sockets. A hybrid wait looks for a
// second, so that nothing here has it sleep unless it is told; sleeping would end by its timeout all the
// same.
#include <gmock/gmock.h>
#include <poll.h>

#include <cerrno>
#include <string>
#include <vector>

#include "core/listener.h"
#include "core/poller.h"
#include "fake_clock.h"
#include "fake_kernel.h"
#include "handlers.h"
#include "world.h"

namespace mc::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr uint16_t kPort = 5012;
constexpr int kHybrid = 1;
constexpr int kCoalesce = 2;
constexpr double kLong = 5;

class UnderAPolicy : public testing::Test {
 protected:
  UnderAPolicy() {
    EXPECT_TRUE(pushed_.set_handler(std::make_unique<Collector>(log_)).ok());
    EXPECT_TRUE(pushed_.add(text(1).c_str(), kPort).ok());
    EXPECT_TRUE(pulled_.add(text(2).c_str(), kPort).ok());
    EXPECT_TRUE(pushed_.open().ok() && pulled_.open().ok());
  }

  static net::Address group(unsigned number) {
    return endpoint_on_lo(net::Family::kIpv4, number, kPort).group;
  }
  static std::string text(unsigned number) { return group(number).text() + "%lo"; }
  std::function<void()> sending(unsigned number, const std::string& data) {
    return [this, number, data] { EXPECT_EQ(0, outsider_.send(group(number), data)); };
  }
  std::vector<std::string> heard() const {
    std::vector<std::string> texts;
    for (const Collector::Seen& each : log_) texts.push_back(each.data);
    return texts;
  }
  std::string pull() {
    auto lent = pulled_.next(1, kLong);
    if (!lent.ok()) return lent.status().sentence();
    if (lent->empty()) return "nothing";
    return {reinterpret_cast<const char*>(lent->front()->data), lent->front()->size};
  }
  // The channel of group 1 was the last to be told.
  void make_favourite() {
    ASSERT_TRUE(poller_->set_wait(kHybrid, 1).ok());
    sending(1, "first")();
    ASSERT_EQ(1, *poller_->poll(kLong));
    log_.clear();
  }

  Outsider outsider_{net::Family::kIpv4};
  std::unique_ptr<Poller> poller_ = make_poller();
  Collector::Log log_;
  Listener pushed_{*poller_};
  Listener pulled_{*poller_};
};

TEST_F(UnderAPolicy, AHybridPollServesWhatComesWithoutSleeping) {
  ASSERT_TRUE(poller_->set_wait(kHybrid, 1).ok());
  FakeKernel kernel;
  kernel.before(Call::kEpollWait, 5, sending(1, "a"));
  EXPECT_EQ(1, *poller_->poll(kLong));
  EXPECT_THAT(heard(), ElementsAre("a"));
  EXPECT_EQ(5u, kernel.calls(Call::kEpollWait));
  EXPECT_EQ(0u, kernel.sleeps());
}

TEST_F(UnderAPolicy, AHybridPullServesWhatComesWithoutSleeping) {
  ASSERT_TRUE(poller_->set_wait(kHybrid, 1).ok());
  FakeKernel kernel;
  kernel.before(Call::kEpollWait, 5, sending(2, "a"));
  EXPECT_EQ("a", pull());
  kernel.before(Call::kRecvmmsg, 3, sending(2, "b"));
  EXPECT_EQ("b", pull());
  EXPECT_EQ(0u, kernel.sleeps());
}

TEST_F(UnderAPolicy, WhoHadPacketsLastIsReadWithoutAskingEpoll) {
  make_favourite();
  FakeKernel kernel;
  kernel.before(Call::kRecvmmsg, 7, sending(1, "a"));
  EXPECT_EQ(1, *poller_->poll(kLong));
  EXPECT_THAT(heard(), ElementsAre("a"));
  EXPECT_EQ(1u, kernel.calls(Call::kEpollWait));
  EXPECT_EQ(7u, kernel.calls(Call::kRecvmmsg));
  EXPECT_EQ(1u, poller_->counts().events - 1);
}

TEST_F(UnderAPolicy, ABurstAfterALookComesWholeAndInOrder) {
  make_favourite();
  FakeKernel kernel;
  kernel.before(Call::kRecvmmsg, 2, [&] {
    for (const char* each : {"a", "b", "c", "d"}) sending(1, each)();
  });
  EXPECT_TRUE(poll_until(*poller_, [&] { return log_.size() == 4; }));
  EXPECT_THAT(heard(), ElementsAre("a", "b", "c", "d"));
  EXPECT_EQ(0u, kernel.sleeps());
}

TEST_F(UnderAPolicy, OthersAreNoticedWhileOneIsLookedAt) {
  make_favourite();
  const EventFd bell;
  int told = 0;
  ASSERT_TRUE(
      poller_->register_descriptor(bell.get(), 0, handler([&](int, uint32_t) { return ++told; }))
          .ok());
  FakeKernel kernel;
  kernel.before(Call::kRecvmmsg, 3, [&] { bell.ring(); });
  EXPECT_EQ(1, *poller_->poll(kLong));
  EXPECT_EQ(1, told);
  EXPECT_EQ(8u, kernel.calls(Call::kRecvmmsg));  // looks at the favourite, until epoll is asked
  kernel.before(Call::kRecvmmsg, 3, [&] { poller_->wake(); });
  EXPECT_EQ(0, *poller_->poll(kLong));
  EXPECT_EQ(16u, kernel.calls(Call::kRecvmmsg));
  EXPECT_EQ(0u, kernel.sleeps());
}

TEST_F(UnderAPolicy, WhoeverIsClosedIsLookedAtNoMore) {
  make_favourite();
  pushed_.close();
  FakeKernel kernel;
  kernel.before(Call::kEpollWait, 9, [&] { poller_->wake(); });
  EXPECT_EQ(0, *poller_->poll(kLong));
  EXPECT_EQ(0u, kernel.calls(Call::kRecvmmsg));
}

TEST_F(UnderAPolicy, AReadThatFailsWhileItLooksIsCountedOnce) {
  make_favourite();
  FakeKernel kernel;
  kernel.fail(Call::kRecvmmsg, ENETDOWN, 2, 1);
  EXPECT_EQ(1, *poller_->poll(kLong));
  EXPECT_EQ(1u, kernel.failures());
  EXPECT_EQ(1u, poller_->channels().read_errors());
  EXPECT_THAT(heard(), IsEmpty());
  kernel.before(Call::kRecvmmsg, 2, sending(1, "a"));
  EXPECT_EQ(1, *poller_->poll(kLong));
  EXPECT_THAT(heard(), ElementsAre("a"));
}

TEST_F(UnderAPolicy, ACoalescingPollServesTogetherWhatCameInThePause) {
  ASSERT_TRUE(poller_->set_wait(kCoalesce, 100e-6).ok());
  FakeClock clock;
  FakeKernel kernel;
  kernel.before(Call::kEpollWait, 2, sending(1, "a"));
  clock.in_sleep = sending(1, "b");
  EXPECT_EQ(1, *poller_->poll(kLong));
  EXPECT_THAT(heard(), ElementsAre("a", "b"));
  EXPECT_THAT(clock.sleeps, ElementsAre(clock.now()));
  EXPECT_EQ(1u, kernel.sleeps());
}

TEST_F(UnderAPolicy, ACoalescingPullPausesOnceAndServesAll) {
  ASSERT_TRUE(poller_->set_wait(kCoalesce, 100e-6).ok());
  FakeClock clock;
  FakeKernel kernel;
  kernel.before(Call::kEpollWait, 2, sending(2, "a"));
  clock.in_sleep = sending(2, "b");
  EXPECT_EQ("a", pull());
  EXPECT_EQ("b", pull());
  EXPECT_THAT(clock.sleeps, SizeIs(1));
}

TEST_F(UnderAPolicy, ASignalInThePauseEndsALoopAfterWhatCame) {
  ASSERT_TRUE(poller_->set_wait(kCoalesce, 100e-6).ok());
  poller_->set_interruptible(true);
  FakeClock clock;
  clock.interrupt_sleep_after(1);
  FakeKernel kernel;
  kernel.before(Call::kEpollWait, 2, sending(1, "a"));
  EXPECT_EQ(kErrorInterrupted, poller_->loop(kLong, 0).status().code());
  EXPECT_THAT(heard(), ElementsAre("a"));
  // A pull that has nothing to give ends, and what it read is there for the next.
  kernel.before(Call::kEpollWait, 2, sending(2, "b"));
  EXPECT_EQ(kErrorInterrupted, pulled_.next(1, kLong).status().code());
  EXPECT_EQ("b", pull());
}

TEST_F(UnderAPolicy, WhatAnInterruptedPullLeavesIsToldByItsDescriptor) {
  ASSERT_TRUE(poller_->set_wait(kCoalesce, 100e-6).ok());
  poller_->set_interruptible(true);
  pollfd descriptor{*pulled_.fd(), POLLIN, 0};
  FakeClock clock;
  clock.interrupt_sleep_after(1);
  FakeKernel kernel;
  kernel.before(Call::kEpollWait, 2, sending(2, "a"));
  EXPECT_EQ(kErrorInterrupted, pulled_.next(1, kLong).status().code());
  EXPECT_EQ(1, ::poll(&descriptor, 1, 0));
  EXPECT_EQ("a", pull());
  EXPECT_EQ(0, ::poll(&descriptor, 1, 0));
}

TEST_F(UnderAPolicy, AWakeThatASignalFollowsEndsAPull) {
  ASSERT_TRUE(poller_->set_wait(kCoalesce, 100e-6).ok());
  FakeClock clock;
  clock.interrupt_sleep_after(1);
  FakeKernel kernel;
  kernel.before(Call::kEpollWait, 2, [&] { poller_->wake(); });
  EXPECT_EQ("nothing", pull());
}

TEST_F(UnderAPolicy, AChangeCountsFromTheNextWaitOn) {
  ASSERT_TRUE(poller_->set_wait(kCoalesce, 0.1).ok());
  ASSERT_TRUE(pushed_
                  .set_handler(
                      std::make_unique<Collector>(log_,
                                                  [&] {
                                                    EXPECT_TRUE(poller_->set_wait(kHybrid, 1).ok());
                                                    return 0;
                                                  }))
                  .ok());
  FakeClock clock;
  FakeKernel kernel;
  kernel.before(Call::kEpollWait, 2, sending(1, "a"));
  EXPECT_EQ(1, *poller_->poll(kLong));
  EXPECT_THAT(clock.sleeps, SizeIs(1));
  EXPECT_EQ(1u, kernel.sleeps());
  kernel.before(Call::kRecvmmsg, 3, sending(1, "b"));
  EXPECT_EQ(1, *poller_->poll(kLong));
  EXPECT_THAT(clock.sleeps, SizeIs(1));
  EXPECT_EQ(1u, kernel.sleeps());
  // A refusal changes nothing.
  EXPECT_EQ(kErrorTime, poller_->set_wait(kCoalesce, 1).code());
  EXPECT_EQ(kErrorFlags, poller_->set_wait(3, 0).code());
  kernel.before(Call::kRecvmmsg, 3, sending(1, "c"));
  EXPECT_EQ(1, *poller_->poll(kLong));
  EXPECT_EQ(1u, kernel.sleeps());
}

TEST_F(UnderAPolicy, AChoiceLeavesThePollerInterruptible) {
  poller_->set_interruptible(true);
  ASSERT_TRUE(poller_->set_wait(kHybrid, 1).ok());
  EXPECT_EQ(kErrorInterrupted, poller_->check_interrupted().code());
}

}  // namespace
}  // namespace mc::test
