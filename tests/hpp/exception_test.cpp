// What each kind of callback throws leaves the call that ran it, and harms nothing.
#include <fcntl.h>
#include <unistd.h>

#include <optional>

#include "lab_cpp.h"
#include "second_unit.h"

namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using hpp::fresh_port;
using hpp::kGroup;
using hpp::Thrown;
using hpp::thrown_by;
using multicast::packet_view;

class Exceptions : public testing::Test {
 protected:
  Exceptions() { listener_.add(kGroup, port_); }
  void send(multicast::bytes_view bytes) const { multicast::send_to(kGroup, port_, bytes); }
  std::string thrown_by_poll() {
    return thrown_by([this] { poller_.poll(hpp::kLong); });
  }
  std::string thrown_by_loop() {
    return thrown_by([this] { poller_.loop(hpp::kLong); });
  }

  const std::uint16_t port_ = fresh_port();
  multicast::poller poller_;
  multicast::listener listener_{poller_};
  int calls_ = 0;
};

TEST_F(Exceptions, OfAHandlerLeavePollAndItGoesOn) {
  listener_.set_handler([](packet_view packet) { throw Thrown(std::string(packet.text())); });
  listener_.open();
  send("first");
  EXPECT_EQ(thrown_by_poll(), "first");
  EXPECT_TRUE(listener_.is_open());
  send("second");
  EXPECT_EQ(thrown_by_poll(), "second");
}

TEST_F(Exceptions, KeepTheirType) {
  listener_.set_handler([](packet_view) { throw 42; });
  listener_.open();
  send("x");
  EXPECT_THROW(poller_.poll(hpp::kLong), int);
}

TEST_F(Exceptions, OfAHandlerLeaveLoopWhichMayBeCalledAgain) {
  listener_.set_handler([this](packet_view packet) {
    ++calls_;
    if (packet.text() == "bad") throw Thrown("bad");
    return packet.text() == "enough";
  });
  listener_.open();
  send("bad");
  EXPECT_EQ(thrown_by_loop(), "bad");
  send("good");
  send("enough");
  EXPECT_FALSE(poller_.loop(hpp::kLong));  // not stopped: it came to its end
  EXPECT_EQ(calls_, 3);
}

TEST_F(Exceptions, OfALastCallbackDoNotStopTheNextLoop) {
  listener_.set_limit(1);
  listener_.set_handler([](packet_view) { throw Thrown("last"); });
  listener_.open();
  send("x");
  EXPECT_EQ(thrown_by_loop(), "last");
  EXPECT_FALSE(listener_.is_open());
  const multicast::timer timer(
      1ms, [this] { ++calls_; }, poller_);
  EXPECT_FALSE(poller_.loop());
  EXPECT_EQ(calls_, 1);
}

TEST_F(Exceptions, OfABatchHandlerLeavePoll) {
  listener_.set_batch_handler(
      [](multicast::packet_batch batch) { throw Thrown(std::string(batch.front().text())); });
  listener_.open();
  send("batch");
  EXPECT_EQ(thrown_by_poll(), "batch");
  listener_.set_packed_handler([](multicast::packed_batch batch) {
    throw Thrown(std::string(batch.packets().front().text()));
  });
  send("packed");
  EXPECT_EQ(thrown_by_poll(), "packed");
  EXPECT_TRUE(listener_.is_open());
}

TEST_F(Exceptions, OfATimerLeaveLoopAndItRunsOn) {
  const multicast::timer timer(
      0s, 1ms,
      [this] {
        if (++calls_ == 1) throw Thrown("timer");
        return calls_ == 3;
      },
      poller_);
  EXPECT_EQ(thrown_by_loop(), "timer");
  EXPECT_TRUE(timer.is_running());
  EXPECT_FALSE(poller_.loop());
  EXPECT_EQ(calls_, 3);
}

TEST_F(Exceptions, OfADescriptorsHandlersLeavePollAndItStaysRegistered) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
  poller_.register_descriptor(ends[0], [] { throw Thrown("read"); });
  poller_.register_descriptor(ends[1], nullptr, [] { throw Thrown("write"); });
  EXPECT_EQ(thrown_by_poll(), "write");
  poller_.watch_descriptor(ends[1], 0);
  ASSERT_EQ(write(ends[1], "x", 1), 1);
  EXPECT_EQ(thrown_by_poll(), "read");
  EXPECT_EQ(poller_.stats().descriptors, 2U);
  poller_.unregister_descriptor(ends[0]);
  poller_.unregister_descriptor(ends[1]);
  close(ends[0]);
  close(ends[1]);
}

TEST_F(Exceptions, OfAPostedFunctionLeavePoll) {
  poller_.post([] { throw Thrown("posted"); });
  EXPECT_EQ(thrown_by_poll(), "posted");
}

TEST_F(Exceptions, OfTheLogLeaveTheLoopThatWasLogged) {
  poller_.set_log(
      [](multicast::log_level, std::error_code, std::string_view) { throw Thrown("log"); });
  EXPECT_EQ(thrown_by_loop(), "log");  // it has nothing to serve, and says so
  poller_.set_log(nullptr);
  EXPECT_FALSE(poller_.loop());
}

TEST_F(Exceptions, OfASourceLeavePollAndItPauses) {
  multicast::multicaster sender(kGroup, port_, MC_TTL_HOST, poller_);
  sender.set_source([this]() -> multicast::supply {
    if (++calls_ == 1) throw Thrown("source");
    return multicast::no_packet::end;
  });
  EXPECT_EQ(thrown_by_poll(), "source");
  EXPECT_TRUE(sender.is_open());
  EXPECT_EQ(poller_.poll(0s), 0);
  EXPECT_EQ(calls_, 1);
  sender.resume();
  EXPECT_TRUE(hpp::serve_until(poller_, [&] { return !sender.is_open(); }));
}

TEST_F(Exceptions, OfAnErrorHandlerLeavePoll) {
  multicast::multicaster sender(kGroup, port_, MC_TTL_HOST, poller_);
  sender.set_error_handler([](std::error_code code, std::string_view, std::uint64_t) {
    throw Thrown(code == multicast::errc::packet_too_large ? "too large" : "something else");
  });
  sender.set_source([this]() -> std::optional<std::string> {
    if (++calls_ > 1) return std::nullopt;
    return std::string(MC_MAX_PACKET + 1, 'x');
  });
  EXPECT_EQ(thrown_by_poll(), "too large");
}

TEST_F(Exceptions, OfAnAnswersHandlerLeavePoll) {
  multicast::multicaster asker(kGroup, port_, MC_TTL_HOST, poller_);
  asker.set_handler([](packet_view packet) { throw Thrown(std::string(packet.text())); });
  multicast::poller answering;
  multicast::listener answerer(answering);
  answerer.add(kGroup, port_);
  answerer.set_handler([](packet_view packet) { return reply(packet, "answer"); });
  answerer.open();
  ASSERT_TRUE(asker.send("question"));
  EXPECT_TRUE(hpp::serve_until(answering, [&] { return !answerer.is_open(); }));
  EXPECT_EQ(thrown_by_poll(), "answer");
  EXPECT_TRUE(asker.is_open());
}

TEST_F(Exceptions, OfAFilterLeavePollAndThePacketIsRefused) {
  listener_.set_filter([](packet_view packet) {
    if (packet.text() == "bad") throw Thrown("filter");
    return true;
  });
  std::string heard;
  listener_.set_handler([&](packet_view packet) { heard += packet.text(); });
  listener_.open();
  send("bad");
  EXPECT_EQ(thrown_by_poll(), "filter");
  send("good");
  EXPECT_TRUE(hpp::serve_until(poller_, [&] { return !heard.empty(); }));
  EXPECT_EQ(heard, "good");
  EXPECT_EQ(listener_.stats().filtered, 1U);
}

TEST_F(Exceptions, OfAFilterLeaveMatches) {
  const multicast::filter filter([](packet_view) -> bool { throw Thrown("matches"); });
  EXPECT_EQ(thrown_by([&] { (void)filter.matches("x"); }), "matches");
  EXPECT_EQ(poller_.poll(0s), 0);  // nothing is left of it
}

TEST_F(Exceptions, OfAHandlerLeaveListen) {
  // One packet for each: a second in the same turn would have the handler throw again, for later.
  multicast::timer sender(0s, [this] { send("x"); });
  EXPECT_EQ(thrown_by([&] {
              multicast::listen(kGroup, port_, [](packet_view) { throw Thrown("listen"); });
            }),
            "listen");
  sender.set(0s);
  EXPECT_FALSE(multicast::listen(kGroup, port_, [](packet_view) { return true; }));
}

TEST_F(Exceptions, OfOthersLeaveListen) {
  const multicast::timer other(0s, [] { throw Thrown("other"); });
  EXPECT_EQ(thrown_by([&] { multicast::listen(kGroup, port_, [](packet_view) {}); }), "other");
  EXPECT_FALSE(multicast::default_poller().is_polling());
}

TEST_F(Exceptions, OfAnotherTranslationUnitAreTheSame) {
  second_unit::throw_from_now_on(listener_.get());
  listener_.open();
  send("x");
  EXPECT_EQ(thrown_by_poll(), "second unit");
}

TEST_F(Exceptions, OfTheLibraryLeaveAHandlerAndPoll) {
  listener_.set_handler([this](packet_view) { poller_.poll(0s); });
  listener_.open();
  send("x");
  try {
    poller_.poll(hpp::kLong);
    FAIL() << "a poller polled inside its own callback";
  } catch (const multicast::error& failure) {
    EXPECT_EQ(failure.code(), multicast::errc::busy);
  }
}

TEST_F(Exceptions, OfACallbackThatEndedItsPollerLeaveTheLoop) {
  std::optional<multicast::poller> poller(std::in_place);
  const multicast::timer timer(
      0s,
      [&] {
        poller.reset();
        throw Thrown("after the end");
      },
      *poller);
  EXPECT_EQ(thrown_by([&] { poller->loop(); }), "after the end");
  EXPECT_FALSE(poller.has_value());
}

}  // namespace
