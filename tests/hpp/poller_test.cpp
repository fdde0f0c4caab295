// Pollers: waiting, stopping, the log, signals, nesting.
#include <csignal>
#include <thread>
#include <utility>

#include "lab_cpp.h"

namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

TEST(Polling, EndsWhenNothingIsLeft) {
  multicast::poller poller;
  EXPECT_FALSE(poller.loop());
  EXPECT_FALSE(poller.is_polling());
  EXPECT_EQ(poller.poll(0s), 0);
  EXPECT_EQ(poller.stats().turns, 1U);
}

TEST(Polling, IsStoppedOnce) {
  multicast::poller poller;
  const multicast::timer keep(
      1h, [] {}, poller);
  EXPECT_TRUE(poller.stop());
  EXPECT_TRUE(poller.loop());
  const multicast::timer stop(
      0s, [&] { poller.stop(); }, poller);
  EXPECT_TRUE(poller.loop());
}

TEST(Polling, RestsBetweenTurnsForTheInterval) {
  multicast::poller poller;
  int calls = 0;
  const multicast::timer timer(
      0s, 10us, [&] { return ++calls == 3; }, poller);
  const auto before = std::chrono::steady_clock::now();
  EXPECT_FALSE(poller.loop(multicast::forever, 2ms));
  EXPECT_GE(std::chrono::steady_clock::now() - before, 4ms);
}

TEST(Polling, NestsInAnotherLoopByItsDescriptor) {
  multicast::poller poller;
  EXPECT_FALSE(lab::wait_readable(poller.fd(), lab::in(0s)));
  bool ran = false;
  poller.post([&] { ran = true; });
  EXPECT_TRUE(lab::wait_readable(poller.fd(), lab::in(hpp::kLong)));
  poller.poll(0s);
  EXPECT_TRUE(ran);
}

TEST(Log, IsToldInWords) {
  multicast::poller poller;
  int living = 0;
  std::string sentence;
  poller.set_log([&, witness = hpp::Witness(living)](multicast::log_level level,
                                                     std::error_code code, std::string_view told) {
    EXPECT_EQ(level, multicast::log_level::warning);
    EXPECT_FALSE(code);
    sentence = told;
  });
  poller.loop();
  EXPECT_NE(sentence.find("nothing to serve"), std::string::npos) << sentence;
  poller.set_log(nullptr);
  EXPECT_EQ(living, 0);
}

TEST(Polling, WaitsByItsPolicy) {
  multicast::poller poller;
  using enum multicast::wait_policy;
  const std::pair<multicast::wait_policy, multicast::duration> policies[] = {
      {hybrid, 50us}, {hybrid, 1s}, {coalesce, 100us}, {block, 0s}};
  for (const auto& [policy, span] : policies) {
    poller.set_wait(policy, span);
    bool is_due = false;
    const multicast::timer timer(
        2ms, [&] { is_due = true; }, poller);
    EXPECT_TRUE(hpp::serve_until(poller, [&] { return is_due; }));
    std::thread other([&] { poller.stop(); });
    const multicast::timer keep(
        1h, [] {}, poller);
    EXPECT_TRUE(poller.loop());
    other.join();
  }
  EXPECT_EQ(hpp::error_of([&] { poller.set_wait(hybrid, 1001ms); }), multicast::errc::time);
  EXPECT_EQ(hpp::error_of([&] { poller.set_wait(coalesce, -1us); }), multicast::errc::time);
  EXPECT_EQ(hpp::error_of([&] { poller.set_wait(static_cast<multicast::wait_policy>(9)); }),
            multicast::errc::flags);
}

volatile std::sig_atomic_t signals = 0;

TEST(Signals, EndTheWaitOfAnInterruptiblePoller) {
  struct sigaction action {};
  struct sigaction old {};
  action.sa_handler = [](int) { signals = 1; };
  ASSERT_EQ(sigaction(SIGALRM, &action, &old), 0);
  multicast::poller poller;
  poller.set_interruptible(true);
  // The signal comes again and again, so that one comes during the wait.
  timer_t ticker = nullptr;
  ASSERT_EQ(timer_create(CLOCK_MONOTONIC, nullptr, &ticker), 0);
  const itimerspec often{{0, 5'000'000}, {0, 5'000'000}};
  ASSERT_EQ(timer_settime(ticker, 0, &often, nullptr), 0);
  const multicast::timer keep(
      1h, [] {}, poller);
  try {
    poller.loop();
    ADD_FAILURE() << "the loop ended";
  } catch (const std::system_error& failure) {
    EXPECT_EQ(failure.code(), std::errc::interrupted);
    EXPECT_EQ(failure.code(), multicast::errc::interrupted);
  }
  timer_delete(ticker);
  sigaction(SIGALRM, &old, nullptr);
  EXPECT_EQ(signals, 1);
}

multicast::poller_ref* to_stop = nullptr;

TEST(Signals, MayStopAPoller) {
  multicast::poller poller;
  multicast::poller_ref lent = poller;
  to_stop = &lent;
  struct sigaction action {};
  struct sigaction old {};
  action.sa_handler = [](int) { to_stop->stop(); };
  ASSERT_EQ(sigaction(SIGUSR1, &action, &old), 0);
  const multicast::timer signal(
      0s, [] { ::raise(SIGUSR1); }, poller);
  const multicast::timer keep(
      1h, [] {}, poller);
  EXPECT_TRUE(poller.loop());
  sigaction(SIGUSR1, &old, nullptr);
}

}  // namespace
