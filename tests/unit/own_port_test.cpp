// net/own_port: how long a port is this process's own, by a clock of the test's.
#include "net/own_port.h"

#include <gtest/gtest.h>

#include <memory>

#include "core/listener.h"
#include "fake_clock.h"
#include "world.h"

namespace mc {
namespace {

constexpr uint16_t kPort = 5013;
constexpr int64_t kSecond = 1'000'000'000;

class Noting final : public PacketHandler {
 public:
  explicit Noting(net::Address& source) : source_(source) {}
  int handle(const net::Packet& packet) override {
    source_ = packet.source;
    return 0;
  }

 private:
  net::Address& source_;
};

TEST(OwnPort, IsOwnUntilWhatItSentIsReadAndForAMinuteAtMost) {
  for (const net::Family family : {net::Family::kIpv4, net::Family::kIpv6}) {
    test::FakeClock clock;
    const std::unique_ptr<Poller> poller = test::make_poller();
    Listener listener(*poller);
    const net::Address group = test::endpoint_on_lo(family, 1, kPort).group;
    net::Address source;
    ASSERT_TRUE(listener.set_handler(std::make_unique<Noting>(source)).ok());
    ASSERT_TRUE(listener.add((group.text() + "%lo").c_str(), kPort).ok());
    listener.set_ignore_own(true);
    ASSERT_TRUE(listener.open().ok());
    test::Outsider one(family), other(family);
    // What one sends is read, and whether it was heard.
    const auto is_heard = [&](test::Outsider& sender) {
      const DeliveryCounts before = listener.stats().counts;
      EXPECT_EQ(0, sender.send(group, "a"));
      const auto has_come = [&] {
        const DeliveryCounts now = listener.stats().counts;
        return now.delivered + now.not_for_us > before.delivered + before.not_for_us;
      };
      EXPECT_TRUE(test::poll_until(*poller, has_come));
      return listener.stats().counts.delivered > before.delivered;
    };

    ASSERT_TRUE(is_heard(one));
    const net::Address of_one = source;
    {
      const net::OwnPort port(of_one);
      EXPECT_FALSE(is_heard(one));
      EXPECT_TRUE(is_heard(other));
    }
    EXPECT_FALSE(is_heard(one));  // it may have waited, or been under way
    clock.advance(kSecond);
    EXPECT_FALSE(is_heard(one));  // the same, though later
    EXPECT_TRUE(is_heard(one));   // behind a read that found no more

    { const net::OwnPort port(of_one); }
    clock.advance(59 * kSecond);
    EXPECT_FALSE(is_heard(one));
    { const net::OwnPort port(of_one); }
    clock.advance(61 * kSecond);
    EXPECT_TRUE(is_heard(one));
  }
}

}  // namespace
}  // namespace mc
