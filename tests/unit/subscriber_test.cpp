// core/subscriber: a packet's last stretch.
#include "core/subscriber.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "filter/kinds.h"
#include "world.h"

namespace mc::test {
namespace {

// A filter or handler that does what a test says.
class Decides final : public filter::Callable {
 public:
  explicit Decides(std::function<bool(const net::Packet&)> decide) : decide_(std::move(decide)) {}
  bool call(const net::Packet& packet) const override { return decide_(packet); }

 private:
  std::function<bool(const net::Packet&)> decide_;
};

// A handler that notes how many came together.
class Sizes final : public BatchHandler {
 public:
  explicit Sizes(std::vector<size_t>& sizes) : sizes_(sizes) {}
  int handle(std::span<const net::Packet* const> packets) override {
    sizes_.push_back(packets.size());
    return 0;
  }

 private:
  std::vector<size_t>& sizes_;
};

class Ear final : public Subscriber {
 public:
  explicit Ear(std::function<int()> verdict = [] { return 0; }) {
    exchange(std::make_unique<Collector>(log, std::move(verdict)), *graveyard_);
    mtu_ = 100;
    generation_ = 1;
  }
  using Subscriber::is_open;
  void finish() noexcept override {
    ++generation_;
    ++finished;
  }
  void reopen() { ++generation_; }
  void set_mtu(uint32_t mtu) { mtu_ = mtu; }
  void set_limit(uint64_t limit) { remaining_ = limit; }
  void set_filter(std::function<bool(const net::Packet&)> decide) {
    exchange(std::make_shared<Decides>(std::move(decide)), *graveyard_);
  }
  void hear_in_batches() { exchange(std::make_unique<Sizes>(batches), *graveyard_); }
  void hear(const std::string& text) { hear_train(text, text.size()); }
  void hear_train(const std::string& text, size_t segment) {
    net::Packet packet;
    packet.data = reinterpret_cast<const uint8_t*>(text.data());
    packet.size = packet.wire_size = segment;
    take({packet, text.size()});
  }

  Collector::Log log;
  std::vector<size_t> batches;
  int finished = 0;

 private:
  std::shared_ptr<Graveyard> graveyard_ = std::make_shared<Graveyard>();
};

TEST(Subscriber, HandsPacketsToItsHandlerAndCountsThem) {
  Ear ear;
  ear.hear("one");
  ear.hear("");
  EXPECT_EQ(2u, ear.counts().delivered);
  EXPECT_EQ(3u, ear.counts().delivered_bytes);
  EXPECT_EQ("one", ear.log[0].data);
  EXPECT_EQ("", ear.log[1].data);
  EXPECT_TRUE(ear.is_open());
}

TEST(Subscriber, ShowsAtMostItsMtuAndSaysSo) {
  Ear ear;
  ear.set_mtu(3);
  ear.hear("123");
  ear.hear("1234");
  EXPECT_EQ("123", ear.log[0].data);
  EXPECT_EQ(0u, ear.log[0].flags);
  EXPECT_EQ("123", ear.log[1].data);
  EXPECT_EQ(4u, ear.log[1].wire_size);
  EXPECT_EQ(uint32_t{net::kTruncated}, ear.log[1].flags);
  EXPECT_EQ(1u, ear.counts().truncated);
  EXPECT_EQ(6u, ear.counts().delivered_bytes);
}

TEST(Subscriber, ItsFilterSeesTheWholeDatagram) {
  Ear ear;
  ear.set_mtu(1);
  ear.set_filter([](const net::Packet& packet) { return packet.size == 4; });
  ear.hear("1234");
  ear.hear("123");
  EXPECT_EQ(1u, ear.counts().delivered);
  EXPECT_EQ(1u, ear.counts().filtered);
  EXPECT_EQ(1u, ear.counts().truncated);  // of the delivered only
}

TEST(Subscriber, ALimitIsExactAndTheLastPacketIsDelivered) {
  Ear ear;
  ear.set_limit(3);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(ear.is_open());
    ear.hear("x");
  }
  EXPECT_FALSE(ear.is_open());
  EXPECT_EQ(1, ear.finished);
  EXPECT_EQ(3u, ear.log.size());
}

TEST(Subscriber, TheLimitCountsDeliveredPacketsOnly) {
  Ear ear;
  ear.set_limit(1);
  ear.set_filter([](const net::Packet& packet) { return packet.size == 1; });
  ear.hear("no");
  EXPECT_TRUE(ear.is_open());
  ear.hear("y");
  EXPECT_FALSE(ear.is_open());
}

TEST(Subscriber, AHandlerThatHadEnoughFinishesIt) {
  Ear ear([] { return 1; });
  ear.hear("x");
  EXPECT_EQ(1, ear.finished);
}

TEST(Subscriber, AHandlerThatClosedItDoesNotFinishItAgain) {
  Ear* self = nullptr;
  Ear ear([&] {
    self->finish();
    return 1;
  });
  self = &ear;
  ear.hear("x");
  EXPECT_EQ(1, ear.finished);
}

TEST(Subscriber, AHandlerThatReopenedItKeepsItOpen) {
  Ear* self = nullptr;
  Ear ear([&] {
    self->finish();
    self->reopen();
    return 1;
  });
  self = &ear;
  ear.hear("x");
  EXPECT_TRUE(ear.is_open());
  EXPECT_EQ(1, ear.finished);
}

TEST(Subscriber, AFilterThatClosesItKeepsThePacketFromTheHandler) {
  Ear ear;
  ear.set_filter([&](const net::Packet&) {
    ear.finish();
    return true;
  });
  ear.hear("x");
  EXPECT_TRUE(ear.log.empty());
  EXPECT_EQ(1u, ear.counts().filtered);
  EXPECT_EQ(0u, ear.counts().delivered);
}

TEST(Subscriber, TakesPacketsSinglyWhereItsCodeLooksAtEach) {
  Ear ear;
  EXPECT_EQ(0u, ear.most_at_once());
  ear.hear_in_batches();
  EXPECT_LT(1u, ear.most_at_once());
  ear.set_filter([](const net::Packet&) { return true; });
  EXPECT_EQ(0u, ear.most_at_once());
}

TEST(Subscriber, TheOneThatCompletesABatchComesAlone) {
  Ear ear;
  ear.hear_in_batches();
  EXPECT_EQ(63u, ear.most_at_once());
  ear.hear_train(std::string(60, 'x'), 1);
  EXPECT_EQ(3u, ear.most_at_once());
  ear.hear_train(std::string(3, 'x'), 1);
  EXPECT_EQ(1u, ear.most_at_once());
  EXPECT_TRUE(ear.batches.empty());
  ear.hear("x");
  EXPECT_EQ(std::vector<size_t>{64}, ear.batches);
  EXPECT_EQ(63u, ear.most_at_once());
}

TEST(Subscriber, TheOneThatReachesTheLimitComesAlone) {
  Ear ear;
  ear.hear_in_batches();
  ear.set_limit(5);
  EXPECT_EQ(4u, ear.most_at_once());
  ear.hear_train("xxxx", 1);
  EXPECT_EQ(1u, ear.most_at_once());
  ear.hear("x");
  EXPECT_EQ(1, ear.finished);
  EXPECT_EQ(std::vector<size_t>{5}, ear.batches);
}

TEST(Subscriber, GatheredPacketsAreDeliveredWhenTheyAreHandedOver) {
  Ear ear;
  ear.hear_in_batches();
  ear.set_mtu(3);
  ear.hear_train("1234123", 4);
  EXPECT_EQ(0u, ear.counts().delivered);
  ear.hand_over();
  EXPECT_EQ(2u, ear.counts().delivered);
  EXPECT_EQ(6u, ear.counts().delivered_bytes);
  EXPECT_EQ(1u, ear.counts().truncated);
  ear.hand_over();
  EXPECT_EQ(std::vector<size_t>{2}, ear.batches);
}

TEST(Subscription, LooksAtTheSourceItself) {
  Ear ear;
  Subscription subscription(ear, endpoint_on_lo(net::Family::kIpv6, 1, 1));
  std::vector<net::Address> even;
  for (unsigned i = 0; i < 20; i += 2) even.push_back(host_address(net::Family::kIpv6, i));
  subscription.sources = net::SourceSet::only(even);
  net::Packet packet;
  for (unsigned i = 0; i < 20; ++i) {
    packet.source = host_address(net::Family::kIpv6, i);
    packet.source.port = 999;
    packet.source.scope = 7;
    EXPECT_EQ(i % 2 == 0, subscription.sources.wants(packet.source)) << i;
    subscription.offer({packet});
  }
  EXPECT_EQ(10u, ear.counts().delivered);
  EXPECT_EQ(10u, ear.counts().not_for_us);
}

TEST(Subscription, CountsEachPacketOfATrainFromAnotherSource) {
  Ear ear;
  Subscription subscription(ear, endpoint_on_lo(net::Family::kIpv4, 1, 1));
  subscription.sources = net::SourceSet::only({host_address(net::Family::kIpv4, 1)});
  net::Packet packet;
  packet.source = host_address(net::Family::kIpv4, 2);
  packet.size = 10;
  subscription.offer({packet, 35});
  EXPECT_EQ(4u, ear.counts().not_for_us);
}

TEST(Subscription, WithoutSourcesTakesAll) {
  Ear ear;
  Subscription subscription(ear, endpoint_on_lo(net::Family::kIpv4, 1, 1));
  net::Packet packet;
  packet.source = host_address(net::Family::kIpv4, 1);
  subscription.offer({packet});
  EXPECT_EQ(1u, ear.counts().delivered);
}

}  // namespace
}  // namespace mc::test
