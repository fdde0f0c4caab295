// core/sifter and core/channel: many filters on one channel.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/listener.h"
#include "filter/kinds.h"
#include "lab.h"
#include "scarce_memory.h"
#include "world.h"

namespace mc::test {
namespace {

constexpr uint16_t kPort = 5013;
const char* const kGroup = "239.77.0.13%lo";

filter::FilterRef made(Result<filter::FilterRef> filter) {
  EXPECT_TRUE(filter.ok()) << filter.status().sentence();
  return *filter;
}

// Listeners with filters on one channel. Each packet that one gets is noted as "<name>:<packet>".
class Sifting : public testing::Test {
 protected:
  using Heard = std::vector<std::string>;

  class Ears final : public PacketHandler {
   public:
    Ears(Heard& log, std::string name, std::function<void()> then)
        : log_(log), name_(std::move(name)), then_(std::move(then)) {}
    int handle(const net::Packet& packet) override {
      log_.push_back(name_ + ":" +
                     std::string(reinterpret_cast<const char*>(packet.data), packet.size));
      if (then_) then_();
      return 0;
    }

   private:
    Heard& log_;
    std::string name_;
    std::function<void()> then_;
  };

  // null: no filter.
  Listener& listen(std::string name, filter::FilterRef filter,
                   std::function<void()> then = nullptr) {
    listeners_.push_back(std::make_unique<Listener>(*poller_));
    Listener& made = *listeners_.back();
    EXPECT_TRUE(
        made.set_handler(std::make_unique<Ears>(heard_, std::move(name), std::move(then))).ok());
    EXPECT_TRUE(made.add(kGroup, kPort).ok());
    made.set_filter(std::move(filter));
    EXPECT_TRUE(made.open().ok());
    return made;
  }
  // Enough filters that they are looked up; none of them matches a packet of the tests.
  void listen_to_nothing(int count = 4) {
    for (int i = 0; i < count; ++i)
      listen("never", made(filter::regex("never" + std::to_string(i))));
  }
  void send(const std::string& data) {
    ASSERT_EQ(0, Outsider(net::Family::kIpv4).send(address("239.77.0.13", kPort), data));
    ++sent_;
    while (*poller_->poll(0) > 0) {
    }
  }
  Heard take() { return std::exchange(heard_, {}); }
  // Everything that arrived is accounted for.
  static uint64_t arrived(Listener& listener) {
    const ListenerStats stats = listener.stats();
    return stats.counts.delivered + stats.counts.filtered + stats.counts.not_for_us + stats.lost;
  }

  std::unique_ptr<Poller> poller_ = make_poller();
  std::vector<std::unique_ptr<Listener>> listeners_;
  Heard heard_;
  uint64_t sent_ = 0;
};

TEST_F(Sifting, GivesEachWhatItsFilterAcceptsInTheOrderOfOpening) {
  listen("all", nullptr);
  listen("a-expression", made(filter::regex("a+")));
  listen("short", made(filter::size_range(0, 2)));
  listen("ab-prefix", made(filter::prefix("ab")));
  listen("host", made(filter::source_network("127.0.0.0/8")));
  listen("other host", made(filter::source_network("10.0.0.0/8")));
  listen("b-expression", made(filter::regex(".*b")));
  listen("long a",
         made(filter::all_of({made(filter::regex("a+")), made(filter::size_range(3, 9))})));
  listen_to_nothing();
  for (int round = 0; round < 2; ++round) {  // singly, then by a set
    send("ab");
    EXPECT_EQ((Heard{"all:ab", "a-expression:ab", "short:ab", "ab-prefix:ab", "host:ab",
                     "b-expression:ab"}),
              take());
    send("aaa");
    EXPECT_EQ((Heard{"all:aaa", "a-expression:aaa", "host:aaa", "long a:aaa"}), take());
    send("");
    EXPECT_EQ((Heard{"all:", "short:", "host:"}), take());
  }
  for (const auto& each : listeners_) EXPECT_EQ(sent_, arrived(*each));
}

TEST_F(Sifting, CountsWhatWasNeverLookedAt) {
  listen_to_nothing();
  Listener& ears = listen("a", made(filter::regex("a")));
  for (int i = 0; i < 5; ++i) send("b");
  send("a");
  EXPECT_EQ(5u, ears.stats().counts.filtered);
  EXPECT_EQ(1u, ears.stats().counts.delivered);
  Listener& late = listen("b", made(filter::prefix("b")));
  send("b");
  send("a");
  EXPECT_EQ(1u, late.stats().counts.delivered);
  EXPECT_EQ(1u, late.stats().counts.filtered);
  EXPECT_EQ(6u, ears.stats().counts.filtered);
  ears.close();  // the counts outlive it
  EXPECT_EQ(6u, ears.stats().counts.filtered);
  EXPECT_EQ(2u, ears.stats().counts.delivered);
  send("a");
  EXPECT_TRUE(ears.open().ok());
  send("b");
  EXPECT_EQ(7u, ears.stats().counts.filtered);
}

TEST_F(Sifting, AFilterMayBeReplacedInAnyHandler) {
  listen_to_nothing();
  Listener* second = nullptr;
  Listener* first = nullptr;
  first = &listen("first", made(filter::regex("a")), [&] {
    first->set_filter(made(filter::regex("b")));
    second->set_filter(made(filter::prefix("b")));
  });
  second = &listen("second", made(filter::regex("a")));
  send("a");  // the second's new filter refuses it, and so it is not delivered
  EXPECT_EQ((Heard{"first:a"}), take());
  send("a");
  EXPECT_EQ((Heard{}), take());
  send("b");
  EXPECT_EQ((Heard{"first:b", "second:b"}), take());
  second->set_filter(nullptr);
  send("c");
  EXPECT_EQ((Heard{"second:c"}), take());
  second->set_filter(made(filter::regex("d")));
  send("c");
  EXPECT_EQ((Heard{}), take());
  for (Listener* each : {first, second}) EXPECT_EQ(sent_, arrived(*each));
}

// What both the old and the new filter accept is delivered, what neither accepts is not.
TEST_F(Sifting, ReplacingLosesNothingThatBothAcceptAndDeliversNothingThatNeitherDoes) {
  listen_to_nothing();
  Listener* ears = nullptr;
  int turn = 0;
  const auto other = [&] {
    ++turn;
    ears->set_filter(made(turn % 3 == 0   ? filter::prefix("yes")
                          : turn % 3 == 1 ? filter::regex("yes|never" + std::to_string(turn))
                                          : filter::regex("[x-z]es")));
  };
  ears = &listen("ears", made(filter::regex("yes")), other);
  const auto chatter = made(filter::regex("no"));
  listen("before", chatter, other);
  for (int i = 0; i < 200; ++i) {
    send("yes");
    send("no");
    send("neither");
  }
  EXPECT_EQ(200u, ears->stats().counts.delivered);
  EXPECT_EQ(400u, ears->stats().counts.filtered);
}

TEST_F(Sifting, AHandlerMayCloseAnyAndOpenMore) {
  listen_to_nothing();
  Listener* third = nullptr;
  Listener* second = nullptr;
  std::unique_ptr<Listener> more;
  listen("first", made(filter::regex("a")), [&] {
    second->close();
    if (more) return;
    more = std::make_unique<Listener>(*poller_);
    EXPECT_TRUE(more->set_handler(std::make_unique<Ears>(heard_, "more", nullptr)).ok());
    EXPECT_TRUE(more->add(kGroup, kPort).ok());
    more->set_filter(made(filter::regex("a")));
    EXPECT_TRUE(more->open().ok());
    third->set_filter(made(filter::regex("ab|a")));
  });
  second = &listen("second", made(filter::regex("a")));
  third = &listen("third", made(filter::regex("a")));
  send("a");
  EXPECT_EQ((Heard{"first:a", "third:a"}), take());
  send("a");
  EXPECT_EQ((Heard{"first:a", "third:a", "more:a"}), take());
  for (const auto& each : listeners_) each->close();
  more.reset();
  EXPECT_EQ(0u, poller_->channels().count());
}

TEST_F(Sifting, CallablesAreAskedOnlyBehindWhatCanBeLookedUp) {
  class Counts final : public filter::Callable {
   public:
    explicit Counts(int& calls) : calls_(calls) {}
    ~Counts() override { calls_ = -1; }
    bool call(const net::Packet& packet) const override {
      ++calls_;
      return packet.size == 2;
    }

   private:
    int& calls_;
  };
  int calls = 0;
  listen_to_nothing();
  Listener& ears = listen(
      "ears", made(filter::all_of({std::make_shared<Counts>(calls), made(filter::prefix("a"))})));
  send("b");
  EXPECT_EQ(0, calls);
  send("ab");
  send("abc");
  EXPECT_EQ(2, calls);
  EXPECT_EQ((Heard{"ears:ab"}), take());
  EXPECT_EQ(2u, ears.stats().counts.filtered);
  ears.set_filter(made(filter::regex("x")));
  EXPECT_EQ(-1, calls);  // nothing holds it any more
}

TEST_F(Sifting, ThoseWhoLeaveOutTheirOwnAreAskedEach) {
  listen_to_nothing();
  Listener& ears = listen("ears", made(filter::regex("a")));
  ears.set_ignore_own(true);
  send("a");  // from another socket than ours
  EXPECT_EQ((Heard{"ears:a"}), take());
  ears.set_ignore_own(false);
  send("a");
  EXPECT_EQ((Heard{"ears:a"}), take());
  EXPECT_EQ(sent_, arrived(ears));
}

TEST_F(Sifting, BatchHandlersGetTheirsTogether) {
  class Batches final : public BatchHandler {
   public:
    explicit Batches(std::vector<size_t>& sizes) : sizes_(sizes) {}
    int handle(std::span<const net::Packet* const> packets) override {
      sizes_.push_back(packets.size());
      return 0;
    }

   private:
    std::vector<size_t>& sizes_;
  };
  std::vector<size_t> sizes;
  listen_to_nothing();
  Listener ears(*poller_);
  ASSERT_TRUE(ears.set_handler(std::make_unique<Batches>(sizes)).ok());
  ASSERT_TRUE(ears.add(kGroup, kPort).ok());
  ears.set_filter(made(filter::regex("a")));
  ASSERT_TRUE(ears.open().ok());
  for (const char* each : {"a", "b", "a", "a"})
    ASSERT_EQ(0, Outsider(net::Family::kIpv4).send(address("239.77.0.13", kPort), each));
  EXPECT_TRUE(poll_until(*poller_, [&] { return ears.stats().counts.filtered == 1; }));
  EXPECT_EQ(std::vector<size_t>{3}, sizes);
}

TEST_F(Sifting, WithoutMemoryAllAreAsked) {
  if (!ScarceMemory::is_possible()) GTEST_SKIP();
  listen("a", made(filter::regex("[a-c]+")));
  listen("ab", made(filter::prefix("ab")));
  listen_to_nothing();
  send("ab");
  send("ab");
  take();
  heard_.reserve(100);
  for (unsigned nth = 1; nth < 60; ++nth) {
    // There is something to do, but not for the expression that matches, which has seen such packets.
    listeners_.back()->set_filter(made(filter::regex("never[x-z]" + std::to_string(nth))));
    ASSERT_EQ(0, Outsider(net::Family::kIpv4).send(address("239.77.0.13", kPort), "ab"));
    ++sent_;
    {
      const ScarceMemory scarce(nth, ScarceMemory::After::kWorks);
      const Result<int> polled = poller_->poll(0);
      EXPECT_TRUE(polled.ok());
    }
    while (*poller_->poll(0) > 0) {
    }
    EXPECT_EQ((Heard{"a:ab", "ab:ab"}), heard_) << nth;
    heard_.clear();  // its room stays, for what the handlers note
  }
  for (const auto& each : listeners_) EXPECT_EQ(sent_, arrived(*each));
}

}  // namespace
}  // namespace mc::test
