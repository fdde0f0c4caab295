// Each listener gets exactly its own: two groups on one port, two interfaces, two sources, two
// processes, four listeners, any source and one source mixed, in every order of coming and going.
#include <algorithm>
#include <array>
#include <numeric>
#include <string>
#include <vector>

#include "remote.h"

namespace peer {
namespace {

struct Wish {
  unsigned group;  // 1 or 2
  unsigned link;
  int source;  // below zero: any

  bool wants(unsigned of, unsigned to, unsigned over) const {
    return to == group && over == link && (source < 0 || static_cast<unsigned>(source) == of);
  }
};

// The first two are of one process, the others of a second one.
using Layout = std::array<Wish, 4>;
using Order = std::array<size_t, 4>;

std::vector<Order> every_order() {
  Order order;
  std::iota(order.begin(), order.end(), 0u);
  std::vector<Order> all;
  do {
    all.push_back(order);
  } while (std::next_permutation(order.begin(), order.end()));
  return all;
}

std::string text(const Order& opening, const Order& closing, size_t step) {
  std::string text = "opened";
  for (const size_t each : opening) text += " " + std::to_string(each);
  text += ", closed";
  for (const size_t each : closing) text += " " + std::to_string(each);
  return text + ", step " + std::to_string(step);
}

class ExactDelivery : public Links {
 protected:
  // What a listener is to report, in RemoteListeners::report()'s words.
  struct Expected {
    std::string data;
    size_t not_for_us = 0;
    std::string text() const { return data + "/" + std::to_string(not_for_us); }
  };

  std::string group_of(const Wish& wish) const {
    const std::string group = on(wish.group, wish.link);
    return wish.source < 0 ? group
                           : source(static_cast<unsigned>(wish.source), wish.link) + "@" + group;
  }

  void make_senders() {
    for (unsigned number = 0; number < kSources; ++number) {
      for (unsigned link = 0; link < 2; ++link)
        senders_[number][link] = source_socket(number, link);
    }
  }

  // Whether the host lets the datagram in at all, which is the union of all wishes.
  bool is_wanted_by_host(unsigned of, unsigned to, unsigned over) const {
    if (neighbour_) return true;
    for (size_t i = 0; i < layout_.size(); ++i) {
      if (is_open_[i] && layout_[i].wants(of, to, over)) return true;
    }
    return false;
  }

  // Sends a datagram of every source to every group over every link, and tells who is to get what.
  std::array<Expected, 4> send_all() {
    std::array<Expected, 4> expected;
    for (unsigned bits = 0; bits < 8; ++bits) {
      const unsigned of = bits & 1, group = 1 + (bits >> 1 & 1), over = bits >> 2;
      const std::string data = std::to_string(number_++);
      EXPECT_EQ(0, raw::send(senders_[of][over], to(group), data));
      for (size_t i = 0; i < layout_.size(); ++i) {
        const Wish& wish = layout_[i];
        if (!is_open_[i] || wish.group != group || wish.link != over) continue;
        if (wish.wants(of, group, over)) {
          expected[i].data += (expected[i].data.empty() ? "" : ",") + data;
        } else if (is_wanted_by_host(of, group, over)) {
          ++expected[i].not_for_us;
        }
      }
    }
    settle();
    return expected;
  }

  void check_all(std::array<RemoteListeners, 2>& processes) {
    const std::array<Expected, 4> expected = send_all();
    for (size_t process = 0; process < 2; ++process) {
      const std::vector<std::string> report = processes[process].report();
      ASSERT_EQ(2u, report.size());
      for (size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(expected[2 * process + i].text(), report[i]) << "listener " << 2 * process + i;
      }
    }
  }

  void walk(std::array<RemoteListeners, 2>& processes, const Order& opening, const Order& closing) {
    for (size_t step = 0; step < 8; ++step) {
      SCOPED_TRACE(text(opening, closing, step));
      const size_t which = step < 4 ? opening[step] : closing[step - 4];
      RemoteListeners& process = processes[which / 2];
      step < 4 ? process.open(which % 2) : process.close(which % 2);
      is_open_[which] = step < 4;
      check_all(processes);
      if (HasFailure()) return;
    }
  }

  // Every order of opening with every order of closing, or with every n-th.
  void walk_all(const Layout& layout, size_t n) {
    layout_ = layout;
    make_senders();
    std::array<RemoteListeners, 2> processes{
        RemoteListeners(receiver_, {group_of(layout[0]), group_of(layout[1])}),
        RemoteListeners(receiver_, {group_of(layout[2]), group_of(layout[3])})};
    const std::vector<Order> orders = every_order();
    for (size_t i = 0; i < orders.size(); ++i) {
      for (size_t j = i % n; j < orders.size(); j += n) {
        walk(processes, orders[i], orders[j]);
        if (HasFailure()) return;
      }
    }
  }

  // Another program's socket that has joined everything on every link, so that the host lets
  // everything in, and each data socket is one of several for each datagram.
  void add_neighbour(raw::Reuse reuse) {
    neighbour_ = raw::udp(GetParam());
    raw::set(neighbour_, SOL_SOCKET, SO_REUSEADDR, reuse.address);
    raw::set(neighbour_, SOL_SOCKET, SO_REUSEPORT, reuse.port);
    raw::bind(neighbour_, raw::address(ipv4() ? "0.0.0.0" : "::"));
    for (unsigned bits = 0; bits < 4; ++bits) {
      ASSERT_EQ(0, raw::join(neighbour_, to(1 + (bits & 1)), there(interface(bits >> 1))));
    }
  }

 private:
  Layout layout_{};
  std::array<bool, 4> is_open_{};
  std::array<std::array<lab::Fd, 2>, kSources> senders_;
  lab::Fd neighbour_;
  size_t number_ = 0;
};
IN_BOTH_FAMILIES(ExactDelivery);

// Any source in one process and one source in the other, on either interface.
constexpr Layout kCrossed = {{{1, 0, -1}, {2, 1, 0}, {1, 0, 1}, {2, 1, -1}}};
// Both kinds within a process, on one channel; and the same group on another interface.
constexpr Layout kStacked = {{{1, 0, -1}, {1, 0, 0}, {1, 1, 1}, {2, 0, -1}}};
// Sources only, on one channel within a process and across them.
constexpr Layout kOneEach = {{{1, 0, 0}, {1, 0, 1}, {1, 0, 0}, {1, 1, 1}}};

// Twice the same in a process: what one leaves, the other still wants.
constexpr Layout kTwins = {{{1, 0, -1}, {1, 0, -1}, {1, 0, 0}, {1, 0, 0}}};

TEST_P(ExactDelivery, HoldsInEveryOrderOfOpeningAndClosingAcrossTwoProcesses) {
  walk_all(kCrossed, 1);
}

TEST_P(ExactDelivery, HoldsNextToASocketOfAnotherProgramThatJoinedEverything) {
  add_neighbour({true, true});
  walk_all(kCrossed, 1);
}

TEST_P(ExactDelivery, HoldsForBothKindsOnOneChannel) {
  add_neighbour({false, true});
  walk_all(kStacked, 6);
}

TEST_P(ExactDelivery, HoldsForBothKindsOnOneChannelWithoutOthersOnTheHost) {
  walk_all(kStacked, 6);
}

TEST_P(ExactDelivery, HoldsForTwinsWithoutOthersOnTheHost) {
  walk_all(kTwins, 6);
}

TEST_P(ExactDelivery, HoldsForSeveralSourcesOfOneGroup) {
  add_neighbour({true, false});
  walk_all(kOneEach, 6);
}

TEST_P(ExactDelivery, HoldsForSeveralSourcesOfOneGroupWithoutOthersOnTheHost) {
  walk_all(kOneEach, 6);
}

// Such a group is another one on each link, and the host may have joined it on both.
TEST_P(ExactDelivery, HoldsForALinkLocalGroupOnEachOfTwoLinks) {
  const std::string group = ipv4() ? "224.0.0.77" : "ff02::77";
  const Poller poller;
  Listener first(poller, {group + "%eth0"});
  Listener second(poller, {group + "%eth1"});
  Listener both(poller, {group + "%eth1", group + "%eth0"});
  for (const Listener* each : {&first, &second, &both}) each->open();
  EXPECT_EQ(2u, poller.stats().channels);
  for (unsigned link = 0; link < 2; ++link) {
    const lab::Fd from = source_socket(0, link);
    ASSERT_EQ(0, raw::send(from, link_local_group(here(interface(link))), numbered(link)));
  }
  settle();
  poller.drain();
  EXPECT_EQ(numbered_run(0, 1), first.texts());
  EXPECT_EQ(numbered_run(1, 1), second.texts());
  EXPECT_THAT(both.texts(), testing::UnorderedElementsAre(numbered(0), numbered(1)));
}

}  // namespace
}  // namespace peer
