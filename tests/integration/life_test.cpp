// Interfaces that go and come, and what is open follows them.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "remote.h"

namespace peer {
namespace {

constexpr uint16_t kPort = 5090;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr size_t kTimes = 20;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
constexpr size_t kTimes = 20;
#else
constexpr size_t kTimes = 200;
#endif
#else
constexpr size_t kTimes = 200;
#endif

const char* name_of(int kind) {
  static constexpr const char* kNames[] = {"?",  "joined", "pending", "lost", "rejoined",
                                           "up", "down",   "silence", "heard"};
  return kNames[kind];
}

// A host with the library, whose links another host, the far one, shares. The test runs on the first.
class Life : public testing::TestWithParam<int> {
 protected:
  Life() : inside_(near_) {
    lab::keep_order();
    // Addresses are usable at once.
    for (const lab::Host* host : {&near_, &far_})
      host->write_sysctl("net.ipv6.conf.default.accept_dad", "0");
  }

  bool is_ipv4() const { return GetParam() == AF_INET; }
  std::string group() const { return is_ipv4() ? "239.90.0.1" : "ff15::90"; }
  std::string own_address() const { return is_ipv4() ? "10.1.0.1" : "fd00:a:1:0::1"; }

  // eth`number` of both, with the index that is asked for (0: the next).
  void make_link(unsigned number = 0, unsigned index = 0) const {
    add_link(number, index);
    bring_up(number);
  }
  void add_link(unsigned number = 0, unsigned index = 0) const {
    const std::string name = "eth" + std::to_string(number);
    near_.ip("link add " + name + (index != 0 ? " index " + std::to_string(index) : "") +
             " type veth peer name " + name + " netns " + far_.path() + "\n");
  }
  void bring_up(unsigned number = 0) const {
    const std::string name = "eth" + std::to_string(number);
    const std::string net = std::to_string(number + 1);
    for (const lab::Host* host : {&near_, &far_}) {
      const std::string last = host == &near_ ? "1" : "2";
      host->ip("address add 10." + net + ".0." + last + "/24 dev " + name + "\n" +
               "address add fd00:a:" + net + ":0::" + last + "/64 dev " + name + " nodad\n" +
               "link set " + name + " up\n");
    }
    // The kernel looks at carriers now and then, and IPv6 waits for that.
    for (const lab::Host* host : {&near_, &far_}) host->wait_for_link_local(name);
  }
  void delete_link(unsigned number = 0) const { near_.delete_link("eth" + std::to_string(number)); }

  // Sends from the far host's link until the listener has heard one more, or for long enough.
  bool is_heard(const Poller& poller, const Listener& listener, unsigned number = 0) const {
    const size_t before = listener.packets.size();
    const lab::Deadline deadline = in(kPatience);
    while (listener.packets.size() == before && lab::Clock::now() < deadline) {
      send_from_far(number);
      poller.serve_until([&] { return listener.packets.size() > before; }, in(20ms));
    }
    return listener.packets.size() > before;
  }
  void send_from_far(unsigned number = 0) const {
    const lab::Inside there(far_);
    const unsigned index = far_.index_of("eth" + std::to_string(number));
    if (index == 0) return;
    const lab::Fd out = raw::sender(GetParam(), index);
    EXPECT_EQ(0, raw::send(out, raw::address(group(), kPort), "far" + std::to_string(number)));
  }

  lab::Fd far_socket() const {
    const lab::Inside there(far_);
    const unsigned index = far_.index_of("eth0");
    lab::Fd fd = raw::data_socket(raw::address(group(), kPort), index);
    EXPECT_EQ(0, raw::join(fd, raw::address(group(), kPort), index));
    return fd;
  }

  lab::Host near_{"near"};
  lab::Host far_{"far"};
  lab::Inside inside_;
};
INSTANTIATE_TEST_SUITE_P(Family, Life, testing::Values(AF_INET, AF_INET6), raw::family_name);

// Keeps what its listener is told.
struct Told {
  std::vector<std::string> events;
  // All since the last call; without what is the link's own.
  std::vector<std::string> take() { return std::exchange(events, {}); }
  std::vector<std::string> take_changes() {
    std::vector<std::string> all = take();
    std::erase_if(all, [](const std::string& each) {
      return each.find("up") == 0 || each.find("down") == 0;
    });
    return all;
  }
};

int keep_event(const mc_event* event, void* user) {
  std::string text = name_of(event->kind);
  if (*event->interface != '\0') text += std::string(" ") + event->interface;
  static_cast<Told*>(user)->events.push_back(text);
  EXPECT_STRNE("", event->sentence);
  return 0;
}

// A listener that tells.
struct Heard : Listener {
  Heard(const Poller& poller, const std::string& on) : Listener(poller, {}) {
    check(mc_listener_add(get(), on.c_str(), kPort));
    check(mc_listener_set_event_handler(get(), keep_event, &told, nullptr));
  }
  Told told;
};

using Texts = std::vector<std::string>;

TEST_P(Life, AnInterfaceThatIsDeletedAndComesBackIsJoinedAgain) {
  make_link();
  Poller poller;
  for (const std::string& words : {std::string("eth0"), own_address()}) {
    Heard listener(poller, group() + "%" + words);
    listener.open();
    ASSERT_TRUE(is_heard(poller, listener));
    EXPECT_EQ((Texts{"joined eth0"}), listener.told.take_changes());
    for (const bool same_index : {true, false}) {
      const unsigned index = near_.index_of("eth0");
      delete_link();
      ASSERT_TRUE(poller.serve_until([&] { return listener.stats().absent == 1; }, in(kPatience)));
      poller.drain();
      EXPECT_EQ((Texts{"lost eth0"}), listener.told.take_changes());
      EXPECT_EQ(0u, poller.stats().memberships);
      make_link(0, same_index ? index : index + 10);
      ASSERT_TRUE(is_heard(poller, listener)) << words << same_index;
      EXPECT_EQ((Texts{"rejoined eth0"}), listener.told.take_changes());
      EXPECT_EQ(0u, listener.stats().absent);
      EXPECT_EQ(1u, poller.stats().memberships);
    }
  }
}

// Between two turns: nobody sees it gone.
TEST_P(Life, AnInterfaceThatIsReplacedUnseenByOneOfItsIndexIsJoinedAgain) {
  make_link();
  Poller poller;
  Heard listener(poller, group() + "%eth0");
  listener.open();
  ASSERT_TRUE(is_heard(poller, listener));
  listener.told.take();
  const unsigned index = near_.index_of("eth0");
  delete_link();
  make_link(0, index);
  ASSERT_TRUE(is_heard(poller, listener));
  EXPECT_EQ((Texts{"lost eth0", "rejoined eth0"}), listener.told.take_changes());
}

TEST_P(Life, AnInterfaceThatComesLaterIsJoinedThenIfThatIsAskedFor) {
  Poller poller;
  Heard listener(poller, group() + "%eth0");
  EXPECT_EQ(MC_ERROR_INTERFACE, mc_listener_open(listener.get()));
  check(mc_listener_set_pending(listener.get(), 1));
  listener.open();
  EXPECT_EQ(1, mc_poller_is_polling(poller.get()));
  EXPECT_EQ(1u, listener.stats().absent);
  poller.drain();
  EXPECT_EQ((Texts{"pending"}), listener.told.take());
  make_link();
  ASSERT_TRUE(is_heard(poller, listener));
  EXPECT_EQ("joined eth0", listener.told.events.at(0));
  listener.close();
  EXPECT_EQ(0, mc_poller_is_polling(poller.get()));
}

TEST_P(Life, OnAllInterfacesItHearsThoseThatComeLaterToo) {
  make_link(0);
  Poller poller;
  Heard listener(poller, group() + "%all");
  listener.open();
  ASSERT_TRUE(is_heard(poller, listener, 0));
  make_link(1);
  ASSERT_TRUE(is_heard(poller, listener, 1));
  ASSERT_TRUE(is_heard(poller, listener, 0));
  EXPECT_EQ(2u, poller.stats().memberships);
  delete_link(0);
  ASSERT_TRUE(is_heard(poller, listener, 1));
  make_link(0);
  ASSERT_TRUE(is_heard(poller, listener, 0));
  EXPECT_EQ((Texts{"joined eth0", "joined eth1", "lost eth0", "joined eth0"}),
            listener.told.take_changes());
}

TEST_P(Life, WhatWorksIsNotMoved) {
  make_link(0);
  near_.route_default("10.1.0.2");
  near_.route_multicast("eth0");
  Poller poller;
  Heard listener(poller, is_ipv4() ? group() : group() + "%eth0");
  listener.open();
  ASSERT_TRUE(is_heard(poller, listener, 0));
  listener.told.take();
  make_link(1);
  near_.route_multicast("eth1");
  near_.ip("link set eth0 name lan0\n");
  poller.drain();
  const size_t before = listener.packets.size();
  send_from_far(0);
  EXPECT_TRUE(poller.serve_until([&] { return listener.packets.size() > before; }, in(kPatience)));
  EXPECT_EQ(1u, poller.stats().memberships);
  EXPECT_EQ(Texts{}, listener.told.take_changes());
  EXPECT_EQ(0u, listener.stats().rejoined);
}

// The default interface moves when that of before is of no use.
using LifeIpv4 = Life;  // with IPv6, every interface has a route to all groups
INSTANTIATE_TEST_SUITE_P(Family, LifeIpv4, testing::Values(AF_INET), raw::family_name);

TEST_P(LifeIpv4, TheDefaultInterfaceIsLookedForAgainWhereThatOfBeforeIsDown) {
  make_link(0);
  make_link(1);
  near_.route_multicast("eth0");
  Poller poller;
  Heard listener(poller, group());
  listener.open();
  ASSERT_TRUE(is_heard(poller, listener, 0));
  EXPECT_EQ((Texts{"joined eth0"}), listener.told.take_changes());
  near_.set_up("eth0", false);
  near_.route_multicast("eth1");
  ASSERT_TRUE(is_heard(poller, listener, 1));
  EXPECT_EQ((Texts{"rejoined eth1"}), listener.told.take_changes());
  EXPECT_EQ(1u, poller.stats().memberships);
}

TEST_P(Life, ALinkThatGoesDownIsToldAndJoinedAllTheSame) {
  make_link();
  Poller poller;
  Heard listener(poller, group() + "%eth0");
  listener.open();
  ASSERT_TRUE(is_heard(poller, listener));
  listener.told.take();
  far_.set_up("eth0", false);
  // The link may flutter.
  const auto has_told = [&](const char* event) {
    return !listener.told.events.empty() && listener.told.events.back() == event;
  };
  ASSERT_TRUE(poller.serve_until([&] { return has_told("down eth0"); }, in(kPatience)));
  listener.told.take();
  far_.set_up("eth0", true);
  ASSERT_TRUE(poller.serve_until([&] { return has_told("up eth0"); }, in(kPatience)));
  far_.ip("address replace fd00:a:1:0::2/64 dev eth0 nodad\n");  // which it lost meanwhile
  far_.wait_for_link_local("eth0");
  EXPECT_TRUE(is_heard(poller, listener));
}

TEST_P(Life, APulledListenerFollowsInsideItsNext) {
  Poller poller;
  mc_listener* made = nullptr;
  check(mc_listener_new(&made, poller.get()));
  const std::unique_ptr<mc_listener, Free<mc_listener, mc_listener_free>> listener(made);
  check(mc_listener_add(made, (group() + "%eth0").c_str(), kPort));
  check(mc_listener_set_pending(made, 1));
  Told told;
  check(mc_listener_set_event_handler(made, keep_event, &told, nullptr));
  check(mc_listener_open(made));
  for (int i = 0; i < 3; ++i) {
    make_link();
    const mc_packet* packet = nullptr;
    int got = 0;
    for (const lab::Deadline deadline = in(kPatience); got == 0 && lab::Clock::now() < deadline;) {
      send_from_far();
      got = check(mc_listener_next(made, &packet, 0.02));
    }
    ASSERT_EQ(1, got) << i;
    delete_link();
  }
  EXPECT_EQ("pending", told.events.at(0));
  EXPECT_EQ("joined eth0", told.events.at(1));
}

TEST_P(Life, SilenceIsToldAndItsEnd) {
  make_link();
  Poller poller;
  Heard listener(poller, group() + "%eth0");
  EXPECT_EQ(MC_ERROR_TIME, mc_listener_set_silence(listener.get(), -1));
  check(mc_listener_set_silence(listener.get(), 0.05));
  listener.open();
  const auto last_is = [&](const char* event) {
    return !listener.told.events.empty() && listener.told.events.back() == event;
  };
  ASSERT_TRUE(poller.serve_until([&] { return last_is("silence eth0"); }, in(kPatience)));
  ASSERT_TRUE(is_heard(poller, listener));
  ASSERT_TRUE(poller.serve_until([&] { return last_is("heard eth0"); }, in(kPatience)));
  ASSERT_TRUE(poller.serve_until([&] { return last_is("silence eth0"); }, in(kPatience)));
  check(mc_listener_set_silence(listener.get(), 0));
}

// The filter drops it, and it came.
TEST_P(Life, WhatTheKernelDropsEndsASilence) {
  make_link();
  Poller poller;
  Heard listener(poller, group() + "%eth0");
  mc_filter* made = nullptr;
  check(mc_filter_prefix(&made, "other", 5));
  const std::unique_ptr<mc_filter, Free<mc_filter, mc_filter_free>> filter(made);
  check(mc_listener_set_filter(listener.get(), filter.get()));
  check(mc_listener_set_kernel_filter(listener.get(), 1));
  check(mc_listener_set_silence(listener.get(), 0.05));
  listener.open();
  for (const char* event : {"silence eth0", "heard eth0"}) {
    const bool is_sending = std::string(event) == "heard eth0";
    const auto is_told = [&] {
      if (is_sending) send_from_far();
      return !listener.told.events.empty() && listener.told.events.back() == event;
    };
    ASSERT_TRUE(poller.serve_until(is_told, in(kPatience))) << event;
  }
  EXPECT_TRUE(listener.packets.empty());
}

using Sender = std::unique_ptr<mc_multicaster, Free<mc_multicaster, mc_multicaster_free>>;

// A multicaster that may be pending, and what it is told.
struct PendingSender {
  PendingSender(const Poller& poller, const std::string& words) {
    mc_multicaster* made = nullptr;
    check(mc_multicaster_new_pending(&made, poller.get(), words.c_str(), kPort, 1));
    handle.reset(made);
    check(mc_multicaster_set_event_handler(made, keep_event, &told, nullptr));
  }
  Told told;
  Sender handle;
};

// Made before its interface, with a source address and without.
TEST_P(Life, AMulticasterMayBeMadeBeforeItsInterface) {
  for (const std::string& source : {std::string(), own_address() + "@"}) {
    const std::string words = source + group() + "%eth0";
    Poller poller;
    mc_multicaster* made = nullptr;
    EXPECT_EQ(MC_ERROR_INTERFACE, mc_multicaster_new(&made, poller.get(), words.c_str(), kPort, 1));
    EXPECT_EQ(MC_ERROR_INTERFACE, mc_multicaster_new_pending(&made, poller.get(),
                                                             (group() + "%all").c_str(), kPort, 1));
    check(mc_multicaster_new_pending(&made, poller.get(), words.c_str(), kPort, 1));
    const Sender sender(made);
    Told told;
    check(mc_multicaster_set_event_handler(made, keep_event, &told, nullptr));
    check(mc_multicaster_set_source_port(made, kPort + 1, 0));
    check(mc_multicaster_set_loopback(made, 0));
    EXPECT_EQ(-ENODEV, mc_multicaster_send(made, "early", 5));
    EXPECT_THAT(mc_last_error(), testing::HasSubstr("not there yet"));
    const mc_buffer two[] = {{"a", 1}, {"b", 1}};
    EXPECT_EQ(-ENODEV, mc_multicaster_send_many(made, two, 2));
    mc_stats stats;
    check(mc_multicaster_stats(made, &stats, sizeof stats));
    EXPECT_EQ(0u, stats.sent);
    EXPECT_EQ(2u, stats.send_failed);
    mc_address to;
    check(mc_address_parse(&to, is_ipv4() ? "127.0.0.1:9" : "[::1]:9"));
    if (!source.empty()) {
      EXPECT_EQ(-ENODEV, mc_multicaster_send_to(made, &to, "x", 1));
    }
    check(mc_multicaster_set_batching(made, 1));
    check(mc_multicaster_send(made, "waits", 5));
    poller.drain();
    EXPECT_EQ(Texts{"pending"}, told.take());
    EXPECT_EQ(1, mc_multicaster_flush(made));
    make_link();
    const lab::Fd in_far = far_socket();
    check(mc_poller_poll(poller.get(), 0));
    ASSERT_TRUE(poller.serve_until([&] { return !told.events.empty(); }, in(kPatience)));
    EXPECT_EQ(Texts{"joined eth0"}, told.take());
    ASSERT_TRUE(lab::wait_readable(in_far.get(), in(kPatience)));
    EXPECT_EQ("waits", raw::receive(in_far)->data);
    mc_address from;
    check(mc_multicaster_source(made, &from));
    EXPECT_EQ(kPort + 1, from.port);
    EXPECT_EQ(source.empty(), std::all_of(std::begin(from.bytes), std::end(from.bytes),
                                          [](uint8_t byte) { return byte == 0; }));
    check(mc_multicaster_set_batching(made, 0));
    delete_link();
    ASSERT_TRUE(poller.serve_until([&] { return !told.events.empty(); }, in(kPatience)));
    EXPECT_EQ(-ENODEV, mc_multicaster_send(made, "gone", 4));
    EXPECT_EQ(Texts{"lost eth0"}, told.take());
  }
}

// An interface is there long before it can send.
TEST_P(Life, APendingMulticasterWaitsUntilItsInterfaceIsUp) {
  for (const bool is_there : {false, true}) {
    if (is_there) add_link();
    Poller poller;
    PendingSender sender(poller, group() + "%eth0");
    Told& told = sender.told;
    mc_multicaster* const made = sender.handle.get();
    check(mc_multicaster_set_batching(made, 1));
    check(mc_multicaster_send(made, "waits", 5));
    if (!is_there) add_link();
    poller.drain();
    EXPECT_EQ(Texts{"pending"}, told.take());
    EXPECT_EQ(1, mc_multicaster_flush(made));
    bring_up();
    const lab::Fd in_far = far_socket();
    ASSERT_TRUE(poller.serve_until([&] { return !told.events.empty(); }, in(kPatience)));
    EXPECT_EQ(Texts{"joined eth0"}, told.take());
    ASSERT_TRUE(lab::wait_readable(in_far.get(), in(kPatience)));
    EXPECT_EQ("waits", raw::receive(in_far)->data);
    delete_link();
  }
}

TEST_P(Life, APendingMulticasterMayBeGivenAnAddressThatIsThere) {
  make_link();
  const std::string missing = is_ipv4() ? "10.1.0.77@" : "fd00:a:1:0::77@";
  Poller poller;
  PendingSender sender(poller, missing + group() + "%eth0");
  Told& told = sender.told;
  mc_multicaster* const made = sender.handle.get();
  EXPECT_EQ(-ENODEV, mc_multicaster_send(made, "early", 5));
  check(mc_multicaster_set_source_address(made, own_address().c_str()));
  EXPECT_EQ(0, mc_multicaster_send(made, "now", 3));
  poller.drain();
  EXPECT_EQ((Texts{"pending", "joined eth0"}), told.take());
}

// What is heard of it on the far host, by a socket of its own for each time.
TEST_P(Life, AMulticasterSendsAgainFromItsPort) {
  make_link();
  Poller poller;
  mc_multicaster* made = nullptr;
  check(mc_multicaster_new(&made, poller.get(), (group() + "%eth0").c_str(), kPort, 1));
  const Sender sender(made);
  Told told;
  check(mc_multicaster_set_event_handler(made, keep_event, &told, nullptr));
  mc_address before;
  check(mc_multicaster_source(made, &before));
  for (const bool is_served : {true, false, true}) {
    std::optional<raw::Message> message;
    const lab::Fd in_far = far_socket();
    for (const lab::Deadline deadline = in(kPatience); !message && lab::Clock::now() < deadline;) {
      const int sent = mc_multicaster_send(made, "near", 4);
      ASSERT_TRUE(sent == 0 || sent == -ENODEV || sent == -ENETUNREACH || sent == -ENETDOWN)
          << mc_last_error();
      if (is_served) check(mc_poller_poll(poller.get(), 0));
      if (lab::wait_readable(in_far.get(), in(20ms))) message = raw::receive(in_far);
    }
    ASSERT_TRUE(message) << is_served;
    EXPECT_EQ("near", message->data);
    mc_address now;
    check(mc_multicaster_source(made, &now));
    EXPECT_EQ(before.port, now.port);
    delete_link();
    if (is_served) {
      check(mc_poller_poll(poller.get(), 0));
      EXPECT_EQ(-ENODEV, mc_multicaster_send(made, "near", 4));
    }
    make_link();
  }
  poller.drain();
  EXPECT_EQ("lost eth0", told.events.at(0));
  EXPECT_EQ("rejoined eth0", told.events.at(1));
}

TEST_P(Life, ALinkThatFlapsIsNeitherLeftNorJoinedAgain) {
  make_link();
  Poller poller;
  Heard listener(poller, group() + "%eth0");
  listener.open();
  ASSERT_TRUE(is_heard(poller, listener));
  listener.told.take();
  const size_t descriptors = open_descriptors();
  for (int i = 0; i < 100; ++i) {
    near_.set_up("eth0", i % 2 != 0);
    poller.drain();
  }
  near_.ip("address replace fd00:a:1:0::1/64 dev eth0 nodad\n");
  near_.wait_for_link_local("eth0");
  ASSERT_TRUE(is_heard(poller, listener));
  EXPECT_EQ(Texts{}, listener.told.take_changes());
  EXPECT_EQ(0u, listener.stats().rejoined);
  EXPECT_EQ(descriptors, open_descriptors());
}

// Then lo is all there is; and when another is there again, that was a last resort only.
TEST_P(LifeIpv4, WhereTheLastInterfaceGoesTheDefaultIsLoUntilOneComesBack) {
  make_link();
  near_.route_multicast("eth0");
  Poller poller;
  Heard listener(poller, group());
  listener.open();
  ASSERT_TRUE(is_heard(poller, listener));
  delete_link();  // and its route with it
  poller.drain();
  make_link();
  near_.route_multicast("eth0");
  ASSERT_TRUE(is_heard(poller, listener));
  EXPECT_EQ((Texts{"joined eth0", "lost eth0", "rejoined lo", "rejoined eth0"}),
            listener.told.take_changes());
  EXPECT_EQ(1u, poller.stats().memberships);
}

// A handler that tries again at once lets the turn end, and one that pulls gets what is there.
TEST_P(Life, AnEventHandlerMayCloseAndOpenItsListenerAgain) {
  Poller poller;
  mc_listener* made = nullptr;
  check(mc_listener_new(&made, poller.get()));
  const std::unique_ptr<mc_listener, Free<mc_listener, mc_listener_free>> listener(made);
  check(mc_listener_add(made, (group() + "%eth0").c_str(), kPort));
  check(mc_listener_set_pending(made, 1));
  struct Again {
    mc_listener* of;
    int told = 0;
  } again{made};
  const auto reopen = [](const mc_event*, void* user) {
    Again& self = *static_cast<Again*>(user);
    ++self.told;
    check(mc_listener_close(self.of));
    check(mc_listener_open(self.of));
    const mc_packet* packet = nullptr;
    const int pulled = mc_listener_next(self.of, &packet, 0);  // which tells, too, but not for ever
    EXPECT_TRUE(pulled == 0 || pulled == MC_ERROR_BUSY) << pulled;
    return 0;
  };
  check(mc_listener_set_event_handler(made, reopen, &again, nullptr));
  check(mc_listener_open(made));
  for (int i = 0; i < 10; ++i) check(mc_poller_poll(poller.get(), 0));
  EXPECT_GE(again.told, 1);
  EXPECT_EQ(1, mc_listener_is_open(made));
}

// More changes than the kernel keeps for a poller that is not served: among them one that matters.
TEST_P(Life, ChangesThatTheKernelCouldNotTellOfAreFoundOut) {
  make_link(0);
  make_link(1);
  Poller poller;
  Heard listener(poller, group() + "%eth0");
  Heard other(poller, group() + "%eth1");
  listener.open();
  other.open();
  ASSERT_TRUE(is_heard(poller, listener));
  listener.told.take();
  other.told.take();
  const unsigned index = near_.index_of("eth0");
  std::string many;
  for (int i = 1; i < 250; ++i) {
    const std::string address = "10.77.0." + std::to_string(i) + "/32 dev lo\n";
    many += "address add " + address + "address delete " + address;
  }
  near_.ip(many);
  near_.ip(many);
  delete_link(0);
  make_link(0, index);
  near_.ip(many);
  ASSERT_TRUE(is_heard(poller, listener));
  ASSERT_TRUE(is_heard(poller, other, 1));
  EXPECT_EQ((Texts{"lost eth0", "rejoined eth0"}), listener.told.take_changes());
  EXPECT_EQ(Texts{}, other.told.take_changes());
}

// Its name is not an index or an address of another.
TEST_P(Life, AnAddressThatMovesTakesItsListenerAlong) {
  make_link(0);
  make_link(1);
  Poller poller;
  Heard listener(poller, group() + "%" + own_address());
  listener.open();
  ASSERT_TRUE(is_heard(poller, listener, 0));
  const std::string address = own_address() + (is_ipv4() ? "/24" : "/64");
  near_.ip("address delete " + address + " dev eth0\naddress add " + address + " dev eth1" +
           (is_ipv4() ? "\n" : " nodad\n"));
  ASSERT_TRUE(is_heard(poller, listener, 1));
  EXPECT_EQ((Texts{"joined eth0", "rejoined eth1"}), listener.told.take_changes());
  EXPECT_EQ(1u, poller.stats().memberships);
}

// What it had is left, and nothing is told to anybody who is gone.
TEST_P(Life, WhatIsAbsentMayBeClosedOpenedAgainAndFreed) {
  make_link();
  Poller poller;
  auto listener = std::make_unique<Heard>(poller, group() + "%eth0");
  listener->open();
  ASSERT_TRUE(is_heard(poller, *listener));
  delete_link();
  poller.drain();
  listener->close();
  EXPECT_EQ(MC_ERROR_INTERFACE, mc_listener_open(listener->get()));
  check(mc_listener_set_pending(listener->get(), 1));
  listener->open();
  make_link();
  ASSERT_TRUE(is_heard(poller, *listener));
  delete_link();  // the poller has not heard of it yet
  listener.reset();
  make_link();
  poller.drain();
  EXPECT_EQ(0u, poller.stats().memberships);
  EXPECT_EQ(0u, poller.stats().channels);
}

// All that may happen to a link, many times, in random order with a fixed seed.
TEST_P(Life, DeliveryGoesOnAfterWhateverHappens) {
  make_link();
  Poller poller;
  Heard listener(poller, group() + "%eth0");
  listener.open();
  ASSERT_TRUE(is_heard(poller, listener));
  listener.told.take();
  const size_t descriptors = open_descriptors();
  std::mt19937 random(20261126);
  std::vector<double> ready_to_heard;
  for (size_t i = 0; i < kTimes; ++i) {
    const unsigned what = static_cast<unsigned>(random() % 6);
    const unsigned index = near_.index_of("eth0");
    bool is_lost = false;
    switch (what) {
      case 0:
        near_.set_up("eth0", false);
        poller.drain();
        near_.set_up("eth0", true);
        near_.ip("address replace fd00:a:1:0::1/64 dev eth0 nodad\n");
        break;
      case 1:
        near_.ip("address add 10.9.0.9/24 dev eth0\naddress delete 10.1.0.1/24 dev eth0\n");
        poller.drain();
        near_.ip("address add 10.1.0.1/24 dev eth0\naddress delete 10.9.0.9/24 dev eth0\n");
        break;
      case 2:
      case 3:
      case 4:
        delete_link();
        if (what != 3) poller.drain();
        make_link(0, what == 2 ? index + 1 : index);
        is_lost = true;
        break;
      default:
        near_.ip("link set eth0 name lan0\n");
        poller.drain();
        ASSERT_TRUE(is_heard(poller, listener)) << i << ": renamed";
        near_.ip("link set lan0 name eth0\n");
        break;
    }
    const lab::Clock::time_point ready = lab::Clock::now();
    ASSERT_TRUE(is_heard(poller, listener)) << i << ": " << what;
    ready_to_heard.push_back(std::chrono::duration<double>(lab::Clock::now() - ready).count());
    poller.drain();
    const Texts events = listener.told.take_changes();
    EXPECT_EQ(is_lost ? (Texts{"lost eth0", "rejoined eth0"}) : Texts{}, events)
        << i << ": " << what;
    ASSERT_EQ(descriptors, open_descriptors()) << i << ": " << what;
  }
  EXPECT_EQ(1u, poller.stats().memberships);
  EXPECT_EQ(1u, poller.stats().channels);
  poller.drain();
  const size_t before = listener.packets.size();
  send_from_far();
  ASSERT_TRUE(poller.serve_until([&] { return listener.packets.size() > before; }, in(kPatience)));
  poller.drain();
  EXPECT_EQ(before + 1, listener.packets.size());  // once
  std::sort(ready_to_heard.begin(), ready_to_heard.end());
  std::cout << "from ready to the first packet: median " << 1000 * ready_to_heard[kTimes / 2]
            << " ms, most " << 1000 * ready_to_heard.back() << " ms\n";
}

}  // namespace
}  // namespace peer
