// core/channel and core/channels: one data socket for all who listen to it, and trains taken apart.
#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <random>

#include "core/listener.h"
#include "fake_kernel.h"
#include "world.h"

namespace mc::test {
namespace {

constexpr uint16_t kPort = 5003;

// A batch handler that counts the packets.
class Together final : public BatchHandler {
 public:
  explicit Together(size_t& packets) : packets_(packets) {}
  int handle(std::span<const net::Packet* const> packets) override {
    packets_ += packets.size();
    return 0;
  }

 private:
  size_t& packets_;
};

class OnAChannel : public testing::TestWithParam<net::Family> {
 protected:
  // A listener of group 1 that notes what it heard, and whose verdict a test may give.
  std::unique_ptr<Listener> listener(
      Collector::Log& log, std::function<int()> verdict = [] { return 0; }) {
    auto made = std::make_unique<Listener>(*poller_);
    EXPECT_TRUE(made->set_handler(std::make_unique<Collector>(log, std::move(verdict))).ok());
    EXPECT_TRUE(made->set_mtu(net::kMaxPayload).ok());
    EXPECT_TRUE(made->add((group().text() + "%lo").c_str(), kPort).ok());
    return made;
  }
  std::unique_ptr<Listener> open_listener(
      Collector::Log& log, std::function<int()> verdict = [] { return 0; }) {
    auto made = listener(log, std::move(verdict));
    EXPECT_TRUE(made->open().ok());
    return made;
  }
  static net::Address group() { return endpoint_on_lo(GetParam(), 1, kPort).group; }
  void send(const std::string& data, uint16_t segment = 0) {
    ASSERT_EQ(0, Outsider(GetParam()).send(group(), data, segment));
  }
  bool heard(const Collector::Log& log, size_t packets) {
    return poll_until(*poller_, [&] { return log.size() >= packets; });
  }

  std::unique_ptr<Poller> poller_ = make_poller();
  Collector::Log log_;
};
INSTANTIATE_TEST_SUITE_P(Family, OnAChannel,
                         testing::Values(net::Family::kIpv4, net::Family::kIpv6),
                         [](const auto& of) {
                           return of.param == net::Family::kIpv4 ? "Ipv4" : "Ipv6";
                         });

TEST_P(OnAChannel, AThousandListenersShareOneSocketAndOneMembership) {
  const size_t before = open_descriptors();
  std::vector<std::unique_ptr<Listener>> listeners;
  for (int i = 0; i < 1000; ++i) listeners.push_back(open_listener(log_));
  EXPECT_EQ(1u, poller_->channels().count());
  EXPECT_EQ(1u, poller_->channels().memberships().count());
  EXPECT_EQ(before + 2, open_descriptors());  // the data socket and the holder
  send("x");
  EXPECT_TRUE(heard(log_, 1000));
  EXPECT_EQ(1u, poller_->channels().packets());
  listeners.clear();
  EXPECT_EQ(0u, poller_->channels().count());
  EXPECT_EQ(before, open_descriptors());
  EXPECT_EQ(1u, poller_->channels().packets());  // the count outlives the channel
}

TEST_P(OnAChannel, ATrainIsTakenApartInOrder) {
  const auto ears = open_listener(log_);
  std::string train;
  for (char c = 'a'; c < 'a' + 10; ++c) train += std::string(100, c);
  send(train + std::string(30, 'z'), 100);
  ASSERT_TRUE(heard(log_, 11));
  for (size_t i = 0; i < 11; ++i) {
    const std::string expected = i < 10 ? train.substr(i * 100, 100) : std::string(30, 'z');
    EXPECT_EQ(expected, log_[i].data);
    EXPECT_EQ(expected.size(), log_[i].wire_size);
    EXPECT_EQ(uint32_t{net::kTrain}, log_[i].flags);
  }
  EXPECT_EQ(11u, log_.size());
  EXPECT_EQ(11u, poller_->channels().packets());
}

TEST_P(OnAChannel, ATrainOfWholeSegmentsHasNoEmptyLastOne) {
  const auto ears = open_listener(log_);
  send(std::string(400, 't'), 200);
  send("after");
  ASSERT_TRUE(heard(log_, 3));
  EXPECT_EQ(200u, log_[0].data.size());
  EXPECT_EQ(200u, log_[1].data.size());
  EXPECT_EQ("after", log_[2].data);
  EXPECT_EQ(0u, log_[2].flags);
}

TEST_P(OnAChannel, EmptyLargestAndOrdinaryDatagramsHarmNoNeighbour) {
  const auto ears = open_listener(log_);
  const std::string largest(net::kMaxPayload, 'L');
  const std::vector<std::string> sent = {"a", "", largest, "", "b", largest, "c"};
  for (const std::string& each : sent) send(each);
  ASSERT_TRUE(heard(log_, sent.size()));
  for (size_t i = 0; i < sent.size(); ++i) {
    EXPECT_TRUE(sent[i] == log_[i].data) << i;
    EXPECT_EQ(0u, log_[i].flags);
  }
}

TEST_P(OnAChannel, AListenerThatClosesInTheMiddleOfATrainGetsNoMore) {
  std::unique_ptr<Listener> ears = open_listener(log_, [&] { return log_.size() == 3 ? 1 : 0; });
  Collector::Log other_log;
  const auto other = open_listener(other_log);
  send(std::string(1000, 't'), 100);
  EXPECT_TRUE(heard(other_log, 10));
  EXPECT_EQ(3u, log_.size());
}

TEST_P(OnAChannel, OneOpenedDuringAPacketStartsWithTheNext) {
  Collector::Log late_log;
  const auto late = listener(late_log);
  const auto ears = open_listener(log_, [&] {
    EXPECT_TRUE(late->is_open() || late->open().ok());
    return 0;
  });
  send(std::string(20, 't'), 10);
  EXPECT_TRUE(heard(log_, 2));
  EXPECT_EQ(1u, late_log.size());
}

TEST_P(OnAChannel, OneClosedDuringAPacketIsNotToldOfIt) {
  Collector::Log second_log;
  std::unique_ptr<Listener> second;
  const auto first = open_listener(log_, [&] {
    second->close();
    return 0;
  });
  second = open_listener(second_log);
  send("x");
  EXPECT_TRUE(heard(log_, 1));
  EXPECT_TRUE(second_log.empty());
}

TEST_P(OnAChannel, TheOnlyListenerMayCloseAndOpenAgainInItsHandler) {
  Listener* self = nullptr;
  const auto ears = open_listener(log_, [&] {
    self->close();
    EXPECT_TRUE(self->open().ok());
    return 0;
  });
  self = ears.get();
  send("first");
  EXPECT_TRUE(heard(log_, 1));
  send("second");
  EXPECT_TRUE(heard(log_, 2));
  EXPECT_EQ("second", log_[1].data);
  EXPECT_EQ(1u, poller_->channels().count());
}

TEST_P(OnAChannel, DifferentPortsAndGroupsAreDifferentChannels) {
  const auto ears = open_listener(log_);
  Listener other(*poller_);
  EXPECT_TRUE(other.set_handler(std::make_unique<Collector>(log_)).ok());
  ASSERT_TRUE(other.add((group().text() + "%lo").c_str(), kPort + 1).ok());
  ASSERT_TRUE(other.add((group_address(GetParam(), 2).text() + "%lo").c_str(), kPort).ok());
  ASSERT_TRUE(other.add((group_address(GetParam(), 2).text() + "%1").c_str(), kPort).ok());
  ASSERT_TRUE(other.open().ok());
  EXPECT_EQ(3u, poller_->channels().count());
  EXPECT_EQ(2u, poller_->channels().memberships().count());
}

TEST_P(OnAChannel, SlotsOfThoseWhoCameAndWentAreUsedAgain) {
  const auto ears = open_listener(log_);
  Channels& channels = poller_->channels();
  size_t highest = 0;
  for (int i = 0; i < 1000; ++i) {
    Subscription guest(*ears, endpoint_on_lo(GetParam(), 1, kPort));
    ASSERT_TRUE(channels.subscribe(guest, {}).ok());
    highest = std::max(highest, guest.slot);
    channels.unsubscribe(guest);
  }
  EXPECT_LT(highest, 30u);  // without a packet that would tidy up
  send("x");
  EXPECT_TRUE(heard(log_, 1));
  EXPECT_EQ(1u, log_.size());
}

TEST_P(OnAChannel, ManyWhoComeAndGoInARandomOrderGetExactlyTheirOwn) {
  struct Guest {
    Collector::Log log;
    std::unique_ptr<Listener> listener;
    size_t expected = 0;
  };
  std::list<Guest> guests;
  std::minstd_rand random(7);
  for (int round = 0; round < 100; ++round) {
    for (int i = 0; i < 5; ++i) {
      Guest& guest = guests.emplace_back();
      guest.listener = open_listener(guest.log);
    }
    for (auto each = guests.begin(); each != guests.end();) {
      each = random() % 4 == 0 ? guests.erase(each) : std::next(each);
    }
    if (guests.empty()) continue;
    for (Guest& each : guests) ++each.expected;
    send("x");
    ASSERT_TRUE(heard(guests.back().log, guests.back().expected));
    for (const Guest& each : guests) ASSERT_EQ(each.expected, each.log.size());
  }
}

TEST_P(OnAChannel, TheLargestWishForABufferCounts) {
  const auto modest = listener(log_);
  const auto greedy = listener(log_);
  ASSERT_TRUE(modest->set_receive_buffer(20'000).ok());
  ASSERT_TRUE(greedy->set_receive_buffer(60'000).ok());
  ASSERT_TRUE(modest->open().ok());
  EXPECT_EQ(20'000u, modest->stats().receive_buffer_granted);
  ASSERT_TRUE(greedy->open().ok());
  EXPECT_EQ(60'000u, modest->stats().receive_buffer_granted);
  greedy->close();
  EXPECT_EQ(60'000u, modest->stats().receive_buffer_granted);
}

TEST_P(OnAChannel, APulledPacketDoesNotWaitForTheCountOfLosses) {
  Listener pulled(*poller_);
  ASSERT_TRUE(pulled.add((group().text() + "%lo").c_str(), kPort).ok());
  ASSERT_TRUE(pulled.set_receive_buffer(20'000).ok());
  ASSERT_TRUE(pulled.open().ok());
  send("x");
  FakeKernel kernel;
  EXPECT_EQ(1u, pulled.next(1, 5)->size());
  EXPECT_EQ(0u, kernel.calls(Call::kGetsockopt));
  EXPECT_EQ(0u, pulled.next(1, 0)->size());
  EXPECT_EQ(1u, kernel.calls(Call::kGetsockopt));
}

// A call for each turn would be a good part of what a single packet costs.
TEST_P(OnAChannel, LossesAreCountedWhereThereMayBeSomeAndNowAndThen) {
  const auto calls_for = [this](uint32_t receive_buffer, int turns) {
    Collector::Log log;
    const auto ears = listener(log);
    EXPECT_TRUE(ears->set_receive_buffer(receive_buffer).ok());
    EXPECT_TRUE(ears->open().ok());
    FakeKernel kernel;
    for (int i = 1; i <= turns; ++i) {
      send("x");
      EXPECT_TRUE(heard(log, static_cast<size_t>(i)));
    }
    return kernel.calls(Call::kGetsockopt);
  };
  EXPECT_EQ(0u, calls_for(1'000'000, 63));
  EXPECT_EQ(1u, calls_for(1'000'000, 64));
  EXPECT_EQ(3u, calls_for(1'000'000, 192));
  EXPECT_EQ(10u, calls_for(20'000, 10));  // one message may fill it
}

TEST_P(OnAChannel, LossesAreCountedAfterAFullBatch) {
  const auto ears = open_listener(log_);
  for (size_t i = 0; i < net::ReceiveBatch::kSlots; ++i) send("x");
  FakeKernel kernel;
  EXPECT_TRUE(heard(log_, net::ReceiveBatch::kSlots));
  EXPECT_EQ(1u, kernel.calls(Call::kGetsockopt));
}

// A turn's share counts in datagrams, too: a flood in trains leaves room for others.
TEST_P(OnAChannel, ALimitThatIsNoneInEffectKeepsWhatWasGathered) {
  size_t together = 0;
  Listener in_batches(*poller_);
  ASSERT_TRUE(in_batches.set_handler(std::make_unique<Together>(together)).ok());
  ASSERT_TRUE(in_batches.add((group().text() + "%lo").c_str(), kPort).ok());
  ASSERT_TRUE(in_batches.open().ok());
  const auto ears = open_listener(log_, [&] {
    if (log_.size() == 3) in_batches.set_limit(~uint64_t{0} - 1);
    return 0;
  });
  for (int i = 0; i < 5; ++i) send("x");
  ASSERT_TRUE(heard(log_, 5));
  EXPECT_EQ(5u, together);
}

TEST_P(OnAChannel, ATurnTakesNoMoreTrainsThanItsShareOfDatagrams) {
  const auto ears = open_listener(log_);
  for (int i = 0; i < 40; ++i) send(std::string(100, 'x'), 1);
  EXPECT_EQ(1, *poller_->poll(5));
  EXPECT_EQ(1600u, log_.size());  // the batch of 16 that went beyond it
  EXPECT_TRUE(heard(log_, 4000));
}

}  // namespace
}  // namespace mc::test
