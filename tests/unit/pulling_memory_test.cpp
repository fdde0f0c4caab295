// For each n, the nth allocation of a call fails: pulling, batches, answers, posts and interfaces.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

#include "starved.h"

namespace mc::test {
namespace {

const char* const kGroup = "239.77.0.1%lo";

// Sends to a port of this host, or to the group of the tests, without any memory.
class PlainSender {
 public:
  PlainSender() : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    const ip_mreqn lo{{}, {htonl(INADDR_LOOPBACK)}, kLo};
    EXPECT_EQ(0, ::setsockopt(fd_, IPPROTO_IP, IP_MULTICAST_IF, &lo, sizeof lo));
  }
  PlainSender(const PlainSender&) = delete;
  PlainSender& operator=(const PlainSender&) = delete;
  ~PlainSender() { ::close(fd_); }
  void to_group() const { send(0xef4d0001, kStarvedPort); }
  void to_host(uint16_t port) const { send(INADDR_LOOPBACK, port); }

 private:
  void send(uint32_t host, uint16_t port) const {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(host);
    EXPECT_EQ(1, ::sendto(fd_, "x", 1, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to));
  }
  int fd_;
};

int ignore_batch(const mc_packet* const*, size_t, void*) {
  return 0;
}

class StarvedPulling : public Starved {
 protected:
  mc_listener* pulled() {
    mc_listener* made = listener({kGroup});
    EXPECT_EQ(0, mc_listener_set_handler(made, nullptr, nullptr, nullptr));
    return made;
  }
};

TEST_F(StarvedPulling, AListenerDoesNotOpenToBePulled) {
  mc_listener* ears = listener({"239.77.0.1%lo", "10.1.0.1@239.77.0.2%lo", "ff15::1%lo"});
  ASSERT_EQ(0, mc_listener_set_handler(ears, nullptr, nullptr, nullptr));
  ASSERT_EQ(0, mc_listener_set_details(ears, MC_PACKET_TTL));
  starve([&] { return mc_listener_open(ears); }, [&] { mc_listener_close(ears); },
         [&] {
           EXPECT_EQ(0, mc_listener_is_open(ears));
           EXPECT_EQ(0u, stats().channels + stats().memberships + stats().holders);
           EXPECT_GE(descriptors_ + 1, open_descriptors());  // the queue's, while it is closed
           EXPECT_TRUE(kernel_memberships().empty());
         });
  mc_listener_free(ears);
  expect_nothing_left();
}

TEST_F(StarvedPulling, WhatCannotBePulledNowIsPulledLater) {
  const PlainSender sender;
  mc_listener* ears = pulled();
  ASSERT_EQ(0, mc_listener_open(ears));
  const mc_packet* const* packets = nullptr;
  size_t most = 1;
  sender.to_group();
  starve([&] { return mc_listener_next_many(ears, &packets, most += 60, 5); },
         [&] {
           EXPECT_EQ('x', packets[0]->data[0]);
           sender.to_group();
         },
         [] {}, 1);
  EXPECT_EQ(1, mc_listener_next_many(ears, &packets, 1, 5));
  mc_stats now;
  ASSERT_EQ(0, mc_listener_stats(ears, &now, sizeof now));
  EXPECT_EQ(3u, now.arrived);  // two successes, and the last
  mc_listener_free(ears);
}

TEST_F(StarvedPulling, OnePacketNeedsNoMemoryAfterTheFirst) {
  const PlainSender sender;
  mc_listener* ears = pulled();
  ASSERT_EQ(0, mc_listener_open(ears));
  const mc_packet* packet = nullptr;
  sender.to_group();
  ASSERT_EQ(1, mc_listener_next(ears, &packet, 5));
  for (int i = 0; i < 40; ++i) {
    sender.to_group();
    const ScarceMemory scarce(1, ScarceMemory::After::kFails);
    ASSERT_EQ(1, mc_listener_next(ears, &packet, 5));
    ASSERT_FALSE(scarce.ran_out());
  }
  mc_listener_free(ears);
}

TEST_F(StarvedPulling, ADescriptorIsNotGivenOut) {
  int fd = -1;
  mc_listener* ears = nullptr;
  starve(
      [&] {
        ears = nullptr;
        int code = mc_listener_new(&ears, poller_);
        if (code == 0) code = mc_listener_add(ears, kGroup, kStarvedPort);
        if (code == 0) code = mc_listener_open(ears);
        if (code == 0) code = fd = mc_listener_fd(ears);
        return code < 0 ? code : 0;
      },
      [&] { EXPECT_GE(fd, 0); },
      [&] {
        mc_listener_free(ears);
        expect_nothing_left();
      });
}

TEST_F(StarvedPulling, ABatchHandlerIsNotTakenAndItsUserNotDestroyed) {
  int destroyed = 0;
  int taken = 0;
  starve(
      [&] {
        mc_listener* ears = nullptr;
        int code = mc_listener_new(&ears, poller_);
        if (code == 0) {
          code = mc_listener_set_batch_handler(ears, ignore_batch, &destroyed, count_call);
          taken += code == 0 ? 1 : 0;
        }
        mc_listener_free(ears);
        return code;
      },
      [] {}, [&] { EXPECT_EQ(taken, destroyed); });
  EXPECT_EQ(2, taken);
}

int take_answer(const mc_packet*, void* count) {
  ++*static_cast<int*>(count);
  return 0;
}

TEST_F(StarvedPulling, AHandlerOfAnswersIsNotTaken) {
  int destroyed = 0;
  int taken = 0;
  mc_filter* filter = nullptr;
  ASSERT_EQ(0, mc_filter_regex(&filter, "x", 1));
  starve(
      [&] {
        mc_multicaster* caster = nullptr;
        int code = mc_multicaster_new(&caster, poller_, kGroup, kStarvedPort, 1);
        if (code == 0) code = mc_multicaster_set_filter(caster, filter);
        if (code == 0) {
          code = mc_multicaster_set_handler(caster, take_answer, &destroyed, count_call);
          taken += code == 0 ? 1 : 0;
        }
        mc_multicaster_free(caster);
        return code;
      },
      [] {},
      [&] {
        EXPECT_EQ(taken, destroyed);
        expect_nothing_left();
      });
  EXPECT_EQ(2, taken);
  mc_filter_free(filter);
}

TEST_F(StarvedPulling, AHandlerOfAnswersThatIsRefusedLeavesTheOldOneInPlace) {
  const PlainSender sender;
  mc_multicaster* caster = nullptr;
  ASSERT_EQ(0, mc_multicaster_new(&caster, poller_, kGroup, kStarvedPort, 1));
  int answers = 0;
  int refused = 0;
  ASSERT_EQ(0, mc_multicaster_set_handler(caster, take_answer, &answers, nullptr));
  {
    const ScarceMemory scarce(1, ScarceMemory::After::kFails);
    EXPECT_EQ(-ENOMEM, mc_multicaster_set_handler(caster, take_answer, &refused, count_call));
  }
  mc_address source;
  ASSERT_EQ(0, mc_multicaster_source(caster, &source));
  sender.to_host(source.port);
  EXPECT_EQ(1, mc_poller_poll(poller_, 5));
  EXPECT_EQ(1, answers);
  EXPECT_EQ(0, refused);
  mc_multicaster_free(caster);
}

TEST_F(StarvedPulling, APortIsNotChangedHalf) {
  const PlainSender sender;
  mc_multicaster* caster = nullptr;
  ASSERT_EQ(0, mc_multicaster_new(&caster, poller_, kGroup, kStarvedPort, 1));
  int answers = 0;
  ASSERT_EQ(0, mc_multicaster_set_handler(caster, take_answer, &answers, nullptr));
  const size_t before = open_descriptors();
  uint16_t port = 7000;
  starve([&] { return mc_multicaster_set_source_port(caster, ++port, 0); }, [] {},
         [&] {
           const int had = answers;
           mc_address source;
           EXPECT_EQ(0, mc_multicaster_source(caster, &source));
           sender.to_host(source.port);
           EXPECT_EQ(1, mc_poller_poll(poller_, 5));
           EXPECT_EQ(had + 1, answers);
           EXPECT_EQ(before, open_descriptors());
         });
  mc_multicaster_free(caster);
}

TEST_F(StarvedPulling, APostIsNotTakenAndItsUserNotDestroyed) {
  int runs = 0;
  int destroyed = 0;
  int taken = 0;
  struct Counts {
    int* runs;
    int* destroyed;
  } counts{&runs, &destroyed};
  const auto run = [](void* user) { ++*static_cast<Counts*>(user)->runs; };
  const auto end = [](void* user) { ++*static_cast<Counts*>(user)->destroyed; };
  starve([&] { return mc_poller_post(poller_, run, &counts, end); },
         [&] {
           ++taken;
           EXPECT_EQ(0, mc_poller_poll(poller_, 5));
         },
         [&] {
           EXPECT_EQ(taken, runs);
           EXPECT_EQ(taken, destroyed);
         });
}

TEST_F(StarvedPulling, InterfacesAreNotListedAndTheDefaultNotTold) {
  const mc_interface* const* all = nullptr;
  int count = 0;
  starve([&] { return (count = mc_interfaces(&all)) < 0 ? count : 0; },
         [&] {
           EXPECT_GE(count, 1);
           mc_interfaces_free(std::exchange(all, nullptr));
         },
         [&] {
           EXPECT_EQ(nullptr, all);
           expect_nothing_left();
         });
  char name[MC_INTERFACE_NAME_SIZE] = "untouched";
  starve([&] { return std::min(0, mc_interface_default(kGroup, name, sizeof name)); },
         [&] {
           EXPECT_STREQ("lo", name);
           std::copy_n("untouched", 10, name);
         },
         [&] { EXPECT_STREQ("untouched", name); });
}

TEST_F(StarvedPulling, AReplyIsNotSentAndNothingIsLeft) {
  mc_packet packet{};
  packet.source = {MC_IPV4, kStarvedPort, {127, 0, 0, 1}, 0, 0};
  for (const bool has_replied : {false, true}) {
    std::thread([&] {     // whose sockets end with it
      if (has_replied) {  // and then it needs none
        EXPECT_EQ(0, mc_reply(&packet, "yes", 3));
        const ScarceMemory scarce(1, ScarceMemory::After::kFails);
        EXPECT_EQ(0, mc_reply(&packet, "yes", 3));
        return;
      }
      const ScarceMemory scarce(1, ScarceMemory::After::kFails);
      const int code = mc_reply(&packet, "yes", 3);
      EXPECT_TRUE(code == 0 || code == -ENOMEM) << code;
    })
        .join();
    expect_nothing_left();
  }
}

}  // namespace
}  // namespace mc::test
