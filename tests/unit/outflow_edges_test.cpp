// core/outflow at its edges: handlers that send again, ends, refusals, changes while packets wait.
#include <gmock/gmock.h>

#include <cerrno>
#include <optional>
#include <string>
#include <vector>

#include "base/fork.h"
#include "fake_kernel.h"
#include "flowing.h"
#include "scarce_memory.h"
#include "sources.h"

namespace mc::test {
namespace {

using testing::HasSubstr;

class FlowingEdges : public Flowing {
 protected:
  FlowingEdges() { EXPECT_TRUE(sender_->set_batching(true).ok()); }

  void refuse_sends(int error) {
    kernel_.fail(Call::kSendto, error);
    kernel_.fail(Call::kSendmmsg, error);
  }
  std::unique_ptr<Multicaster> another() {
    Result<std::unique_ptr<Multicaster>> made =
        Multicaster::create(*sending_, kFlowingGroup, kFlowingPort, 1);
    EXPECT_TRUE(made.ok()) << made.status().sentence();
    return std::move(*made);
  }

  FakeKernel kernel_;
};

// ---- Handlers -----------------------------------------------------------------------------------

TEST_F(FlowingEdges, AnErrorHandlerThatSendsAgainLetsTheTurnEnd) {
  int told = 0;
  sender_->set_error_handler(std::make_unique<OnError>([&](const Status&, uint64_t) {
    EXPECT_EQ(0, send("again"));
    return ++told < 1000 ? 0 : 1;
  }));
  refuse_sends(EPERM);
  in_a_turn([&] { send_numbers(0, 3); });
  EXPECT_EQ(3, told);
  EXPECT_EQ(3u, *sender_->flush());
  EXPECT_EQ(6, told);
  kernel_.heal();
  EXPECT_EQ(0, *sending_->loop(-1, 0));
  EXPECT_EQ("again again again ", heard());
}

// As in a child: what the parent failed to send is not told there.
TEST_F(FlowingEdges, ALateFailureIsNotToldWhereAnotherHandlerForked) {
  const std::unique_ptr<Multicaster> other = another();
  ASSERT_TRUE(other->set_batching(true).ok());
  int told = 0;
  for (Multicaster* each : {sender_.get(), other.get()}) {
    each->set_error_handler(std::make_unique<OnError>([&](const Status&, uint64_t) {
      ++forks;
      ++told;
      return 0;
    }));
  }
  const std::vector<net::Buffer> more_than_fit(129, {"x", 1});
  refuse_sends(EPERM);
  const Result<int> turned = turn_with([&] {
    sender_->send(more_than_fit);
    other->send(more_than_fit);
  });
  EXPECT_EQ(kErrorForked, turned.status().code());
  EXPECT_EQ(1, told);
  forks -= static_cast<uint32_t>(told);
}

// ---- Ends ---------------------------------------------------------------------------------------

TEST_F(FlowingEdges, ASourceThatEndedEndsWhereAFlushSendsItsLast) {
  int left = 3;
  ASSERT_TRUE(sender_
                  ->set_source(std::make_unique<Source>([&](net::Buffer& packet) -> int {
                    packet = {"x", 1};
                    return left-- > 0 ? PacketSource::kPacket : PacketSource::kEnd;
                  }))
                  .ok());
  refuse_sends(EAGAIN);
  EXPECT_EQ(1, *sending_->poll(1));
  EXPECT_EQ(3u, sender_->waiting());
  kernel_.heal();
  EXPECT_EQ(0u, *sender_->flush());
  EXPECT_TRUE(sender_->is_open());
  EXPECT_EQ(0, *sending_->loop(-1, 0));
  EXPECT_FALSE(sender_->is_open());
  EXPECT_EQ("x x x ", heard());
}

TEST_F(FlowingEdges, ClosingSendsWhatIsBehindARefusedPacket) {
  send_numbers(0, 5);
  kernel_.fail(Call::kSendmmsg, EPERM, 1, 1);
  sender_->close();
  EXPECT_EQ(numbers(1, 4), heard());
  EXPECT_EQ(1u, sender_->counts().send_failed);
  EXPECT_FALSE(sending_->has_work());
}

TEST_F(FlowingEdges, ClosingSendsWhatWasAcceptedBeforeBatchingEnded) {
  send_numbers(0, 5);
  refuse_sends(EAGAIN);
  ASSERT_TRUE(sender_->set_batching(false).ok());
  EXPECT_EQ(5u, sender_->waiting());
  kernel_.heal();
  sender_->close();
  EXPECT_EQ(numbers(0, 5), heard());
  EXPECT_EQ(0u, sender_->counts().send_failed);
}

// ---- Refusals -----------------------------------------------------------------------------------

TEST_F(FlowingEdges, ALackOfMemoryToWatchPutsThemOffOnly) {
  if (!ScarceMemory::is_possible()) GTEST_SKIP() << "the sanitizer has its own operator new";
  refuse_sends(EAGAIN);
  std::optional<ScarceMemory> scarce;
  in_a_turn([&] {
    send_numbers(0, 5);
    scarce.emplace(1U, ScarceMemory::After::kFails);
  });
  EXPECT_TRUE(scarce->ran_out());
  scarce.reset();
  EXPECT_EQ(5u, sender_->waiting());
  kernel_.heal();
  EXPECT_EQ(0, *sending_->loop(-1, 0));
  EXPECT_EQ(numbers(0, 5), heard());
}

TEST_F(FlowingEdges, ALoopTriesAgainNowAndThenWhatCannotBeWatched) {
  kernel_.fail(Call::kSendmmsg, EAGAIN, 1, 3);
  kernel_.fail(Call::kEpollControl, ENOSPC);
  in_a_turn([&] { send_numbers(0, 5); });
  const unsigned sleeps = kernel_.sleeps();
  EXPECT_TRUE(sending_->has_work());
  EXPECT_EQ(0, *sending_->loop(-1, 0));
  EXPECT_EQ(sleeps + 1, kernel_.sleeps());  // and does not spin meanwhile
  EXPECT_EQ(numbers(0, 5), heard());
  EXPECT_FALSE(sending_->has_work());
}

TEST_F(FlowingEdges, AsManyAreAcceptedAsHaveLeft) {
  refuse_sends(EAGAIN);
  send_numbers(0, 128);
  EXPECT_EQ(-EAGAIN, send("1128"));
  kernel_.heal();
  ASSERT_TRUE(sender_->set_train_limit(1).ok());
  kernel_.take_at_most(2);
  kernel_.fail(Call::kSendmmsg, EAGAIN, 2);
  send_numbers(128, 2);
  EXPECT_EQ(128u, sender_->waiting());
  EXPECT_EQ(-EAGAIN, send("1130"));
  kernel_.heal();
  EXPECT_EQ(0u, *sender_->flush());
  EXPECT_EQ(numbers(0, 130), heard());
}

TEST_F(FlowingEdges, ARefusalSaysWhatIsWaitedFor) {
  const std::vector<net::Buffer> many(200, {"x", 1});
  refuse_sends(EAGAIN);
  const Sent full = sender_->send(many);
  EXPECT_EQ(-EAGAIN, full.reason.code());
  EXPECT_THAT(full.reason.sentence(), HasSubstr("send again when it is writable"));
  kernel_.heal();
  EXPECT_EQ(0u, *sender_->flush());
  ASSERT_TRUE(sender_->set_pace(1, 100).ok());
  const Sent held = sender_->send(many);
  EXPECT_EQ(-EAGAIN, held.reason.code());
  EXPECT_THAT(held.reason.sentence(), HasSubstr("wait for the pace: serve the poller"));
}

// ---- Changes ------------------------------------------------------------------------------------

TEST_F(FlowingEdges, WhatWasAcceptedIsNotOvertakenWhenBatchingEnds) {
  send_numbers(0, 3);
  refuse_sends(EAGAIN);
  ASSERT_TRUE(sender_->set_batching(false).ok());
  send_numbers(3, 1);
  EXPECT_EQ(4u, sender_->waiting());
  kernel_.heal();
  send_numbers(4, 1);
  EXPECT_EQ(0u, sender_->waiting());
  EXPECT_EQ(numbers(0, 5), heard());
}

TEST_F(FlowingEdges, WhatWasAcceptedLeavesBeforeAnOptionChanges) {
  const auto expect_sent = [&] { EXPECT_EQ(0u, sender_->waiting()); };
  std::string failures;
  sender_->set_error_handler(std::make_unique<OnError>([&](const Status&, uint64_t count) {
    failures += std::to_string(count) + ' ';
    return 0;
  }));
  for (const auto& change : std::vector<std::function<Status()>>{
           [&] { return sender_->set_ttl(1); }, [&] { return sender_->set_loopback(true); },
           [&] {
             return sender_->set_source_port({4999, false});
           }}) {
    send_numbers(0, 2);
    kernel_.fail(Call::kSendmmsg, EPERM, 1, 1);
    kernel_.before(Call::kSetsockopt, 1, expect_sent);
    EXPECT_EQ(2u, sender_->waiting());
    EXPECT_TRUE(change().ok());
    EXPECT_EQ("", failures);  // not by a call that runs no code of the user's
    EXPECT_EQ(0, *sending_->loop(-1, 0));
    EXPECT_EQ("1 ", std::exchange(failures, ""));
    EXPECT_EQ(numbers(1, 1), heard());
  }
}

TEST_F(FlowingEdges, WhatGoesToOneHostCountsForThePace) {
  ASSERT_TRUE(sender_->set_pace(1, 100).ok());
  const std::string text(200, 'x');
  ASSERT_TRUE(sender_->send_to(address("127.0.0.1", 4998), {text.data(), text.size()}).ok());
  ASSERT_EQ(0, send("x"));
  EXPECT_EQ(1u, *sender_->flush());
}

}  // namespace
}  // namespace mc::test
