// core/gathered: packets that wait to be handed over together; io/datagrams takes runs of them.
#include "core/gathered.h"

#include <gtest/gtest.h>

#include <random>

#include "world.h"

namespace mc::test {
namespace {

std::vector<uint8_t> block(65536, 'x');

net::Packet packet_from(unsigned host, size_t size) {
  net::Packet packet;
  packet.data = block.data();
  packet.size = packet.wire_size = size;
  packet.source = host_address(net::Family::kIpv4, host);
  packet.group = group_address(net::Family::kIpv4, 1);
  packet.interface_index = 7;
  return packet;
}

// One packet after the other, each written as a whole.
std::vector<net::Packet> plainly(net::Run run, size_t mtu) {
  std::vector<net::Packet> packets;
  size_t offset = 0;
  do {
    net::Packet packet = run.first;
    packet.data += offset;
    packet.size = packet.wire_size = std::min(run.first.size, run.bytes - offset);
    offset += packet.size;
    if (packet.size > mtu) packet.cut(mtu);
    packets.push_back(packet);
  } while (offset < run.bytes);
  return packets;
}

void expect_same(const std::vector<net::Packet>& expected, const Batch& batch) {
  ASSERT_EQ(expected.size(), batch.packets.size());
  uint64_t bytes = 0;
  uint64_t truncated = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    const net::Packet& packet = *batch.packets[i];
    EXPECT_EQ(expected[i].data, packet.data) << i;
    EXPECT_EQ(expected[i].size, packet.size) << i;
    EXPECT_EQ(expected[i].wire_size, packet.wire_size) << i;
    EXPECT_EQ(expected[i].flags, packet.flags) << i;
    EXPECT_TRUE(expected[i].is_like(packet)) << i;
    bytes += packet.size;
    if ((packet.flags & net::kTruncated) != 0) ++truncated;
  }
  EXPECT_EQ(bytes, batch.bytes);
  EXPECT_EQ(truncated, batch.truncated);
}

TEST(Run, CountsItsDatagrams) {
  const net::Packet packet = packet_from(1, 100);
  EXPECT_EQ(1u, (net::Run{packet, 100}.count()));
  EXPECT_EQ(2u, (net::Run{packet, 101}.count()));
  EXPECT_EQ(2u, (net::Run{packet, 200}.count()));
  EXPECT_EQ(655u, (net::Run{packet, 65500}.count()));
  EXPECT_EQ(1u, (net::Run{packet_from(1, 0), 0}.count()));
}

TEST(Gathered, HoldsNoMoreThanItIsTo) {
  Gathered gathered(10);
  EXPECT_EQ(10u, gathered.most());
  gathered.begin(3);
  EXPECT_EQ(3u, gathered.most());
  EXPECT_EQ(10u, gathered.room());
  const net::Packet packet = packet_from(1, 10);
  gathered.add({packet, 30}, 100);
  EXPECT_EQ(3u, gathered.size());
  gathered.begin(10);
  EXPECT_TRUE(gathered.is_empty());
}

TEST(Gathered, ForgetsWhatWasTaken) {
  Gathered gathered(4);
  const net::Packet packet = packet_from(1, 10);
  gathered.add({packet, 10}, 4);
  EXPECT_EQ(4u, gathered.take().bytes);
  const Batch none = gathered.take();
  EXPECT_TRUE(none.packets.empty());
  EXPECT_EQ(0u, none.bytes + none.truncated);
}

TEST(Gathered, WhatWasTakenStaysUntilMoreComes) {
  Gathered gathered(4);
  const net::Packet packet = packet_from(1, 10);
  gathered.add({packet, 20}, 100);
  const Batch batch = gathered.take();
  gathered.forget();
  gathered.begin(2);
  expect_same(plainly({packet, 20}, 100), batch);
}

// Whatever came before, of which parts of the packets stay as they are.
TEST(Gathered, EveryPacketIsWhatItWouldBeAlone) {
  constexpr size_t kRoom = 16;
  Gathered gathered(kRoom);
  std::mt19937 random(11);
  std::vector<net::Packet> expected;
  net::Packet packet = packet_from(0, 0);
  for (int round = 0; round < 20'000; ++round) {
    if (random() % 3 == 0) {  // another host, or another group, or another time
      packet = packet_from(static_cast<unsigned>(random() % 3), 0);
      if (random() % 4 == 0)
        packet.group = group_address(net::Family::kIpv6, static_cast<unsigned>(random() % 2));
      if (random() % 4 == 0) packet.time = random() % 2;
      if (random() % 8 == 0) packet.ttl = static_cast<uint8_t>(random() % 2);
      if (random() % 8 == 0) packet.dscp = static_cast<uint8_t>(random() % 2);
      if (random() % 8 == 0) packet.interface_index = 1 + static_cast<uint32_t>(random() % 2);
    }
    packet.flags = random() % 2 == 0 ? uint32_t{net::kTrain} : 0;
    packet.data = block.data() + random() % 100;
    packet.size = packet.wire_size = 1 + random() % 20;
    const size_t most = 1 + random() % (kRoom - gathered.size());
    const net::Run run{packet, 1 + random() % (most * packet.size)};
    if (run.bytes < packet.size) packet.size = packet.wire_size = run.bytes;
    const size_t mtu = 1 + random() % 30;
    gathered.add(run, mtu);
    const std::vector<net::Packet> added = plainly(run, mtu);
    expected.insert(expected.end(), added.begin(), added.end());
    ASSERT_EQ(expected.size(), gathered.size());
    if (gathered.size() < kRoom && random() % 4 != 0) continue;
    expect_same(expected, gathered.take());
    ASSERT_FALSE(HasFailure()) << round;
    expected.clear();
  }
}

}  // namespace
}  // namespace mc::test
