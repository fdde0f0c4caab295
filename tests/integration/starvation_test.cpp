// Whoever floods gets a bounded share of a turn, and everybody else is served meanwhile.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "peer.h"

namespace peer {
namespace {

constexpr unsigned kQuiet = 9000;  // A group.

class Starvation : public Links {
 protected:
  Starvation() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) lab::fail("pipe2");
    read_end_ = lab::Fd(ends[0]);
    write_end_ = lab::Fd(ends[1]);
    check(mc_poller_register(poller_.get(), read_end_.get(), 0, take_byte, nullptr, this, nullptr));
  }

  // Opens flooded groups. Each packet that one of them gets is followed by another one, so that
  // none of them ever runs dry.
  void flood(unsigned groups, size_t packets) {
    for (unsigned n = 0; n < groups; ++n) {
      flooded_.push_back(std::make_unique<Listener>(poller_, std::vector<std::string>{on(n, 0)}));
      flooded_.back()->on_packet = [this, target = to(n)](const mc_packet&) {
        // Were a turn without bound, it would end here.
        return ++floods_ < kTooMany && raw::send(from_, target, "flood") == 0 ? 0 : 1;
      };
      flooded_.back()->open();
      for (size_t i = 0; i < packets; ++i) ASSERT_EQ(0, raw::send(from_, to(n), "flood"));
    }
  }

  // Makes the quiet ones ready and counts the turns until both have been served.
  int turns_until_served() {
    quiet_.packets.clear();
    bytes_ = 0;
    EXPECT_EQ(0, raw::send(from_, to(kQuiet), "quiet"));
    settle();
    EXPECT_EQ(1, ::write(write_end_.get(), "x", 1));
    int turns = 0;
    for (; (quiet_.packets.empty() || bytes_ == 0) && turns < 1000; ++turns) {
      floods_ = 0;
      check(mc_poller_poll(poller_.get(), 0));
      EXPECT_LT(floods_, kTooMany) << "in one turn";
    }
    return turns;
  }

  static int take_byte(int fd, uint32_t, void* user) {
    char byte = 0;
    static_cast<Starvation*>(user)->bytes_ += ::read(fd, &byte, 1);
    return 0;
  }

  static constexpr size_t kTooMany = 50'000;
  static constexpr int kRounds = 20;
  Poller poller_;
  lab::Fd from_ = source_socket(0, 0);
  size_t floods_ = 0;  // in this turn
  Listener quiet_{poller_, {on(kQuiet, 0)}};

 private:
  lab::Fd read_end_;
  lab::Fd write_end_;
  ssize_t bytes_ = 0;
  std::vector<std::unique_ptr<Listener>> flooded_;
};
IN_BOTH_FAMILIES(Starvation);

TEST_P(Starvation, OfOthersByOneFloodedGroupDoesNotHappenForATurn) {
  flood(1, 200);
  quiet_.open();
  for (int round = 0; round < kRounds; ++round) ASSERT_LE(turns_until_served(), 2);
}

// More than the poller takes in hand in one turn, so that they must take turns.
TEST_P(Starvation, OfOthersByManyFloodedGroupsDoesNotHappenForMoreThanARound) {
  flood(300, 5);
  quiet_.open();
  for (int round = 0; round < kRounds; ++round) ASSERT_LE(turns_until_served(), 10);
}

TEST_P(Starvation, OfOthersByAnEndlessPacketSourceDoesNotHappenForATurn) {
  mc_multicaster* multicaster = nullptr;
  check(mc_multicaster_new(&multicaster, poller_.get(), on(1, 0).c_str(), raw::kPort, 1));
  const std::unique_ptr<mc_multicaster, Free<mc_multicaster, mc_multicaster_free>> owner(
      multicaster);
  const auto endless = [](mc_buffer* packet, void* user) {
    *packet = {"x", 1};
    return ++*static_cast<size_t*>(user) < kTooMany ? MC_SOURCE_PACKET : MC_SOURCE_END;
  };
  check(mc_multicaster_set_source(multicaster, endless, &floods_, nullptr));
  quiet_.open();
  for (int round = 0; round < kRounds; ++round) ASSERT_LE(turns_until_served(), 2);
  mc_stats stats{};
  check(mc_multicaster_stats(multicaster, &stats, sizeof stats));
  EXPECT_GE(stats.sent, static_cast<uint64_t>(kRounds));
}

}  // namespace
}  // namespace peer
