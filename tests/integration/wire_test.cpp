// What the host's routers are told while a listener's sources change: read by tshark at the other end
// of the link, and compared with what the listeners want and with the kernel's own lists.
#include <array>
#include <cstdio>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "reports.h"

namespace peer {
namespace {

using Texts = std::vector<std::string>;

constexpr size_t kMostReports = 50;

Reports& reports(const lab::Host& host) {
  static Reports shared(host);
  return shared;
}

class Wire : public Links {
 protected:
  void SetUp() override {
    SKIP_WITHOUT("tshark");
    // A change is told at once, and once more after a random time up to this, in milliseconds.
    const std::string setting = ipv4() ? "net/ipv4/conf/eth0/igmpv3_unsolicited_report_interval"
                                       : "net/ipv6/conf/eth0/mldv2_unsolicited_report_interval";
    ASSERT_TRUE(receiver_.write_sysctl(setting, "10"));
    reports_ = &reports(sender_);
  }

  // A source of network 9, where nobody is.
  std::string source(unsigned n) const {
    if (ipv4()) return "10.9.0." + std::to_string(n);
    std::array<char, 32> text;
    std::snprintf(text.data(), text.size(), "fd00::9:%x", n);
    return text.data();
  }
  std::set<std::string> sources(unsigned first, unsigned count) const {
    std::set<std::string> all;
    for (unsigned n = first; n < first + count; ++n) all.insert(source(n));
    return all;
  }
  static Asked only(const std::set<std::string>& list) { return {false, list}; }
  static Asked except(const std::set<std::string>& list) { return {true, list}; }

  static void set(const Listener& listener, const Asked& wanted) {
    std::vector<const char*> pointers;
    for (const std::string& each : wanted.sources) pointers.push_back(each.c_str());
    check(mc_listener_set_sources(listener.get(), nullptr,
                                  wanted.is_except ? MC_SOURCES_EXCEPT : MC_SOURCES_ONLY,
                                  pointers.data(), pointers.size()));
  }

  // After the change, the group is asked for from these sources; and never meanwhile from less than
  // before and afterwards.
  void expect_after(const Asked& wanted, const std::function<void()>& change) {
    SCOPED_TRACE(testing::Message() << "from " << asked_ << " to " << wanted);
    const Asked before = asked_;
    change();
    expect_kernel_has(wanted);
    read_until(
        1, [&] { return asked_ == wanted; },
        [&](const Record& record) {
          record.change(asked_);
          for (const std::string& each : all_) {
            if (!before.has(each) || !wanted.has(each)) continue;
            EXPECT_TRUE(asked_.has(each)) << each << " is missing after " << record;
          }
        });
    EXPECT_EQ(wanted, asked_);
  }

  // What comes late is about what is asked for now: reads on until another group has come and gone.
  void expect_that_is_all() {
    const Poller poller;
    const Listener other(poller, {on(2, 0)});
    const Asked before = asked_;
    Asked asked;
    const auto is_told = [&](const Asked& wanted) {
      read_until(
          2, [&] { return asked == wanted; }, [&](const Record& record) { record.change(asked); });
    };
    other.open();
    is_told(except({}));
    other.close();
    is_told(only({}));
    EXPECT_EQ(before, asked_);
  }

  size_t read_ = 0;  // reports
  Asked asked_;
  std::set<std::string> all_;  // the sources that the test is about
  bool is_alone_ = true;       // one listener: the kernel counts each of its sources once

 private:
  void read_until(unsigned group, const std::function<bool()>& is_done,
                  const std::function<void(const Record&)>& take) {
    for (const lab::Deadline deadline = in(kPatience); !is_done() && !HasFatalFailure();) {
      bool is_about_it = false;  // and not about the group that says that all was read
      for (const Record& each : reports_->next(GetParam(), deadline)) {
        is_about_it = is_about_it || each.group == group_text(1);
        if (each.group == group_text(group))
          take(each);
        else if (each.group == group_text(1))
          each.change(asked_);
      }
      if (is_about_it) ++read_;
    }
  }
  void expect_kernel_has(const Asked& wanted) const {
    if (!is_alone_) return;
    KernelLists expected;
    for (const std::string& each : wanted.sources)
      expected[hex(each)] = {wanted.is_except ? 0 : 1, wanted.is_except ? 1 : 0};
    EXPECT_EQ(expected, kernel_lists(1));
  }

  Reports* reports_ = nullptr;
};
IN_BOTH_FAMILIES(Wire);

TEST_P(Wire, SaysWhatTheListenerWantsAfterEachChange) {
  const std::string a = source(1), b = source(2), c = source(3);
  all_ = {a, b, c};
  const Poller poller;
  const Listener listener(poller, {on(1, 0)});
  mc_listener* const handle = listener.get();
  const auto replace = [&](const Asked& wanted) {
    expect_after(wanted, [&] { set(listener, wanted); });
  };
  set(listener, only({a, b}));
  expect_after(only({a, b}), [&] { listener.open(); });
  expect_after(only({a, b, c}),
               [&] { check(mc_listener_allow_source(handle, nullptr, c.c_str())); });
  expect_after(only({b, c}), [&] { check(mc_listener_drop_source(handle, nullptr, a.c_str())); });
  replace(only({a, b}));
  replace(only({}));
  replace(only({c}));
  replace(except({}));
  expect_after(except({a}), [&] { check(mc_listener_block_source(handle, nullptr, a.c_str())); });
  expect_after(except({a, b}),
               [&] { check(mc_listener_block_source(handle, nullptr, b.c_str())); });
  expect_after(except({b}), [&] { check(mc_listener_unblock_source(handle, nullptr, a.c_str())); });
  replace(except({a, c}));
  replace(only({b}));
  replace(except({c}));
  expect_after(only({}), [&] { listener.close(); });
  expect_that_is_all();

  EXPECT_LT(read_, kMostReports);
}

TEST_P(Wire, SaysTheUnionOfWhatSeveralListenersWant) {
  const std::string a = source(1), b = source(2), c = source(3);
  all_ = {a, b, c};
  is_alone_ = false;
  const Poller poller, other;
  const Listener first(poller, {on(1, 0)}), second(poller, {on(1, 0)}), third(other, {on(1, 0)});
  set(first, only({a}));
  expect_after(only({a}), [&] { first.open(); });
  set(second, only({b, c}));
  expect_after(only({a, b, c}), [&] { second.open(); });
  expect_after(except({b}), [&] {
    set(second, except({a, b}));  // of which the first wants one
  });
  set(third, except({b, c}));
  third.open();
  expect_after(except({}), [&] { set(first, only({a, b})); });
  expect_after(except({c}), [&] { second.close(); });
  expect_after(only({a, b}), [&] { third.close(); });
  expect_after(only({}), [&] { first.close(); });
  expect_that_is_all();

  EXPECT_LT(read_, kMostReports);
}

TEST_P(Wire, SaysThatAHundredSourcesAreReplacedInFewReports) {
  all_ = sources(1, 150);
  const Poller poller;
  const Listener listener(poller, {on(1, 0)});
  set(listener, only(sources(1, 100)));
  expect_after(only(sources(1, 100)), [&] { listener.open(); });
  expect_after(only(sources(51, 100)), [&] { set(listener, only(sources(51, 100))); });
  expect_after(only({}), [&] { listener.close(); });
  expect_that_is_all();

  EXPECT_LT(read_, kMostReports);
}

TEST_P(Wire, SaysThatNothingIsWantedWhileAForkedChildHoldsTheSockets) {
  all_ = sources(1, 20);
  const Poller poller;
  const Listener listener(poller, {on(1, 0)});
  for (const Asked& wanted : {only(sources(1, 20)), except(sources(1, 2))}) {
    set(listener, wanted);
    expect_after(wanted, [&] { listener.open(); });
    lab::Channel line;
    lab::Process child = lab::Process::fork([&] {
      line.send("here");
      line.receive(in(10s));
      return 0;
    });
    ASSERT_TRUE(line.receive(in(10s)).has_value());
    expect_after(only({}), [&] { listener.close(); });
    line.send("end");
    EXPECT_EQ(0, child.wait(in(10s)));
    expect_that_is_all();
  }
}

}  // namespace
}  // namespace peer
