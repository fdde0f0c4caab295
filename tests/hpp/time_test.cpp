// Durations as the C interface's seconds.
#include <limits>
#include <ratio>

#include "lab_cpp.h"

namespace {

using hpp::error_of;
using multicast::timeout;
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

TEST(Timeout, IsAnyDurationInSeconds) {
  EXPECT_EQ(timeout(0s).seconds(), 0);
  EXPECT_EQ(timeout(2min).seconds(), 120);
  EXPECT_DOUBLE_EQ(timeout(1500ms).seconds(), 1.5);
  EXPECT_DOUBLE_EQ(timeout(1ns).seconds(), 1e-9);
  EXPECT_DOUBLE_EQ(timeout(std::chrono::duration<float>(0.25F)).seconds(), 0.25);
  EXPECT_DOUBLE_EQ(timeout(std::chrono::duration<int, std::ratio<1, 3>>(2)).seconds(), 2.0 / 3);
  static_assert(timeout(1s).seconds() == 1);
}

TEST(Timeout, ThatIsTinyIsNotZero) {
  EXPECT_GT(timeout(1ns).seconds(), 0);
  EXPECT_GT(timeout(std::chrono::duration<double, std::atto>(1)).seconds(), 0);
}

TEST(Timeout, ThatIsNegativeHasPassedAndIsNotForEver) {
  EXPECT_EQ(timeout(-1ns).seconds(), 0);
  EXPECT_EQ(timeout(-1h).seconds(), 0);
  EXPECT_EQ(timeout(std::chrono::nanoseconds::min()).seconds(), 0);
  EXPECT_EQ(
      timeout(-std::chrono::duration<double>(std::numeric_limits<double>::infinity())).seconds(),
      0);
  multicast::poller poller;
  EXPECT_EQ(poller.poll(-1s), 0);  // returns
}

TEST(Timeout, OfForeverIsNegativeInC) {
  EXPECT_LT(multicast::forever.seconds(), 0);
  EXPECT_LT(
      timeout(std::chrono::duration<double>(std::numeric_limits<double>::infinity())).seconds(), 0);
}

TEST(Timeout, ThatIsHugeIsTakenAsItIs) {
  EXPECT_GT(timeout(std::chrono::hours::max()).seconds(), 1e18);
  multicast::poller poller;
  poller.wake();
  EXPECT_EQ(poller.poll(std::chrono::hours::max()), 0);
  poller.wake();
  EXPECT_EQ(poller.poll(std::chrono::duration<double>(1e300)), 0);
}

TEST(Timeout, ThatIsNotANumberIsRefused) {
  const std::chrono::duration<double> nan(std::numeric_limits<double>::quiet_NaN());
  multicast::poller poller;
  EXPECT_EQ(error_of([&] { poller.poll(nan); }), multicast::errc::time);
  EXPECT_EQ(error_of([&] { poller.loop(nan); }), multicast::errc::time);
  EXPECT_EQ(error_of([&] { poller.loop(0s, nan); }), multicast::errc::time);
}

TEST(Timeout, IsWaitedForAtLeast) {
  multicast::poller poller;
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(poller.poll(1500us), 0);
  EXPECT_GE(std::chrono::steady_clock::now() - before, 1500us);
}

}  // namespace
