// core/outflow and core/quick_send where the system refuses: each packet is answered for, and however
// long it lasts, the tries of a second are few.
#include <gmock/gmock.h>
#include <sys/epoll.h>

#include <cerrno>
#include <string>
#include <thread>
#include <vector>

#include "core/quick_send.h"
#include "fake_clock.h"
#include "fake_kernel.h"
#include "flowing.h"
#include "sources.h"

namespace mc::test {
namespace {

using testing::HasSubstr;

constexpr int64_t kMs = 1'000'000;
constexpr int64_t kSecond = 1000 * kMs;
constexpr int64_t kStep = 50'000;  // that each look at the clock takes

class RefusedFlow : public Flowing {
 protected:
  void refuse(int error, unsigned times = FakeKernel::kForEver) {
    kernel_.fail(Call::kSendto, error, 1, times);
    kernel_.fail(Call::kSendmmsg, error, 1, times);
  }
  // A source that has a packet whenever it is asked, and what became of its packets.
  void flood() {
    ASSERT_TRUE(sender_
                    ->set_source(std::make_unique<Source>([this](net::Buffer& packet) {
                      ++asked_;
                      packet = {"flood", 5};
                      return PacketSource::kPacket;
                    }))
                    .ok());
    hear_of_failures();
  }
  void hear_of_failures() {
    sender_->set_error_handler(std::make_unique<OnError>([this](const Status& why, uint64_t many) {
      told_ += many;
      code_ = why.code();
      return 0;
    }));
  }
  unsigned tries() const { return kernel_.calls(Call::kSendto) + kernel_.calls(Call::kSendmmsg); }
  // Serves the sender for so long.
  void serve_for(FakeClock& clock, int64_t ns) {
    const int64_t end = clock.now() + ns;
    for (int i = 0; i < 1'000'000 && clock.now() < end; ++i) ASSERT_TRUE(sending_->poll(0).ok());
    ASSERT_GE(clock.now(), end);
  }

  FakeKernel kernel_;
  uint64_t asked_ = 0;
  uint64_t told_ = 0;
  int code_ = 0;
};

TEST_F(RefusedFlow, OfASourceIntoAFirewallIsTriedABatchInAHundredthOfASecond) {
  FakeClock clock(kStep);
  flood();
  refuse(EPERM);
  serve_for(clock, kSecond);
  EXPECT_GT(tries(), 40u * 128);
  EXPECT_LE(tries(), 101u * 128);
  EXPECT_EQ(tries(), told_);
  EXPECT_EQ(asked_, told_);
  EXPECT_EQ(told_, sender_->counts().send_failed);
  EXPECT_EQ(-EPERM, code_);
  kernel_.heal();
  serve_for(clock, 20 * kMs);
  EXPECT_GT(sender_->counts().sent, 0u);
  EXPECT_EQ(asked_, told_ + sender_->counts().sent);
}

TEST_F(RefusedFlow, OfASourceOfUnfitPacketsIsNoBusierThanThat) {
  FakeClock clock(kStep);
  ASSERT_TRUE(sender_
                  ->set_source(std::make_unique<Source>([this](net::Buffer& packet) {
                    ++asked_;
                    packet = {nullptr, 5};
                    return PacketSource::kPacket;
                  }))
                  .ok());
  hear_of_failures();
  serve_for(clock, kSecond / 10);
  EXPECT_LE(asked_, 11u * 128);
  EXPECT_EQ(asked_, told_);
}

TEST_F(RefusedFlow, WithoutMemoryOfTheSystemIsTriedEightTimesInAnEighthOfASecond) {
  FakeClock clock(kStep);
  for (const int error : {ENOBUFS, ENOMEM}) {
    told_ = 0;
    flood();
    refuse(error);
    const uint64_t again = sender_->counts().send_again;
    const unsigned before = tries();
    serve_for(clock, kSecond);
    EXPECT_EQ(-error, code_);
    EXPECT_GE(told_, 7u);  // 127 ms each
    EXPECT_LE(told_, 8u);
    EXPECT_LE(tries() - before, 8u * 8);
    EXPECT_EQ(tries() - before, told_ + sender_->counts().send_again - again);
    kernel_.heal();
  }
}

TEST_F(RefusedFlow, ThatEndsInTimeLosesNothing) {
  FakeClock clock(kStep);
  hear_of_failures();
  ASSERT_TRUE(sender_->set_batching(true).ok());
  send_numbers(0, 5);
  refuse(ENOBUFS, 7);
  EXPECT_EQ(5u, *sender_->flush());
  serve_for(clock, 60 * kMs);
  EXPECT_EQ("", heard());
  serve_for(clock, 80 * kMs);
  EXPECT_EQ(numbers(0, 5), heard());
  EXPECT_EQ(0u, told_);
  EXPECT_EQ(7u, sender_->counts().send_again);
}

// Whoever asks again and again does not make the tries more, nor shorten them.
TEST_F(RefusedFlow, IsNotHurriedByFlushing) {
  FakeClock clock;
  ASSERT_TRUE(sender_->set_batching(true).ok());
  send_numbers(0, 5);
  refuse(ENOBUFS);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(5u, *sender_->flush());
  in_a_turn([&] { send_numbers(5, 5); });
  EXPECT_EQ(1u, tries());
  std::vector<net::Buffer> many(200, {"x", 1});
  const Sent sent = sender_->send(many);
  EXPECT_EQ(118u, sent.count);
  EXPECT_EQ(-EAGAIN, sent.reason.code());
  EXPECT_THAT(sent.reason.sentence(), HasSubstr("wait for the system's memory: serve the poller"));
  EXPECT_EQ(1u, tries());
  clock.advance(kMs);
  EXPECT_EQ(128u, *sender_->flush());
  EXPECT_EQ(2u, tries());
  kernel_.heal();
  clock.advance(2 * kMs);
  EXPECT_EQ(0u, *sender_->flush());
}

// Only many refusals in a row make it rest: one that is refused now and then delays nothing.
TEST_F(RefusedFlow, NowAndThenDoesNotMakeASourceRest) {
  FakeClock clock;
  int left = 1000;
  ASSERT_TRUE(sender_
                  ->set_source(std::make_unique<Source>([&](net::Buffer& packet) -> int {
                    packet = {"x", 1};
                    return left-- > 0 ? PacketSource::kPacket : PacketSource::kEnd;
                  }))
                  .ok());
  hear_of_failures();
  kernel_.fail(Call::kSendmmsg, EPERM, 1, 127);
  for (int i = 0; i < 10 && sender_->is_open(); ++i) ASSERT_TRUE(sending_->poll(1).ok());
  EXPECT_FALSE(sender_->is_open());
  EXPECT_EQ(127u, told_);
  EXPECT_EQ(873u, sender_->counts().sent);
}

TEST_F(RefusedFlow, ASourceThatEndsIsNotHeldUpByItsRest) {
  FakeClock clock;
  int left = 128;
  ASSERT_TRUE(sender_
                  ->set_source(std::make_unique<Source>([&](net::Buffer& packet) -> int {
                    packet = {"x", 1};
                    return left-- > 0 ? PacketSource::kPacket : PacketSource::kEnd;
                  }))
                  .ok());
  refuse(EPERM);
  EXPECT_TRUE(sending_->poll(1).ok());
  clock.advance(10 * kMs);
  EXPECT_TRUE(sending_->poll(1).ok());
  EXPECT_FALSE(sender_->is_open());
  EXPECT_FALSE(sending_->has_work());
  EXPECT_EQ(128u, sender_->counts().send_failed);
}

// The poller looks at it again now and then.
TEST_F(RefusedFlow, WithoutATimerRestsAllTheSame) {
  flood();
  refuse(EPERM);
  kernel_.fail(control(EPOLL_CTL_ADD), ENOMEM, 2);  // the first one watches the socket
  const unsigned sleeps = kernel_.sleeps();
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(sending_->poll(1).ok());
  EXPECT_LE(tries(), 6u * 128);
  EXPECT_GE(kernel_.sleeps() - sleeps, 5u);
}

TEST(RefusedQuickSend, WithoutMemoryOfTheSystemIsTriedEightTimes) {
  std::thread([] {  // whose kept sockets end with it
    FakeKernel kernel;
    FakeClock clock;
    const net::Buffer packet{"x", 1};
    ASSERT_TRUE(quick_send({&packet, 1}, kFlowingGroup, kFlowingPort, 1).reason.ok());
    const unsigned before = kernel.calls(Call::kSendto);
    for (const int error : {ENOBUFS, ENOMEM}) {
      clock.sleeps.clear();
      const int64_t begin = clock.now();
      kernel.fail(Call::kSendto, error, 1, 7);
      EXPECT_TRUE(quick_send({&packet, 1}, kFlowingGroup, kFlowingPort, 1).reason.ok());
      EXPECT_EQ(7u, clock.sleeps.size());
      EXPECT_EQ(127 * kMs, clock.now() - begin);
      kernel.fail(Call::kSendto, error);
      const Sent sent = quick_send({&packet, 1}, kFlowingGroup, kFlowingPort, 1);
      EXPECT_EQ(-error, sent.reason.code());
      EXPECT_THAT(sent.reason.sentence(), HasSubstr("no memory"));
      EXPECT_EQ(14u, clock.sleeps.size());
      kernel.heal();
    }
    EXPECT_EQ(2u * 16, kernel.calls(Call::kSendto) - before);
  })
      .join();
}

}  // namespace
}  // namespace mc::test
