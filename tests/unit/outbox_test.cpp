// core/outbox: what waits for the kernel.
#include "core/outbox.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mc::test {
namespace {

std::string text_of(const net::Buffer& packet) {
  return {static_cast<const char*>(packet.data), packet.size};
}

TEST(Outbox, KeepsCopiesInOrder) {
  Outbox outbox;
  EXPECT_TRUE(outbox.is_empty() && outbox.has_room());
  std::string bytes = "first";
  outbox.add({bytes.data(), bytes.size()});
  bytes = "again";
  outbox.add({bytes.data(), 2});
  outbox.add({nullptr, 0});
  ASSERT_EQ(3u, outbox.waiting().size());
  EXPECT_EQ("first", text_of(outbox.waiting()[0]));
  EXPECT_EQ("ag", text_of(outbox.waiting()[1]));
  EXPECT_EQ("", text_of(outbox.waiting()[2]));
}

TEST(Outbox, GivesUpWhatTheKernelTook) {
  Outbox outbox;
  for (const char* each : {"a", "b", "c"}) outbox.add({each, 1});
  outbox.take(2);
  ASSERT_EQ(1u, outbox.waiting().size());
  EXPECT_EQ("c", text_of(outbox.waiting()[0]));
  EXPECT_FALSE(outbox.is_empty());
  outbox.take(1);
  EXPECT_TRUE(outbox.is_empty());
  EXPECT_TRUE(outbox.waiting().empty());
}

TEST(Outbox, HasRoomForABatchOfFullFrames) {
  Outbox outbox;
  const std::string frame(1472, 'x');
  size_t count = 0;
  for (; outbox.has_room(); ++count) outbox.add({frame.data(), frame.size()});
  EXPECT_EQ(Outbox::kMost, count);
}

TEST(Outbox, NeverPromisesRoomThatItLacks) {
  Outbox outbox;
  std::vector<std::string> packets;
  while (outbox.has_room()) {
    packets.emplace_back(net::kMaxPayload, static_cast<char>('a' + packets.size()));
    outbox.add({packets.back().data(), packets.back().size()});
  }
  EXPECT_GE(packets.size(), 2u);
  for (size_t i = 0; i < packets.size(); ++i) EXPECT_EQ(packets[i], text_of(outbox.waiting()[i]));
}

TEST(Outbox, StartsAfreshWhenEmptied) {
  Outbox outbox;
  while (outbox.has_room()) outbox.add({"x", 1});
  outbox.take(outbox.waiting().size());
  EXPECT_TRUE(outbox.has_room());
  outbox.add({"y", 1});
  EXPECT_TRUE(outbox.has_room());
  EXPECT_EQ("y", text_of(outbox.waiting()[0]));
  outbox.clear();
  EXPECT_TRUE(outbox.is_empty() && outbox.has_room());
}

}  // namespace
}  // namespace mc::test
