// core/outflow: packets that are accepted to leave together, and the pace of what waits.
#include <gmock/gmock.h>

#include <cerrno>
#include <string>

#include "fake_kernel.h"
#include "flowing.h"
#include "sources.h"

namespace mc::test {
namespace {

TEST_F(Flowing, WhatATurnSendsLeavesAtItsEndInOneTrain) {
  FakeKernel kernel;
  ASSERT_TRUE(sender_->set_batching(true).ok());
  in_a_turn([&] {
    send_numbers(0, 50);
    EXPECT_EQ("", heard());
    EXPECT_EQ(50u, sender_->waiting());
  });
  EXPECT_EQ(0u, sender_->waiting());
  EXPECT_EQ(1u, kernel.calls(Call::kSendmmsg));
  EXPECT_EQ(0u, kernel.calls(Call::kSendto));
  EXPECT_EQ(1u, sender_->counts().trains);
  EXPECT_EQ(50u, sender_->counts().sent);
  EXPECT_EQ(numbers(0, 50), heard());
  EXPECT_FALSE(sending_->has_work());
  EXPECT_EQ(0u, kernel.calls(Call::kEpollControl));  // nothing had to be waited for
}

TEST_F(Flowing, WhatIsSentOutsideOfATurnLeavesInTheNext) {
  ASSERT_TRUE(sender_->set_batching(true).ok());
  send_numbers(0, 50);
  EXPECT_EQ("", heard());
  EXPECT_TRUE(sending_->has_work());
  EXPECT_EQ(0, *sending_->loop(-1, 0));  // which ends when nothing waits any more
  EXPECT_EQ(numbers(0, 50), heard());
  EXPECT_EQ(1u, sender_->counts().trains);
}

TEST_F(Flowing, FlushingSendsAtOnce) {
  ASSERT_TRUE(sender_->set_batching(true).ok());
  EXPECT_EQ(0u, *sender_->flush());
  send_numbers(0, 20);
  EXPECT_EQ(0u, *sender_->flush());
  EXPECT_EQ(numbers(0, 20), heard());
  EXPECT_FALSE(sending_->has_work());
}

TEST_F(Flowing, TurningItOffFlushesAndSendsDirectlyAgain) {
  ASSERT_TRUE(sender_->set_batching(true).ok());
  send_numbers(0, 3);
  ASSERT_TRUE(sender_->set_batching(false).ok());
  send_numbers(3, 1);
  EXPECT_EQ(numbers(0, 4), heard());
}

TEST_F(Flowing, MoreThanThereIsRoomForLeavesEarlierInOrder) {
  ASSERT_TRUE(sender_->set_batching(true).ok());
  in_a_turn([&] { send_numbers(0, 300); });
  EXPECT_EQ(numbers(0, 300), heard());
  EXPECT_EQ(3u, sender_->counts().trains);
}

TEST_F(Flowing, WhereTheKernelHasNoRoomTheyWaitAndNoMoreAreAccepted) {
  FakeKernel kernel;
  ASSERT_TRUE(sender_->set_batching(true).ok());
  kernel.fail(Call::kSendmmsg, EAGAIN);
  in_a_turn([&] {
    send_numbers(0, 128);
    EXPECT_EQ(-EAGAIN, send("1128"));
  });
  EXPECT_EQ(128u, sender_->waiting());
  EXPECT_EQ(-EAGAIN, send("1128"));
  EXPECT_EQ(128u, *sender_->flush());
  kernel.heal();
  EXPECT_EQ(0, *sending_->loop(-1, 0));
  EXPECT_EQ(numbers(0, 128), heard());
  EXPECT_EQ(0u, sender_->counts().send_failed);
}

TEST_F(Flowing, PartOfManyIsAcceptedAndTold) {
  FakeKernel kernel;
  ASSERT_TRUE(sender_->set_batching(true).ok());
  kernel.fail(Call::kSendmmsg, EAGAIN);
  const std::vector<net::Buffer> many(200, {"x", 1});
  const Sent sent = sender_->send(many);
  EXPECT_EQ(128u, sent.count);
  EXPECT_EQ(-EAGAIN, sent.reason.code());
}

TEST_F(Flowing, FailuresAreToldToTheErrorHandlerAndNotWhileSending) {
  FakeKernel kernel;
  std::string told;
  bool is_sending = false;
  sender_->set_error_handler(std::make_unique<OnError>([&](const Status& reason, uint64_t count) {
    EXPECT_FALSE(is_sending);
    told += std::to_string(count) + (reason.code() == -EPERM ? " EPERM " : " ? ");
    return 0;
  }));
  ASSERT_TRUE(sender_->set_train_limit(1).ok());
  ASSERT_TRUE(sender_->set_batching(true).ok());
  kernel.fail(Call::kSendmmsg, EPERM, 1, 2);
  in_a_turn([&] {
    is_sending = true;
    send_numbers(0, 130);  // the first two are refused when there is no room for the last
    is_sending = false;
    EXPECT_EQ("", told);
  });
  EXPECT_EQ("2 EPERM ", told);
  EXPECT_EQ(2u, sender_->counts().send_failed);
  EXPECT_EQ(128u, sender_->counts().sent);
  EXPECT_EQ(numbers(2, 128), heard());
}

// What the end of a turn brings leaves in the next, which there is, then.
TEST_F(Flowing, AnErrorHandlerMaySendByAnotherThatBatches) {
  FakeKernel kernel;
  Result<std::unique_ptr<Multicaster>> other =
      Multicaster::create(*sending_, kFlowingGroup, kFlowingPort, 1);
  ASSERT_TRUE(other.ok());
  ASSERT_TRUE((*other)->set_batching(true).ok());
  sender_->set_error_handler(std::make_unique<OnError>([&](const Status&, uint64_t) {
    const net::Buffer packet{"other", 5};
    EXPECT_EQ(1u, (*other)->send({&packet, 1}).count);
    return 0;
  }));
  ASSERT_TRUE(sender_->set_batching(true).ok());
  kernel.fail(Call::kSendmmsg, EPERM, 1, 1);
  in_a_turn([&] {
    const std::vector<net::Buffer> two = {{"first", 5}, {"second", 6}};
    EXPECT_EQ(2u, sender_->send(two).count);
  });
  EXPECT_TRUE(sending_->has_work());
  EXPECT_EQ(0, *sending_->loop(-1, 0));
  EXPECT_EQ("second other ", heard());
}

TEST_F(Flowing, AnErrorHandlerMayFreeItAtTheEndOfATurn) {
  FakeKernel kernel;
  sender_->set_error_handler(std::make_unique<OnError>([&](const Status&, uint64_t) {
    end(std::move(sender_));
    return 1;
  }));
  ASSERT_TRUE(sender_->set_batching(true).ok());
  kernel.fail(Call::kSendmmsg, EPERM);
  in_a_turn([&] { send_numbers(0, 10); });
  EXPECT_FALSE(sender_);
  EXPECT_FALSE(sending_->has_work());
}

TEST_F(Flowing, ClosingSendsWhatTheKernelTakesAtOnce) {
  ASSERT_TRUE(sender_->set_batching(true).ok());
  in_a_turn([&] {
    send_numbers(0, 5);
    sender_->close();
  });
  EXPECT_EQ(numbers(0, 5), heard());
  EXPECT_EQ(0u, sender_->counts().send_failed);
  EXPECT_FALSE(sending_->has_work());
}

TEST_F(Flowing, ClosingDiscardsTheRestAndCountsIt) {
  FakeKernel kernel;
  ASSERT_TRUE(sender_->set_batching(true).ok());
  kernel.fail(Call::kSendmmsg, EAGAIN);
  send_numbers(0, 5);
  sender_->close();
  EXPECT_EQ(5u, sender_->counts().send_failed);
  EXPECT_EQ(0u, sender_->waiting());
  EXPECT_FALSE(sending_->has_work());
}

TEST_F(Flowing, TheEndOfThePollerSendsThem) {
  ASSERT_TRUE(sender_->set_batching(true).ok());
  send_numbers(0, 5);
  sending_.reset();
  EXPECT_EQ(numbers(0, 5), heard());
}

TEST_F(Flowing, WhatCannotBeWatchedIsNotAccepted) {
  FakeKernel kernel;
  ASSERT_TRUE(sender_->set_batching(true).ok());
  kernel.fail(Call::kEpollControl, ENOSPC);
  EXPECT_EQ(-ENOSPC, send("1000"));
  EXPECT_EQ(0u, sender_->waiting());
}

TEST_F(Flowing, WhatCannotBeWatchedAfterATurnIsTriedInTheNext) {
  FakeKernel kernel;
  ASSERT_TRUE(sender_->set_batching(true).ok());
  kernel.fail(Call::kSendmmsg, EAGAIN);
  kernel.fail(Call::kEpollControl, ENOSPC);
  in_a_turn([&] { send_numbers(0, 5); });
  EXPECT_EQ(5u, sender_->waiting());
  kernel.heal();
  in_a_turn([] {});
  EXPECT_EQ(numbers(0, 5), heard());
}

TEST_F(Flowing, ASourceThatSendsToo) {
  ASSERT_TRUE(sender_->set_batching(true).ok());
  int given = 0;
  std::string text;
  ASSERT_TRUE(sender_
                  ->set_source(std::make_unique<Source>([&](net::Buffer& packet) -> int {
                    if (given == 6) return PacketSource::kPause;
                    if (given % 2 == 0) send_numbers(given++, 1);
                    text = std::to_string(1000 + given++);
                    packet = {text.data(), text.size()};
                    return PacketSource::kPacket;
                  }))
                  .ok());
  EXPECT_EQ(0, *sending_->loop(-1, 0));
  EXPECT_EQ(numbers(0, 6), heard());
}

// Ten packets of 1,000 bytes on the wire, and a bucket of two: eight hundredths of a second.
TEST_F(Flowing, ASourceKeepsThePace) {
  ASSERT_TRUE(sender_->set_pace(100'000, 2000).ok());
  const std::string text(972, 'x');
  int left = 10;
  ASSERT_TRUE(sender_
                  ->set_source(std::make_unique<Source>([&](net::Buffer& packet) -> int {
                    packet = {text.data(), text.size()};
                    return left-- > 0 ? PacketSource::kPacket : PacketSource::kEnd;
                  }))
                  .ok());
  const int64_t before = monotonic_ns();
  EXPECT_EQ(0, *sending_->loop(-1, 0));
  EXPECT_GE(monotonic_ns() - before, 80'000'000);
  EXPECT_FALSE(sender_->is_open());
  EXPECT_EQ(10u, sender_->counts().sent);
  EXPECT_EQ(0u, sender_->counts().send_again);
}

TEST_F(Flowing, TrainsAreNoLongerThanABurst) {
  FakeKernel kernel;
  ASSERT_TRUE(sender_->set_batching(true).ok());
  ASSERT_TRUE(sender_->set_pace(1'000'000, 10 * 128).ok());
  const std::string text(100, 'x');
  in_a_turn([&] {
    for (int i = 0; i < 64; ++i) ASSERT_EQ(0, send(text));
  });
  EXPECT_EQ(10u, sender_->counts().sent);
  EXPECT_EQ(54u, sender_->waiting());
  EXPECT_EQ(0, *sending_->loop(-1, 0));
  EXPECT_EQ(64u, sender_->counts().sent);
  EXPECT_GE(sender_->counts().trains, 6u);
  EXPECT_LE(sender_->counts().trains, 32u);  // and still several packets each
}

TEST_F(Flowing, DirectSendsDoNotWaitButCount) {
  ASSERT_TRUE(sender_->set_pace(100'000, 1000).ok());
  const std::string text(972, 'x');
  for (int i = 0; i < 5; ++i) ASSERT_EQ(0, send(text));
  EXPECT_EQ(5u, sender_->counts().sent);
  ASSERT_TRUE(sender_->set_batching(true).ok());
  ASSERT_EQ(0, send(text));
  EXPECT_EQ(1u, *sender_->flush());  // four are overdrawn
  const int64_t before = monotonic_ns();
  EXPECT_EQ(0, *sending_->loop(-1, 0));
  EXPECT_GE(monotonic_ns() - before, 30'000'000);
  EXPECT_EQ(6u, sender_->counts().sent);
}

TEST_F(Flowing, ThePaceMayBeLiftedWhileItHoldsSomethingBack) {
  ASSERT_TRUE(sender_->set_batching(true).ok());
  ASSERT_TRUE(sender_->set_pace(1, 100).ok());
  send_numbers(0, 10);
  EXPECT_EQ(7u, *sender_->flush());
  ASSERT_TRUE(sender_->set_pace(0, 0).ok());
  EXPECT_EQ(0, *sending_->loop(-1, 0));
  EXPECT_EQ(numbers(0, 10), heard());
}

TEST_F(Flowing, ClosingKeepsThePace) {
  ASSERT_TRUE(sender_->set_batching(true).ok());
  ASSERT_TRUE(sender_->set_pace(1, 100).ok());
  send_numbers(0, 10);
  sender_->close();
  EXPECT_EQ(3u, sender_->counts().sent);
  EXPECT_EQ(7u, sender_->counts().send_failed);
  EXPECT_FALSE(sending_->has_work());
}

TEST_F(Flowing, ABurstHasASize) {
  EXPECT_EQ(kErrorSize, sender_->set_pace(1, 0).code());
  EXPECT_EQ(kErrorSize, sender_->set_pace(1, (uint64_t{1} << 31) + 1).code());
  EXPECT_TRUE(sender_->set_pace(~uint64_t{0}, uint64_t{1} << 31).ok());
  EXPECT_TRUE(sender_->set_pace(0, 0).ok());
  sender_->close();
  EXPECT_EQ(kErrorClosed, sender_->set_pace(0, 0).code());
  EXPECT_EQ(kErrorClosed, sender_->set_batching(true).code());
  EXPECT_EQ(kErrorClosed, sender_->flush().status().code());
  EXPECT_EQ(kErrorClosed, sender_->set_train_limit(1).code());
}

}  // namespace
}  // namespace mc::test
