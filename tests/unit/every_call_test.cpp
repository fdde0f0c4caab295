// For each n, the nth system call of an undertaking fails: it succeeds all the same, or fails and
// leaves nothing behind.
#include <gmock/gmock.h>

#include <cerrno>
#include <functional>
#include <thread>
#include <utility>

#include "core/listener.h"
#include "core/multicaster.h"
#include "core/quick_send.h"
#include "fake_kernel.h"
#include "net/kernel.h"
#include "world.h"

namespace mc::test {
namespace {

constexpr uint16_t kPort = 5004;
constexpr int kErrors[] = {EMFILE, ENOBUFS, EINVAL, EPERM, EAGAIN, ENODEV};

template <typename T>
Status outcome_of(Result<T> result) {
  return result.ok() ? Status() : std::move(result).status();
}

// Calls attempt() again and again, each time with the next of its system calls refused, until none
// is left to refuse; what a refusal led to goes to check(). How many calls there were.
unsigned fail_each_call(int error, const std::function<Status()>& attempt,
                        const std::function<void(const Status&)>& check) {
  for (unsigned nth = 1;; ++nth) {
    SCOPED_TRACE(testing::Message() << strerrorname_np(error) << " at call " << nth);
    FakeKernel kernel;
    kernel.fail_nth(nth, error);
    const Status outcome = attempt();
    const bool was_refused = kernel.failures() > 0;
    kernel.heal();
    if (!was_refused) {
      EXPECT_TRUE(outcome.ok()) << outcome.sentence();
      return nth - 1;
    }
    if (!outcome.ok()) {
      EXPECT_TRUE(outcome.code() == -error || outcome.code() == kErrorNoInterface)
          << outcome.code();
      EXPECT_THAT(outcome.sentence(), testing::HasSubstr("cannot "));
    }
    check(outcome);
    if (testing::Test::HasFailure()) return 0;
  }
}

TEST(EveryCall, OfMakingAPoller) {
  const size_t before = open_descriptors();
  for (const int error : kErrors) {
    const auto attempt = [] { return outcome_of(Poller::create()); };
    const unsigned calls = fail_each_call(error, attempt, [&](const Status& outcome) {
      EXPECT_EQ(-error, outcome.code());
      EXPECT_EQ(before, open_descriptors());
    });
    EXPECT_EQ(2u, calls);
  }
}

TEST(EveryCall, OfOpeningAListener) {
  const std::unique_ptr<Poller> poller = make_poller();
  Listener listener(*poller);
  Collector::Log log;
  EXPECT_TRUE(listener.set_handler(std::make_unique<Collector>(log)).ok());
  for (const char* group : {"239.77.0.1", "10.1.0.1@239.77.0.2%lo", "10.1.0.2@239.77.0.2%lo",
                            "ff15::1%lo", "fd00::1@ff15::2%lo", "ff02::77%lo"}) {
    ASSERT_TRUE(listener.add(group, kPort).ok());
  }
  const size_t before = open_descriptors();
  const auto expect_closed = [&] {
    EXPECT_TRUE(poller->poll(0).ok());  // it may have been told that links changed
    EXPECT_FALSE(poller->has_work());
    EXPECT_EQ(0u, poller->channels().count());
    EXPECT_EQ(0u, poller->channels().memberships().count());
    EXPECT_EQ(0u, poller->channels().memberships().holder_count());
    EXPECT_EQ(before, open_descriptors());
    EXPECT_TRUE(kernel_memberships().empty());
  };
  for (const int error : kErrors) {
    const auto attempt = [&] { return listener.open(); };
    const unsigned calls = fail_each_call(error, attempt, [&](const Status& outcome) {
      EXPECT_EQ(outcome.ok(), listener.is_open());
      listener.close();
      expect_closed();
      EXPECT_TRUE(listener.open().ok());
      listener.close();
      expect_closed();
    });
    listener.close();
    expect_closed();
    EXPECT_GT(calls, 60u);
  }
}

TEST(EveryCall, OfClosingAListener) {
  const std::unique_ptr<Poller> poller = make_poller();
  Listener listener(*poller);
  Collector::Log log;
  EXPECT_TRUE(listener.set_handler(std::make_unique<Collector>(log)).ok());
  for (const char* group : {"239.77.0.1%lo", "10.1.0.1@239.77.0.2%lo", "fd00::1@ff15::2%lo"}) {
    ASSERT_TRUE(listener.add(group, kPort).ok());
  }
  const size_t before = open_descriptors();
  for (const int error : kErrors) {
    ASSERT_TRUE(listener.open().ok());
    const auto attempt = [&] {
      listener.close();
      return Status();
    };
    const unsigned calls = fail_each_call(error, attempt, [&](const Status&) {
      EXPECT_EQ(before, open_descriptors());
      EXPECT_FALSE(poller->has_work());
      EXPECT_TRUE(kernel_memberships().empty());
      EXPECT_TRUE(listener.open().ok());
    });
    EXPECT_GT(calls, 6u);
  }
}

TEST(EveryCall, OfMakingAMulticaster) {
  const std::unique_ptr<Poller> poller = make_poller();
  const size_t before = open_descriptors();
  for (const char* group : {"239.77.0.1", "127.0.0.1@239.77.0.1%lo", "ff15::1", "::1@ff15::1%lo"}) {
    for (const int error : kErrors) {
      const auto attempt = [&] {
        return outcome_of(Multicaster::create(*poller, group, kPort, 1));
      };
      const unsigned calls = fail_each_call(
          error, attempt, [&](const Status&) { EXPECT_EQ(before, open_descriptors()); });
      EXPECT_GT(calls, 5u);
    }
  }
}

TEST(EveryCall, OfAQuickSend) {
  const net::Buffer packets[] = {{"one", 3}, {"two", 3}};
  const size_t before = open_descriptors();
  for (const char* group : {"239.77.0.1", "ff15::1%lo"}) {
    for (const int error : kErrors) {
      const auto attempt = [&] {
        Status reason;
        std::thread([&] {  // whose kept sockets end with it
          Sent sent = quick_send(packets, group, kPort, 1);
          EXPECT_EQ(sent.reason.ok(), sent.count == 2);
          EXPECT_LE(open_descriptors(), before + 1);
          reason = std::move(sent.reason);
          net::kernel_in_force = &net::kKernel;
          EXPECT_TRUE(quick_send(packets, group, kPort, 1).reason.ok());
        })
            .join();
        return reason;
      };
      const unsigned calls = fail_each_call(
          error, attempt, [&](const Status&) { EXPECT_EQ(before, open_descriptors()); });
      EXPECT_GT(calls, 5u);
    }
  }
}

}  // namespace
}  // namespace mc::test
