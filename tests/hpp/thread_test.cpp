// Several threads: posting, stopping, adopting, and what belongs to which.
#include <atomic>
#include <thread>

#include "lab_cpp.h"

namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using hpp::error_of;
using hpp::Thrown;
using hpp::thrown_by;

TEST(Threads, PostWhatOnlyMovesToThePollersThread) {
  multicast::poller poller;
  std::string heard;
  const std::thread::id here = std::this_thread::get_id();
  const std::jthread poster([&, target = multicast::poller_ref(poller)] {
    auto owned = std::make_unique<std::string>("posted");
    target.post([&, owned = std::move(owned)] {
      EXPECT_EQ(std::this_thread::get_id(), here);
      heard = *owned;
    });
  });
  EXPECT_TRUE(hpp::serve_until(poller, [&] { return !heard.empty(); }));
  EXPECT_EQ(heard, "posted");
}

TEST(Threads, PostInOrderAndLoseNothing) {
  constexpr int kEach = 1000;
  multicast::poller poller;
  int next[2] = {0, 0};
  std::jthread posters[2];
  for (int i = 0; i < 2; ++i) {
    posters[i] = std::jthread([&, i, target = multicast::poller_ref(poller)] {
      for (int n = 0; n < kEach; ++n) {
        target.post([&next, i, n] { EXPECT_EQ(next[i]++, n); });
      }
    });
  }
  EXPECT_TRUE(hpp::serve_until(poller, [&] { return next[0] + next[1] == 2 * kEach; }));
}

TEST(Threads, FindPostedExceptionsInTheThreadThatPolls) {
  multicast::poller poller;
  const multicast::timer keep(
      1h, [] {}, poller);
  const std::jthread poster([target = multicast::poller_ref(poller)] {
    target.post([] { throw Thrown("posted"); });
    multicast::poll(0s);  // finds nothing
  });
  EXPECT_EQ(thrown_by([&] { poller.loop(hpp::kLong); }), "posted");
}

TEST(Threads, KeepTheirLateExceptionsToThemselves) {
  const auto throw_under_c = [] {
    multicast::default_poller().post([] { throw Thrown("of the thread"); });
    mc_poll(10);
  };
  std::jthread(throw_under_c).join();  // ends with it, and nothing leaks
  multicast::poll(0s);
}

TEST(Threads, StopALoop) {
  multicast::poller poller;
  const multicast::timer keep(
      1h, [] {}, poller);
  const std::jthread stopper([target = multicast::poller_ref(poller)] { target.stop(); });
  EXPECT_TRUE(poller.loop());
}

TEST(Threads, MayNotUseAPollerOfAnother) {
  multicast::poller poller;
  std::error_code code;
  std::jthread([&] { code = error_of([&] { poller.poll(0s); }); }).join();
  EXPECT_EQ(code, multicast::errc::thread);
}

TEST(Threads, AdoptAPollerWithWhatLivesOnIt) {
  auto poller = std::make_unique<multicast::poller>();
  int calls = 0;
  multicast::timer timer(
      0s, [&] { ++calls; }, *poller);
  std::jthread([&] {
    poller->adopt();
    EXPECT_FALSE(poller->loop());
    poller.reset();
  }).join();
  EXPECT_EQ(calls, 1);
}

TEST(Threads, DestroyAPostedFunctionThatNeverRuns) {
  int living = 0;
  bool ran = false;
  {
    multicast::poller poller;
    poller.post([&, witness = hpp::Witness(living)] { ran = true; });
    EXPECT_EQ(living, 1);
  }
  EXPECT_EQ(living, 0);
  EXPECT_FALSE(ran);
}

TEST(Threads, EndAListenerOfAnotherThread) {
  multicast::poller poller;
  int living = 0;
  multicast::listener listener(poller);
  listener.add(hpp::kGroup, hpp::fresh_port());
  listener.set_handler([witness = hpp::Witness(living)](multicast::packet_view) {});
  listener.open();
  std::jthread([taken = std::move(listener)]() mutable {
    const multicast::listener ends_here = std::move(taken);
  }).join();
  EXPECT_EQ(living, 1);
  EXPECT_TRUE(hpp::serve_until(poller, [&] { return living == 0; }));
}

}  // namespace
