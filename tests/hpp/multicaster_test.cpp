// Multicasters: sending at once, packet sources of all shapes, answers.
#include <array>
#include <optional>

#include "lab_cpp.h"

namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using hpp::error_of;
using hpp::fresh_port;
using hpp::kGroup;
using multicast::no_packet;
using multicast::packet_view;
using multicast::supply;

class Multicasters : public testing::Test {
 protected:
  Multicasters() {
    listener_.add(kGroup, port_);
    listener_.set_handler(
        [this](packet_view packet) { heard_ += std::string(packet.text()) + ' '; });
    listener_.open();
  }
  // What is heard once all that was sent has come.
  std::string heard(std::size_t length) {
    hpp::serve_until(poller_, [&] { return heard_.size() >= length; });
    return heard_;
  }

  const std::uint16_t port_ = fresh_port();
  multicast::poller poller_;
  multicast::listener listener_{poller_};
  multicast::multicaster sender_{kGroup, port_, MC_TTL_HOST, poller_};
  std::string heard_;
};

TEST_F(Multicasters, SendOneAndMany) {
  ASSERT_TRUE(sender_.send("one"));
  const std::array packets{multicast::buffer("two"), multicast::buffer("three")};
  EXPECT_EQ(sender_.send_many(packets), 2U);
  EXPECT_EQ(sender_.send_many({}), 0U);
  EXPECT_EQ(heard(14), "one two three ");
  EXPECT_EQ(sender_.stats().sent, 3U);
}

TEST_F(Multicasters, SendPacketsThatLieOneBehindTheOther) {
  const std::array<std::uint32_t, 3> sizes{3, 0, 5};
  EXPECT_EQ(sender_.send_packed("twothree", sizes), 3U);
  EXPECT_EQ(sender_.send_packed({}, {}), 0U);
  EXPECT_EQ(heard(11), "two  three ");
  EXPECT_THROW((void)sender_.send_packed("twothre", sizes), std::out_of_range);
  EXPECT_THROW((void)multicast::send_packed_to(kGroup, port_, "twothre", sizes), std::out_of_range);
  EXPECT_EQ(multicast::send_packed_to(kGroup, port_, std::string("onetwo"), std::array{3U, 3U}, 0),
            2U);
  EXPECT_EQ(heard(19), "two  three one two ");
  EXPECT_EQ(error_of([&] { (void)multicast::send_packed_to(kGroup, port_, "", {}, 256); }),
            multicast::errc::ttl);
  EXPECT_EQ(sender_.stats().sent, 3U);
}

TEST_F(Multicasters, SendTogetherAndAtAPace) {
  sender_.set_batching(true);
  ASSERT_TRUE(sender_.send("one"));
  ASSERT_TRUE(sender_.send("two"));
  EXPECT_EQ(sender_.stats().waiting, 2U);
  EXPECT_EQ(sender_.flush(), 0U);
  EXPECT_EQ(heard(8), "one two ");
  EXPECT_EQ(sender_.stats().trains, 1U);
  sender_.set_pace(1, 31);  // bytes: one packet at once, the next after half a minute
  ASSERT_TRUE(sender_.send("thr"));
  ASSERT_TRUE(sender_.send("fou"));
  EXPECT_EQ(sender_.flush(), 1U);
  sender_.set_pace(0, 0);
  EXPECT_EQ(heard(16), "one two thr fou ");
  EXPECT_EQ(error_of([&] { sender_.set_train_limit(0); }), multicast::errc::size);
}

TEST_F(Multicasters, RefuseWhatIsTooLarge) {
  const std::string large(MC_MAX_PACKET + 1, 'x');
  EXPECT_EQ(error_of([&] { (void)sender_.send(large); }), multicast::errc::packet_too_large);
}

TEST_F(Multicasters, SendTextByValueFromASource) {
  sender_.set_source([n = 0]() mutable -> std::optional<std::string> {
    if (++n > 3) return std::nullopt;
    return "a text too long for a small string, number " + std::to_string(n);
  });
  EXPECT_TRUE(hpp::serve_until(poller_, [&] { return !sender_.is_open(); }));
  EXPECT_EQ(heard(135),
            "a text too long for a small string, number 1 "
            "a text too long for a small string, number 2 "
            "a text too long for a small string, number 3 ");
}

TEST_F(Multicasters, SendLentBytesFromASourceThatPauses) {
  const std::string lent[] = {"a", "b"};
  int next = 0;
  sender_.set_source([&]() -> supply {
    if (next == 2) return no_packet::end;
    if (next == 1 && heard_.empty()) return no_packet::pause;
    return lent[next++];
  });
  EXPECT_EQ(heard(2), "a ");
  EXPECT_TRUE(sender_.is_open());
  sender_.resume();
  EXPECT_EQ(heard(4), "a b ");
  EXPECT_TRUE(hpp::serve_until(poller_, [&] { return !sender_.is_open(); }));
}

TEST_F(Multicasters, SendReferencesFromASourceWithoutACopy) {
  const std::vector<unsigned char> bytes{'r', 'e', 'f'};
  int asked = 0;
  sender_.set_source([&]() -> const std::vector<unsigned char>& {
    if (++asked == 2) sender_.set_source(nullptr);
    return bytes;
  });
  EXPECT_EQ(heard(4).substr(0, 4), "ref ");
}

TEST_F(Multicasters, TellWhatASourceCouldNotSend) {
  std::error_code code;
  std::string sentence;
  std::uint64_t datagrams = 0;
  sender_.set_error_handler([&](std::error_code what, std::string_view told, std::uint64_t count) {
    code = what;
    sentence = told;
    datagrams = count;
    return true;
  });
  sender_.set_source([] { return std::string(MC_MAX_PACKET + 1, 'x'); });
  EXPECT_TRUE(hpp::serve_until(poller_, [&] { return !sender_.is_open(); }));
  EXPECT_EQ(code, multicast::errc::packet_too_large);
  EXPECT_EQ(datagrams, 1U);
  EXPECT_FALSE(sentence.empty());
}

TEST_F(Multicasters, DestroyTheirCallbacks) {
  int living = 0;
  {
    multicast::multicaster sender(kGroup, port_, MC_TTL_HOST, poller_);
    sender.set_source([witness = hpp::Witness(living)] { return no_packet::pause; });
    sender.set_error_handler(
        [witness = hpp::Witness(living)](std::error_code, std::string_view, std::uint64_t) {});
    sender.set_handler([witness = hpp::Witness(living)](packet_view) {});
    EXPECT_EQ(living, 3);
    sender.set_handler(nullptr);
    sender.set_error_handler(nullptr);
    EXPECT_EQ(living, 1);
  }
  EXPECT_EQ(living, 0);
}

TEST_F(Multicasters, AreAnsweredAtTheirSourcePort) {
  const std::uint16_t own = fresh_port();
  sender_.set_source_port(own);
  EXPECT_EQ(sender_.source().port, own);
  std::string answers;
  sender_.set_filter(multicast::filter::regex("y"));
  sender_.set_handler([&](packet_view packet) { answers += packet.text(); });
  listener_.set_handler([own](packet_view packet) {
    EXPECT_EQ(packet.source().port, own);
    EXPECT_TRUE(reply(packet, "no"));
    EXPECT_TRUE(reply(packet, "yes"));
  });
  ASSERT_TRUE(sender_.send("?"));
  EXPECT_TRUE(hpp::serve_until(poller_, [&] { return !answers.empty(); }));
  EXPECT_EQ(answers, "yes");
}

TEST_F(Multicasters, SendToOneHost) {
  std::string answers;
  multicast::multicaster other(kGroup, port_, MC_TTL_HOST, poller_);
  other.set_handler([&](packet_view packet) { answers += packet.text(); });
  bool sent = false;
  listener_.set_handler(
      [&](packet_view packet) { sent = sender_.send_to(packet.source(), "directly"); });
  ASSERT_TRUE(other.send("who?"));
  EXPECT_TRUE(hpp::serve_until(poller_, [&] { return !answers.empty(); }));
  EXPECT_TRUE(sent);
  EXPECT_EQ(answers, "directly");
}

TEST_F(Multicasters, MayBeMadeBeforeTheirInterface) {
  int told = 0;
  auto early = multicast::multicaster::pending("239.1.2.3%eth9", port_, MC_TTL_HOST, poller_);
  early.set_event_handler([&](multicast::event event) { told = event.kind(); });
  EXPECT_TRUE(hpp::serve_until(poller_, [&] { return told != 0; }));
  EXPECT_EQ(told, MC_EVENT_PENDING);
  auto there = multicast::multicaster::pending(kGroup, port_, MC_TTL_HOST, poller_);
  EXPECT_TRUE(there.send("there"));
}

TEST_F(Multicasters, AreIgnoredWhereTheListenerSaysSo) {
  listener_.set_ignore_own(true);
  ASSERT_TRUE(sender_.send("own"));
  EXPECT_TRUE(hpp::serve_until(poller_, [&] { return listener_.stats().not_for_us == 1; }));
  EXPECT_EQ(heard_, "");
}

TEST_F(Multicasters, TakeOptions) {
  sender_.set_ttl(MC_TTL_SITE);
  sender_.set_loopback(false);
  EXPECT_EQ(error_of([&] { sender_.set_ttl(256); }), multicast::errc::ttl);
  EXPECT_EQ(multicast::parse_ttl("same continent"), MC_TTL_CONTINENT);
  EXPECT_EQ(error_of([] { (void)multicast::parse_ttl("far"); }), multicast::errc::ttl);
  sender_.set_dscp(46);
  EXPECT_EQ(error_of([&] { sender_.set_dscp(64); }), multicast::errc::dscp);
  sender_.set_source_address("127.0.0.1");
  EXPECT_EQ(sender_.source().bytes[3], 1);
  sender_.set_source_address(nullptr);
  EXPECT_EQ(error_of([&] { sender_.set_source_address("::1"); }), multicast::errc::family);
  sender_.close();
  EXPECT_FALSE(sender_.is_open());
  EXPECT_EQ(error_of([&] { (void)sender_.send("x"); }), multicast::errc::closed);
}

}  // namespace
