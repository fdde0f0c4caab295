// For each n, the nth allocation of a call fails: the call returns -ENOMEM and leaves nothing
// behind, and succeeds when there is memory again. Pollers, listeners, filters and descriptors.
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

#include "handlers.h"
#include "starved.h"

namespace mc::test {
namespace {

TEST_F(Starved, APollerIsNotMade) {
  mc_poller* made = nullptr;
  starve([&] { return mc_poller_new(&made); },
         [&] { mc_poller_free(std::exchange(made, nullptr)); },
         [&] {
           EXPECT_EQ(nullptr, made);
           expect_nothing_left();
         });
}

TEST_F(Starved, ADefaultPollerIsNotMade) {
  std::thread([&] {
    ASSERT_EQ(0, mc_poller_adopt(poller_));
    mc_poller* made = nullptr;
    starve(
        [&] {
          made = mc_default_poller();
          return made != nullptr ? 0 : mc_last_error_code();
        },
        [&] { mc_poller_free(made); }, nothing_left());
  }).join();
  ASSERT_EQ(0, mc_poller_adopt(poller_));
}

TEST_F(Starved, AListenerIsNotMade) {
  mc_listener* made = nullptr;
  starve([&] { return mc_listener_new(&made, poller_); },
         [&] { mc_listener_free(std::exchange(made, nullptr)); },
         [&] {
           EXPECT_EQ(nullptr, made);
           expect_nothing_left();
         });
}

TEST_F(Starved, AListenerDoesNotOpen) {
  mc_listener* ears = listener({"239.77.0.1", "10.1.0.1@239.77.0.2%lo", "10.1.0.2@239.77.0.2%lo",
                                "ff15::1%lo", "fd00::1@ff15::2%lo", "239.77.0.1%1"});
  starve([&] { return mc_listener_open(ears); }, [&] { mc_listener_close(ears); }, nothing_left());
  mc_listener_free(ears);
}

TEST_F(Starved, AListenerDoesNotJoinAnother) {
  mc_listener* first = listener({"239.77.0.1%lo"});
  mc_listener* second = listener({"239.77.0.1%lo", "10.1.0.1@239.77.0.1%lo", "239.77.0.3%lo"});
  ASSERT_EQ(0, mc_listener_open(first));
  const size_t before = open_descriptors();
  starve([&] { return mc_listener_open(second); }, [&] { mc_listener_close(second); },
         [&] {
           EXPECT_EQ(1u, stats().channels);
           EXPECT_EQ(1u, stats().memberships);
           EXPECT_EQ(before, open_descriptors());
         });
  mc_listener_free(first);
  mc_listener_free(second);
  expect_nothing_left();
}

TEST_F(Starved, SourcesDoNotChange) {
  mc_listener* ears = listener({"239.77.0.1%lo"});
  const char* const few[] = {"10.1.0.1", "10.1.0.2"};
  const char* const many[] = {"10.1.0.2",  "10.1.0.3",  "10.1.0.4",  "10.1.0.5",
                              "10.1.0.6",  "10.1.0.7",  "10.1.0.8",  "10.1.0.9",
                              "10.1.0.10", "10.1.0.11", "10.1.0.12", "10.1.0.13"};
  const auto set = [&](int mode, const char* const* sources, size_t count) {
    return mc_listener_set_sources(ears, nullptr, mode, sources, count);
  };
  ASSERT_EQ(0, mc_listener_open(ears));
  for (const int from : {MC_SOURCES_ONLY, MC_SOURCES_EXCEPT}) {
    ASSERT_EQ(0, set(from, few, 2));
    const KernelMemberships before = kernel_memberships();
    const size_t descriptors = open_descriptors();
    for (const int to : {MC_SOURCES_ONLY, MC_SOURCES_EXCEPT}) {
      starve([&] { return set(to, many, 12); }, [&] { EXPECT_EQ(0, set(from, few, 2)); },
             [&] {
               const KernelMemberships now = kernel_memberships();
               EXPECT_EQ(before.sources, now.sources);
               EXPECT_EQ(before.blocked, now.blocked);
               EXPECT_EQ(descriptors, open_descriptors());
             });
    }
  }
  mc_listener_free(ears);
  expect_nothing_left();
}

TEST_F(Starved, ABadGroupOrAMissingInterfaceIsStillToldApart) {
  mc_listener* ears = listener({"239.77.0.1%eth7"});
  starve([&] { return mc_listener_open(ears); }, [] {}, nothing_left(), MC_ERROR_INTERFACE);
  starve([&] { return mc_listener_add(ears, "10.0.0.1", kStarvedPort); }, [] {}, nothing_left(),
         MC_ERROR_NOT_MULTICAST);
  mc_listener_free(ears);
}

TEST_F(Starved, AHandlerIsNotTakenAndItsUserNotDestroyed) {
  mc_listener* ears = listener({});
  int destroyed = 0;
  int taken = 0;
  starve([&] { return mc_listener_set_handler(ears, ignore_packet, &destroyed, count_call); },
         [&] { ++taken; }, [&] { EXPECT_EQ(std::max(taken - 1, 0), destroyed); });
  mc_listener_free(ears);
  EXPECT_EQ(taken, destroyed);
}

TEST_F(Starved, AFilterIsNotMadeOrNotTaken) {
  mc_listener* ears = listener({});
  mc_filter* filter = nullptr;
  int destroyed = 0;
  int made = 0;
  starve([&] { return mc_filter_callable(&filter, ignore_packet, &destroyed, count_call); },
         [&] {
           ++made;
           mc_filter_free(std::exchange(filter, nullptr));
         },
         [&] {
           EXPECT_EQ(nullptr, filter);
           EXPECT_EQ(made, destroyed);
         });
  ASSERT_EQ(0, mc_filter_callable(&filter, ignore_packet, nullptr, nullptr));
  starve([&] { return mc_listener_set_filter(ears, filter); }, [] {}, nothing_left());
  mc_filter_free(filter);
  mc_listener_free(ears);
}

TEST_F(Starved, ACombinationOfFiltersIsNotMadeAndItsPartsStay) {
  int destroyed = 0;
  mc_filter* call = nullptr;
  mc_filter* expression = nullptr;
  mc_filter* made = nullptr;
  ASSERT_EQ(0, mc_filter_callable(&call, ignore_packet, &destroyed, count_call));
  ASSERT_EQ(0, mc_filter_regex(&expression, "a+bcdefghijklmnop", 17));
  const mc_filter* parts[] = {call, expression, call};
  const auto end = [&] { mc_filter_free(std::exchange(made, nullptr)); };
  const auto left = [&] {
    EXPECT_EQ(nullptr, made);
    EXPECT_EQ(0, destroyed);
  };
  starve([&] { return mc_filter_all_of(&made, parts, 3); }, end, left);
  starve([&] { return mc_filter_any_of(&made, parts, 3); }, end, left);
  starve([&] { return mc_filter_not(&made, call); }, end, left);
  starve([&] { return mc_filter_everything(&made); }, end, left);
  starve([&] { return mc_filter_prefix(&made, "longer than what a string has room for", 38); }, end,
         left);
  starve(
      [&] { return mc_filter_bytes(&made, 3, "as long as the one before, or more", nullptr, 34); },
      end, left);
  starve([&] { return mc_filter_size(&made, 1, 2); }, end, left);
  starve([&] { return mc_filter_source(&made, "10.0.0.0/8"); }, end, left);
  starve([&] { return mc_filter_source(&made, "10.0.0.1/8"); }, end, left, MC_ERROR_ADDRESS);
  starve([&] { return mc_filter_source_port(&made, 1, 2); }, end, left);
  starve(
      [&] { return mc_filter_describe(expression, nullptr, 0) == 25 ? 0 : mc_last_error_code(); },
      end, left);
  mc_filter_free(call);
  mc_filter_free(expression);
  EXPECT_EQ(1, destroyed);
}

TEST_F(Starved, ADescriptorIsNotRegistered) {
  const EventFd bell;
  descriptors_ = open_descriptors();
  int destroyed = 0;
  int taken = 0;
  starve(
      [&] {
        return mc_poller_register(poller_, bell.get(), 0, ignore_event, nullptr, &destroyed,
                                  count_call);
      },
      [&] {
        ++taken;
        EXPECT_EQ(0, mc_poller_unregister(poller_, bell.get()));
      },
      [&] {
        EXPECT_EQ(taken, destroyed);
        expect_nothing_left();
      });
}

TEST_F(Starved, ADescriptorThatIsRefusedIsNotHalfRegistered) {
  const lab::Fd file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  descriptors_ = open_descriptors();
  int destroyed = 0;
  starve(
      [&] {
        return mc_poller_register(poller_, file.get(), 0, ignore_event, nullptr, &destroyed,
                                  count_call);
      },
      [] {}, nothing_left(), -EPERM);
  EXPECT_EQ(0, destroyed);
  const EventFd bell(true);
  EXPECT_EQ(0, mc_poller_register(poller_, bell.get(), 0, ignore_event, nullptr, nullptr, nullptr));
  EXPECT_EQ(1, mc_poller_poll(poller_, 0));
}

TEST_F(Starved, ADescriptorThatIsRegisteredAlreadyStaysSo) {
  const EventFd bell(true);
  ASSERT_EQ(0, mc_poller_register(poller_, bell.get(), 0, ignore_event, nullptr, nullptr, nullptr));
  starve(
      [&] {
        return mc_poller_register(poller_, bell.get(), 0, ignore_event, nullptr, nullptr, nullptr);
      },
      [] {}, [&] { EXPECT_EQ(1u, stats().descriptors); }, MC_ERROR_REGISTERED);
  EXPECT_EQ(1, mc_poller_poll(poller_, 0));
}

}  // namespace
}  // namespace mc::test
