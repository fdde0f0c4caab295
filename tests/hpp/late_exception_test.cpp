// Exceptions that cannot be rethrown at once: several in a turn, and those of no call of C++.
#include "lab_cpp.h"

namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using hpp::fresh_port;
using hpp::kGroup;
using hpp::Thrown;
using hpp::thrown_by;
using multicast::packet_view;

std::string thrown_by_poll(multicast::poller_ref poller) {
  return thrown_by([poller] { poller.poll(0s); });
}

// What polling throws, call by call, until it throws nothing.
std::string all_thrown_by_poll(multicast::poller_ref poller) {
  std::string all;
  for (int i = 0; i < 100; ++i) {
    const std::string one = thrown_by_poll(poller);
    if (one.empty()) break;
    all += one;
  }
  return all;
}

TEST(LateExceptions, OfOneTurnAreRethrownOneByOneInOrder) {
  multicast::poller poller;
  for (const char* name : {"1", "2", "3"}) {
    poller.post([name] { throw Thrown(name); });
  }
  EXPECT_EQ(thrown_by([&] { poller.poll(hpp::kLong); }), "1");
  EXPECT_EQ(thrown_by([&] { poller.loop(hpp::kLong); }), "2");
  EXPECT_EQ(thrown_by_poll(poller), "3");
  EXPECT_EQ(thrown_by_poll(poller), "");
}

TEST(LateExceptions, OfEveryPacketOfATurnAreKept) {
  const std::uint16_t port = fresh_port();
  multicast::poller poller;
  multicast::listener listener(poller);
  listener.add(kGroup, port);
  listener.set_handler([](packet_view packet) { throw Thrown(std::string(packet.text())); });
  listener.open();
  for (const char* each : {"a", "b", "c", "d"}) multicast::send_to(kGroup, port, each);
  EXPECT_EQ(all_thrown_by_poll(poller), "abcd");
  EXPECT_EQ(listener.stats().delivered, 4U);
}

TEST(LateExceptions, OfNoCallOfCppWaitForTheNext) {
  multicast::poller poller;
  poller.post([] { throw Thrown("under C"); });
  EXPECT_GE(mc_poller_poll(poller.get(), 10), 0);
  EXPECT_EQ(thrown_by_poll(poller), "under C");
  EXPECT_EQ(thrown_by_poll(poller), "");
}

TEST(LateExceptions, AreRethrownByListenAndNext) {
  multicast::poller poller;
  multicast::listener pulled(poller);
  pulled.add(kGroup, fresh_port());
  pulled.open();
  const auto throw_under_c = [&] {
    poller.post([] { throw Thrown("late"); });
    mc_poller_poll(poller.get(), 10);
  };
  throw_under_c();
  EXPECT_EQ(thrown_by([&] { (void)pulled.next(); }), "late");
  throw_under_c();
  EXPECT_EQ(thrown_by([&] { (void)pulled.next_many(); }), "late");
  throw_under_c();
  EXPECT_EQ(thrown_by([&] { multicast::listen(kGroup, fresh_port(), [](packet_view) {}); }),
            "late");
}

TEST(LateExceptions, DoNotLeaveOtherCalls) {
  multicast::poller poller;
  poller.post([] { throw Thrown("late"); });
  mc_poller_poll(poller.get(), 10);
  EXPECT_TRUE(multicast::filter::regex("x").matches("xyz"));
  EXPECT_FALSE(poller.is_polling());
  EXPECT_EQ(thrown_by_poll(poller), "late");
}

TEST(LateExceptions, OfAnInnerPollerLeaveItsPollFirst) {
  multicast::poller outer;
  multicast::poller inner;
  inner.post([] { throw Thrown("inner"); });
  std::string caught;
  outer.post([&] { caught = thrown_by_poll(inner); });
  EXPECT_EQ(thrown_by_poll(outer), "");
  EXPECT_EQ(caught, "inner");
}

TEST(LateExceptions, OfAnInnerPollerThatNobodyCatchesLeaveTheOuterOne) {
  multicast::poller outer;
  multicast::poller inner;
  inner.post([] { throw Thrown("inner"); });
  outer.post([&] { inner.poll(0s); });
  EXPECT_EQ(thrown_by([&] { outer.loop(hpp::kLong); }), "inner");
}

}  // namespace
