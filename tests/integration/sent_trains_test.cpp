// Trains that the library sends over a cable arrive as the datagrams that they are made of, at its
// own listeners and at sockets that know nothing of trains, whatever the path does meanwhile.
#include <algorithm>
#include <string>
#include <vector>

#include "peer.h"

namespace peer {
namespace {

using Multicaster = std::unique_ptr<mc_multicaster, Free<mc_multicaster, mc_multicaster_free>>;

class SentTrains : public Links {
 protected:
  SentTrains() {
    check(mc_listener_set_mtu(listener_.get(), MC_MAX_PACKET));
    listener_.open();
    raw::set(plain_, SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20);
    const lab::Inside on_sender(sender_);
    mc_multicaster* made = nullptr;
    check(mc_multicaster_new(&made, sending_.get(), on(1, 0).c_str(), raw::kPort, 1));
    caster_.reset(made);
  }
  ~SentTrains() override { set_mtu(1500); }

  void set_mtu(int mtu) const { sender_.ip("link set eth0 mtu " + std::to_string(mtu)); }
  // The largest segment of a train on a path of this MTU.
  size_t largest(size_t mtu = 1500) const { return mtu - (ipv4() ? 28 : 48); }

  std::string next_payload(size_t size) {
    std::string payload;
    for (size_t i = 0; i < size; ++i) payload += static_cast<char>(counter_++ * 31 / 7);
    return payload;
  }
  // `count` datagrams of `size` bytes and a shorter one, by one call.
  void send_run(size_t size, size_t count) {
    const size_t first = expected_.size();
    for (size_t i = 0; i < count; ++i) expected_.push_back(next_payload(size));
    if (size > 1) expected_.push_back(next_payload(size / 2));
    std::vector<mc_buffer> packets;
    for (size_t i = first; i < expected_.size(); ++i) {
      packets.push_back({expected_[i].data(), expected_[i].size()});
    }
    ASSERT_EQ(static_cast<int>(packets.size()),
              check(mc_multicaster_send_many(caster_.get(), packets.data(), packets.size())));
    serve();
  }
  void serve() {
    settle();
    poller_.drain();
    for (std::string& each : raw::receive_all(plain_)) heard_plainly_.push_back(std::move(each));
  }
  void expect_all() const {
    ASSERT_EQ(expected_.size(), listener_.packets.size());
    ASSERT_EQ(expected_.size(), heard_plainly_.size());
    for (size_t i = 0; i < expected_.size(); ++i) {
      EXPECT_TRUE(expected_[i] == listener_.packets[i].data) << i;
      EXPECT_TRUE(expected_[i] == heard_plainly_[i]) << i;
    }
  }
  mc_stats sent() const {
    mc_stats stats;
    check(mc_multicaster_stats(caster_.get(), &stats, sizeof stats));
    return stats;
  }
  // Around the sizes at which something changes.
  void send_all_sizes() {
    const size_t segment = largest();
    for (const size_t size : {size_t{0}, size_t{1}, size_t{63}, size_t{64}, segment - 1, segment,
                              segment + 1, size_t{1472}, size_t{1473}}) {
      SCOPED_TRACE(size);
      send_run(size, 30);
      if (HasFatalFailure()) return;
    }
    send_run(MC_MAX_PACKET, 2);
  }

  Poller poller_;
  Poller sending_;
  Listener listener_{poller_, {on(1, 0)}};
  lab::Fd plain_ = data(to(1), "eth0");
  Multicaster caster_;
  std::vector<std::string> expected_;
  std::vector<std::string> heard_plainly_;

 private:
  size_t counter_ = 0;
};
IN_BOTH_FAMILIES(SentTrains);

TEST_P(SentTrains, OfAllSizesArriveSeparatelyInOrderAndOnce) {
  send_all_sizes();
  expect_all();
  EXPECT_GT(sent().trains, 4u);
  EXPECT_GT(sent().trains_refused, 0u);  // those above the MTU
  const auto is_train = [](const Packet& each) { return (each.flags & MC_PACKET_TRAIN) != 0; };
  EXPECT_GT(std::count_if(listener_.packets.begin(), listener_.packets.end(), is_train), 100);
}

TEST_P(SentTrains, AreTheSameDatagramsWhereTrainsAreOff) {
  check(mc_multicaster_set_train_limit(caster_.get(), 1));
  send_all_sizes();
  expect_all();
  EXPECT_EQ(0u, sent().trains + sent().trains_refused);
}

TEST_P(SentTrains, SurviveAnMtuThatShrinksBelowTheirSegmentAndGrowsAgain) {
  for (int i = 0; i < 3; ++i) send_run(1400, 30);
  EXPECT_EQ(0u, sent().trains_refused);
  set_mtu(1300);
  for (int i = 0; i < 3; ++i) send_run(1400, 30);  // in fragments, singly
  EXPECT_EQ(1u, sent().trains_refused);
  const uint64_t trains = sent().trains;
  for (int i = 0; i < 3; ++i) send_run(largest(1300), 30);
  EXPECT_LT(trains, sent().trains);
  set_mtu(1500);
  for (int i = 0; i < 3; ++i) send_run(1400, 30);
  expect_all();
  EXPECT_EQ(0u, sent().send_failed + sent().send_again);
}

TEST_P(SentTrains, LeaveFromAPathThatHasNoOffloadAtAll) {
  sender_.run("ethtool -K eth0 tx off");
  send_all_sizes();
  sender_.run("ethtool -K eth0 tx on");
  expect_all();
}

TEST_P(SentTrains, HaveASourceThatIsPulled) {
  const std::string text = next_payload(200);
  struct Supply {
    const std::string& text;
    int left;
  } supply{text, 500};
  check(mc_multicaster_set_source(
      caster_.get(),
      [](mc_buffer* packet, void* user) {
        auto& from = *static_cast<Supply*>(user);
        *packet = {from.text.data(), from.text.size()};
        return from.left-- > 0 ? MC_SOURCE_PACKET : MC_SOURCE_END;
      },
      &supply, nullptr));
  ASSERT_TRUE(sending_.serve_until([&] { return mc_multicaster_is_open(caster_.get()) == 0; },
                                   in(kPatience)));
  serve();
  expected_.assign(500, text);
  expect_all();
  EXPECT_EQ(4u, sent().trains);  // of 128 each, as many as wait together
}

}  // namespace
}  // namespace peer
