// core/send_packed: packets that lie one behind the other, sent some at a time.
#include "core/send_packed.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "world.h"

namespace mc::test {
namespace {

// 300 packets of 0, 1, 2, 0, 1, 2 … bytes, which the numbers of the packets fill.
struct Many {
  Many() {
    for (unsigned i = 0; i < 300; ++i) {
      sizes.push_back(i % 3);
      bytes.insert(bytes.end(), i % 3, static_cast<uint8_t>(i));
    }
  }
  PackedBuffers all() const { return {bytes.data(), sizes}; }
  std::vector<uint32_t> sizes;
  std::vector<uint8_t> bytes;
};

TEST(SendPacked, GivesEachPacketOnceAndInOrder) {
  const Many many;
  std::vector<size_t> pieces;
  unsigned next = 0;
  const Sent sent = send_packed(many.all(), [&](std::span<const net::Buffer> packets) -> Sent {
    pieces.push_back(packets.size());
    for (const net::Buffer& each : packets) {
      EXPECT_EQ(next % 3, each.size);
      const auto* bytes = static_cast<const uint8_t*>(each.data);
      for (size_t i = 0; i < each.size; ++i) EXPECT_EQ(static_cast<uint8_t>(next), bytes[i]);
      ++next;
    }
    return {packets.size(), {}};
  });
  EXPECT_EQ(300u, sent.count);
  EXPECT_TRUE(sent.reason.ok());
  EXPECT_EQ((std::vector<size_t>{128, 128, 44}), pieces);
}

TEST(SendPacked, EndsWhereNoMoreIsTakenAndSaysWhy) {
  const Many many;
  int calls = 0;
  const Sent sent = send_packed(many.all(), [&](std::span<const net::Buffer> packets) -> Sent {
    if (++calls == 2) return {7, Status(-EAGAIN, "full")};
    return {packets.size(), {}};
  });
  EXPECT_EQ(135u, sent.count);
  EXPECT_EQ(-EAGAIN, sent.reason.code());
  EXPECT_STREQ("full", sent.reason.sentence());
  EXPECT_EQ(2, calls);
}

TEST(SendPacked, TellsWhatWasSentWhenMemoryRunsOut) {
  const Many many;
  int calls = 0;
  const auto second_fails = [&](std::span<const net::Buffer> packets) -> Sent {
    if (++calls == 2) throw std::bad_alloc();
    return {packets.size(), {}};
  };
  const Sent sent = send_packed(many.all(), second_fails);
  EXPECT_EQ(128u, sent.count);
  EXPECT_EQ(-ENOMEM, sent.reason.code());
  calls = 1;
  EXPECT_THROW(send_packed(many.all(), second_fails), std::bad_alloc);
}

TEST(SendPacked, SendsNothingWhereOneCannotBeSent) {
  Many many;
  const auto never = [](std::span<const net::Buffer>) -> Sent {
    ADD_FAILURE();
    return {};
  };
  many.sizes.back() = net::kMaxPayload + 1;
  const Sent too_large = send_packed(many.all(), never);
  EXPECT_EQ(kErrorPacketTooLarge, too_large.reason.code());
  EXPECT_STREQ("packet 300 of 300 has 65508 bytes; a UDP datagram carries at most 65507",
               too_large.reason.sentence());
  const uint32_t one = 1;
  const Sent null = send_packed({nullptr, {&one, 1}}, never);
  EXPECT_EQ(kErrorNull, null.reason.code());
  EXPECT_STREQ("the packet is NULL but has 1 bytes", null.reason.sentence());
}

TEST(SendPacked, OfNoPacketsAsksAllTheSame) {
  int calls = 0;
  const Sent sent = send_packed({}, [&](std::span<const net::Buffer> packets) -> Sent {
    EXPECT_TRUE(packets.empty());
    ++calls;
    return {0, Status(kErrorClosed, "closed")};
  });
  EXPECT_EQ(1, calls);
  EXPECT_EQ(kErrorClosed, sent.reason.code());
}

}  // namespace
}  // namespace mc::test
