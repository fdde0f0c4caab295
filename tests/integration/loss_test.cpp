// Loss is counted, to the datagram: arrived = delivered + filtered + not_for_us + lost, and arrived
// is what was sent.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "remote.h"

namespace peer {
namespace {

constexpr size_t kBurst = 500;
constexpr size_t kBursts = 100;

class Loss : public Links {
 protected:
  RemoteSender::Plan plan() const {
    return {GetParam(), "eth0", {source(0, 0), source(1, 0)}, to(1), 8, 1};
  }
  // Sends the next `count` from the other process and returns when all have reached the sockets
  // here or were lost on them.
  void send(RemoteSender& sender, size_t count) {
    for (size_t sent = 0; sent < count; sent += kBurst) {
      sender.send(sent_ + sent, kBurst);
      settle();
    }
    sent_ += count;
  }
  lab::UdpCounters udp() const {
    const lab::Counters all = lab::counters(receiver_);
    return ipv4() ? all.ipv4 : all.ipv6;
  }
  static void expect_identity(const mc_stats& stats) {
    EXPECT_EQ(stats.arrived, stats.delivered + stats.filtered + stats.not_for_us + stats.lost);
  }
  // Each datagram that reached the listener is the next one, or there is a gap of lost ones.
  static void expect_increasing(const Listener& listener) {
    const std::vector<std::string> texts = listener.texts();
    for (size_t i = 1; i < texts.size(); ++i) ASSERT_LT(texts[i - 1], texts[i]);
  }
  static void ask_small_buffer(const Listener& listener) {
    check(mc_listener_set_receive_buffer(listener.get(), 100 * 1024));
  }

  Poller poller_;
  size_t sent_ = 0;
  uint64_t lost_before_ = udp().receive_buffer_errors;
};
IN_BOTH_FAMILIES(Loss);

// Every second datagram is of a source that the listener does not want, and of the others the filter
// refuses every fifth; the reader looks only now and then, so that the buffer overflows.
TEST_P(Loss, IsExactUnderAFloodWithAStalledReader) {
  const lab::Fd lets_all_in = join_for_host(1, 0);
  Listener listener(poller_, {source(0, 0) + "@" + on(1, 0)});
  ask_small_buffer(listener);
  listener.filter("[0-9]{7}[2468]");
  listener.open();
  RemoteSender sender(sender_, plan());
  const lab::Counters before = lab::counters(receiver_);
  for (size_t burst = 0; burst < kBursts; ++burst) {
    send(sender, kBurst);
    if (burst % 10 == 9) poller_.drain();
  }
  poller_.drain();

  const mc_stats stats = listener.stats();
  expect_identity(stats);
  EXPECT_EQ(kBursts * kBurst, stats.arrived);
  EXPECT_GT(stats.delivered, 0u);
  EXPECT_GT(stats.filtered, 0u);
  EXPECT_GT(stats.not_for_us, 0u);
  EXPECT_GT(stats.lost, 0u);
  EXPECT_EQ(0u, stats.lost_is_lower_bound);
  EXPECT_EQ(stats.delivered, listener.packets.size());
  expect_increasing(listener);
  // The kernel's own books say the same, and nothing was lost elsewhere.
  const lab::Counters after = lab::counters(receiver_);
  const auto& udp_before = ipv4() ? before.ipv4 : before.ipv6;
  const auto& udp_after = ipv4() ? after.ipv4 : after.ipv6;
  EXPECT_EQ(stats.lost, udp_after.receive_buffer_errors - udp_before.receive_buffer_errors);
  EXPECT_EQ(stats.lost, udp_after.in_errors - udp_before.in_errors);
  EXPECT_EQ(2 * stats.lost, after.losses() - before.losses());
}

// The shares are known where nothing is lost.
TEST_P(Loss, IsZeroAndEachDatagramIsInItsTermWhereTheReaderKeepsUp) {
  const lab::Fd lets_all_in = join_for_host(1, 0);
  Listener listener(poller_, {source(0, 0) + "@" + on(1, 0)});
  listener.filter("[0-9]{7}[2468]");
  listener.open();
  RemoteSender sender(sender_, plan());
  for (size_t i = 0; i < 50; ++i) {
    sender.send(100 * i, 100);
    settle();
    poller_.drain();
  }
  const mc_stats stats = listener.stats();
  EXPECT_EQ(5000u, stats.arrived);
  EXPECT_EQ(2500u, stats.not_for_us);
  EXPECT_EQ(500u, stats.filtered);
  EXPECT_EQ(2000u, stats.delivered);
  EXPECT_EQ(0u, stats.lost);
}

TEST_P(Loss, IsEachListenersOwnSinceItOpened) {
  Listener first(poller_, {on(1, 0)});
  Listener second(poller_, {on(1, 0)});
  ask_small_buffer(first);
  ask_small_buffer(second);
  second.filter("[0-9]{7}[02468]");
  first.open();
  RemoteSender sender(sender_, plan());
  send(sender, 5000);
  // What waits in the socket now is still ahead of both.
  const uint64_t waiting = sent_ - first.stats().arrived;
  EXPECT_GT(waiting, 0u);
  second.open();
  EXPECT_EQ(1u, poller_.stats().channels);
  EXPECT_EQ(0u, second.stats().lost);
  send(sender, 5000);
  poller_.drain();
  send(sender, 5000);
  poller_.drain();

  EXPECT_EQ(15000u, first.stats().arrived);
  EXPECT_EQ(10000u + waiting, second.stats().arrived);
  EXPECT_GT(second.stats().lost, 0u);
  EXPECT_LT(second.stats().lost, first.stats().lost);
  EXPECT_EQ(first.stats().lost, udp().receive_buffer_errors - lost_before_);
  for (const Listener* each : {&first, &second}) expect_identity(each->stats());
  EXPECT_EQ(first.stats().arrived - first.stats().lost, first.stats().delivered);
  EXPECT_EQ(waiting + 10000u - second.stats().lost,
            second.stats().delivered + second.stats().filtered);
}

TEST_P(Loss, OfAnOpeningStaysCountedAfterClosingAndAddsToTheNext) {
  Listener listener(poller_, {on(1, 0)});
  ask_small_buffer(listener);
  RemoteSender sender(sender_, plan());
  uint64_t lost = 0;
  for (int opening = 1; opening <= 3; ++opening) {
    listener.open();
    send(sender, 2000);
    poller_.drain();
    EXPECT_EQ(2000u * static_cast<unsigned>(opening), listener.stats().arrived);
    EXPECT_GT(listener.stats().lost, lost);
    lost = listener.stats().lost;
    listener.close();
    send(sender, kBurst);  // Nobody's.
    EXPECT_EQ(lost, listener.stats().lost);
    EXPECT_EQ(0u, listener.stats().receive_buffer_granted);
  }
}

TEST_P(Loss, OfTrainsIsALowerBoundAndWhatIsDeliveredIsWhole) {
  constexpr size_t kTrain = 10;
  Listener listener(poller_, {on(1, 0)});
  ask_small_buffer(listener);
  listener.open();
  RemoteSender::Plan trains = plan();
  trains.train = kTrain;
  trains.size = 100;
  RemoteSender sender(sender_, trains);
  send(sender, 10'000);
  poller_.drain();
  send(sender, 10'000);
  poller_.drain();

  const mc_stats stats = listener.stats();
  expect_identity(stats);
  EXPECT_EQ(1u, stats.lost_is_lower_bound);
  EXPECT_GT(stats.lost, 0u);
  EXPECT_GT(stats.delivered, 0u);
  EXPECT_LT(stats.arrived, sent_);
  // The kernel counts a lost train as one.
  EXPECT_EQ(sent_, stats.delivered + kTrain * stats.lost);
  ASSERT_EQ(0u, listener.packets.size() % kTrain);
  size_t next = 0;
  for (size_t i = 0; i < listener.packets.size(); ++i) {
    const size_t number = std::stoul(listener.packets[i].data);
    if (i % kTrain == 0) {
      ASSERT_EQ(0u, number % kTrain);
      ASSERT_GE(number, next);
    } else {
      ASSERT_EQ(next, number);
    }
    ASSERT_EQ(numbered(number, 100), listener.packets[i].data);
    next = number + 1;
  }
}

}  // namespace
}  // namespace peer
