// io/drops: losses are told from rejects, whatever the order in which the counts are seen.
#include "io/drops.h"

#include <gtest/gtest.h>

#include <random>

namespace mc::io {
namespace {

TEST(Drops, WithoutProgramsAreLosses) {
  DropTeller teller;
  teller.note(5, 0, false);
  teller.note(7, 0, false);
  EXPECT_EQ(7u, teller.drops().lost);
  teller.note(2, 0, false);  // wrapped
  EXPECT_EQ((uint64_t{1} << 32) + 2, teller.drops().lost);
}

TEST(Drops, OfAProgramThatDoesNotCountMayBeEither) {
  DropTeller teller;
  teller.note(5, 0, false);
  teller.note(9, 0, true);
  teller.note(10, 0, false);
  EXPECT_EQ(6u, teller.drops().lost);
  EXPECT_EQ(4u, teller.drops().lost_or_rejected);
}

TEST(Drops, OfAProgramThatCountedBeforeAreNotCountedTwice) {
  DropTeller teller;
  teller.note(1, 3, false);  // two that the socket has not counted yet
  teller.note(4, 3, true);   // when another program is there
  EXPECT_EQ(0u, teller.drops().lost);
  EXPECT_EQ(3u, teller.drops().rejected);
  EXPECT_EQ(1u, teller.drops().lost_or_rejected);
}

TEST(Drops, AreNeverTakenForLossesWhereRejectsAreAhead) {
  std::mt19937 random(23);
  for (int round = 0; round < 200; ++round) {
    DropTeller teller;
    uint64_t lost = 0;
    uint64_t rejected = 0;
    uint64_t late = 0;  // rejects that the socket has not counted
    for (int step = 0; step < 300; ++step) {
      const uint32_t kind = random() % 4;
      if (kind == 0) ++lost;
      if (kind == 1) ++rejected, ++late;
      if (kind == 2 && late > 0) --late;
      if (kind != 3) continue;
      const auto dropped = static_cast<uint32_t>(lost + rejected - late);
      const uint64_t more = random() % 3;  // between the two looks
      rejected += more;
      late += more;
      const uint64_t before = teller.drops().lost;
      if (teller.is_news(dropped)) teller.note(dropped, rejected, false);
      ASSERT_LE(teller.drops().lost, lost);
      ASSERT_GE(teller.drops().lost, before);
      ASSERT_LE(teller.drops().rejected, rejected);
    }
    const auto dropped = static_cast<uint32_t>(lost + rejected);
    if (teller.is_news(dropped)) teller.note(dropped, rejected, false);
    ASSERT_EQ(lost, teller.drops().lost);
    ASSERT_EQ(rejected, teller.drops().rejected);
    ASSERT_EQ(0u, teller.drops().lost_or_rejected);
  }
}

TEST(Drops, MayWrapByRejects) {
  const uint64_t wrap = uint64_t{1} << 32;
  DropTeller teller;
  teller.note(10, 10, false);
  teller.note(30, wrap + 25, false);  // five were lost
  EXPECT_EQ(5u, teller.drops().lost);
  EXPECT_EQ(wrap + 25, teller.drops().rejected);
  teller.note(20, 2 * wrap + 20, false);  // five are on their way
  EXPECT_EQ(5u, teller.drops().lost);
  teller.note(25, 2 * wrap + 20, false);
  EXPECT_EQ(5u, teller.drops().lost);
}

}  // namespace
}  // namespace mc::io
