// Trains: many datagrams in one buffer, sent with UDP_SEGMENT and received with UDP_GRO.
#include <netinet/udp.h>

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "raw.h"

namespace raw {
namespace {

constexpr size_t kSegment = 100;
constexpr size_t kSegments = 10;

class Train : public TwoLinks {
 protected:
  Train() : membership_(holder()), socket_(data(group(1), "eth0")), from_(out("eth0")) {
    if (join(membership_, group(1), there("eth0")) != 0) lab::fail("join");
  }
  void send_train(size_t segments = kSegments, size_t rest = 0) {
    std::string payload;
    for (size_t i = 0; i < segments; ++i) payload += std::string(kSegment, letter(i));
    payload += std::string(rest, letter(segments));
    set(from_, SOL_UDP, UDP_SEGMENT, kSegment);
    ASSERT_EQ(0, send(from_, group(1), payload));
    set(from_, SOL_UDP, UDP_SEGMENT, 0);
    settle();
  }
  static char letter(size_t i) { return static_cast<char>('a' + i % 26); }

  Fd membership_;
  Fd socket_;
  Fd from_;
};
IN_BOTH_FAMILIES(Train);

TEST_P(Train, IsReceivedAsOneMessageThatTellsTheSegmentSize) {
  set(socket_, SOL_UDP, UDP_GRO, 1);
  send_train(kSegments, 7);
  const auto message = receive(socket_);
  ASSERT_TRUE(message);
  EXPECT_EQ(kSegments * kSegment + 7, message->data.size());
  EXPECT_EQ(static_cast<int>(kSegment), message->segment_size);
  EXPECT_EQ('a', message->data[0]);
  EXPECT_EQ('b', message->data[kSegment]);
  EXPECT_FALSE(receive(socket_));
}

TEST_P(Train, ASingleDatagramCarriesNoSegmentSize) {
  set(socket_, SOL_UDP, UDP_GRO, 1);
  ASSERT_EQ(0, send(from_, group(1), "alone"));
  settle();
  const auto message = receive(socket_);
  ASSERT_TRUE(message);
  EXPECT_EQ("alone", message->data);
  EXPECT_FALSE(message->segment_size);
}

TEST_P(Train, OfOneSegmentIsASingleDatagram) {
  set(socket_, SOL_UDP, UDP_GRO, 1);
  send_train(1);
  const auto message = receive(socket_);
  ASSERT_TRUE(message);
  EXPECT_EQ(kSegment, message->data.size());
  EXPECT_FALSE(message->segment_size);
}

TEST_P(Train, ASocketWithoutGroGetsSeparateDatagramsNextToOneWithIt) {
  const Fd plain = data(group(1), "eth0");
  set(socket_, SOL_UDP, UDP_GRO, 1);
  send_train(kSegments, 7);
  EXPECT_EQ(1u, receive_all(socket_).size());
  const std::vector<std::string> all = receive_all(plain);
  ASSERT_EQ(kSegments + 1, all.size());
  for (size_t i = 0; i < kSegments; ++i) EXPECT_EQ(std::string(kSegment, letter(i)), all[i]);
  EXPECT_EQ(7u, all.back().size());
}

TEST_P(Train, AShortBufferLosesTheTail) {
  set(socket_, SOL_UDP, UDP_GRO, 1);
  send_train();
  const auto message = receive(socket_, kSegment + 50);
  ASSERT_TRUE(message);
  EXPECT_EQ(kSegment + 50, message->data.size());
  EXPECT_TRUE(message->flags & MSG_TRUNC);
  EXPECT_EQ(static_cast<int>(kSegment), message->segment_size);
  EXPECT_FALSE(receive(socket_));
  EXPECT_EQ(0u, drops(socket_));  // And no counter tells.
}

TEST_P(Train, WithoutAControlBufferTheSegmentSizeIsLost) {
  set(socket_, SOL_UDP, UDP_GRO, 1);
  send_train();
  const auto message = receive(socket_, 65536, false);
  ASSERT_TRUE(message);
  EXPECT_EQ(kSegments * kSegment, message->data.size());
  EXPECT_TRUE(message->flags & MSG_CTRUNC);
}

// The reason why UDP_GRO is chosen when the socket is made.
TEST_P(Train, AQueuedTrainIsReadAsOneDatagramWithoutItsSizeOnceGroIsTurnedOff) {
  set(socket_, SOL_UDP, UDP_GRO, 1);
  send_train();
  set(socket_, SOL_UDP, UDP_GRO, 0);
  const auto message = receive(socket_);
  ASSERT_TRUE(message);
  EXPECT_EQ(kSegments * kSegment, message->data.size());
  EXPECT_FALSE(message->segment_size);
}

TEST_P(Train, ItsLimitsAreRefusedWithTheirOwnErrors) {
  const auto attempt = [&](size_t segment, size_t total) {
    set(from_, SOL_UDP, UDP_SEGMENT, static_cast<int>(segment));
    return send(from_, group(1), std::string(total, 'x'));
  };
  EXPECT_EQ(0, attempt(1, 64));
  EXPECT_EQ(EMSGSIZE, attempt(1200, 65'536));
  const size_t largest = 1500 - (ipv4() ? 28 : 48);
  EXPECT_EQ(0, attempt(largest, 3 * largest));
  EXPECT_NE(0, attempt(largest + 1, 3 * largest));
}

// Nobody tells beforehand: the refusal is how a sender learns of it.
TEST_P(Train, IsRefusedWhereTheMtuHasShrunkBelowItsSegmentAndItsDatagramsAreNot) {
  set(from_, SOL_UDP, UDP_SEGMENT, 1400);
  EXPECT_EQ(0, send(from_, group(1), std::string(2800, 'x')));
  sender_.ip("link set eth0 mtu 1300");
  const int error = send(from_, group(1), std::string(2800, 'x'));
  EXPECT_TRUE(error == EMSGSIZE || error == EINVAL) << error;
  set(from_, SOL_UDP, UDP_SEGMENT, 0);
  EXPECT_EQ(0, send(from_, group(1), std::string(1400, 'x')));
  sender_.ip("link set eth0 mtu 1500");
  settle();
  EXPECT_EQ(3u, receive_all(socket_).size());
}

// The call of each train says its segment size, so that trains and datagrams mix.
TEST_P(Train, IsGatheredFromSeparatePiecesAndMixedWithDatagramsInOneCall) {
  struct alignas(cmsghdr) Control {
    std::array<char, CMSG_SPACE(sizeof(uint16_t))> bytes{};
  } control;
  const Address to = group(1);
  std::array<std::string, 4> texts = {"aaaa", "bbbb", "cc", "alone"};
  std::array<iovec, 4> pieces;
  for (size_t i = 0; i < 4; ++i) pieces[i] = {texts[i].data(), texts[i].size()};
  std::array<mmsghdr, 2> messages{};
  for (mmsghdr& each : messages) {
    each.msg_hdr.msg_name = const_cast<sockaddr*>(to.get());  // NOLINT: sending does not write
    each.msg_hdr.msg_namelen = to.size;
  }
  messages[0].msg_hdr.msg_iov = &pieces[0];
  messages[0].msg_hdr.msg_iovlen = 3;
  messages[0].msg_hdr.msg_control = &control;
  messages[0].msg_hdr.msg_controllen = sizeof control;
  cmsghdr* const header = CMSG_FIRSTHDR(&messages[0].msg_hdr);
  header->cmsg_level = SOL_UDP;
  header->cmsg_type = UDP_SEGMENT;
  header->cmsg_len = CMSG_LEN(sizeof(uint16_t));
  const uint16_t segment = 4;
  std::memcpy(CMSG_DATA(header), &segment, sizeof segment);
  messages[1].msg_hdr.msg_iov = &pieces[3];
  messages[1].msg_hdr.msg_iovlen = 1;
  ASSERT_EQ(2, ::sendmmsg(from_.get(), messages.data(), 2, 0));
  settle();
  EXPECT_EQ((std::vector<std::string>{"aaaa", "bbbb", "cc", "alone"}), receive_all(socket_));
}

}  // namespace
}  // namespace raw
