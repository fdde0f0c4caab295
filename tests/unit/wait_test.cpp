// io/wait: what each policy does, against a clock and an epoll set that follow a script.
#include "io/wait.h"

#include <gmock/gmock.h>
#include <sys/epoll.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cmath>
#include <csignal>
#include <functional>
#include <vector>

#include "fake_clock.h"
#include "files.h"
#include "io/reactor.h"

namespace mc::test {
namespace {

using io::Awaited;
using io::WaitPolicy;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr int64_t kUs = 1'000;
constexpr int64_t kMs = 1'000'000;

// An epoll set whose waits bring what `answer` says, -1 with errno; and a favourite.
class Script : private io::Watcher {
 public:
  Script() {
    script = this;
    io::epoll_calls_in_force = &kScripted;
  }
  ~Script() override { io::epoll_calls_in_force = &io::kEpollCalls; }
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;

  Awaited wait(Span span, const WaitPolicy& policy, bool has_favourite = false) {
    epoll_event events[4];
    return io::await_events({7, events, 4, has_favourite ? this : nullptr}, Deadline(span), policy);
  }

  std::function<int(int timeout_ms)> answer = [](int) { return 0; };
  std::function<bool()> favourite_has_some = [] { return false; };
  std::vector<int> timeouts;          // of all waits
  const sigset_t* signals = nullptr;  // of the last
  size_t favourite_looks = 0;

 private:
  static inline Script* script = nullptr;

  static int wait_for(int epoll, epoll_event*, int capacity, int timeout_ms,
                      const sigset_t* signals) {
    EXPECT_EQ(7, epoll);
    EXPECT_EQ(4, capacity);
    script->timeouts.push_back(timeout_ms);
    script->signals = signals;
    return script->answer(timeout_ms);
  }
  void ready(uint32_t) override { ADD_FAILURE() << "await_events() serves nobody"; }
  bool look() noexcept override {
    ++favourite_looks;
    return favourite_has_some();
  }

  static constexpr io::EpollCalls kScripted = {nullptr, nullptr, wait_for};
};

class AWait : public testing::Test {
 protected:
  // An answer that comes at the nth call.
  std::function<int(int)> at(size_t nth, int answer) {
    return [this, nth, answer](int) { return script_.timeouts.size() >= nth ? answer : 0; };
  }

  static constexpr Span kForEver{.forever = true};
  static constexpr Span kNotAtAll{};
  static constexpr WaitPolicy kBlock{};
  static constexpr WaitPolicy kHybrid{.kind = WaitPolicy::Kind::kHybrid, .ns = 50 * kUs};
  static constexpr WaitPolicy kCoalesce{.kind = WaitPolicy::Kind::kCoalesce, .ns = 100 * kUs};

  FakeClock clock_{1 * kUs};
  Script script_;
};

TEST_F(AWait, ThatBlocksAsksOnce) {
  EXPECT_EQ(0, script_.wait({.ns = 5 * kMs}, kBlock).count);
  script_.answer = at(2, 3);
  EXPECT_EQ(3, script_.wait(kForEver, kBlock).count);
  EXPECT_THAT(script_.timeouts, ElementsAre(5, -1));
  EXPECT_THAT(clock_.sleeps, IsEmpty());
}

TEST_F(AWait, ThatIsNoneKnowsNoPolicy) {
  for (const WaitPolicy& policy : {kBlock, kHybrid, kCoalesce}) {
    for (const int count : {0, 2}) {
      script_.answer = [&](int) { return count; };
      const int64_t before = clock_.now();
      EXPECT_EQ(count, script_.wait(kNotAtAll, policy, true).count);
      EXPECT_THAT(script_.timeouts, ElementsAre(0));
      EXPECT_LE(clock_.now() - before, 3 * kUs);
      script_.timeouts.clear();
    }
  }
  EXPECT_THAT(clock_.sleeps, IsEmpty());
  EXPECT_EQ(0u, script_.favourite_looks);
}

TEST_F(AWait, TellsWhatTheSystemRefuses) {
  for (const WaitPolicy& policy : {kBlock, kHybrid, kCoalesce}) {
    script_.answer = [&](int) { return errno = EBADF, -1; };
    const Awaited awaited = script_.wait(kForEver, policy);
    EXPECT_EQ(-1, awaited.count);
    EXPECT_EQ(EBADF, errno);
    EXPECT_FALSE(awaited.was_interrupted);
    EXPECT_THAT(script_.timeouts, SizeIs(1));
    script_.timeouts.clear();
  }
}

TEST_F(AWait, IsInterruptedInItsSleep) {
  for (const WaitPolicy& policy : {kBlock, kHybrid, kCoalesce}) {
    script_.answer = [&](int timeout_ms) { return timeout_ms == 0 ? 0 : (errno = EINTR, -1); };
    const Awaited awaited = script_.wait(kForEver, policy);
    EXPECT_EQ(0, awaited.count);
    EXPECT_TRUE(awaited.was_interrupted);
  }
  EXPECT_THAT(clock_.sleeps, IsEmpty());
}

// ---- Hybrid -------------------------------------------------------------------------------------

TEST_F(AWait, ThatIsHybridLooksForItsTimeAndThenSleeps) {
  script_.answer = [](int timeout_ms) { return timeout_ms == 0 ? 0 : 1; };
  const int64_t before = clock_.now();
  EXPECT_EQ(1, script_.wait(kForEver, kHybrid).count);
  EXPECT_EQ(-1, script_.timeouts.back());
  script_.timeouts.pop_back();
  EXPECT_THAT(script_.timeouts, Each(0));
  EXPECT_GE(script_.timeouts.size(), 50u);  // the clock goes on by a microsecond with each look
  EXPECT_GE(clock_.now() - before, kHybrid.ns);
  EXPECT_LE(clock_.now() - before, kHybrid.ns + 5 * kUs);
}

TEST_F(AWait, ThatIsHybridDoesNotSleepWhenSomethingComes) {
  for (const size_t nth : {1U, 2U, 40U}) {
    script_.answer = at(nth, 2);
    EXPECT_EQ(2, script_.wait(kForEver, kHybrid).count);
    EXPECT_THAT(script_.timeouts, SizeIs(nth));
    EXPECT_THAT(script_.timeouts, Each(0));
    script_.timeouts.clear();
  }
}

TEST_F(AWait, ThatIsHybridBeginsItsTimeAnew) {
  for (int i = 0; i < 3; ++i) {
    script_.answer = at(40, 1);
    EXPECT_EQ(1, script_.wait(kForEver, kHybrid).count);
    EXPECT_THAT(script_.timeouts, Each(0));
    script_.timeouts.clear();
  }
}

TEST_F(AWait, ThatIsHybridEndsByItsDeadline) {
  const int64_t before = clock_.now();
  EXPECT_EQ(0, script_.wait({.ns = 20 * kUs}, kHybrid).count);  // which is sooner than its time
  EXPECT_THAT(script_.timeouts, Each(0));
  EXPECT_GE(clock_.now() - before, 20 * kUs);
  EXPECT_LE(clock_.now() - before, 25 * kUs);
  // Or it sleeps for the rest of it.
  const WaitPolicy longer{.kind = WaitPolicy::Kind::kHybrid, .ns = 4 * kMs};
  EXPECT_EQ(0, script_.wait({.ns = 10 * kMs}, longer).count);
  EXPECT_EQ(6, script_.timeouts.back());
}

TEST_F(AWait, ThatIsHybridPrefersItsFavouriteAndForgetsNobody) {
  EXPECT_EQ(0, script_.wait({.ns = 20 * kUs}, kHybrid, true).count);
  // The set is looked at first, and then after every eight looks at the favourite.
  EXPECT_GE(script_.timeouts.size(), 10u);
  EXPECT_EQ((script_.timeouts.size() - 1) * 8, script_.favourite_looks);
  script_.answer = at(script_.timeouts.size() + 3, 1);
  EXPECT_EQ(1, script_.wait(kForEver, kHybrid, true).count);
  EXPECT_THAT(script_.timeouts, Each(0));
}

TEST_F(AWait, ThatIsHybridEndsWhenItsFavouriteHasSome) {
  script_.favourite_has_some = [this] { return script_.favourite_looks == 11; };
  const Awaited awaited = script_.wait(kForEver, kHybrid, true);
  EXPECT_TRUE(awaited.favourite_has_some);
  EXPECT_EQ(0, awaited.count);
  EXPECT_EQ(11u, script_.favourite_looks);
  EXPECT_THAT(script_.timeouts, ElementsAre(0, 0));
}

std::atomic<int> handled{0};

class AWaitUnderSignals : public AWait {
 protected:
  AWaitUnderSignals() {
    struct sigaction action {};
    action.sa_handler = [](int) { ++handled; };
    ::sigaction(SIGUSR1, &action, &before_);
    handled = 0;
  }
  ~AWaitUnderSignals() override { ::sigaction(SIGUSR1, &before_, nullptr); }

 private:
  struct sigaction before_ {};
};

TEST_F(AWaitUnderSignals, ThatIsHybridIsInterruptedWhileItLooksIfItIsToBe) {
  WaitPolicy policy = kHybrid;
  const auto signal_at = [this](size_t nth, int count) {
    return [this, nth, count](int timeout_ms) {
      if (script_.timeouts.size() == nth) {
        ::raise(SIGUSR1);
        return count;
      }
      return timeout_ms == 0 ? 0 : 1;
    };
  };
  script_.answer = signal_at(5, 0);
  EXPECT_FALSE(script_.wait(kForEver, policy).was_interrupted);
  EXPECT_EQ(-1, script_.timeouts.back());
  EXPECT_EQ(1, handled);
  policy.is_interruptible = true;
  for (const int count : {0, 2}) {
    script_.timeouts.clear();
    script_.answer = signal_at(5, count);
    const Awaited awaited = script_.wait(kForEver, policy);
    EXPECT_TRUE(awaited.was_interrupted);
    EXPECT_EQ(count, awaited.count);
    EXPECT_THAT(script_.timeouts, SizeIs(5));  // it looks no longer
    EXPECT_THAT(script_.timeouts, Each(0));
  }
  EXPECT_EQ(3, handled);
}

TEST_F(AWaitUnderSignals, ThatIsHybridMissesNoneBetweenItsLastLookAndItsSleep) {
  const lab::Fd empty(::epoll_create1(EPOLL_CLOEXEC));
  script_.answer = [&](int timeout_ms) {
    if (timeout_ms == 0) return 0;
    ::raise(SIGUSR1);
    epoll_event event;
    return ::epoll_pwait(empty.get(), &event, 1, timeout_ms, script_.signals);
  };
  WaitPolicy policy = kHybrid;
  policy.is_interruptible = true;
  EXPECT_TRUE(script_.wait({.ns = 1000 * kMs}, policy).was_interrupted);
  EXPECT_EQ(1, handled);
}

// ---- Coalescing ---------------------------------------------------------------------------------

TEST_F(AWait, ThatCoalescesPausesOnceAfterItSlept) {
  script_.answer = [](int timeout_ms) { return timeout_ms == 0 ? 0 : 2; };
  const int64_t before = clock_.now();
  const Awaited awaited = script_.wait(kForEver, kCoalesce);
  EXPECT_EQ(2, awaited.count);
  EXPECT_FALSE(awaited.was_interrupted);
  EXPECT_THAT(script_.timeouts, ElementsAre(0, -1));
  ASSERT_THAT(clock_.sleeps, SizeIs(1));
  EXPECT_GE(clock_.sleeps[0], before + kCoalesce.ns);
  EXPECT_LE(clock_.sleeps[0], before + kCoalesce.ns + 5 * kUs);
}

TEST_F(AWait, ThatCoalescesDelaysNothingThatIsThereAtOnce) {
  script_.answer = [](int) { return 2; };
  EXPECT_EQ(2, script_.wait(kForEver, kCoalesce).count);
  EXPECT_THAT(script_.timeouts, ElementsAre(0));
  EXPECT_THAT(clock_.sleeps, IsEmpty());
}

TEST_F(AWait, ThatCoalescesDoesNotPauseForNothing) {
  EXPECT_EQ(0, script_.wait({.ns = 5 * kMs}, kCoalesce).count);
  EXPECT_THAT(script_.timeouts, ElementsAre(0, 5));
  EXPECT_THAT(clock_.sleeps, IsEmpty());
}

TEST_F(AWait, ThatCoalescesEndsByItsDeadline) {
  script_.answer = [this](int timeout_ms) {
    if (timeout_ms == 0) return 0;
    clock_.advance(4950 * kUs);
    return 1;
  };
  const int64_t before = clock_.now();
  EXPECT_EQ(1, script_.wait({.ns = 5 * kMs}, kCoalesce).count);
  ASSERT_THAT(clock_.sleeps, SizeIs(1));
  EXPECT_LE(clock_.sleeps[0], before + 5 * kMs + 2 * kUs);
}

TEST_F(AWait, ThatCoalescesPausesNoLongerThanUntilASignal) {
  clock_.interrupt_sleep_after(30 * kUs);
  script_.answer = [](int timeout_ms) { return timeout_ms == 0 ? 0 : 2; };
  const Awaited awaited = script_.wait(kForEver, kCoalesce);
  EXPECT_EQ(2, awaited.count);  // what came is kept
  EXPECT_TRUE(awaited.was_interrupted);
  EXPECT_THAT(clock_.sleeps, SizeIs(1));
}

// ---- The choice ---------------------------------------------------------------------------------

TEST(WaitPolicyOf, TakesWhatIsInRange) {
  EXPECT_EQ(WaitPolicy::Kind::kBlock, WaitPolicy::of(0, 0)->kind);
  for (const double any : {-1.0, std::nan(""), HUGE_VAL}) {
    EXPECT_EQ(WaitPolicy::Kind::kBlock, WaitPolicy::of(0, any)->kind);
    EXPECT_EQ(0, WaitPolicy::of(0, any)->ns);
  }
  EXPECT_EQ(WaitPolicy::Kind::kHybrid, WaitPolicy::of(1, 50e-6)->kind);
  EXPECT_EQ(50 * kUs, WaitPolicy::of(1, 50e-6)->ns);
  EXPECT_EQ(1000 * kMs, WaitPolicy::of(1, 1)->ns);
  EXPECT_EQ(0, WaitPolicy::of(1, 0)->ns);
  EXPECT_EQ(WaitPolicy::Kind::kCoalesce, WaitPolicy::of(2, 0.1)->kind);
  EXPECT_EQ(100 * kMs, WaitPolicy::of(2, 0.1)->ns);
}

TEST(WaitPolicyOf, RefusesTheRestWithASentence) {
  const double too_long[] = {0, 1.0000001, 0.1000001};
  for (const int kind : {1, 2}) {
    for (const double bad : {-1e-300, -1.0, std::nan(""), HUGE_VAL, -HUGE_VAL, too_long[kind]}) {
      const Result<WaitPolicy> refused = WaitPolicy::of(kind, bad);
      ASSERT_FALSE(refused.ok()) << kind << ' ' << bad;
      EXPECT_EQ(kErrorTime, refused.status().code());
      EXPECT_THAT(refused.status().sentence(),
                  HasSubstr(kind == 1 ? "0 to 1 sec" : "0 to 0.1 sec"));
    }
  }
  for (const int bad : {-1, 3, INT_MAX, INT_MIN}) {
    const Result<WaitPolicy> refused = WaitPolicy::of(bad, 0);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(kErrorFlags, refused.status().code());
    EXPECT_THAT(refused.status().sentence(), HasSubstr("MC_WAIT_HYBRID"));
  }
}

}  // namespace
}  // namespace mc::test
