// What becomes of a pulled listener, and of details, when a system call on their way is refused.
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>

#include "core/listener.h"
#include "fake_kernel.h"
#include "world.h"

namespace mc::test {
namespace {

using testing::HasSubstr;

constexpr uint16_t kPort = 5011;

// What next() gave, as text.
std::vector<std::string> pull(Listener& listener, size_t most, double seconds) {
  std::vector<std::string> texts;
  auto lent = listener.next(most, seconds);
  EXPECT_TRUE(lent.ok()) << lent.status().sentence();
  if (!lent.ok()) return {};
  for (const net::Packet* each : *lent) {
    texts.emplace_back(reinterpret_cast<const char*>(each->data), each->size);
  }
  return texts;
}

class PulledRefused : public testing::TestWithParam<net::Family> {
 protected:
  PulledRefused() {
    EXPECT_TRUE(listener_->add(text().c_str(), kPort).ok());
    EXPECT_TRUE(listener_->set_details(net::kAllDetails).ok());
  }
  ~PulledRefused() override { listener_->close(); }

  static bool ipv4() { return GetParam() == net::Family::kIpv4; }
  static int ip() { return ipv4() ? IPPROTO_IP : IPPROTO_IPV6; }
  static net::Address group() { return endpoint_on_lo(GetParam(), 1, kPort).group; }
  static std::string text() { return group().text() + "%lo"; }
  void send(const std::string& data) { ASSERT_EQ(0, outsider_.send(group(), data)); }

  // The descriptors of a queue stay with a closed listener, until it is opened again or ends.
  void expect_closed_without_trace() {
    EXPECT_FALSE(listener_->is_open());
    EXPECT_EQ(0u, poller_->channels().count());
    EXPECT_EQ(0u, poller_->channels().memberships().count());
    EXPECT_EQ(0u, poller_->channels().memberships().holder_count());
    EXPECT_GE(descriptors_ + 1, open_descriptors());
    EXPECT_TRUE(kernel_memberships().empty());
  }
  void expect_works() {
    ASSERT_TRUE(listener_->open().ok());
    send("heard");
    EXPECT_EQ((std::vector<std::string>{"heard"}), pull(*listener_, 1, 5));
    listener_->close();
    expect_closed_without_trace();
  }
  void expect_refusal(What what, int error, const char* words, unsigned nth = 1) {
    SCOPED_TRACE(testing::Message() << strerrorname_np(error) << ' ' << words);
    {
      FakeKernel kernel;
      kernel.fail(what, error, nth);
      const Status status = listener_->open();
      EXPECT_EQ(-error, status.code());
      EXPECT_THAT(status.sentence(), HasSubstr(words));
      EXPECT_GT(kernel.failures(), 0u);
    }
    expect_closed_without_trace();
    expect_works();
  }

  Outsider outsider_{GetParam()};
  std::unique_ptr<Poller> poller_ = make_poller();
  std::unique_ptr<Listener> listener_ = std::make_unique<Listener>(*poller_);
  size_t descriptors_ = open_descriptors();
};
INSTANTIATE_TEST_SUITE_P(Family, PulledRefused,
                         testing::Values(net::Family::kIpv4, net::Family::kIpv6),
                         [](const auto& of) {
                           return of.param == net::Family::kIpv4 ? "Ipv4" : "Ipv6";
                         });

TEST_P(PulledRefused, AnEpollSetOfItsOwn) {
  expect_refusal(Call::kEpollCreate, EMFILE, "ulimit -n");
  expect_refusal(Call::kEpollCreate, ENFILE, "cannot make");
}

TEST_P(PulledRefused, WatchingThePollersBellAndItsSocket) {
  expect_refusal(control(EPOLL_CTL_ADD), ENOSPC, "max_user_watches", 1);
  expect_refusal(control(EPOLL_CTL_ADD), ENOMEM, "cannot watch descriptor", 2);
}

TEST_P(PulledRefused, EachDetail) {
  expect_refusal(setting(SOL_SOCKET, SO_TIMESTAMPNS), ENOPROTOOPT, "SO_TIMESTAMPNS");
  expect_refusal(setting(ip(), ipv4() ? IP_RECVTTL : IPV6_RECVHOPLIMIT), ENOPROTOOPT,
                 "cannot ask for TTLs");
  expect_refusal(setting(ip(), ipv4() ? IP_RECVTOS : IPV6_RECVTCLASS), EPERM,
                 "cannot ask for DSCPs");
}

TEST_P(PulledRefused, ADetailThatIsNotAskedForIsNotTried) {
  ASSERT_TRUE(listener_->set_details(0).ok());
  FakeKernel kernel;
  kernel.fail(setting(SOL_SOCKET, SO_TIMESTAMPNS), ENOPROTOOPT);
  kernel.fail(setting(ip(), ipv4() ? IP_RECVTTL : IPV6_RECVHOPLIMIT), ENOPROTOOPT);
  kernel.fail(setting(ip(), ipv4() ? IP_RECVTOS : IPV6_RECVTCLASS), ENOPROTOOPT);
  expect_works();
  EXPECT_EQ(0u, kernel.failures());
}

TEST_P(PulledRefused, ADetailOnASharedSocketLeavesWhoSharesItAlone) {
  Collector::Log log;
  Collector::Log later_log;
  Listener first(*poller_);
  Listener later(*poller_);
  ASSERT_TRUE(first.set_handler(std::make_unique<Collector>(log)).ok());
  ASSERT_TRUE(later.set_handler(std::make_unique<Collector>(later_log)).ok());
  for (Listener* each : {&first, &later}) ASSERT_TRUE(each->add(text().c_str(), kPort).ok());
  ASSERT_TRUE(first.open().ok());
  ASSERT_TRUE(later.set_details(net::kTtl).ok());
  {
    FakeKernel kernel;
    kernel.fail(setting(ip(), ipv4() ? IP_RECVTTL : IPV6_RECVHOPLIMIT), ENOPROTOOPT);
    EXPECT_EQ(-ENOPROTOOPT, later.open().code());
  }
  EXPECT_FALSE(later.is_open());
  EXPECT_EQ(1u, poller_->channels().count());
  EXPECT_EQ(1u, poller_->channels().memberships().count());
  send("one");
  EXPECT_TRUE(poll_until(*poller_, [&] { return log.size() == 1; }));
  EXPECT_TRUE(later_log.empty());
  ASSERT_TRUE(later.open().ok());
  send("two");
  EXPECT_TRUE(poll_until(*poller_, [&] { return later_log.size() == 1; }));
  EXPECT_EQ(net::kTtl, later_log[0].flags);
}

TEST_P(PulledRefused, EachCallOfOpeningIt) {
  unsigned refusals = 0;
  for (unsigned nth = 1;; ++nth) {
    SCOPED_TRACE(testing::Message() << "call " << nth);
    FakeKernel kernel;
    kernel.fail_nth(nth, ENOBUFS);
    const bool opened = listener_->open().ok();
    const bool was_refused = kernel.failures() > 0;
    kernel.heal();
    EXPECT_EQ(opened, listener_->is_open());
    if (opened) {
      send("heard");
      EXPECT_EQ((std::vector<std::string>{"heard"}), pull(*listener_, 1, 5));
    }
    listener_->close();
    expect_closed_without_trace();
    if (!was_refused || HasFailure()) break;
    ++refusals;
  }
  EXPECT_GT(refusals, 15u);
}

TEST_P(PulledRefused, ReadingIsCountedAndTriedAgain) {
  FakeKernel kernel;
  ASSERT_TRUE(listener_->open().ok());
  kernel.fail(Call::kRecvmmsg, ENOBUFS, 1, 3);
  send("heard");
  EXPECT_EQ((std::vector<std::string>{"heard"}), pull(*listener_, 1, 5));
  EXPECT_EQ(3u, poller_->channels().read_errors());
}

TEST_P(PulledRefused, ReadingForEverDoesNotHoldUpACallThatDoesNotWait) {
  FakeKernel kernel;
  ASSERT_TRUE(listener_->open().ok());
  kernel.fail(Call::kRecvmmsg, ENOBUFS);
  send("heard");
  EXPECT_TRUE(pull(*listener_, 1, 0).empty());
  kernel.heal();
  EXPECT_EQ((std::vector<std::string>{"heard"}), pull(*listener_, 1, 5));
}

TEST_P(PulledRefused, WaitingIsToldAndNothingIsLost) {
  FakeKernel kernel;
  ASSERT_TRUE(listener_->open().ok());
  for (int i = 0; i < 20; ++i) send(std::to_string(i));
  EXPECT_EQ((std::vector<std::string>{"0"}), pull(*listener_, 1, 5));
  kernel.fail(Call::kEpollWait, EBADF);
  for (int i = 1; i < 16; ++i) {  // what was read needs no wait
    EXPECT_EQ((std::vector<std::string>{std::to_string(i)}), pull(*listener_, 1, 5));
  }
  auto refused = listener_->next(1, 5);
  EXPECT_EQ(-EBADF, refused.status().code());
  EXPECT_THAT(refused.status().sentence(), HasSubstr("cannot wait"));
  kernel.heal();
  EXPECT_EQ((std::vector<std::string>{"16", "17", "18", "19"}), pull(*listener_, 10, 5));
}

TEST_P(PulledRefused, WaitingForASignalsSakeGoesOn) {
  FakeKernel kernel;
  ASSERT_TRUE(listener_->open().ok());
  kernel.fail(Call::kEpollWait, EINTR, 1, 5);
  send("heard");
  EXPECT_EQ((std::vector<std::string>{"heard"}), pull(*listener_, 1, 5));
  EXPECT_EQ(5u, kernel.failures());
}

TEST_P(PulledRefused, WaitingForASignalsSakeEndsWhereThatIsWanted) {
  FakeKernel kernel;
  poller_->set_interruptible(true);
  ASSERT_TRUE(listener_->open().ok());
  kernel.fail(Call::kEpollWait, EINTR, 1, 1);
  send("heard");
  EXPECT_EQ(kErrorInterrupted, listener_->next(1, 5).status().code());
  EXPECT_EQ((std::vector<std::string>{"heard"}), pull(*listener_, 1, 5));
}

TEST_P(PulledRefused, ADescriptorThatIsNotHadNowIsHadLater) {
  FakeKernel kernel;
  ASSERT_TRUE(listener_->open().ok());
  const size_t before = open_descriptors();
  kernel.fail(control(EPOLL_CTL_ADD), ENOSPC);
  EXPECT_EQ(-ENOSPC, listener_->fd().status().code());
  EXPECT_EQ(before, open_descriptors());
  send("heard");
  EXPECT_EQ((std::vector<std::string>{"heard"}), pull(*listener_, 1, 5));
  kernel.heal();
  EXPECT_TRUE(listener_->fd().ok());
  EXPECT_EQ(before + 1, open_descriptors());
}

TEST_P(PulledRefused, TheLossCounterThenTheLastOneStands) {
  FakeKernel kernel;
  ASSERT_TRUE(listener_->open().ok());
  kernel.fail(reading(SOL_SOCKET, SO_MEMINFO), ENOPROTOOPT);
  send("heard");
  EXPECT_EQ((std::vector<std::string>{"heard"}), pull(*listener_, 1, 5));
  EXPECT_EQ(0u, listener_->stats().lost);
  EXPECT_GT(kernel.failures(), 0u);
}

}  // namespace
}  // namespace mc::test
