// Counting what a full receive buffer loses.
#include <netinet/udp.h>

#include <string>

#include "raw.h"

namespace raw {
namespace {

constexpr size_t kSent = 2000;

class Loss : public TwoLinks {
 protected:
  Loss() : membership_(holder()), socket_(data(group(1), "eth0")), from_(out("eth0")) {
    if (join(membership_, group(1), there("eth0")) != 0) lab::fail("join");
    set(socket_, SOL_SOCKET, SO_RCVBUF, 8192);
  }
  void send_many(size_t count, const std::string& payload) {
    for (size_t i = 0; i < count; ++i) ASSERT_EQ(0, send(from_, group(1), payload));
    settle();
  }

  Fd membership_;
  Fd socket_;
  Fd from_;
};
IN_BOTH_FAMILIES(Loss);

TEST_P(Loss, OfSingleDatagramsIsCountedExactlyAndAtOnce) {
  const auto buffer_errors = [&] {
    const lab::Counters counted = lab::counters(receiver_);
    return (ipv4() ? counted.ipv4 : counted.ipv6).receive_buffer_errors;
  };
  const uint64_t before = buffer_errors();
  send_many(kSent, "x");
  const size_t lost = drops(socket_);
  const size_t received = receive_all(socket_).size();
  EXPECT_GT(received, 0u);
  EXPECT_GT(lost, 0u);
  EXPECT_EQ(kSent, received + lost);
  EXPECT_EQ(lost, drops(socket_));  // Reading changes nothing.
  EXPECT_EQ(lost, buffer_errors() - before);
}

TEST_P(Loss, OfATrainIsCountedAsOne) {
  constexpr size_t kTrains = 100;
  set(socket_, SOL_UDP, UDP_GRO, 1);
  set(from_, SOL_UDP, UDP_SEGMENT, 100);
  send_many(kTrains, std::string(1000, 'x'));
  const size_t lost = drops(socket_);
  EXPECT_GT(lost, 0u);
  EXPECT_EQ(kTrains, receive_all(socket_).size() + lost);
}

TEST_P(Loss, OfATrainOnASocketWithoutGroIsCountedByDatagrams) {
  constexpr size_t kTrains = 100;
  set(from_, SOL_UDP, UDP_SEGMENT, 100);
  send_many(kTrains, std::string(1000, 'x'));
  EXPECT_EQ(kTrains * 10, receive_all(socket_).size() + drops(socket_));
}

TEST_P(Loss, IsToldLateByTheControlMessage) {
  set(socket_, SOL_SOCKET, SO_RXQ_OVFL, 1);
  send_many(kSent, "x");
  const uint32_t lost = drops(socket_);
  ASSERT_GT(lost, 0u);
  // All that were queued before the overflow know nothing of it.
  while (const auto message = receive(socket_)) EXPECT_FALSE(message->overflow);
  send_many(1, "later");
  const auto message = receive(socket_);
  ASSERT_TRUE(message);
  EXPECT_EQ(lost, message->overflow);
}

TEST_P(Loss, OnOneSocketDoesNotTouchAnother) {
  const Fd other = data(group(1), "eth0");
  set(other, SOL_SOCKET, SO_RCVBUF, 212'992);
  send_many(100, "x");
  EXPECT_GT(drops(socket_), 0u);
  EXPECT_EQ(0u, drops(other));
  EXPECT_EQ(100u, receive_all(other).size());
}

}  // namespace
}  // namespace raw
