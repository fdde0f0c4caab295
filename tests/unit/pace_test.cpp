// core/pace: how much may go when.
#include "core/pace.h"

#include <gtest/gtest.h>

#include <vector>

namespace mc::test {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr size_t kHeader = 28;

// Packets that take `wire` bytes each.
std::vector<net::Buffer> packets(size_t count, size_t wire) {
  return std::vector<net::Buffer>(count, {"", wire - kHeader});
}

TEST(Pace, ThatIsNotSetLetsEverythingGo) {
  Pace pace;
  EXPECT_FALSE(pace.is_set());
  EXPECT_EQ(100u, pace.fitting(packets(100, 60'000), 0));
}

TEST(Pace, LetsABurstGoAndThenWhatFlowsIn) {
  Pace pace(1000, 500, kHeader, 0);
  EXPECT_EQ(5u, pace.fitting(packets(9, 100), 0));
  pace.spend(packets(5, 100), 0);
  EXPECT_EQ(0u, pace.fitting(packets(9, 100), 0));
  EXPECT_EQ(0u, pace.fitting(packets(9, 100), kSecond / 11));
  EXPECT_EQ(1u, pace.fitting(packets(9, 100), kSecond / 10));
  EXPECT_EQ(3u, pace.fitting(packets(9, 100), kSecond * 3 / 10));
}

TEST(Pace, SavesNoMoreThanABurst) {
  Pace pace(1000, 500, kHeader, 0);
  EXPECT_EQ(5u, pace.fitting(packets(100, 100), 1000 * kSecond));
}

TEST(Pace, LetsALargerPacketGoAloneWhenTheBucketIsFull) {
  Pace pace(1000, 500, kHeader, 0);
  EXPECT_EQ(1u, pace.fitting(packets(3, 900), 0));
  pace.spend(packets(1, 900), 0);
  EXPECT_EQ(0u, pace.fitting(packets(3, 900), kSecond * 8 / 10));
  EXPECT_EQ(1u, pace.fitting(packets(3, 900), kSecond * 9 / 10));
}

TEST(Pace, CountsTheHeadersOfEmptyPacketsToo) {
  Pace pace(1000, 10 * kHeader, kHeader, 0);
  EXPECT_EQ(10u, pace.fitting(packets(50, kHeader), 0));
}

TEST(Pace, WaitsForHalfABurstOrForWhatThereIs) {
  Pace pace(1000, 500, kHeader, 0);
  pace.spend(packets(5, 100), 0);
  EXPECT_EQ(kSecond * 3 / 10 + 1, pace.wait_ns(packets(100, 100)));  // 250, in whole packets
  EXPECT_EQ(kSecond / 10 + 1, pace.wait_ns(packets(1, 100)));
  EXPECT_EQ(kSecond / 2 + 1, pace.wait_ns(packets(1, 9000)));
  pace.spend(packets(5, 100), 0);
  EXPECT_EQ(kSecond * 6 / 10 + 1, pace.wait_ns(packets(1, 100)));
}

// However much is overdrawn, it is a time that a timer takes.
TEST(Pace, WaitsNoLongerThanATimerCan) {
  Pace pace(1, 1, kHeader, 0);
  for (int i = 0; i < 1000; ++i) pace.spend(packets(1000, 60'000), 0);
  EXPECT_EQ(3 * kSecond * kSecond, pace.wait_ns(packets(1, 100)));
}

// What goes unasked for is paid back by what follows.
TEST(Pace, IsOverdrawnByWhatGoesAllTheSame) {
  Pace pace(1000, 500, kHeader, 0);
  pace.spend(packets(20, 100), 10 * kSecond);
  EXPECT_EQ(0u, pace.fitting(packets(1, 100), 11 * kSecond));
  EXPECT_EQ(1u, pace.fitting(packets(1, 100), 11 * kSecond + kSecond * 6 / 10));
}

// Whenever it is asked, over a long time no more goes than flows in, and no less where the asking is
// often enough.
TEST(Pace, KeepsTheRate) {
  for (const int64_t step : {kSecond / 1000, kSecond / 37, kSecond / 11}) {
    Pace pace(1'000'000, 100'000, kHeader, 0);
    uint64_t went = 0;
    for (int64_t now = 0; now <= 100 * kSecond; now += step) {
      const std::vector<net::Buffer> waiting = packets(200, 1000);
      const size_t count = pace.fitting(waiting, now);
      pace.spend(std::span(waiting).first(count), now);
      went += count * 1000;
    }
    EXPECT_LE(went, 100'100'000u);
    EXPECT_GE(went, 99'800'000u) << step;
  }
}

}  // namespace
}  // namespace mc::test
