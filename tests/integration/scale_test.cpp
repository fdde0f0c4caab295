// Many listeners on one group, and many groups, at the cost that the design promises.
#include <sys/resource.h>

#include <memory>
#include <string>
#include <vector>

#include "peer.h"

namespace peer {
namespace {

constexpr size_t kThousand = 1000;

class Scale : public Links {
 protected:
  using Listeners = std::vector<std::unique_ptr<Listener>>;

  void open(const std::string& group) {
    listeners_.push_back(std::make_unique<Listener>(poller_, std::vector<std::string>{group}));
    listeners_.back()->open();
  }
  void send(const std::string& data, unsigned n) {
    ASSERT_EQ(0, raw::send(from_, to(n), data));
    settle();
    poller_.drain();
  }
  // Descriptors that the library has opened since the poller was made.
  size_t new_descriptors() const { return open_descriptors() - descriptors_; }
  void expect_nothing_left() {
    const mc_stats stats = poller_.stats();
    EXPECT_EQ(0u, stats.channels);
    EXPECT_EQ(0u, stats.memberships);
    EXPECT_EQ(0u, stats.holders);
    EXPECT_EQ(0u, new_descriptors());
  }

  Poller poller_;
  lab::Fd from_ = source_socket(0, 0);
  size_t descriptors_ = open_descriptors();
  Listeners listeners_;
};
IN_BOTH_FAMILIES(Scale);

TEST_P(Scale, AThousandListenersOfAGroupShareASocketAndEachGetsEachPacket) {
  for (size_t i = 0; i < kThousand; ++i) open(on(1, 0));
  const mc_stats stats = poller_.stats();
  EXPECT_EQ(1u, stats.channels);
  EXPECT_EQ(1u, stats.memberships);
  EXPECT_EQ(1u, stats.holders);
  EXPECT_EQ(2u, new_descriptors());  // The data socket and the holder.
  const std::vector<std::string> sent = numbered_run(0, 20);
  for (const std::string& data : sent) send(data, 1);
  EXPECT_EQ(sent.size(), poller_.stats().received);
  for (const auto& listener : listeners_) ASSERT_EQ(sent, listener->texts());
  listeners_.clear();
  expect_nothing_left();
}

TEST_P(Scale, AHundredSourcesOfAGroupAreHeardWhereASocketMayHoldOnlyTen) {
  if (ipv4()) receiver_.write_sysctl("net.ipv4.igmp_max_msf", "10");
  std::vector<std::string> groups;
  for (unsigned i = 1; i < 100; ++i) groups.push_back(unicast(9, i) + "@" + on(1, 0));
  groups.push_back(source(0, 0) + "@" + on(1, 0));
  listeners_.push_back(std::make_unique<Listener>(poller_, groups));
  listeners_.back()->open();
  const mc_stats stats = poller_.stats();
  EXPECT_EQ(1u, stats.channels);
  EXPECT_EQ(100u, stats.memberships);
  if (ipv4()) {
    EXPECT_EQ(10u, stats.holders);
  }
  send("heard", 1);
  const lab::Fd stranger = source_socket(1, 0);
  const lab::Fd lets_it_in = join_for_host(1, 0);
  ASSERT_EQ(0, raw::send(stranger, to(1), "not heard"));
  send("again", 1);
  EXPECT_EQ((std::vector<std::string>{"heard", "again"}), listeners_.back()->texts());
  EXPECT_EQ(1u, listeners_.back()->stats().not_for_us);
  listeners_.clear();
  EXPECT_EQ(0u, poller_.stats().memberships);
  EXPECT_EQ(0u, poller_.stats().holders);
}

TEST_P(Scale, AThousandGroupsAreHeardWhereASocketMayHoldOnlyTwenty) {
  if (ipv4()) receiver_.write_sysctl("net.ipv4.igmp_max_memberships", "20");
  for (unsigned n = 0; n < kThousand; ++n) open(on(n, 0));
  const mc_stats stats = poller_.stats();
  EXPECT_EQ(kThousand, stats.channels);
  EXPECT_EQ(kThousand, stats.memberships);
  EXPECT_EQ(stats.channels + stats.holders, new_descriptors());
  if (ipv4()) {
    EXPECT_EQ(kThousand / 20, stats.holders);
  }
  for (unsigned n = 0; n < kThousand; ++n) {
    ASSERT_EQ(0, raw::send(from_, to(n), std::to_string(n)));
  }
  settle();
  poller_.drain();
  for (unsigned n = 0; n < kThousand; ++n) {
    ASSERT_EQ(std::vector<std::string>{std::to_string(n)}, listeners_[n]->texts());
  }
  // Places that became free among the holders are taken again before there are new holders.
  for (unsigned n = 0; n < kThousand; n += 2) listeners_[n]->close();
  for (unsigned n = 0; n < kThousand; n += 2) listeners_[n]->open();
  EXPECT_EQ(stats.holders, poller_.stats().holders);
  listeners_.clear();
  expect_nothing_left();
}

TEST_P(Scale, FiveThousandGroupsCanBeOpenedAndClosed) {
  constexpr unsigned kGroups = 5000;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < 2 * kGroups) {
    GTEST_SKIP() << "only " << limit.rlim_cur << " descriptors are allowed (ulimit -Hn)";
  }
  for (unsigned n = 0; n < kGroups; ++n) open(on(n, 0));
  EXPECT_EQ(kGroups, poller_.stats().channels);
  send("last", kGroups - 1);
  send("first", 0);
  EXPECT_EQ(std::vector<std::string>{"last"}, listeners_.back()->texts());
  EXPECT_EQ(std::vector<std::string>{"first"}, listeners_.front()->texts());
  for (const auto& listener : listeners_) listener->close();
  expect_nothing_left();
}

}  // namespace
}  // namespace peer
