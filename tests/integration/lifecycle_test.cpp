// Listeners come and go under traffic, and nothing strays or stays behind.
#include <string>
#include <vector>

#include "remote.h"

namespace peer {
namespace {

class Lifecycle : public Links {
 protected:
  static constexpr int kTimes = 2000;

  RemoteSender::Plan flood(unsigned n) const {
    return {GetParam(), "eth0", {source(0, 0)}, to(n), 8, 1};
  }
};
IN_BOTH_FAMILIES(Lifecycle);

TEST_P(Lifecycle, OpeningAndClosingUnderTrafficLeavesNothingBehindAndDeliversNothingAfterwards) {
  Poller poller;
  Listener listener(poller, {on(1, 0)});
  size_t taken = 0, strays = 0;
  bool is_open = false;
  int closes_itself = 0;
  listener.on_packet = [&](const mc_packet&) {
    strays += is_open ? 0 : 1;
    ++taken;
    is_open = is_open && closes_itself == 0;
    return closes_itself;
  };
  const size_t before = open_descriptors();
  RemoteSender sender(sender_, flood(1));
  const size_t with_sender = open_descriptors();
  sender.start();
  for (int i = 0; i < kTimes; ++i) {
    closes_itself = i % 2;
    listener.open();
    is_open = true;
    // Every 20th waits for a packet; the others close with packets on their way.
    const size_t wanted = taken + 1;
    if (i % 20 < 2) {
      ASSERT_TRUE(poller.serve_until([&] { return taken >= wanted; }, in(10s))) << i;
      ASSERT_EQ(closes_itself == 0, mc_listener_is_open(listener.get()) == 1);
    }
    listener.close();
    is_open = false;
    check(mc_poller_poll(poller.get(), 0));
    ASSERT_EQ(with_sender, open_descriptors());
  }
  EXPECT_GT(sender.stop(), 0u);
  EXPECT_EQ(0u, strays);
  EXPECT_GE(taken, static_cast<size_t>(kTimes / 10));
  EXPECT_EQ(taken, listener.stats().delivered);
  EXPECT_EQ(0u, poller.stats().memberships);
  EXPECT_LE(before, with_sender);
}

TEST_P(Lifecycle, AListenerHearsNothingOfAGroupThatOthersJoinAndLeaveOnItsPort) {
  Poller poller;
  Listener quiet(poller, {on(1, 0)});
  Listener joiner(poller, {on(2, 0)});
  joiner.on_packet = [](const mc_packet&) { return 0; };
  quiet.open();
  RemoteListeners other(receiver_, {on(2, 0), on(2, 1)});
  RemoteSender noise(sender_, flood(2));
  noise.start();
  const lab::Fd from = source_socket(0, 0);
  for (size_t i = 0; i < 200; ++i) {
    const size_t which = i % 2;
    other.open(which);
    joiner.open();
    ASSERT_EQ(0, raw::send(from, to(1), numbered(i)));
    ASSERT_TRUE(poller.serve_until([&] { return quiet.packets.size() == i + 1; }, in(10s))) << i;
    other.close(which);
    joiner.close();
  }
  EXPECT_GT(noise.stop(), 0u);
  settle();
  poller.drain();
  EXPECT_EQ(numbered_run(0, 200), quiet.texts());
  EXPECT_EQ(200u, quiet.stats().arrived);
}

// The socket of a closed channel does not hold up what was opened in its place, and keeps nothing
// of what it had received.
TEST_P(Lifecycle, ReopeningInsideTheHandlerStartsWithWhatArrivesAfterwards) {
  Poller poller;
  Listener listener(poller, {on(1, 0)});
  std::vector<std::string> taken;
  listener.on_packet = [&](const mc_packet& packet) {
    taken.emplace_back(reinterpret_cast<const char*>(packet.data), packet.size);
    listener.close();
    listener.open();
    return 0;
  };
  listener.open();
  const lab::Fd from = source_socket(0, 0);
  for (size_t i = 0; i < 100; i += 10) {
    for (size_t j = 0; j < 10; ++j) ASSERT_EQ(0, raw::send(from, to(1), numbered(i + j)));
    settle();
    poller.drain();
    EXPECT_EQ(numbered(i), taken.back());
  }
  EXPECT_EQ(10u, taken.size());
  EXPECT_EQ(1u, poller.stats().channels);
  EXPECT_EQ(1u, poller.stats().memberships);
}

}  // namespace
}  // namespace peer
