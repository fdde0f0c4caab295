// Timers.
#include <limits>

#include "lab_cpp.h"

namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using hpp::error_of;

class Timers : public testing::Test {
 protected:
  multicast::poller poller_;
  int calls_ = 0;
};

TEST_F(Timers, FireOnceNotBeforeTheirTime) {
  const auto before = std::chrono::steady_clock::now();
  const multicast::timer timer(
      3ms, [this] { ++calls_; }, poller_);
  EXPECT_TRUE(timer.is_running());
  EXPECT_FALSE(poller_.loop());
  EXPECT_GE(std::chrono::steady_clock::now() - before, 3ms);
  EXPECT_EQ(calls_, 1);
  EXPECT_FALSE(timer.is_running());
}

TEST_F(Timers, FireAgainUntilTheyHaveHadEnough) {
  const multicast::timer timer(
      0s, 100us, [this] { return ++calls_ == 3; }, poller_);
  EXPECT_FALSE(poller_.loop());
  EXPECT_EQ(calls_, 3);
}

TEST_F(Timers, AreSetAnewAndStopped) {
  multicast::timer timer(
      1h, [this] { ++calls_; }, poller_);
  timer.stop();
  EXPECT_FALSE(timer.is_running());
  EXPECT_FALSE(poller_.loop());
  timer.set(1ms);
  EXPECT_FALSE(poller_.loop());
  EXPECT_EQ(calls_, 1);
}

TEST_F(Timers, AreSetAnewInTheirOwnFunction) {
  multicast::timer timer(
      1h, [] {}, poller_);
  timer = multicast::timer(
      0s,
      [&] {
        if (++calls_ < 3) timer.set(1ms);
      },
      poller_);
  EXPECT_FALSE(poller_.loop());
  EXPECT_EQ(calls_, 3);
}

TEST_F(Timers, LiveOnTheDefaultPollerUnlessToldOtherwise) {
  const multicast::timer timer(0s, [this] { ++calls_; });
  EXPECT_FALSE(multicast::loop());
  EXPECT_EQ(calls_, 1);
}

TEST_F(Timers, RefuseTimesThatAreNone) {
  const auto made = [this](auto after) {
    return error_of([&] {
      multicast::timer(
          after, [] {}, poller_);
    });
  };
  EXPECT_EQ(made(-1ms), multicast::errc::time);
  EXPECT_EQ(made(multicast::duration(std::numeric_limits<double>::quiet_NaN())),
            multicast::errc::time);
  EXPECT_EQ(made(std::chrono::hours::max()), multicast::errc::time);
  EXPECT_FALSE(made(0s));
}

TEST_F(Timers, DestroyTheirFunctionWhenTheyEnd) {
  int living = 0;
  {
    const multicast::timer timer(
        1h, [witness = hpp::Witness(living)] {}, poller_);
    EXPECT_EQ(living, 1);
  }
  EXPECT_EQ(living, 0);
  EXPECT_FALSE(poller_.is_polling());
}

}  // namespace
