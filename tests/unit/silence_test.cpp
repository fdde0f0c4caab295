// core/silence: when silence is told, and its end, by a clock of the test's.
#include "core/silence.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/poller.h"
#include "fake_clock.h"
#include "world.h"

namespace mc {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kStep = 10'000'000;

class OfSilence : public testing::Test {
 protected:
  struct Told {
    size_t group;
    bool is_silent;
    double after;  // seconds
  };

  // Serves until something is told, or for so many seconds.
  std::optional<Told> next(double seconds) {
    const int64_t begin = clock_.now();
    told_.clear();
    while (told_.empty() && clock_.now() - begin < static_cast<int64_t>(seconds * kSecond)) {
      clock_.advance(kStep);
      EXPECT_TRUE(poller_->poll(0).ok());
    }
    if (told_.empty()) return std::nullopt;
    return Told{told_[0].first, told_[0].second,
                static_cast<double>(clock_.now() - begin) / static_cast<double>(kSecond)};
  }

  test::FakeClock clock_;
  std::unique_ptr<Poller> poller_ = test::make_poller();
  std::vector<uint64_t> counts_{0, 0};
  std::vector<std::pair<size_t, bool>> told_;
  Silence silence_{*poller_, [this](size_t group) { return counts_[group]; },
                   [this](size_t group, bool is) { told_.emplace_back(group, is); }};
};

TEST_F(OfSilence, IsToldSoonAfterItsTimeAndItsEndWithinAQuarterOfASecond) {
  ASSERT_TRUE(silence_.set(60).ok());
  ASSERT_TRUE(silence_.begin(1).ok());
  for (int i = 0; i < 3; ++i) {
    const auto silent = next(200);
    ASSERT_TRUE(silent && silent->is_silent);
    EXPECT_GE(silent->after, i == 0 ? 60 : 45);  // a look is late by a quarter at most
    EXPECT_LE(silent->after, 76);
    ++counts_[0];
    const auto heard = next(200);
    ASSERT_TRUE(heard && !heard->is_silent);
    EXPECT_LE(heard->after, 0.3);
  }
  ASSERT_TRUE(silence_.set(0).ok());
  EXPECT_FALSE(next(200));
}

TEST_F(OfSilence, LastsUntilSomethingComesHoweverLongItsTimeIsThen) {
  ASSERT_TRUE(silence_.set(1).ok());
  ASSERT_TRUE(silence_.begin(1).ok());
  ASSERT_TRUE(next(5));
  ASSERT_TRUE(silence_.set(60).ok());
  EXPECT_FALSE(next(200));
  ++counts_[0];
  const auto heard = next(5);
  ASSERT_TRUE(heard && !heard->is_silent);
  const auto silent = next(200);
  ASSERT_TRUE(silent && silent->is_silent);
  EXPECT_GE(silent->after, 45);
}

TEST_F(OfSilence, IsOfEachGroupAndNotOfAnotherSocket) {
  ASSERT_TRUE(silence_.set(1).ok());
  counts_ = {100, 40};
  ASSERT_TRUE(silence_.begin(2).ok());
  ASSERT_TRUE(next(5));  // both, at the same look
  EXPECT_EQ(2u, told_.size());
  counts_ = {60, 0};
  silence_.rebase();
  EXPECT_FALSE(next(5));
  counts_[1] = 1;
  const auto heard = next(5);
  ASSERT_TRUE(heard);
  EXPECT_EQ(1u, heard->group);
  EXPECT_FALSE(heard->is_silent);
  silence_.end();
  EXPECT_FALSE(next(5));
}

}  // namespace
}  // namespace mc
