// What the tests of a lack of memory share: starving a call, and a poller to call.
#pragma once

#include <gtest/gtest.h>
#include <multicast/multicast.h>

#include <cerrno>
#include <cstdint>
#include <functional>
#include <initializer_list>

#include "scarce_memory.h"
#include "world.h"

namespace mc::test {

inline constexpr uint16_t kStarvedPort = 5005;

// Calls attempt() with its first allocation failing, then the second, and so on, until none fails;
// once with that one alone failing, once with all after it. undo() follows each success, check()
// each failure. The code with which it ends is `last`.
inline void starve(const std::function<int()>& attempt, const std::function<void()>& undo,
                   const std::function<void()>& check, int last = 0) {
  for (const auto after : {ScarceMemory::After::kWorks, ScarceMemory::After::kFails}) {
    for (unsigned nth = 1;; ++nth) {
      SCOPED_TRACE(testing::Message() << "allocation " << nth);
      int code = 0;
      bool ran_out = false;
      {
        const ScarceMemory scarce(nth, after);
        code = attempt();
        ran_out = scarce.ran_out();
      }
      if (code >= 0) {
        undo();
      } else if (ran_out) {
        EXPECT_EQ(-ENOMEM, code) << mc_last_error();
        EXPECT_EQ(-ENOMEM, mc_last_error_code());
        EXPECT_STREQ("out of memory", mc_last_error());
      }
      check();
      if (testing::Test::HasFailure()) return;
      if (ran_out) continue;
      EXPECT_EQ(last, code) << mc_last_error();
      EXPECT_TRUE(nth > 1 || last < 0) << "nothing was allocated";
      break;
    }
  }
}

inline int ignore_packet(const mc_packet*, void*) {
  return 0;
}
inline int ignore_event(int, uint32_t, void*) {
  return 0;
}
inline void count_call(void* count) {
  ++*static_cast<int*>(count);
}

class Starved : public testing::Test {
 protected:
  Starved() {
    EXPECT_EQ(0, mc_poller_new(&poller_));
    // It has opened something, and so watches the links.
    mc_listener* const first = listener({"239.77.0.9%lo"});
    EXPECT_EQ(0, mc_listener_open(first));
    mc_listener_free(first);
    descriptors_ = open_descriptors();
  }
  ~Starved() override { mc_poller_free(poller_); }
  void SetUp() override {
    if (!ScarceMemory::is_possible()) GTEST_SKIP() << "the sanitizer has its own operator new";
  }

  mc_stats stats() const {
    mc_stats now;
    EXPECT_EQ(0, mc_poller_stats(poller_, &now, sizeof now));
    return now;
  }
  void expect_nothing_left() const {
    EXPECT_EQ(0, mc_poller_is_polling(poller_));
    EXPECT_EQ(0u, stats().channels);
    EXPECT_EQ(0u, stats().memberships);
    EXPECT_EQ(0u, stats().holders);
    EXPECT_EQ(0u, stats().descriptors);
    EXPECT_EQ(descriptors_, open_descriptors());
    EXPECT_TRUE(kernel_memberships().empty());
  }
  std::function<void()> nothing_left() const {
    return [this] { expect_nothing_left(); };
  }
  mc_listener* listener(std::initializer_list<const char*> groups) {
    mc_listener* made = nullptr;
    EXPECT_EQ(0, mc_listener_new(&made, poller_));
    EXPECT_EQ(0, mc_listener_set_handler(made, ignore_packet, nullptr, nullptr));
    for (const char* each : groups) EXPECT_EQ(0, mc_listener_add(made, each, kStarvedPort));
    return made;
  }

  mc_poller* poller_ = nullptr;
  size_t descriptors_ = 0;
};

}  // namespace mc::test
