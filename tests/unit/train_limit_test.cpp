// net/train_limit: what is learnt from trains that a path refuses, and for how long.
#include "net/train_limit.h"

#include <gtest/gtest.h>

namespace mc::test {
namespace {

using net::TrainLimit;

constexpr int64_t kSecond = 1'000'000'000;

TEST(TrainLimit, AllowsTheLongestAtFirst) {
  const TrainLimit limit;
  EXPECT_EQ(TrainLimit::kMost, limit.datagrams());
  EXPECT_EQ(net::kMaxPayload, limit.segment());
  EXPECT_FALSE(limit.remembers());
}

TEST(TrainLimit, LearnsTheSegmentThatIsTooLarge) {
  for (const int error : {EMSGSIZE, EINVAL}) {
    TrainLimit limit;
    EXPECT_TRUE(limit.learn(error, 40, 1400, 0));
    EXPECT_EQ(1399u, limit.segment());
    EXPECT_EQ(TrainLimit::kMost, limit.datagrams());
    EXPECT_TRUE(limit.learn(error, 2, 1200, 0));
    EXPECT_EQ(1199u, limit.segment());
    EXPECT_EQ(2u, limit.refusals());
  }
}

TEST(TrainLimit, LearnsThatAnOlderKernelTakesShorterOnes) {
  TrainLimit limit;
  EXPECT_TRUE(limit.learn(EINVAL, 65, 100, 0));
  EXPECT_EQ(64u, limit.datagrams());
  EXPECT_EQ(net::kMaxPayload, limit.segment());
  EXPECT_TRUE(limit.learn(EINVAL, 64, 100, 0));  // so that was not it
  EXPECT_EQ(99u, limit.segment());
}

TEST(TrainLimit, LearnsThatAPathTakesNone) {
  TrainLimit limit;
  EXPECT_TRUE(limit.learn(EIO, 100, 100, 0));
  EXPECT_EQ(0u, limit.segment());
}

TEST(TrainLimit, LearnsNothingFromOtherErrors) {
  TrainLimit limit;
  for (const int error : {EAGAIN, EPERM, ENOBUFS, ENODEV, ENETUNREACH, ENETDOWN, ENOMEM}) {
    EXPECT_FALSE(limit.learn(error, 100, 100, 0));
  }
  EXPECT_FALSE(limit.remembers());
  EXPECT_EQ(0u, limit.refusals());
}

// Each refusal makes the limit narrower, so that trying again ends.
TEST(TrainLimit, NeverAllowsWhatWasJustRefused) {
  for (const int error : {EMSGSIZE, EINVAL, EIO}) {
    TrainLimit limit;
    for (int i = 0; i < 3 && limit.segment() > 0; ++i) {
      const size_t datagrams = limit.datagrams();
      const size_t segment = limit.segment();
      ASSERT_TRUE(limit.learn(error, datagrams, segment, 0));
      EXPECT_TRUE(limit.datagrams() < datagrams || limit.segment() < segment);
    }
  }
}

TEST(TrainLimit, ForgetsAfterAWhileButNotWhatItsUserAllows) {
  TrainLimit limit;
  limit.allow(10);
  EXPECT_TRUE(limit.learn(EMSGSIZE, 10, 1400, kSecond));
  limit.forget_old(10 * kSecond);
  EXPECT_EQ(1399u, limit.segment());
  limit.forget_old(11 * kSecond);
  EXPECT_EQ(net::kMaxPayload, limit.segment());
  EXPECT_EQ(10u, limit.datagrams());
  EXPECT_FALSE(limit.remembers());
  EXPECT_EQ(1u, limit.refusals());
}

}  // namespace
}  // namespace mc::test
