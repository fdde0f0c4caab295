// core/channel: filters that the kernel asks. By real sockets: offsets, widening, counts.
#include <linux/bpf.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>

#include <cerrno>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "core/listener.h"
#include "fake_kernel.h"
#include "filter/kinds.h"
#include "lab.h"
#include "net/reject_counter.h"
#include "world.h"

namespace mc::test {
namespace {

constexpr uint16_t kPort = 5014;

filter::FilterRef made(Result<filter::FilterRef> filter) {
  EXPECT_TRUE(filter.ok()) << filter.status().sentence();
  return *filter;
}

// Whether this process may load extended programs.
bool may_count() {
  static const bool may = net::RejectCounter::create().ok();
  return may;
}

class Telling final : public LogHandler {
 public:
  explicit Telling(std::string& text) : text_(text) {}
  void tell(LogLevel, const Status& line) override { text_ += line.sentence() + std::string("\n"); }

 private:
  std::string& text_;
};

// By programs that count what they reject and by those that do not, as without privilege.
class InTheKernel : public testing::TestWithParam<std::tuple<net::Family, bool>> {
 protected:
  void SetUp() override {
    if (is_counted() && !may_count())
      GTEST_SKIP() << "extended programs need CAP_BPF, outside of user namespaces";
    if (!is_counted()) kernel_.fail(Call::kBpf, EPERM);
  }
  static net::Family family() { return std::get<0>(GetParam()); }
  static bool is_counted() { return std::get<1>(GetParam()); }
  // What was rejected, and nothing lost.
  static void expect_rejected(uint64_t rejected, const ListenerStats& stats,
                              uint64_t in_process = 0) {
    EXPECT_EQ(in_process + (is_counted() ? rejected : 0), stats.counts.filtered);
    EXPECT_EQ(is_counted() ? 0 : rejected, stats.lost_or_rejected);
    EXPECT_EQ(0u, stats.lost);
  }

  std::unique_ptr<Listener> listen(filter::FilterRef filter, bool in_kernel = true) {
    auto ears = std::make_unique<Listener>(*poller_);
    EXPECT_TRUE(ears->set_handler(std::make_unique<Collector>(log_)).ok());
    EXPECT_TRUE(ears->add((group().text() + "%lo").c_str(), kPort).ok());
    EXPECT_TRUE(ears->set_kernel_filter(in_kernel).ok());
    ears->set_filter(std::move(filter));
    EXPECT_TRUE(ears->open().ok());
    turn();  // at whose end the kernel gets it
    return ears;
  }
  static net::Address group() { return endpoint_on_lo(family(), 14, kPort).group; }
  static std::string this_host() { return family() == net::Family::kIpv4 ? "127.0.0.1" : "::1"; }
  void turn() { EXPECT_TRUE(poller_->poll(0).ok()); }
  void send(const std::string& data, uint16_t segment = 0) {
    ASSERT_EQ(0, outsider_.send(group(), data, segment));
  }
  // What is heard of these; how often the poller was woken for them.
  std::string hear(const std::vector<std::string>& packets) {
    const PollerCounts before = poller_->counts();
    log_.clear();
    for (const std::string& each : packets) {
      send(each);
      while (*poller_->poll(0) > 0) {
      }
    }
    wakes_ = poller_->counts().events - before.events;
    std::string heard;
    for (const Collector::Seen& each : log_) heard += each.data + " ";
    return heard;
  }

  FakeKernel kernel_;
  std::unique_ptr<Poller> poller_ = make_poller();
  Outsider outsider_{family()};
  Collector::Log log_;
  uint64_t wakes_ = 0;
};
INSTANTIATE_TEST_SUITE_P(
    Family, InTheKernel,
    testing::Combine(testing::Values(net::Family::kIpv4, net::Family::kIpv6), testing::Bool()),
    [](const auto& of) {
      return std::string(std::get<0>(of.param) == net::Family::kIpv4 ? "Ipv4" : "Ipv6") +
             (std::get<1>(of.param) ? "Counted" : "Plain");
    });

TEST_P(InTheKernel, WhatIsRejectedWakesNobodyAndIsCounted) {
  const auto ears = listen(made(filter::prefix("yes")));
  EXPECT_EQ("yes yes! ", hear({"no", "yes", "", "ye", "yes!", "nono"}));
  EXPECT_EQ(2u, wakes_);
  const ListenerStats stats = ears->stats();
  EXPECT_EQ(2u, stats.counts.delivered);
  expect_rejected(4, stats);
  ears->close();
  expect_rejected(4, ears->stats());
}

TEST_P(InTheKernel, EachKindLooksAtTheRightPlace) {
  const std::string other = family() == net::Family::kIpv4 ? "10.0.0.0/8" : "fd00::/8";
  const std::string deep(1000, '.');
  struct {
    filter::FilterRef filter;
    std::vector<std::string> sent;
    std::string heard;
    uint64_t wakes;
  } const table[] = {
      {made(filter::size_range(2, 3)), {"", "a", "ab", "abc", "abcd"}, "ab abc ", 2},
      {made(filter::bytes_at(1, "bcdef", "")), {"abcdef", "abcde", "abcdeg"}, "abcdef ", 1},
      {made(filter::bytes_at(1000, "x", "")), {deep + "x", deep, deep + "y"}, deep + "x ", 1},
      {made(filter::bytes_at(0, "A", "\xdf")), {"a", "A", "b"}, "a A ", 2},
      {made(filter::source_network(this_host())), {"a"}, "a ", 1},
      {made(filter::source_network(other)), {"a"}, "", 0},
      {made(filter::not_of(made(filter::source_network(other)))), {"a"}, "a ", 1},
      {made(filter::not_of(made(filter::bytes_at(5, "x", "")))), {"abc", "abcdex"}, "abc ", 1},
      {made(filter::source_port(0, 65535)), {"a"}, "a ", 1},
      {made(filter::source_port(0, 0)), {"a"}, "", 0},
      {made(filter::regex("ab+c")), {"abc", "a", "b", "abd"}, "abc ", 2},  // "abd" begins right
      {made(filter::any_of({})), {"a"}, "", 0},
  };
  for (const auto& each : table) {
    const auto ears = listen(each.filter);
    std::string text;
    each.filter->describe(text);
    EXPECT_EQ(each.heard, hear(each.sent)) << text;
    EXPECT_EQ(each.wakes, wakes_) << text;
  }
}

TEST_P(InTheKernel, AllWhoShareTheSocketAreHeard) {
  const auto a = listen(made(filter::prefix("a")));
  const auto b = listen(made(filter::prefix("b")));
  EXPECT_EQ("a b ", hear({"a", "b", "c"}));
  EXPECT_EQ(2u, wakes_);
  {
    const auto without = listen(made(filter::prefix("c")), false);
    EXPECT_EQ("a b c ", hear({"a", "b", "c", "d"}));
    EXPECT_EQ(4u, wakes_);  // one does not allow it, so nothing is rejected
  }
  turn();
  EXPECT_EQ("a b ", hear({"a", "b", "c"}));
  EXPECT_EQ(2u, wakes_);
  {
    const auto all = listen(nullptr);
    EXPECT_EQ("a a b b c ", hear({"a", "b", "c"}));
    EXPECT_EQ(3u, wakes_);
  }
}

TEST_P(InTheKernel, AReplacedFilterMissesNothing) {
  const auto ears = listen(made(filter::prefix("a")));
  EXPECT_EQ("a ", hear({"a", "b"}));
  ears->set_filter(made(filter::prefix("b")));
  send("b");  // before any turn
  EXPECT_EQ("b b ", hear({"b", "a"}));
  turn();
  hear({"a"});
  EXPECT_EQ(0u, wakes_);
  ears->set_filter(nullptr);
  EXPECT_EQ("a b ", hear({"a", "b"}));
}

TEST_P(InTheKernel, ThereAreNoTrainsToBeDroppedWhole) {
  const auto ears = listen(made(filter::prefix("a")));
  log_.clear();
  send("bbbbaaaabbbbaaaa", 4);
  EXPECT_TRUE(poll_until(*poller_, [&] { return log_.size() == 2; }));
  for (const Collector::Seen& each : log_) EXPECT_EQ("aaaa", each.data);
  expect_rejected(2, ears->stats());
}

TEST_P(InTheKernel, WhereTheFirstDoesNotAllowItTheyStayInTheProcess) {
  const auto first = listen(made(filter::prefix("a")), false);
  const auto second = listen(made(filter::prefix("a")));
  EXPECT_EQ("a a ", hear({"a", "b"}));
  EXPECT_EQ(2u, wakes_);
  EXPECT_EQ(1u, second->stats().counts.filtered);
}

TEST_P(InTheKernel, ThatRefusesTheyStayInTheProcessAndTheLogSaysSo) {
  std::string told;
  poller_->home()->set_log(std::make_unique<Telling>(told));
  kernel_.fail(setting(SOL_SOCKET, SO_ATTACH_BPF), ENOMEM);
  kernel_.fail(setting(SOL_SOCKET, SO_ATTACH_FILTER), ENOMEM);
  const auto ears = listen(made(filter::prefix("a")));
  EXPECT_NE(std::string::npos, told.find("run in the process only")) << told;
  EXPECT_NE(std::string::npos, told.find("SO_ATTACH_FILTER")) << told;
  EXPECT_EQ("a ", hear({"a", "b"}));
  EXPECT_EQ(1u, ears->stats().counts.filtered);
  EXPECT_EQ(0u, ears->stats().lost_or_rejected);
}

// The kernel may refuse a program in the place of another: the old one must not stay.
TEST_P(InTheKernel, ThatRefusesALaterOneKeepsNoneInForce) {
  auto first = listen(made(filter::prefix("a")));
  auto second = listen(made(filter::prefix("b")));
  kernel_.fail(setting(SOL_SOCKET, SO_ATTACH_BPF), ENOMEM);
  kernel_.fail(setting(SOL_SOCKET, SO_ATTACH_FILTER), ENOMEM);
  second.reset();
  turn();
  first->set_filter(made(filter::prefix("c")));
  const auto third = listen(made(filter::prefix("d")));
  EXPECT_EQ("c d ", hear({"a", "c", "d"}));
}

TEST_P(InTheKernel, ThatHasNoRoomForTwoHasItForOne) {
  auto first = listen(made(filter::prefix("a")));
  auto second = listen(made(filter::prefix("b")));
  kernel_.fail(setting(SOL_SOCKET, SO_ATTACH_BPF), ENOMEM, 1, 1);
  kernel_.fail(setting(SOL_SOCKET, SO_ATTACH_FILTER), ENOMEM, 1, 1);
  second.reset();
  turn();
  EXPECT_EQ("a ", hear({"a", "b"}));
  EXPECT_EQ(1u, wakes_);
}

TEST_P(InTheKernel, PulledListenersHaveItAtOnce) {
  Listener ears(*poller_);
  ASSERT_TRUE(ears.add((group().text() + "%lo").c_str(), kPort).ok());
  ASSERT_TRUE(ears.set_kernel_filter(true).ok());
  ears.set_filter(made(filter::prefix("a")));
  ASSERT_TRUE(ears.open().ok());
  EXPECT_EQ(kErrorOpen, ears.set_kernel_filter(false).code());
  send("b");
  send("a");
  const auto pulled = ears.next(10, 5);
  ASSERT_TRUE(pulled.ok());
  ASSERT_EQ(1u, pulled->size());
  expect_rejected(1, ears.stats());
}

TEST_P(InTheKernel, LossesAreToldFromRejectsWhereTheyAreCounted) {
  constexpr uint64_t kMany = 3000;
  Listener ears(*poller_);
  ASSERT_TRUE(ears.set_handler(std::make_unique<Collector>(log_)).ok());
  ASSERT_TRUE(ears.add((group().text() + "%lo").c_str(), kPort).ok());
  ASSERT_TRUE(ears.set_kernel_filter(true).ok());
  ASSERT_TRUE(ears.set_receive_buffer(8192).ok());
  ears.set_filter(made(filter::prefix("a")));
  ASSERT_TRUE(ears.open().ok());
  turn();
  for (uint64_t i = 0; i < kMany; ++i) {
    send("a");
    send("b");
  }
  while (*poller_->poll(0) > 0) {
  }
  const ListenerStats stats = ears.stats();
  EXPECT_LT(0u, stats.counts.delivered);
  EXPECT_GT(kMany, stats.counts.delivered);
  const uint64_t lost = kMany - stats.counts.delivered;
  EXPECT_EQ(is_counted() ? lost : 0, stats.lost);
  EXPECT_EQ(is_counted() ? 0 : lost + kMany, stats.lost_or_rejected);
  EXPECT_EQ(is_counted() ? kMany : 0, stats.counts.filtered);
}

// Programs come and go; what one counted stays, and who comes later does not see it.
TEST_P(InTheKernel, EachIsToldWhatWasRejectedSinceItCame) {
  const auto first = listen(made(filter::prefix("a")));
  hear({"b", "c", "a"});
  const auto second = listen(made(filter::prefix("b")));
  hear({"b", "c", "d"});
  first->set_filter(made(filter::prefix("c")));
  turn();
  hear({"a", "d", "c"});
  second->close();
  hear({"a"});
  expect_rejected(7, first->stats(), 1);   // "b" came through
  expect_rejected(4, second->stats(), 1);  // "c" did
}

TEST_P(InTheKernel, ThatRefusesAnyOneCallMissesNothingAndLosesNone) {
  const What calls[] = {bpf(BPF_MAP_CREATE),
                        bpf(BPF_PROG_LOAD),
                        bpf(BPF_MAP_LOOKUP_ELEM),
                        setting(SOL_SOCKET, SO_ATTACH_BPF),
                        setting(SOL_SOCKET, SO_ATTACH_FILTER),
                        setting(SOL_SOCKET, SO_DETACH_FILTER),
                        reading(SOL_SOCKET, SO_MEMINFO)};
  for (const What& each : calls) {
    SCOPED_TRACE(testing::Message() << "call " << &each - calls);
    const size_t before = open_descriptors();
    {
      kernel_.heal();
      kernel_.fail(each, EMFILE, 1, 1);
      if (!is_counted()) kernel_.fail(Call::kBpf, EPERM);
      const unsigned failed = kernel_.failures();
      const auto ears = listen(made(filter::prefix("a")));
      EXPECT_EQ("a ", hear({"a", "b"}));
      ears->set_filter(made(filter::prefix("b")));
      turn();
      EXPECT_EQ("b ", hear({"a", "b", "c"}));
      const ListenerStats stats = ears->stats();
      EXPECT_EQ(3u, stats.counts.filtered + stats.lost_or_rejected);
      EXPECT_EQ(0u, stats.lost);
      // All but one are called; whoever counts has no need of the plain program.
      const bool is_called = !is_counted() || &each != &calls[4];
      EXPECT_EQ(is_called, kernel_.failures() > failed);
    }
    EXPECT_EQ(before, open_descriptors());
  }
}

TEST_P(InTheKernel, TheLogSaysOnceThatItDoesNotCount) {
  std::string told;
  poller_->home()->set_log(std::make_unique<Telling>(told));
  const auto first = listen(made(filter::prefix("a")));
  const std::string before = told;
  EXPECT_EQ(is_counted(), told.find("lost_or_rejected") == std::string::npos) << told;
  EXPECT_EQ(is_counted(), told.find("CAP_BPF") == std::string::npos) << told;
  first->set_filter(made(filter::prefix("b")));
  turn();
  Listener other(*poller_);
  ASSERT_TRUE(other.set_handler(std::make_unique<Collector>(log_)).ok());
  ASSERT_TRUE(other.add((group().text() + "%lo").c_str(), kPort + 1).ok());
  ASSERT_TRUE(other.set_kernel_filter(true).ok());
  other.set_filter(made(filter::prefix("a")));
  ASSERT_TRUE(other.open().ok());
  turn();
  EXPECT_EQ(before, told);
}

}  // namespace
}  // namespace mc::test
