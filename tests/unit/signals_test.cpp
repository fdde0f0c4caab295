// base/signals: held signals, and which of them count.
#include "base/signals.h"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>

namespace mc::test {
namespace {

std::atomic<int> handled{0};

void handle(int) {
  ++handled;
}
void handle_with_details(int, siginfo_t*, void*) {
  ++handled;
}

// What is done on SIGUSR1, until the test ends.
class OnSignals : public testing::Test {
 protected:
  OnSignals() {
    handled = 0;
    ::sigaction(SIGUSR1, nullptr, &before_);
  }
  ~OnSignals() override { ::sigaction(SIGUSR1, &before_, nullptr); }

  static void act(void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    ::sigaction(SIGUSR1, &action, nullptr);
  }
  static bool is_blocked() {
    sigset_t mask;
    ::pthread_sigmask(SIG_BLOCK, nullptr, &mask);
    return sigismember(&mask, SIGUSR1) == 1;
  }

 private:
  struct sigaction before_ {};
};

TEST_F(OnSignals, AreHandledOnlyAfterwards) {
  act(handle);
  {
    const HeldSignals held;
    EXPECT_TRUE(is_blocked());
    EXPECT_FALSE(held.have_come());
    ::raise(SIGUSR1);
    EXPECT_TRUE(held.have_come());
    EXPECT_EQ(0, handled);
  }
  EXPECT_FALSE(is_blocked());
  EXPECT_EQ(1, handled);
}

TEST_F(OnSignals, ComeToHandlersOfEitherKind) {
  struct sigaction action {};
  action.sa_sigaction = handle_with_details;
  action.sa_flags = SA_SIGINFO;
  ::sigaction(SIGUSR1, &action, nullptr);
  const HeldSignals held;
  ::raise(SIGUSR1);
  EXPECT_TRUE(held.have_come());
}

TEST_F(OnSignals, ThatInterruptNothingDoNotCount) {
  act(SIG_IGN);
  {
    const HeldSignals held;
    ::raise(SIGUSR1);
    ::raise(SIGWINCH);  // ignored, unless there is a handler
    EXPECT_FALSE(held.have_come());
  }
  EXPECT_EQ(0, handled);
}

TEST_F(OnSignals, ThatTheUserHoldsBackStayHeld) {
  act(handle);
  sigset_t own;
  sigemptyset(&own);
  sigaddset(&own, SIGUSR1);
  ::pthread_sigmask(SIG_BLOCK, &own, nullptr);
  {
    const HeldSignals held;
    ::raise(SIGUSR1);
    EXPECT_FALSE(held.have_come());
  }
  EXPECT_TRUE(is_blocked());
  EXPECT_EQ(0, handled);
  ::pthread_sigmask(SIG_UNBLOCK, &own, nullptr);
  EXPECT_EQ(1, handled);
}

}  // namespace
}  // namespace mc::test
