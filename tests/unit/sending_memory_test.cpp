// For each n, the nth allocation of a call fails: senders, listening that waits, and a turn.
#include <sys/socket.h>

#include <cerrno>
#include <thread>
#include <utility>

#include "fake_kernel.h"
#include "handlers.h"
#include "starved.h"

namespace mc::test {
namespace {

int no_packet(mc_buffer*, void*) {
  return MC_SOURCE_PAUSE;
}
int ignore_error(int, const char*, uint64_t, void*) {
  return 0;
}

TEST_F(Starved, AMulticasterIsNotMade) {
  for (const char* group : {"239.77.0.1", "::1@ff15::1%lo"}) {
    mc_multicaster* made = nullptr;
    starve([&] { return mc_multicaster_new(&made, poller_, group, kStarvedPort, 1); },
           [&] { mc_multicaster_free(std::exchange(made, nullptr)); },
           [&] {
             EXPECT_EQ(nullptr, made);
             expect_nothing_left();
           });
  }
}

TEST_F(Starved, APacketSourceIsNotTaken) {
  int destroyed = 0;
  int taken = 0;
  starve(
      [&] {
        mc_multicaster* sender = nullptr;
        int code = mc_multicaster_new(&sender, poller_, "239.77.0.1%lo", kStarvedPort, 1);
        if (code == 0) {
          code = mc_multicaster_set_source(sender, no_packet, &destroyed, count_call);
          taken += code == 0 ? 1 : 0;
        }
        if (code == 0) {
          code = mc_multicaster_set_error_handler(sender, ignore_error, &destroyed, count_call);
          taken += code == 0 ? 1 : 0;
        }
        mc_multicaster_free(sender);
        return code;
      },
      [] {},
      [&] {
        EXPECT_EQ(taken, destroyed);
        expect_nothing_left();
      });
}

TEST_F(Starved, AQuickSendSendsNothing) {
  const mc_buffer packets[] = {{"one", 3}, {"two", 3}};
  for (const char* group : {"239.77.0.1", "ff15::1%lo"}) {
    std::thread([&] {  // whose kept sockets end with it
      uint16_t port = kStarvedPort;
      const size_t before = open_descriptors();
      const auto check = [&] {
        EXPECT_LE(open_descriptors(), before + 16);
        ++port;  // a socket that is not kept yet
      };
      starve([&] { return mc_sendto("x", 1, group, port, 1); }, [] {}, check);
      starve([&] { return mc_sendto_many(packets, 2, group, port, 1); }, [] {}, check, 2);
    })
        .join();
  }
  expect_nothing_left();
}

TEST_F(Starved, ARefusalOfSomePacketsStillSaysHowManyWent) {
  const mc_buffer packets[] = {{"one", 3}, {"three", 5}};
  mc_multicaster* sender = nullptr;
  ASSERT_EQ(0, mc_multicaster_new(&sender, poller_, "239.77.0.1%lo", kStarvedPort, 1));
  ASSERT_EQ(2, mc_multicaster_send_many(sender, packets, 2));
  for (unsigned nth = 1; nth < 20 && !HasFailure(); ++nth) {
    FakeKernel kernel;
    kernel.take_at_most(1);
    kernel.fail(Call::kSendmmsg, EPERM, 2);
    int sent = 0;
    {
      const ScarceMemory scarce(nth, ScarceMemory::After::kFails);
      sent = mc_multicaster_send_many(sender, packets, 2);
    }
    EXPECT_EQ(1, sent) << "allocation " << nth;
  }
  mc_multicaster_free(sender);
}

// There is no memory to send them together, so they go singly.
TEST_F(Starved, ManyPacketsAreSentAllTheSame) {
  const mc_buffer packets[] = {{"one", 3}, {"two", 3}};
  mc_multicaster* sender = nullptr;
  ASSERT_EQ(0, mc_multicaster_new(&sender, poller_, "239.77.0.1%lo", kStarvedPort, 1));
  {
    const FakeKernel kernel;
    const ScarceMemory scarce(1, ScarceMemory::After::kFails);
    EXPECT_EQ(2, mc_multicaster_send_many(sender, packets, 2));
    EXPECT_EQ(0u, kernel.calls(Call::kSendmmsg));
  }
  EXPECT_EQ(2, mc_multicaster_send_many(sender, packets, 2));
  mc_multicaster_free(sender);
}

TEST_F(Starved, AListenDoesNotBegin) {
  std::thread([&] {
    mc_poller* own = mc_default_poller();
    ASSERT_NE(nullptr, own);
    mc_poller_stop(own);  // once for nothing, after which it watches the links
    ASSERT_EQ(1, mc_listen(ignore_packet, nullptr, "239.77.0.1", kStarvedPort, 100, 0));
    descriptors_ = open_descriptors();
    starve(
        [&] {
          mc_poller_stop(own);  // so that it ends at once where it begins
          return mc_listen(ignore_packet, nullptr, "239.77.0.1", kStarvedPort, 100, 0);
        },
        [] {},
        [&] {
          EXPECT_EQ(0, mc_poller_is_polling(own));
          EXPECT_TRUE(kernel_memberships().empty());
          EXPECT_EQ(descriptors_, open_descriptors());
        },
        1);
    mc_poller_free(own);
  }).join();
}

int bad_packet(mc_buffer* packet, void* asked) {
  *packet = {nullptr, 1};
  ++*static_cast<uint64_t*>(asked);
  return MC_SOURCE_PACKET;
}

TEST_F(Starved, ATurnWithoutMemoryTellsAndCountsWhatItCould) {
  const EventFd ready(true);
  descriptors_ = open_descriptors();
  for (unsigned nth = 1; nth < 20; ++nth) {
    uint64_t asked = 0;
    mc_multicaster* sender = nullptr;
    ASSERT_EQ(0, mc_multicaster_new(&sender, poller_, "239.77.0.1%lo", kStarvedPort, 1));
    mc_poller_wake(poller_);  // its bell rings in the same turn, before the sender's socket
    ASSERT_EQ(0, mc_multicaster_set_source(sender, bad_packet, &asked, nullptr));
    {
      const ScarceMemory scarce(nth, ScarceMemory::After::kFails);
      EXPECT_EQ(1, mc_poller_poll(poller_, 0)) << "allocation " << nth;
    }
    mc_stats counted;
    ASSERT_EQ(0, mc_multicaster_stats(sender, &counted, sizeof counted));
    EXPECT_EQ(asked, counted.send_failed) << "allocation " << nth;
    mc_multicaster_free(sender);
    ASSERT_EQ(0,
              mc_poller_register(poller_, ready.get(), 0, ignore_event, nullptr, nullptr, nullptr));
    ASSERT_EQ(1, mc_poller_poll(poller_, 0)) << "allocation " << nth;
    ASSERT_EQ(0, mc_poller_unregister(poller_, ready.get()));
    ASSERT_EQ(0, mc_poller_poll(poller_, 0)) << "allocation " << nth;
    expect_nothing_left();
  }
}

}  // namespace
}  // namespace mc::test
