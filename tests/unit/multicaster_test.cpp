// core/multicaster: packets that are pulled from a source.
#include "core/multicaster.h"

#include <gmock/gmock.h>

#include <cerrno>
#include <functional>
#include <string>

#include "fake_kernel.h"
#include "sources.h"
#include "world.h"

namespace mc::test {
namespace {

constexpr uint16_t kPort = 5006;
const char* const kGroup = "239.77.0.1%lo";

class Pulled : public testing::Test {
 protected:
  Pulled() {
    EXPECT_TRUE(listener_.set_handler(std::make_unique<Collector>(log_)).ok());
    EXPECT_TRUE(listener_.add(kGroup, kPort).ok());
    EXPECT_TRUE(listener_.open().ok());
    Result<std::unique_ptr<Multicaster>> made = Multicaster::create(*sending_, kGroup, kPort, 1);
    EXPECT_TRUE(made.ok()) << made.status().sentence();
    sender_ = std::move(*made);
    EXPECT_TRUE(sender_->set_train_limit(1).ok());  // so that each packet is a message of its own
  }
  // A source of the numbers 0 to count - 1, each a packet.
  std::unique_ptr<PacketSource> numbers(int count, int end = PacketSource::kEnd) {
    return std::make_unique<Source>([this, count, end](net::Buffer& packet) -> int {
      if (given_ == count) return end;
      text_ = std::to_string(given_++);
      packet = {text_.data(), text_.size()};
      return PacketSource::kPacket;
    });
  }
  void expect_numbers(int count) {
    ASSERT_TRUE(poll_until(*receiving_, [&] { return log_.size() >= static_cast<size_t>(count); }));
    for (int i = 0; i < count; ++i) EXPECT_EQ(std::to_string(i), log_[static_cast<size_t>(i)].data);
    EXPECT_EQ(0, *receiving_->poll(0));
  }

  std::unique_ptr<Poller> receiving_ = make_poller();
  std::unique_ptr<Poller> sending_ = make_poller();
  Collector::Log log_;
  Listener listener_{*receiving_};
  std::unique_ptr<Multicaster> sender_;
  int given_ = 0;
  std::string text_;
};

TEST_F(Pulled, AllOfASourceIsSentInOrderAndThenItCloses) {
  ASSERT_TRUE(sender_->set_source(numbers(200)).ok());
  EXPECT_EQ(0, given_);  // not before the next turn
  EXPECT_TRUE(sending_->loop(-1, 0).ok());
  EXPECT_FALSE(sender_->is_open());
  EXPECT_EQ(200u, sender_->counts().sent);
  expect_numbers(200);
}

TEST_F(Pulled, AnEndlessSourceLeavesRoomForOthersInEachTurn) {
  ASSERT_TRUE(sender_->set_source(numbers(1 << 20)).ok());
  EXPECT_EQ(1, *sending_->poll(0));
  EXPECT_GT(given_, 0);
  EXPECT_LT(given_, 1000);
  EXPECT_TRUE(sender_->is_open());
}

TEST_F(Pulled, WhatTheKernelHasNoRoomForIsKeptInOrder) {
  FakeKernel kernel;
  ASSERT_TRUE(sender_->set_source(numbers(150)).ok());
  kernel.take_at_most(7);
  kernel.fail(Call::kSendmmsg, EAGAIN, 3, 2);
  EXPECT_EQ(1, *sending_->poll(0));
  EXPECT_EQ(14u, sender_->counts().sent);
  EXPECT_EQ(1u, sender_->counts().send_again);
  EXPECT_LE(given_, static_cast<int>(Outbox::kMost));  // at most one batch waits
  EXPECT_EQ(1, *sending_->poll(0));
  EXPECT_EQ(2u, sender_->counts().send_again);
  EXPECT_TRUE(sending_->loop(-1, 0).ok());
  EXPECT_EQ(150u, sender_->counts().sent);
  EXPECT_EQ(0u, sender_->counts().send_failed);
  expect_numbers(150);
}

TEST_F(Pulled, WhatTheKernelRefusesIsToldAndTheRestGoesOn) {
  FakeKernel kernel;
  std::string told;
  sender_->set_error_handler(std::make_unique<OnError>([&](const Status& reason, uint64_t lost) {
    told = reason.sentence();
    EXPECT_EQ(-EPERM, reason.code());
    EXPECT_EQ(1u, lost);
    return 0;
  }));
  ASSERT_TRUE(sender_->set_source(numbers(20)).ok());
  kernel.take_at_most(5);
  kernel.fail(Call::kSendmmsg, EPERM, 2, 1);
  EXPECT_TRUE(sending_->loop(-1, 0).ok());
  EXPECT_THAT(told, testing::HasSubstr("cannot send 1 bytes to 239.77.0.1:5006 on lo"));
  EXPECT_EQ(19u, sender_->counts().sent);
  EXPECT_EQ(1u, sender_->counts().send_failed);
}

TEST_F(Pulled, AnErrorHandlerMayCloseIt) {
  FakeKernel kernel;
  sender_->set_error_handler(std::make_unique<OnError>([](const Status&, uint64_t) { return 1; }));
  ASSERT_TRUE(sender_->set_source(numbers(20)).ok());
  kernel.take_at_most(5);
  kernel.fail(Call::kSendmmsg, EPERM, 2, 1);
  EXPECT_TRUE(sending_->loop(-1, 0).ok());
  EXPECT_FALSE(sender_->is_open());
  EXPECT_EQ(5u, sender_->counts().sent);
  EXPECT_EQ(15u, sender_->counts().send_failed);  // the refused one and what waited behind it
}

TEST_F(Pulled, APauseLastsUntilItIsResumed) {
  ASSERT_TRUE(sender_->set_source(numbers(3, PacketSource::kPause)).ok());
  EXPECT_TRUE(sending_->loop(-1, 0).ok());  // nothing is left to do
  EXPECT_TRUE(sender_->is_open());
  EXPECT_FALSE(sending_->has_work());
  EXPECT_EQ(3u, sender_->counts().sent);
  ASSERT_TRUE(sender_->resume().ok());
  EXPECT_TRUE(sending_->has_work());
  EXPECT_TRUE(sending_->loop(-1, 0).ok());
  EXPECT_EQ(kErrorNoHandler,
            Multicaster::create(*sending_, kGroup, kPort, 1).value()->resume().code());
}

TEST_F(Pulled, APacketThatUdpCannotCarryIsToldAndPassedOver) {
  const std::string huge(net::kMaxPayload + 1, 'h');
  std::vector<int> codes;
  sender_->set_error_handler(std::make_unique<OnError>([&](const Status& reason, uint64_t) {
    codes.push_back(reason.code());
    return 0;
  }));
  int step = 0;
  ASSERT_TRUE(sender_
                  ->set_source(std::make_unique<Source>([&](net::Buffer& packet) -> int {
                    ++step;
                    if (step == 1) packet = {huge.data(), huge.size()};
                    if (step == 2) packet = {nullptr, 1};
                    if (step == 3) packet = {"good", 4};
                    return step <= 3 ? PacketSource::kPacket : PacketSource::kEnd;
                  }))
                  .ok());
  EXPECT_TRUE(sending_->loop(-1, 0).ok());
  EXPECT_THAT(codes, testing::ElementsAre(kErrorPacketTooLarge, kErrorNull));
  EXPECT_EQ(1u, sender_->counts().sent);
  EXPECT_EQ(2u, sender_->counts().send_failed);
}

TEST_F(Pulled, ASourceThatClosesItGetsNoErrorToldAfterwards) {
  int told = 0;
  sender_->set_error_handler(std::make_unique<OnError>([&](const Status&, uint64_t) {
    ++told;
    return 0;
  }));
  ASSERT_TRUE(sender_
                  ->set_source(std::make_unique<Source>([&](net::Buffer& packet) -> int {
                    end(std::move(sender_));
                    packet = {nullptr, 1};  // not a packet
                    return PacketSource::kPacket;
                  }))
                  .ok());
  EXPECT_TRUE(sending_->loop(-1, 0).ok());
  EXPECT_EQ(0, told);  // what was freed gets no further callback
}

TEST_F(Pulled, ASourceMayReplaceItself) {
  bool is_destroyed = false;
  ASSERT_TRUE(sender_
                  ->set_source(std::make_unique<Source>(
                      [&](net::Buffer&) -> int {
                        EXPECT_TRUE(sender_->set_source(numbers(5)).ok());
                        EXPECT_FALSE(is_destroyed);
                        return PacketSource::kEnd;  // of the old source
                      },
                      [&] { is_destroyed = true; }))
                  .ok());
  EXPECT_TRUE(sending_->loop(-1, 0).ok());
  EXPECT_TRUE(is_destroyed);
  expect_numbers(5);
}

TEST_F(Pulled, ASourceThatIsTakenAwayIsAskedNoMore) {
  ASSERT_TRUE(sender_->set_source(numbers(5)).ok());
  ASSERT_TRUE(sender_->set_source(nullptr).ok());
  EXPECT_TRUE(sending_->loop(-1, 0).ok());
  EXPECT_EQ(0, given_);
  EXPECT_TRUE(sender_->is_open());
}

TEST_F(Pulled, ClosingDiscardsWhatWaitsAndCountsIt) {
  FakeKernel kernel;
  ASSERT_TRUE(sender_->set_source(numbers(10)).ok());
  kernel.take_at_most(4);
  kernel.fail(Call::kSendmmsg, EAGAIN, 2);
  EXPECT_EQ(1, *sending_->poll(0));
  sender_->close();
  sender_->close();
  EXPECT_EQ(4u, sender_->counts().sent);
  EXPECT_EQ(6u, sender_->counts().send_failed);
  EXPECT_FALSE(sending_->has_work());
  EXPECT_EQ(kErrorClosed, sender_->send({}).reason.code());
  EXPECT_EQ(kErrorClosed, sender_->set_source(numbers(1)).code());
  EXPECT_EQ(kErrorClosed, sender_->resume().code());
  EXPECT_EQ(kErrorClosed, sender_->set_ttl(1).code());
  EXPECT_EQ(kErrorClosed, sender_->set_loopback(true).code());
}

TEST_F(Pulled, WatchingThatIsRefusedLeavesItWithoutASource) {
  FakeKernel kernel;
  kernel.fail(Call::kEpollControl, ENOSPC);
  EXPECT_EQ(-ENOSPC, sender_->set_source(numbers(5)).code());
  EXPECT_FALSE(sending_->has_work());
  kernel.heal();
  EXPECT_TRUE(sending_->loop(-1, 0).ok());
  EXPECT_EQ(0, given_);
  EXPECT_TRUE(sender_->set_source(numbers(5)).ok());
  EXPECT_TRUE(sending_->loop(-1, 0).ok());
  expect_numbers(5);
}

TEST_F(Pulled, TheEndOfThePollerClosesItForGood) {
  ASSERT_TRUE(sender_->set_source(numbers(5)).ok());
  sending_.reset();
  EXPECT_FALSE(sender_->is_open());
  EXPECT_EQ(kErrorClosed, sender_->set_source(numbers(5)).code());
}

}  // namespace
}  // namespace mc::test
