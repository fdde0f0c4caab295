// core/poller: turns, stopping and waking, and when a loop ends.
#include "core/poller.h"

#include <gmock/gmock.h>
#include <poll.h>
#include <sys/resource.h>

#include <cerrno>
#include <cmath>
#include <thread>
#include <vector>

#include "fake_kernel.h"
#include "handlers.h"
#include "world.h"

namespace mc::test {
namespace {

using testing::HasSubstr;

class OnAPoller : public testing::Test {
 protected:
  std::unique_ptr<Poller> poller_ = make_poller();
};

TEST_F(OnAPoller, NothingIsReadyAtFirst) {
  EXPECT_EQ(0, *poller_->poll(0));
  EXPECT_FALSE(poller_->has_work());
  EXPECT_EQ(1u, poller_->counts().turns);
  EXPECT_EQ(0u, poller_->counts().events);
}

TEST_F(OnAPoller, ALoopEndsWhenNothingIsLeft) {
  EXPECT_TRUE(poller_->loop(-1, 0).ok());
  const EventFd bell(true);
  int told = 0;
  ASSERT_TRUE(poller_
                  ->register_descriptor(bell.get(), 0,
                                        handler([&](int, uint32_t) { return ++told == 3 ? 1 : 0; }))
                  .ok());
  EXPECT_TRUE(poller_->has_work());
  EXPECT_TRUE(poller_->loop(-1, 0).ok());
  EXPECT_EQ(3, told);
  EXPECT_FALSE(poller_->has_work());
}

TEST_F(OnAPoller, StopEndsTheLoopThatRuns) {
  const EventFd bell(true);
  int told = 0;
  ASSERT_TRUE(poller_
                  ->register_descriptor(bell.get(), 0, handler([&](int, uint32_t) {
                                          if (++told == 2) poller_->stop();
                                          return 0;
                                        }))
                  .ok());
  EXPECT_TRUE(poller_->loop(-1, 0).ok());
  EXPECT_EQ(2, told);
  EXPECT_TRUE(poller_->has_work());
}

TEST_F(OnAPoller, StopIsKeptForTheNextLoopOnce) {
  const EventFd bell(true);
  int told = 0;
  ASSERT_TRUE(poller_
                  ->register_descriptor(bell.get(), 0,
                                        handler([&](int, uint32_t) { return ++told == 1 ? 1 : 0; }))
                  .ok());
  poller_->stop();
  poller_->stop();
  EXPECT_TRUE(poller_->loop(-1, 0).ok());
  EXPECT_EQ(0, told);
  EXPECT_TRUE(poller_->loop(-1, 0).ok());
  EXPECT_EQ(1, told);
}

TEST_F(OnAPoller, StopFromAnotherThreadEndsTheWaitAndThePause) {
  const EventFd bell;
  ASSERT_TRUE(
      poller_->register_descriptor(bell.get(), 0, handler([](int, uint32_t) { return 0; })).ok());
  std::thread waits([&] { poller_->stop(); });
  EXPECT_TRUE(poller_->loop(-1, 0).ok());
  waits.join();
  std::thread pauses([&] { poller_->stop(); });
  EXPECT_TRUE(poller_->loop(0, 60).ok());
  pauses.join();
}

TEST_F(OnAPoller, StopAndWakeKeepErrno) {
  errno = ENOTTY;
  poller_->stop();
  poller_->wake();
  EXPECT_EQ(ENOTTY, errno);
}

TEST_F(OnAPoller, WakeEndsTheNextWaitAndNothingElse) {
  poller_->wake();
  poller_->wake();
  EXPECT_EQ(0, *poller_->poll(-1));
  EXPECT_EQ(0u, poller_->counts().events);  // the bell is ours
  EXPECT_EQ(0, *poller_->poll(0));
  std::thread other([&] { poller_->wake(); });
  EXPECT_EQ(0, *poller_->poll(-1));
  other.join();
}

TEST_F(OnAPoller, WakeDoesNotEndALoop) {
  const EventFd bell;
  ASSERT_TRUE(
      poller_->register_descriptor(bell.get(), 0, handler([](int, uint32_t) { return 1; })).ok());
  poller_->wake();
  std::thread other([&] {
    poller_->wake();
    bell.ring();
  });
  EXPECT_TRUE(poller_->loop(-1, 0).ok());
  other.join();
  EXPECT_FALSE(poller_->has_work());
}

TEST_F(OnAPoller, ItsDescriptorIsReadableWhenItHasWork) {
  pollfd item{poller_->fd(), POLLIN, 0};
  EXPECT_EQ(0, ::poll(&item, 1, 0));
  const EventFd bell(true);
  ASSERT_TRUE(
      poller_->register_descriptor(bell.get(), 0, handler([](int, uint32_t) { return 1; })).ok());
  EXPECT_EQ(1, ::poll(&item, 1, 0));
  EXPECT_EQ(1, *poller_->poll(0));
  EXPECT_EQ(0, ::poll(&item, 1, 0));
  poller_->wake();
  EXPECT_EQ(1, ::poll(&item, 1, 0));
}

TEST_F(OnAPoller, WaitingInsideItsCallbacksIsRefused) {
  const EventFd bell(true);
  std::vector<int> codes;
  ASSERT_TRUE(poller_
                  ->register_descriptor(
                      bell.get(), 0, handler([&](int, uint32_t) {
                        codes.push_back(poller_->poll(0).status().code());
                        codes.push_back(poller_->loop(0, 0).status().code());
                        codes.push_back(poller_->loop_until([] { return true; }).status().code());
                        codes.push_back(
                            make_poller()->poll(0).status().code());  // another one's business
                        return 1;
                      }))
                  .ok());
  EXPECT_EQ(1, *poller_->poll(0));
  EXPECT_THAT(codes, testing::ElementsAre(kErrorBusy, kErrorBusy, kErrorBusy, 0));
  EXPECT_TRUE(poller_->poll(0).ok());
}

TEST_F(OnAPoller, TimesThatAreNoNumbersAreRefusedByName) {
  EXPECT_EQ(kErrorTime, poller_->poll(std::nan("")).status().code());
  EXPECT_THAT(poller_->loop(std::nan(""), 0).status().sentence(), HasSubstr("timeout"));
  EXPECT_THAT(poller_->loop(0, std::nan("")).status().sentence(), HasSubstr("interval"));
}

TEST_F(OnAPoller, ASignalEndsAWaitButNoLoop) {
  FakeKernel kernel;
  kernel.fail(Call::kEpollWait, EINTR, 1, 1);
  EXPECT_EQ(0, *poller_->poll(-1));
  const EventFd bell(true);
  ASSERT_TRUE(
      poller_->register_descriptor(bell.get(), 0, handler([](int, uint32_t) { return 1; })).ok());
  kernel.fail(Call::kEpollWait, EINTR, 1, 5);
  EXPECT_TRUE(poller_->loop(-1, 0).ok());
  EXPECT_EQ(6u, kernel.failures());
  EXPECT_FALSE(poller_->has_work());
}

TEST_F(OnAPoller, AWaitThatTheSystemRefusesIsReported) {
  const EventFd bell(true);
  ASSERT_TRUE(
      poller_->register_descriptor(bell.get(), 0, handler([](int, uint32_t) { return 1; })).ok());
  FakeKernel kernel;
  kernel.fail(Call::kEpollWait, ENOMEM);
  EXPECT_EQ(-ENOMEM, poller_->poll(0).status().code());
  EXPECT_EQ(-ENOMEM, poller_->loop(-1, 0).status().code());
  EXPECT_THAT(poller_->loop(-1, 0).status().sentence(), HasSubstr("cannot wait for events"));
  kernel.heal();
  EXPECT_EQ(1, *poller_->poll(0));
}

TEST_F(OnAPoller, EachOfManyReadyDescriptorsGetsItsTurn) {
  std::vector<EventFd> bells;
  std::vector<int> told(300);
  for (int& each : told) {
    bells.emplace_back(true);
    ASSERT_TRUE(poller_
                    ->register_descriptor(bells.back().get(), 0, handler([&each](int, uint32_t) {
                                            ++each;
                                            return 0;
                                          }))
                    .ok());
  }
  // A turn takes some of them; none is told again before all others were.
  size_t events = 0;
  while (events < 3 * told.size()) events += static_cast<size_t>(*poller_->poll(0));
  for (const int each : told) EXPECT_NEAR(3, each, 1);
  EXPECT_EQ(events, poller_->counts().events);
}

TEST_F(OnAPoller, EndingItInsideItsCallbackEndsItsLoop) {
  const size_t before = open_descriptors();
  const EventFd bell(true);
  bool is_destroyed = false;
  int told = 0;
  ASSERT_TRUE(poller_
                  ->register_descriptor(bell.get(), 0,
                                        handler(
                                            [&](int, uint32_t) {
                                              ++told;
                                              end(std::move(poller_));
                                              EXPECT_FALSE(is_destroyed);
                                              return 0;
                                            },
                                            nullptr, [&] { is_destroyed = true; }))
                  .ok());
  EXPECT_TRUE(poller_->loop(-1, 0).ok());
  EXPECT_EQ(1, told);
  EXPECT_TRUE(is_destroyed);
  EXPECT_EQ(before + 1 - 4, open_descriptors());  // the bell is there, the poller's four are gone
}

TEST(PollerCreation, WithoutDescriptorsIsRefusedWithAdvice) {
  const size_t before = open_descriptors();
  for (const int error : {EMFILE, ENFILE}) {
    FakeKernel kernel;
    kernel.fail(Call::kEpollCreate, error);
    const Result<std::unique_ptr<Poller>> poller = Poller::create();
    ASSERT_FALSE(poller.ok());
    EXPECT_EQ(-error, poller.status().code());
    EXPECT_THAT(poller.status().sentence(), HasSubstr("ulimit -n"));
  }
  EXPECT_EQ(before, open_descriptors());
}

TEST(PollerCreation, WithOneDescriptorOnlyIsRefusedToo) {
  const size_t before = open_descriptors();
  rlimit limit{};
  ASSERT_EQ(0, ::getrlimit(RLIMIT_NOFILE, &limit));
  const int next = EventFd().get();
  const rlimit scarce{static_cast<rlim_t>(next) + 1, limit.rlim_max};
  ASSERT_EQ(0, ::setrlimit(RLIMIT_NOFILE, &scarce));
  const Result<std::unique_ptr<Poller>> poller = Poller::create();
  ASSERT_EQ(0, ::setrlimit(RLIMIT_NOFILE, &limit));
  ASSERT_FALSE(poller.ok());
  EXPECT_EQ(-EMFILE, poller.status().code());
  EXPECT_THAT(poller.status().sentence(), HasSubstr("eventfd"));
  EXPECT_THAT(poller.status().sentence(), HasSubstr("ulimit -n"));
  EXPECT_EQ(before, open_descriptors());
  EXPECT_TRUE(Poller::create().ok());
}

TEST(PollerCreation, WithoutRoomForWatchesIsRefused) {
  const size_t before = open_descriptors();
  FakeKernel kernel;
  kernel.fail(Call::kEpollControl, ENOSPC);
  const Result<std::unique_ptr<Poller>> poller = Poller::create();
  ASSERT_FALSE(poller.ok());
  EXPECT_EQ(-ENOSPC, poller.status().code());
  EXPECT_THAT(poller.status().sentence(), HasSubstr("max_user_watches"));
  EXPECT_EQ(before, open_descriptors());
}

}  // namespace
}  // namespace mc::test
