// Lists of sources that change on open listeners: under a stream, as the kernel shows them, long
// ones, and what is left of them at the end.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "remote.h"

namespace peer {
namespace {

using Texts = std::vector<std::string>;

struct Sources {
  int mode = MC_SOURCES_EXCEPT;
  Texts texts;

  bool wants(const std::string& source) const {
    const bool is_listed = std::find(texts.begin(), texts.end(), source) != texts.end();
    return is_listed == (mode == MC_SOURCES_ONLY);
  }
};

int set_sources(const Listener& listener, const Sources& sources) {
  std::vector<const char*> pointers;
  for (const std::string& each : sources.texts) pointers.push_back(each.c_str());
  return mc_listener_set_sources(listener.get(), nullptr, sources.mode, pointers.data(),
                                 pointers.size());
}

class SourceLists : public Links {
 protected:
  SourceLists() {
    for (unsigned n = 0; n < 3; ++n) {
      hosts_.push_back(unicast(1, 11 + n));
      sender_.ip("address replace " + hosts_[n] +
                 (ipv4() ? "/24 dev eth0\n" : "/64 dev eth0 nodad\n"));
    }
  }
  const std::string& a() const { return hosts_[0]; }
  const std::string& b() const { return hosts_[1]; }
  const std::string& c() const { return hosts_[2]; }

  KernelLists kernel_lists() const { return Links::kernel_lists(1); }
  void expect_kernel_has(const Sources& sources) const {
    KernelLists expected;
    const bool is_only = sources.mode == MC_SOURCES_ONLY;
    for (const std::string& each : sources.texts) expected[hex(each)] = {is_only, !is_only};
    EXPECT_EQ(expected, kernel_lists());
  }
  // Addresses of network 9, where nobody is.
  Texts many(unsigned first, unsigned count) const {
    Texts texts;
    for (unsigned i = first; i < first + count; ++i) {
      std::array<char, 40> text;
      std::snprintf(text.data(), text.size(), ipv4() ? "10.9.%u.%u" : "fd00::9:%x:%x", i >> 8,
                    i & 0xff);
      texts.emplace_back(text.data());
    }
    return texts;
  }
  size_t packets_out() const {
    std::istringstream lines(lab::read_file("/proc/thread-self/net/dev"));
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      std::string word;
      words >> word;
      if (word != "eth0:") continue;
      for (int i = 0; i < 10; ++i) words >> word;  // Eight about what came in, bytes, packets.
      return std::stoul(word);
    }
    throw std::runtime_error("no eth0 in /proc/net/dev");
  }

  const std::string& host_of(const mc_packet& packet) const {
    for (const std::string& each : hosts_) {
      mc_address address;
      check(mc_address_parse(&address, each.c_str()));
      if (std::equal(std::begin(address.bytes), std::end(address.bytes), packet.source.bytes))
        return each;
    }
    throw std::runtime_error("a packet of nobody");
  }

  std::vector<std::string> hosts_;
};
IN_BOTH_FAMILIES(SourceLists);

// Numbered rounds of a packet of each host, a few ahead of who hears them, so that whatever is lost
// is the membership's.
class Rounds {
 public:
  Rounds(std::vector<lab::Fd> from, const raw::Address& to, int count)
      : from_(std::move(from)), thread_([this, to, count] { run(to, count); }) {}
  ~Rounds() {
    stop_ = true;
    thread_.join();
  }
  void acknowledge(int heard) { heard_ = heard; }

 private:
  void run(const raw::Address& to, int count) {
    raw::send_from_another_processor();
    for (int round = 0; round < count && !stop_; ++round) {
      while (round - heard_ > 30 && !stop_) std::this_thread::yield();
      for (const lab::Fd& each : from_) raw::send(each, to, numbered(static_cast<size_t>(round)));
    }
  }

  std::vector<lab::Fd> from_;
  std::atomic<int> heard_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;  // The last: it uses the others.
};

constexpr int kSwitches = 10'000;
// IPv6 looks at the lists while they change (docs/networks.md). What it looks at for a packet when its
// processor is taken away for longer than the library waits, may be lost: one in a million switches,
// where a wrong order loses hundreds in ten thousand.
constexpr int kStalled = 2;

class Switching : public SourceLists {
 protected:
  // Hears the rounds to their end; after each packet of b the next is chosen. What `wanted` says is
  // heard and nothing else.
  void hear_rounds(const Poller& poller, Listener& listener, const std::function<void(int)>& next,
                   const std::function<bool(const std::string&)>& wanted) {
    std::vector<lab::Fd> from;
    std::map<std::string, int> heard;
    for (const std::string& each : hosts_) from.push_back(out("eth0", each));
    int strays = 0, lost = 0, of_b = 0;
    Rounds* rounds = nullptr;
    listener.on_packet = [&](const mc_packet& packet) {
      const std::string& source = host_of(packet);
      ++heard[source];
      strays += wanted(source) ? 0 : 1;
      if (source != b()) return 0;
      const std::string data(reinterpret_cast<const char*>(packet.data), packet.size);
      const int round = std::stoi(data);
      lost += std::abs(round - of_b);
      of_b = round + 1;
      rounds->acknowledge(of_b);
      next(of_b);
      return 0;
    };
    Rounds sent(std::move(from), to(1), kSwitches);
    rounds = &sent;
    EXPECT_TRUE(poller.serve_until([&] { return of_b == kSwitches || lost > 100; }, in(20s)))
        << "heard only " << of_b;
    EXPECT_LE(lost, ipv4() ? 0 : kStalled);
    EXPECT_EQ(0, strays);
    EXPECT_EQ(0u, listener.stats().lost);
    // They were there to be heard.
    for (const std::string& each : {a(), c()}) {
      if (wanted(each)) {
        EXPECT_GT(heard[each], 0);
      }
    }
  }

  // The listener itself goes through the lists, one at each packet.
  void expect_no_loss(const std::vector<Sources>& lists) {
    const Poller poller;
    Listener listener(poller, {on(1, 0)});
    size_t now = 0;
    ASSERT_EQ(0, set_sources(listener, lists[0]));
    listener.open();
    hear_rounds(
        poller, listener,
        [&](int packet) {
          now = static_cast<size_t>(packet) % lists.size();
          check(set_sources(listener, lists[now]));
        },
        [&](const std::string& source) { return lists[now].wants(source); });
    expect_kernel_has(lists[now]);
  }

  // A second listener does, and the first wants the same all the time.
  void expect_no_loss_beside(bool is_on_the_same_poller, const Sources& first) {
    const std::vector<Sources> lists = {
        {MC_SOURCES_EXCEPT, {}},         {MC_SOURCES_ONLY, {b()}},
        {MC_SOURCES_EXCEPT, {b()}},      {MC_SOURCES_ONLY, {a(), b()}},
        {MC_SOURCES_ONLY, {}},           {MC_SOURCES_EXCEPT, {a(), b()}},
        {MC_SOURCES_EXCEPT, {b(), c()}}, {MC_SOURCES_ONLY, {a(), c()}},
    };
    const Poller poller, other;
    Listener listener(poller, {on(1, 0)});
    Listener second(is_on_the_same_poller ? poller : other, {on(1, 0)});
    second.on_packet = [](const mc_packet&) { return 0; };
    ASSERT_EQ(0, set_sources(listener, first));
    listener.open();
    second.open();
    hear_rounds(
        poller, listener,
        [&](int packet) {
          check(set_sources(second, lists[static_cast<size_t>(packet) % lists.size()]));
          if (!is_on_the_same_poller && packet % 100 == 0) other.drain();
        },
        [&](const std::string& source) { return first.wants(source); });
    second.close();
    expect_kernel_has(first);
  }
};
IN_BOTH_FAMILIES(Switching);

TEST_P(Switching, FromTwoSourcesToTwoOthersLosesNothingOfTheOneThatStays) {
  expect_no_loss({{MC_SOURCES_ONLY, {a(), b()}}, {MC_SOURCES_ONLY, {b(), c()}}});
}

TEST_P(Switching, BetweenAnySourceAndOneLosesNothingOfThatOne) {
  expect_no_loss({{MC_SOURCES_EXCEPT, {}}, {MC_SOURCES_ONLY, {b()}}});
}

TEST_P(Switching, BetweenAllKindsOfListsLosesNothingOfTheOneThatStays) {
  expect_no_loss({{MC_SOURCES_ONLY, {a(), b()}},
                  {MC_SOURCES_EXCEPT, {a()}},
                  {MC_SOURCES_EXCEPT, {c()}},
                  {MC_SOURCES_ONLY, {b()}},
                  {MC_SOURCES_EXCEPT, {a(), c()}}});
}

TEST_P(Switching, ByASecondListenerLosesNothingOfTheFirst) {
  expect_no_loss_beside(true, {MC_SOURCES_ONLY, {b()}});
}

TEST_P(Switching, ByASecondListenerOfAnotherPollerLosesNothingOfTheFirst) {
  expect_no_loss_beside(false, {MC_SOURCES_EXCEPT, {a()}});
}

TEST_P(SourceLists, TheKernelHasWhatTheListenerSays) {
  const Poller poller;
  const Listener listener(poller, {on(1, 0)});
  mc_listener* const handle = listener.get();
  listener.open();
  expect_kernel_has({MC_SOURCES_EXCEPT, {}});
  check(mc_listener_block_source(handle, nullptr, a().c_str()));
  check(mc_listener_block_source(handle, nullptr, c().c_str()));
  expect_kernel_has({MC_SOURCES_EXCEPT, {a(), c()}});
  check(mc_listener_unblock_source(handle, nullptr, a().c_str()));
  expect_kernel_has({MC_SOURCES_EXCEPT, {c()}});
  check(set_sources(listener, {MC_SOURCES_EXCEPT, {a(), b()}}));
  expect_kernel_has({MC_SOURCES_EXCEPT, {a(), b()}});
  check(set_sources(listener, {MC_SOURCES_ONLY, {a(), b()}}));
  expect_kernel_has({MC_SOURCES_ONLY, {a(), b()}});
  check(mc_listener_allow_source(handle, nullptr, c().c_str()));
  check(mc_listener_drop_source(handle, nullptr, a().c_str()));
  expect_kernel_has({MC_SOURCES_ONLY, {b(), c()}});
  const Listener excludes(poller, {on(1, 0)});
  check(set_sources(excludes, {MC_SOURCES_EXCEPT, {a(), b()}}));
  excludes.open();
  const std::pair<unsigned, unsigned> included{1, 0}, excluded{0, 1}, both{1, 1};
  EXPECT_THAT(kernel_lists(), testing::UnorderedElementsAre(testing::Pair(hex(a()), excluded),
                                                            testing::Pair(hex(b()), both),
                                                            testing::Pair(hex(c()), included)));
  excludes.close();
  check(set_sources(listener, {MC_SOURCES_ONLY, {}}));
  expect_kernel_has({MC_SOURCES_ONLY, {}});
  EXPECT_EQ(0u, poller.stats().memberships);
}

TEST_P(SourceLists, AHundredSourcesAreOnTheWireAndAreReplaced) {
  const Poller poller;
  Listener listener(poller, {on(1, 0)});
  Sources sources{MC_SOURCES_ONLY, many(0, 99)};
  sources.texts.push_back(b());
  check(set_sources(listener, sources));
  listener.open();
  expect_kernel_has(sources);
  const auto send_of_each = [&] {
    for (const std::string& each : hosts_) {
      ASSERT_EQ(0, raw::send(out("eth0", each), to(1), each));
    }
    settle();
    poller.drain();
  };
  send_of_each();
  EXPECT_EQ(Texts{b()}, listener.take_texts());
  EXPECT_EQ(0u, listener.stats().not_for_us);  // The others were not on the wire.
  sources.texts = many(50, 98);
  sources.texts.insert(sources.texts.end(), {c(), b()});
  check(set_sources(listener, sources));
  expect_kernel_has(sources);
  send_of_each();
  EXPECT_EQ((Texts{b(), c()}), listener.take_texts());
  EXPECT_EQ(0u, listener.stats().source_lists_shortened);
}

TEST_P(SourceLists, TenThousandSourcesComeAndGoWithoutAStormOfReports) {
  constexpr unsigned kMany = 10'000;
  const Poller poller;
  Listener listener(poller, {on(1, 0)});
  const size_t descriptors = open_descriptors();
  const size_t out_before = packets_out();
  check(set_sources(listener, {MC_SOURCES_ONLY, many(0, kMany)}));
  listener.open();
  EXPECT_EQ(kMany, poller.stats().memberships);
  EXPECT_EQ(kMany, kernel_lists().size());
  const size_t with_all = open_descriptors();
  EXPECT_EQ(descriptors + poller.stats().holders + 1, with_all);
  check(set_sources(listener, {MC_SOURCES_ONLY, many(500, kMany)}));
  EXPECT_EQ(kMany, poller.stats().memberships);
  EXPECT_LE(open_descriptors(), with_all + 51);
  check(set_sources(listener, {MC_SOURCES_ONLY, many(500, kMany)}));
  listener.close();
  EXPECT_EQ(descriptors, open_descriptors());
  EXPECT_TRUE(kernel_lists().empty());
  EXPECT_LT(packets_out() - out_before, kMany / 10);
}

TEST_P(SourceLists, ClosingWithdrawsEverythingWhileAForkedChildHoldsTheSockets) {
  const Poller poller;
  const Listener listener(poller, {on(1, 0)});
  for (const Sources& each :
       {Sources{MC_SOURCES_ONLY, many(0, 100)}, Sources{MC_SOURCES_EXCEPT, {a(), c()}}}) {
    check(set_sources(listener, each));
    listener.open();
    lab::Channel line;
    lab::Process child = lab::Process::fork([&] {
      line.send("here");
      line.receive(in(10s));
      return mc_listener_set_sources(listener.get(), nullptr, MC_SOURCES_ONLY, nullptr, 0) ==
                     MC_ERROR_FORKED
                 ? 0
                 : 1;
    });
    ASSERT_TRUE(line.receive(in(10s)).has_value());
    expect_kernel_has(each);
    listener.close();
    EXPECT_TRUE(kernel_lists().empty());
    EXPECT_EQ(0u, poller.stats().memberships);
    line.send("end");
    EXPECT_EQ(0, child.wait(in(10s)));
  }
}

}  // namespace
}  // namespace peer
