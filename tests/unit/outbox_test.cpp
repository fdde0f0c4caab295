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

TEST(Outbox, GivesTheRoomOfWhatWasTakenBack) {
  Outbox outbox;
  const std::string frame(1400, 'x');
  std::vector<std::string> expected;
  for (size_t i = 0; i < Outbox::kMost; ++i) {
    expected.push_back(std::to_string(i) + frame.substr(0, (i * 37) % frame.size()));
    outbox.add({expected.back().data(), expected.back().size()});
  }
  outbox.take(51);
  EXPECT_FALSE(outbox.has_room());
  outbox.move_up();
  ASSERT_EQ(Outbox::kMost - 51, outbox.waiting().size());
  for (const char* each : {"y", ""}) {
    ASSERT_TRUE(outbox.has_room());
    expected.emplace_back(each);
    outbox.add({each, expected.back().size()});
  }
  for (size_t i = 51; i < expected.size(); ++i) {
    EXPECT_EQ(expected[i], text_of(outbox.waiting()[i - 51]));
  }
  outbox.move_up();  // where nothing was taken
  EXPECT_EQ(expected[51], text_of(outbox.waiting()[0]));
  outbox.take(outbox.waiting().size());
  outbox.move_up();
  EXPECT_TRUE(outbox.is_empty() && outbox.has_room());
}

}  // namespace
}  // namespace mc::test
