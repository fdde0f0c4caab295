// What becomes of packets where the system refuses them for real: each is answered for, and nothing
// spins (docs/networks.md, "Errors on sending").
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "peer.h"

namespace peer {
namespace {

class SendErrors : public Links {
 protected:
  SendErrors() {
    listener_.open();
    on_sender_.emplace(sender_);
    mc_multicaster* made = nullptr;
    check(mc_multicaster_new(&made, sending_.get(), group().c_str(), raw::kPort, 1));
    caster_.reset(made);
    check(mc_multicaster_set_error_handler(caster(), take_failure, this, nullptr));
  }
  ~SendErrors() override {
    caster_.reset();
    on_sender_.reset();
    if (is_broken_) renew_topology();
  }

  std::string group() const { return on(1, 0); }
  mc_multicaster* caster() const { return caster_.get(); }
  mc_stats stats() const {
    mc_stats stats{};
    check(mc_multicaster_stats(caster(), &stats, sizeof stats));
    return stats;
  }
  void drop_at_output() {
    is_broken_ = true;
    sender_.run({"nft", "-f", "-"},
                "add table inet t\n"
                "add chain inet t c { type filter hook output priority 0; }\n"
                "add rule inet t c udp dport " +
                    std::to_string(raw::kPort) + " drop\n");
  }
  void congest() {
    is_broken_ = true;
    sender_.run("tc qdisc replace dev eth0 root tbf rate 800kbit burst 2kb limit 10000000");
  }
  void flood() {
    check(mc_multicaster_set_source(
        caster(),
        [](mc_buffer* packet, void*) {
          *packet = {"flood", 5};
          return MC_SOURCE_PACKET;
        },
        nullptr, nullptr));
  }
  // Serves the sender for so long.
  void serve(std::chrono::milliseconds span) const {
    sending_.serve_until([] { return false; }, in(span));
  }
  static void expect_words(const std::vector<std::string>& words) {
    const std::string sentence = mc_last_error();
    for (const std::string& each : words) {
      EXPECT_NE(std::string::npos, sentence.find(each)) << each << " in: " << sentence;
    }
  }
  std::vector<std::string> heard() {
    settle();
    poller_.drain();
    return listener_.take_texts();
  }

  Poller poller_;
  Poller sending_;
  Listener listener_{poller_, {on(1, 0)}};
  std::unique_ptr<mc_multicaster, Free<mc_multicaster, mc_multicaster_free>> caster_;
  std::optional<lab::Inside> on_sender_;
  uint64_t told_ = 0;
  int code_ = 0;
  bool is_broken_ = false;

 private:
  static int take_failure(int code, const char*, uint64_t datagrams, void* user) {
    auto& self = *static_cast<SendErrors*>(user);
    self.told_ += datagrams;
    self.code_ = code;
    return 0;
  }
};
IN_BOTH_FAMILIES(SendErrors);

TEST_P(SendErrors, OfAFirewallAreToldForEachPacketInEveryWay) {
  drop_at_output();
  const std::vector<mc_buffer> packets(10, {"x", 1});
  EXPECT_EQ(-EPERM, mc_multicaster_send(caster(), "x", 1));
  expect_words({group_text(1), "eth0", "firewall", "nft list ruleset"});
  EXPECT_EQ(-EPERM, mc_multicaster_send_many(caster(), packets.data(), packets.size()));
  EXPECT_EQ(-EPERM, mc_sendto("x", 1, group().c_str(), raw::kPort, 1));
  expect_words({"nft list ruleset"});
  EXPECT_EQ(-EPERM, mc_sendto_many(packets.data(), packets.size(), group().c_str(), raw::kPort, 1));
  EXPECT_EQ(2u, stats().send_failed);
  check(mc_multicaster_set_batching(caster(), 1));
  EXPECT_EQ(10, mc_multicaster_send_many(caster(), packets.data(), packets.size()));
  EXPECT_EQ(0, mc_multicaster_flush(caster()));
  EXPECT_EQ(10u, told_);
  EXPECT_EQ(-EPERM, code_);
  EXPECT_EQ(12u, stats().send_failed);
  sender_.run("nft delete table inet t");
  EXPECT_EQ(0, mc_multicaster_send(caster(), "x", 1));
  EXPECT_EQ(0, mc_multicaster_flush(caster()));
  EXPECT_EQ(std::vector<std::string>{"x"}, heard());
}

TEST_P(SendErrors, OfAFirewallDoNotMakeASourceSpin) {
  drop_at_output();
  flood();
  serve(100ms);
  EXPECT_GE(told_, 128u);
  EXPECT_LE(told_, 12u * 128);
  EXPECT_LE(sending_.stats().turns, 60u);
  sender_.run("nft delete table inet t");
  serve(30ms);
  EXPECT_GT(stats().sent, 0u);
}

TEST_P(SendErrors, OfAFullBufferAreWaitedForWithoutSpinning) {
  congest();
  const std::string text(1000, 'x');
  const std::vector<mc_buffer> packets(500, {text.data(), text.size()});
  const int taken = mc_multicaster_send_many(caster(), packets.data(), packets.size());
  EXPECT_GT(taken, 0);
  EXPECT_LT(taken, 500);
  EXPECT_EQ(-EAGAIN, mc_last_error_code());
  EXPECT_EQ(static_cast<uint64_t>(taken), stats().sent);
  const uint64_t turns = sending_.stats().turns;
  flood();
  serve(100ms);
  EXPECT_LE(sending_.stats().turns - turns, 60u);
  EXPECT_EQ(0u, stats().send_failed);
}

// Whoever waits for a writable socket alone would spin: it is writable all the while.
TEST_P(SendErrors, OfAPacketThatNeverFitsTheBufferEndAndThoseBehindItGo) {
  const int least = 1000;
  ASSERT_EQ(0,
            ::setsockopt(mc_multicaster_fd(caster()), SOL_SOCKET, SO_SNDBUF, &least, sizeof least));
  const std::string large(60000, 'x');
  EXPECT_EQ(-ENOBUFS, mc_multicaster_send(caster(), large.data(), large.size()));
  expect_words({"60000 bytes", "no memory", "larger than the socket's send buffer"});
  EXPECT_EQ(1u, stats().send_again);
  check(mc_multicaster_set_batching(caster(), 1));
  check(mc_multicaster_send(caster(), large.data(), large.size()));
  check(mc_multicaster_send(caster(), "small", 5));
  const uint64_t turns = sending_.stats().turns;
  EXPECT_TRUE(sending_.serve_until([&] { return stats().waiting == 0; }, in(kPatience)));
  EXPECT_LE(sending_.stats().turns - turns, 20u);
  EXPECT_EQ(1u, told_);
  EXPECT_EQ(-ENOBUFS, code_);
  EXPECT_EQ(8u, stats().send_again);
  EXPECT_EQ(std::vector<std::string>{"small"}, heard());
}

TEST_P(SendErrors, OfAnInterfaceThatIsDownEndWhenItIsUp) {
  is_broken_ = true;
  sender_.set_up("eth0", false);
  EXPECT_EQ(-ENETUNREACH, mc_multicaster_send(caster(), "x", 1));
  expect_words({group_text(1), "eth0", "is down"});
  sender_.set_up("eth0", true);
  if (!ipv4()) sender_.ip("address replace fd00:a:1:0::1/64 dev eth0 nodad");
  EXPECT_EQ(0, mc_multicaster_send(caster(), "x", 1)) << mc_last_error();
}

TEST_P(SendErrors, OfAnInterfaceThatIsGoneSaySo) {
  is_broken_ = true;
  sender_.delete_link("eth0");
  EXPECT_EQ(ipv4() ? -ENODEV : -ENETUNREACH, mc_multicaster_send(caster(), "x", 1));
  expect_words({group_text(1), "gone"});
  flood();
  serve(50ms);
  EXPECT_LE(told_, 7u * 128);
}

// docs/decisions/0005.
TEST_P(SendErrors, OfAHostWithoutTheReceiverAreNotToldNorDisturbAnything) {
  mc_address to{};
  check(mc_address_parse(&to, unicast(1, 2).c_str()));
  to.port = 4599;
  check(mc_multicaster_set_handler(
      caster(), [](const mc_packet*, void*) { return 0; }, nullptr, nullptr));
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(0, mc_multicaster_send_to(caster(), &to, "x", 1)) << mc_last_error();
    settle();
    EXPECT_EQ(0, mc_multicaster_send(caster(), "x", 1)) << mc_last_error();
  }
  const uint64_t turns = sending_.stats().turns;
  serve(50ms);
  EXPECT_LE(sending_.stats().turns - turns, 5u);
  EXPECT_EQ(0u, sending_.stats().read_errors);
  EXPECT_EQ(5u, heard().size());
}

}  // namespace
}  // namespace peer
