// Trains, sent by a program that is not ours, arrive as the datagrams that they are made of.
#include <netinet/udp.h>

#include <string>
#include <utility>
#include <vector>

#include "peer.h"

namespace peer {
namespace {

class Trains : public Links {
 protected:
  Trains() { check(mc_listener_set_mtu(listener_.get(), MC_MAX_PACKET)); }

  // The largest that a segment may be on these links.
  size_t largest() const { return 1500 - (ipv4() ? 28 : 48); }

  // Sends `total` bytes as datagrams of `segment` bytes, the last one perhaps shorter; as one
  // datagram where segment is 0. Notes down what is to arrive.
  void send(size_t segment, size_t total) {
    std::string payload;
    for (size_t i = 0; i < total; ++i) payload += static_cast<char>(counter_++ * 31 / 7);
    raw::set(from_, SOL_UDP, UDP_SEGMENT, static_cast<int>(segment));
    ASSERT_EQ(0, raw::send(from_, to(1), payload));
    const bool is_train = segment != 0 && total > segment;
    if (!is_train) return expected_.push_back({payload, total, 0});
    for (size_t at = 0; at < total; at += segment) {
      const std::string datagram = payload.substr(at, segment);
      expected_.push_back({datagram, datagram.size(), MC_PACKET_TRAIN});
    }
  }
  void serve() {
    settle();
    poller_.drain();
  }
  // What the listener got is what was to arrive, shown as far as `mtu`.
  void expect_all(const Listener& listener, size_t mtu = MC_MAX_PACKET) const {
    ASSERT_EQ(expected_.size(), listener.packets.size());
    for (size_t i = 0; i < expected_.size(); ++i) {
      SCOPED_TRACE(i);
      const bool is_cut = expected_[i].wire_size > mtu;
      EXPECT_TRUE(expected_[i].data.substr(0, mtu) == listener.packets[i].data);
      EXPECT_EQ(expected_[i].wire_size, listener.packets[i].wire_size);
      EXPECT_EQ(expected_[i].flags | (is_cut ? MC_PACKET_TRUNCATED : 0), listener.packets[i].flags);
    }
  }

  Poller poller_;
  Listener listener_{poller_, {on(1, 0)}};
  lab::Fd from_ = source_socket(0, 0);
  std::vector<Packet> expected_;

 private:
  size_t counter_ = 0;
};
IN_BOTH_FAMILIES(Trains);

TEST_P(Trains, OfAllSizesAndSingleDatagramsAmongThemArriveSeparatelyAndInOrder) {
  const std::vector<std::pair<size_t, size_t>> messages = {{1, 2},
                                                           {1, 64},
                                                           {0, 0},
                                                           {0, 1},
                                                           {63, 5 * 63 + 1},
                                                           {63, 63},
                                                           {0, 63},
                                                           {64, 64 * 64},
                                                           {64, 64 * 64 - 1},
                                                           {0, 64},
                                                           {100, 1007},
                                                           {0, 0},
                                                           {largest(), 3 * largest()},
                                                           {largest(), 3 * largest() + 5},
                                                           {0, largest()},
                                                           {largest(), 2 * largest() - 1},
                                                           {0, largest() + 1},
                                                           {0, 4097},
                                                           {1200, 50 * 1200},
                                                           {0, MC_MAX_PACKET},
                                                           {700, 1400},
                                                           {700, 701},
                                                           {0, 0},
                                                           {2, 3}};
  listener_.open();
  size_t sent = 0;
  for (const auto& [segment, total] : messages) {
    send(segment, total);
    if (++sent % 5 == 0) serve();  // Several at once, but never more than a small buffer holds.
  }
  serve();
  expect_all(listener_);
  EXPECT_EQ(expected_.size(), listener_.stats().arrived);
  EXPECT_EQ(expected_.size(), poller_.stats().received);
  EXPECT_EQ(0u, listener_.stats().truncated);
}

TEST_P(Trains, AreCutToEachListenersOwnMtuDatagramByDatagram) {
  Listener brief(poller_, {on(1, 0)});
  check(mc_listener_set_mtu(brief.get(), 100));
  listener_.open();
  brief.open();
  send(200, 650);
  send(0, 150);
  send(100, 250);
  send(0, 100);
  send(0, 0);
  send(0, MC_MAX_PACKET);
  send(101, 202);
  serve();
  expect_all(listener_);
  expect_all(brief, 100);
  EXPECT_EQ(0u, listener_.stats().truncated);
  EXPECT_EQ(7u, brief.stats().truncated);
}

TEST_P(Trains, AreFilteredDatagramByDatagramAndAsAWhole) {
  check(mc_listener_set_mtu(listener_.get(), 3));
  listener_.filter("(?s).{97}END");
  listener_.open();
  raw::set(from_, SOL_UDP, UDP_SEGMENT, 100);
  const std::string other(100, 'x'), wanted = "ok " + std::string(94, 'x') + "END";
  ASSERT_EQ(0, raw::send(from_, to(1), other + wanted + other + wanted + "END"));
  serve();
  EXPECT_EQ((std::vector<std::string>{"ok ", "ok "}), listener_.texts());
  EXPECT_EQ(3u, listener_.stats().filtered);
}

TEST_P(Trains, EndForAListenerThatClosesInTheirMiddleAndGoOnForTheOthers) {
  Listener brief(poller_, {on(1, 0)});
  size_t taken = 0;
  brief.on_packet = [&](const mc_packet&) { return ++taken == 3 ? 1 : 0; };
  brief.open();
  listener_.open();
  send(10, 100);
  send(10, 100);
  serve();
  EXPECT_EQ(3u, taken);
  EXPECT_EQ(3u, brief.stats().arrived);
  EXPECT_EQ(0, mc_listener_is_open(brief.get()));
  expect_all(listener_);
}

}  // namespace
}  // namespace peer
