// Listeners that are pulled, and packets that are lent and kept.
#include <poll.h>

#include <algorithm>
#include <optional>
#include <thread>

#include "lab_cpp.h"

namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using hpp::error_of;
using hpp::fresh_port;
using hpp::kGroup;
using hpp::Thrown;
using hpp::thrown_by;
using multicast::packet_view;

class Pull : public testing::Test {
 protected:
  Pull() { listener_.add(kGroup, port_); }
  void send(multicast::bytes_view bytes) const { multicast::send_to(kGroup, port_, bytes); }

  const std::uint16_t port_ = fresh_port();
  multicast::poller poller_;
  multicast::listener listener_{poller_};
};

TEST_F(Pull, GivesThePacketsOneByOne) {
  listener_.open();
  send("one");
  send("two");
  const auto first = listener_.next(hpp::kLong);
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->text(), "one");
  EXPECT_EQ(first->wire_size(), 3U);
  EXPECT_FALSE(first->is_truncated());
  EXPECT_EQ(first->group().to_string(), "239.7.7.7:" + std::to_string(port_));
  EXPECT_EQ(first->source().family, MC_IPV4);
  EXPECT_EQ(first->bytes().size(), 3U);
  EXPECT_EQ(first->bytes()[0], std::byte{'o'});
  EXPECT_EQ(listener_.next(hpp::kLong).value().text(), "two");
  EXPECT_FALSE(listener_.next(0s).has_value());
  EXPECT_FALSE(listener_.next(-1s).has_value());
}

TEST_F(Pull, GivesWhatCameTogether) {
  listener_.open();
  for (const char* each : {"a", "b", "c"}) send(each);
  std::string heard;
  const auto deadline = lab::in(hpp::kLong);
  while (heard.size() < 3 && lab::milliseconds_left(deadline) > 0) {
    const multicast::packet_batch batch = listener_.next_many(2, hpp::kLong);
    EXPECT_LE(batch.size(), 2U);
    std::ranges::for_each(batch, [&](packet_view packet) { heard += packet.text(); });
  }
  EXPECT_EQ(heard, "abc");
  EXPECT_TRUE(listener_.next_many(MC_MAX_BATCH, 0s).empty());
}

TEST_F(Pull, GivesWhatCameTogetherPacked) {
  listener_.open();
  for (const char* each : {"a", "", "bc"}) send(each);
  std::string heard;
  std::size_t count = 0;
  const auto deadline = lab::in(hpp::kLong);
  while (count < 3 && lab::milliseconds_left(deadline) > 0) {
    const multicast::packed_batch batch = listener_.next_packed(2, hpp::kLong);
    EXPECT_LE(batch.size(), 2U);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      EXPECT_EQ(batch[i].data(), batch.block().data() + batch.offsets()[i]);
      EXPECT_EQ(batch[i].size(), batch.sizes()[i]);
      EXPECT_EQ(batch[i].data(), batch.packets()[i].data());
      heard += batch.packets()[i].text();
    }
    count += batch.size();
  }
  EXPECT_EQ(heard, "abc");
  const multicast::packed_batch none = listener_.next_packed(2, 0s);
  EXPECT_TRUE(none.empty());
  EXPECT_TRUE(none.block().empty() && none.offsets().empty() && none.sizes().empty());
  EXPECT_TRUE(none.packets().empty());
  EXPECT_EQ(none.get(), nullptr);
  EXPECT_EQ(error_of([&] { (void)listener_.next_packed(0, 0s); }), multicast::errc::size);
}

TEST_F(Pull, IsForListenersWithoutAHandlerThatAreOpen) {
  EXPECT_EQ(error_of([&] { (void)listener_.next(0s); }), multicast::errc::closed);
  listener_.set_handler([](packet_view) {});
  listener_.open();
  EXPECT_EQ(error_of([&] { (void)listener_.next(0s); }), multicast::errc::handler);
  listener_.close();
  listener_.set_handler(nullptr);
  listener_.open();
  EXPECT_FALSE(listener_.next(0s).has_value());
}

TEST_F(Pull, IsEndedByAWake) {
  listener_.open();
  const std::jthread waker([this] { poller_.wake(); });
  EXPECT_FALSE(listener_.next().has_value());
}

TEST_F(Pull, NestsInAnotherLoopByItsDescriptor) {
  listener_.open();
  EXPECT_FALSE(lab::wait_readable(listener_.fd(), lab::in(0s)));
  send("x");
  EXPECT_TRUE(lab::wait_readable(listener_.fd(), lab::in(hpp::kLong)));
  EXPECT_TRUE(listener_.next(0s).has_value());
}

TEST_F(Pull, ShowsTheDetailsThatWereAskedFor) {
  listener_.set_details(MC_PACKET_TIME | MC_PACKET_TTL);
  listener_.set_mtu(2);
  listener_.open();
  const auto before = std::chrono::system_clock::now();
  multicast::send_to(kGroup, port_, "long", 7);
  const auto packet = listener_.next(hpp::kLong);
  ASSERT_TRUE(packet.has_value());
  EXPECT_EQ(packet->text(), "lo");
  EXPECT_TRUE(packet->is_truncated());
  EXPECT_EQ(packet->wire_size(), 4U);
  EXPECT_EQ(packet->ttl(), 7);
  EXPECT_FALSE(packet->dscp().has_value());
  ASSERT_TRUE(packet->time().has_value());
  EXPECT_GT(*packet->time(), before - 1h);
  EXPECT_LT(*packet->time(), before + 1h);
  EXPECT_FALSE(packet->hardware_time().has_value());
}

TEST_F(Pull, ShowsOneTimeWhereTheDevicesIsAskedFor) {
  listener_.set_details(MC_PACKET_HARDWARE_TIME);
  listener_.open();
  send("x");
  const auto packet = listener_.next(hpp::kLong);
  ASSERT_TRUE(packet.has_value());
  EXPECT_TRUE(packet->time().has_value());  // lo stamps nothing
  EXPECT_FALSE(packet->hardware_time().has_value());
}

TEST_F(Pull, LendsPacketsThatCanBeKept) {
  listener_.open();
  send("kept");
  std::vector<multicast::packet> kept;
  kept.emplace_back(listener_.next(hpp::kLong).value());
  send("next");
  kept.emplace_back(listener_.next(hpp::kLong).value());
  listener_ = multicast::listener(poller_);
  EXPECT_EQ(kept[0].text(), "kept");
  EXPECT_EQ(kept[1].text(), "next");
  const packet_view again = kept[0];
  EXPECT_EQ(again.text(), "kept");
  EXPECT_TRUE(multicast::filter::regex("ke").matches(kept[0]));  // a packet is bytes, too
}

TEST_F(Pull, RethrowsWhatItsFilterThrewAndDoesNotWait) {
  listener_.set_filter([](packet_view) -> bool { throw Thrown("filter"); });
  listener_.open();
  send("x");
  EXPECT_EQ(thrown_by([&] { (void)listener_.next(); }), "filter");
  send("x");
  EXPECT_EQ(thrown_by([&] { (void)listener_.next_many(); }), "filter");
  send("x");
  ASSERT_TRUE(lab::wait_readable(listener_.fd(), lab::in(hpp::kLong)));
  EXPECT_EQ(thrown_by([&] { (void)listener_.next(0s); }), "filter");
  EXPECT_TRUE(listener_.is_open());
  EXPECT_EQ(listener_.stats().filtered, 3U);
}

TEST_F(Pull, GivesThePacketsThatItHasBeforeItRethrows) {
  listener_.set_filter([](packet_view packet) {
    if (packet.text() == "bad") throw Thrown("bad");
    return true;
  });
  listener_.open();
  for (const char* each : {"a", "bad", "b"}) send(each);
  std::string story;
  for (int i = 0; i < 10 && story.size() < 7; ++i) {
    const std::string thrown = thrown_by([&] {
      for (const packet_view packet : listener_.next_many(64, hpp::kLong)) {
        story += std::string(packet.text()) + ' ';
      }
    });
    if (!thrown.empty()) story += thrown + ' ';
  }
  // Read together or apart, nothing is lost.
  EXPECT_THAT(story, testing::AnyOf("a b bad ", "a bad b "));
}

TEST_F(Pull, EndsWhenItsFilterEndsTheListenerAndThrows) {
  std::optional<multicast::listener> listener(std::in_place, poller_);
  listener->add(kGroup, port_);
  listener->set_filter([&](packet_view) -> bool {
    listener.reset();
    throw Thrown("ended");
  });
  listener->open();
  send("x");
  EXPECT_EQ(thrown_by([&] { (void)listener->next(); }), "ended");
  EXPECT_FALSE(listener.has_value());
}

TEST_F(Pull, OfAFilterThatPullsItsOwnListenerIsBusy) {
  listener_.set_filter([this](packet_view) { return listener_.next(0s).has_value(); });
  listener_.open();
  send("x");
  EXPECT_EQ(error_of([&] { (void)listener_.next(); }), multicast::errc::busy);
}

}  // namespace
