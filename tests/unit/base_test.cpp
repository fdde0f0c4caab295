// base: outcomes, sentences, time and undoing.
#include <fcntl.h>
#include <gmock/gmock.h>

#include <cerrno>
#include <climits>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "base/clock.h"
#include "base/status.h"
#include "base/text.h"
#include "base/undo.h"
#include "base/unique_fd.h"
#include "fake_clock.h"
#include "world.h"

namespace mc::test {
namespace {

using testing::HasSubstr;

TEST(Status, IsSuccessByDefaultAndThenSaysNothing) {
  const Status success;
  EXPECT_TRUE(success.ok());
  EXPECT_EQ(0, success.code());
  EXPECT_STREQ("", success.sentence());
}

TEST(Status, OfTheSystemSaysWhatWasTriedWhyItFailedAndWhatToDo) {
  const Status status = Status::system(ENODEV, "cannot join 239.1.1.1 on eth7", "make eth7");
  EXPECT_EQ(-ENODEV, status.code());
  EXPECT_STREQ("cannot join 239.1.1.1 on eth7: No such device; make eth7", status.sentence());
}

TEST(Status, OfTheSystemWithoutAdviceEndsWithTheReason) {
  EXPECT_STREQ("cannot: Permission denied", Status::system(EACCES, "cannot").sentence());
  EXPECT_STREQ("cannot: error 4000", Status::system(4000, "cannot").sentence());
}

TEST(Status, GainsContextInFrontAndKeepsItsCode) {
  const Status status = Status(kErrorPort, "port 0").in_context("cannot listen");
  EXPECT_EQ(kErrorPort, status.code());
  EXPECT_STREQ("cannot listen: port 0", status.sentence());
  EXPECT_TRUE(Status().in_context("cannot listen").ok());
}

TEST(Status, ThatThereIsNoMemoryToDescribeHasItsCodeAndAFewWords) {
  const Status status = Status::undescribed(-EPERM);
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(-EPERM, status.code());
  EXPECT_STRNE("", status.sentence());
  EXPECT_EQ(-EPERM, Status::undescribed(-EPERM).in_context("cannot listen").code());
}

TEST(Result, HoldsAValueOrAReason) {
  const Result<int> good(7);
  EXPECT_TRUE(good.ok());
  EXPECT_EQ(7, *good);
  const Result<int> bad(Status(kErrorTtl, "TTL 300"));
  EXPECT_FALSE(bad.ok());
  EXPECT_EQ(kErrorTtl, bad.status().code());
}

TEST(Try, ReturnsTheFirstFailure) {
  int reached = 0;
  const auto steps = [&](Status first) -> Status {
    MC_TRY(std::move(first));
    ++reached;
    return {};
  };
  EXPECT_TRUE(steps({}).ok());
  EXPECT_EQ(kErrorOpen, steps(Status(kErrorOpen, "open")).code());
  EXPECT_EQ(1, reached);
}

TEST(Text, JoinsTextsAndWholeNumbers) {
  EXPECT_EQ("a-7 of 18446744073709551615!", cat("a", -7, " of ", ~uint64_t{0}, std::string("!")));
  EXPECT_EQ("", cat());
}

TEST(Span, RoundsUpToNanoseconds) {
  EXPECT_EQ(1, span_of_seconds(1e-12, "t")->ns);
  EXPECT_EQ(1, span_of_seconds(std::numeric_limits<double>::denorm_min(), "t")->ns);
  EXPECT_EQ(1'500'000'000, span_of_seconds(1.5, "t")->ns);
  EXPECT_EQ(0, span_of_seconds(0, "t")->ns);
  EXPECT_EQ(0, span_of_seconds(-0.0, "t")->ns);
}

TEST(Span, NegativeHugeAndInfiniteAreForEver) {
  for (const double seconds : {-1.0, -1e-300, -HUGE_VAL, 3.1e9, 1e300, HUGE_VAL}) {
    EXPECT_TRUE(span_of_seconds(seconds, "t")->forever) << seconds;
  }
  EXPECT_FALSE(span_of_seconds(3.0e9, "t")->forever);
}

TEST(Span, NotANumberIsRefusedByName) {
  const Result<Span> span = span_of_seconds(std::nan(""), "interval");
  ASSERT_FALSE(span.ok());
  EXPECT_EQ(kErrorTime, span.status().code());
  EXPECT_THAT(span.status().sentence(), HasSubstr("interval is not a number"));
}

TEST(Deadline, CountsInMillisecondsRoundedUp) {
  EXPECT_EQ(-1, Deadline(Span{.forever = true}).remaining_ms());
  EXPECT_EQ(0, Deadline(Span{.ns = 0}).remaining_ms());
  EXPECT_EQ(INT_MAX, Deadline(Span{.ns = 3'000'000'000'000'000'000}).remaining_ms());
  const int ms = Deadline(Span{.ns = 60'000'000'000}).remaining_ms();
  EXPECT_GT(ms, 1000);
  EXPECT_LE(ms, 60'000);
}

TEST(Deadline, OfTheLeastSpanIsAWait) {
  FakeClock clock;
  const Deadline soon(Span{.ns = 1});
  clock.advance(1000);  // until somebody waits
  EXPECT_TRUE(soon.passed());
  EXPECT_EQ(1, soon.remaining_ms());
  clock.advance(1'000'000);
  EXPECT_EQ(0, soon.remaining_ms());
}

TEST(Deadline, NeverEndsAWaitEarly) {
  const Deadline deadline(Span{.ns = 1'000'000});
  while (!deadline.passed()) {
    // Between the two looks at the clock the deadline may pass; then both say so.
    const int ms = deadline.remaining_ms();
    EXPECT_TRUE(ms >= 1 || deadline.passed());
  }
  EXPECT_EQ(0, deadline.remaining_ms());
  EXPECT_FALSE(Deadline(Span{.forever = true}).passed());
}

TEST(Deadline, CutsASpanThatReachesBeyondIt) {
  FakeClock clock;
  const Deadline soon(Span{.ns = 1'000'000});
  const int64_t at_ns = clock.now() + 1'000'000;
  EXPECT_EQ(clock.now() + 600'000, soon.within(600'000));
  EXPECT_EQ(at_ns, soon.within(1'600'000));
  clock.advance(700'000);
  EXPECT_EQ(at_ns, soon.within(600'000));
  EXPECT_EQ(clock.now() + 160, Deadline(Span{.forever = true}).within(160));
}

TEST(Clock, NeverGoesBack) {
  const int64_t first = monotonic_ns();
  EXPECT_LE(first, monotonic_ns());
  EXPECT_LE(coarse_monotonic_ns(), monotonic_ns());
}

TEST(Clock, SleepsUntilAMoment) {
  const int64_t at_ns = monotonic_ns() + 1'000'000;
  EXPECT_TRUE(sleep_until(at_ns));
  EXPECT_GE(monotonic_ns(), at_ns);
  EXPECT_TRUE(sleep_until(at_ns));  // it has passed
}

TEST(Clock, IsWokenBySignals) {
  FakeClock clock;
  clock.interrupt_sleep_after(10);
  EXPECT_FALSE(sleep_until(clock.now() + 1000));
}

TEST(Undo, UndoesOnReturnAndOnExceptionUnlessDismissed) {
  int undone = 0;
  {
    const Undo undo([&] { ++undone; });
  }
  EXPECT_EQ(1, undone);
  try {
    const Undo undo([&] { ++undone; });
    throw std::runtime_error("on the way");
  } catch (const std::runtime_error&) {
  }
  EXPECT_EQ(2, undone);
  {
    Undo undo([&] { ++undone; });
    undo.dismiss();
  }
  EXPECT_EQ(2, undone);
}

TEST(UniqueFd, ClosesOnceAndKeepsErrno) {
  const size_t before = open_descriptors();
  UniqueFd first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  UniqueFd second(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(before + 2, open_descriptors());
  first = std::move(second);
  EXPECT_EQ(before + 1, open_descriptors());
  errno = ENOTTY;
  first.reset();
  EXPECT_EQ(ENOTTY, errno);
  EXPECT_FALSE(first);
  EXPECT_EQ(before, open_descriptors());
}

}  // namespace
}  // namespace mc::test
