// What becomes of a listener when a system call on its way is refused.
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <cerrno>

#include "core/listener.h"
#include "fake_kernel.h"
#include "world.h"

namespace mc::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr uint16_t kPort = 5001;

class Refused : public testing::TestWithParam<net::Family> {
 protected:
  Refused() {
    EXPECT_TRUE(listener_->set_handler(std::make_unique<Collector>(log_)).ok());
    EXPECT_TRUE(listener_->add(text().c_str(), kPort).ok());
  }
  ~Refused() override { listener_->close(); }

  static bool ipv4() { return GetParam() == net::Family::kIpv4; }
  static int ip() { return ipv4() ? IPPROTO_IP : IPPROTO_IPV6; }
  static net::Address group() { return endpoint_on_lo(GetParam(), 1, kPort).group; }
  static std::string text() { return group().text() + "%lo"; }

  void expect_closed_without_trace() {
    EXPECT_FALSE(listener_->is_open());
    EXPECT_FALSE(poller_->has_work());
    EXPECT_EQ(0u, poller_->channels().count());
    EXPECT_EQ(0u, poller_->channels().memberships().count());
    EXPECT_EQ(0u, poller_->channels().memberships().holder_count());
    EXPECT_EQ(descriptors_, open_descriptors());
    EXPECT_TRUE(kernel_memberships().empty());
  }
  void expect_works() {
    ASSERT_TRUE(listener_->open().ok());
    log_.clear();
    ASSERT_EQ(0, Outsider(GetParam()).send(group(), "heard"));
    EXPECT_TRUE(poll_until(*poller_, [&] { return !log_.empty(); }));
    listener_->close();
    expect_closed_without_trace();
  }
  // Opening fails with the code and a sentence that names the group and has all of `words`; nothing
  // is left behind, and without the fault all is well.
  void expect_refusal(What what, int error, const std::vector<std::string>& words,
                      unsigned nth = 1) {
    SCOPED_TRACE(testing::Message() << strerrorname_np(error));
    {
      FakeKernel kernel;
      kernel.fail(what, error, nth);
      const Status status = listener_->open();
      EXPECT_EQ(-error, status.code());
      EXPECT_THAT(status.sentence(), HasSubstr("cannot listen to " + group().text_with_port()));
      EXPECT_THAT(status.sentence(), HasSubstr(strerrordesc_np(error)));
      for (const std::string& each : words) EXPECT_THAT(status.sentence(), HasSubstr(each));
      EXPECT_GT(kernel.failures(), 0u);
    }
    expect_closed_without_trace();
    expect_works();
  }
  // Opening succeeds all the same.
  void expect_success_without(What what, int error) {
    FakeKernel kernel;
    kernel.fail(what, error);
    expect_works();
    EXPECT_GT(kernel.failures(), 0u);
  }

  Collector::Log log_;
  std::unique_ptr<Poller> poller_ = make_poller();
  std::unique_ptr<Listener> listener_ = std::make_unique<Listener>(*poller_);
  size_t descriptors_ = open_descriptors();
};
INSTANTIATE_TEST_SUITE_P(Family, Refused, testing::Values(net::Family::kIpv4, net::Family::kIpv6),
                         [](const auto& of) {
                           return of.param == net::Family::kIpv4 ? "Ipv4" : "Ipv6";
                         });

TEST_P(Refused, ADataSocketWhenNoDescriptorsAreLeft) {
  for (const int error : {EMFILE, ENFILE}) {
    expect_refusal(Call::kSocket, error, {"on lo", "ulimit -n"}, 2);  // the first is for routing
  }
}

TEST_P(Refused, ARoutingSocketWhenNoDescriptorsAreLeft) {
  for (const int error : {EMFILE, ENFILE}) {
    Result<std::unique_ptr<Poller>> fresh = Poller::create();  // has looked nothing up
    ASSERT_TRUE(fresh.ok());
    Listener listener(**fresh);
    ASSERT_TRUE(listener.add(text().c_str(), kPort).ok());
    FakeKernel kernel;
    kernel.fail(socket_of(AF_NETLINK), error);
    const Status status = listener.open();
    EXPECT_EQ(-error, status.code());
    EXPECT_THAT(status.sentence(), HasSubstr("ulimit -n"));
    EXPECT_FALSE(listener.is_open());
    kernel.heal();
    EXPECT_TRUE(listener.open().ok());
  }
}

TEST_P(Refused, AHolderWhenNoDescriptorsAreLeft) {
  expect_refusal(Call::kSocket, EMFILE, {"on lo", "ulimit -n"}, 3);
}

TEST_P(Refused, AnIpv6SocketWhereTheHostHasNoIpv6) {
  if (ipv4()) {
    expect_success_without(socket_of(AF_INET6), EAFNOSUPPORT);
  } else {
    expect_refusal(socket_of(AF_INET6), EAFNOSUPPORT, {"cannot make an IPv6 socket"});
  }
}

using RefusedIpv4 = Refused;
INSTANTIATE_TEST_SUITE_P(Family, RefusedIpv4, testing::Values(net::Family::kIpv4),
                         [](const auto&) { return "Ipv4"; });

TEST_P(RefusedIpv4, AMappedSocketThenAnIpv4SocketServes) {
  expect_success_without(setting(IPPROTO_IPV6, IPV6_V6ONLY), EINVAL);
  expect_success_without(setting(IPPROTO_IP, IP_MULTICAST_ALL), ENOPROTOOPT);
}

TEST_P(Refused, APortThatIsTaken) {
  expect_refusal(Call::kBind, EADDRINUSE,
                 {"cannot bind to " + group().text_with_port(), "SO_REUSEADDR"});
}

TEST_P(Refused, APortThatNeedsPrivilege) {
  expect_refusal(Call::kBind, EACCES,
                 {"cannot bind to " + group().text_with_port(), "CAP_NET_BIND_SERVICE"});
}

TEST_P(Refused, AnAddressThatIsNotToBeHad) {
  expect_refusal(Call::kBind, EADDRNOTAVAIL, {"cannot bind to " + group().text_with_port()});
}

TEST_P(Refused, EachOptionThatTheDataSocketNeeds) {
  expect_refusal(setting(SOL_SOCKET, SO_REUSEADDR), EPERM, {"on lo", "SO_REUSEADDR"});
  expect_refusal(setting(SOL_SOCKET, SO_REUSEPORT), ENOPROTOOPT, {"on lo", "SO_REUSEPORT"});
  expect_refusal(setting(SOL_SOCKET, SO_BINDTOIFINDEX), EPERM, {"on lo", "SO_BINDTOIFINDEX"});
  expect_refusal(setting(SOL_SOCKET, SO_BINDTOIFINDEX), ENODEV, {"on lo", "SO_BINDTOIFINDEX"});
}

TEST_P(Refused, TrainsThenDatagramsComeSingly) {
  expect_success_without(setting(SOL_UDP, 104 /* UDP_GRO */), ENOPROTOOPT);
}

TEST_P(Refused, ALargeBufferThenTheOrdinaryWishIsMade) {
  FakeKernel kernel;
  kernel.fail(setting(SOL_SOCKET, SO_RCVBUFFORCE), EPERM);
  ASSERT_TRUE(listener_->set_receive_buffer(20'000).ok());
  ASSERT_TRUE(listener_->open().ok());
  EXPECT_EQ(20'000u, listener_->stats().receive_buffer_granted);
}

TEST_P(Refused, AnyBufferThenTheKernelsOwnServes) {
  FakeKernel kernel;
  kernel.fail(setting(SOL_SOCKET, SO_RCVBUFFORCE), EPERM);
  kernel.fail(setting(SOL_SOCKET, SO_RCVBUF), EPERM);
  ASSERT_TRUE(listener_->open().ok());
  EXPECT_GT(listener_->stats().receive_buffer_granted, 0u);
  EXPECT_LT(listener_->stats().receive_buffer_granted, kDefaultReceiveBuffer);
}

TEST_P(Refused, TheBuffersSizeIsThenUnknown) {
  FakeKernel kernel;
  kernel.fail(reading(SOL_SOCKET, SO_RCVBUF), ENOPROTOOPT);
  ASSERT_TRUE(listener_->open().ok());
  EXPECT_EQ(0u, listener_->stats().receive_buffer_granted);
  EXPECT_EQ(kDefaultReceiveBuffer, listener_->stats().receive_buffer_asked);
}

TEST_P(Refused, AMembershipForLackOfRoom) {
  const std::string joining = "cannot join " + group().text();
  for (const int error : {ENOBUFS, ENOMEM}) {
    expect_refusal(setting(ip(), MCAST_JOIN_GROUP), error, {"on lo", joining, "sysctl"});
  }
}

TEST_P(Refused, AMembershipForTheInterfacesSake) {
  const std::string joining = "cannot join " + group().text();
  expect_refusal(setting(ip(), MCAST_JOIN_GROUP), ENODEV,
                 {"on lo", joining, "the interface is gone"});
  expect_refusal(setting(ip(), MCAST_JOIN_GROUP), EINVAL,
                 {"on lo", joining, "does not carry multicast"});
  expect_refusal(setting(ip(), MCAST_JOIN_GROUP), EADDRINUSE, {"on lo", joining});
}

TEST_P(Refused, OneOfManyGroupsThenAllAreLeft) {
  for (unsigned i = 2; i < 30; ++i) {
    const std::string more = group_address(GetParam(), i).text() + "%lo";
    ASSERT_TRUE(listener_->add(more.c_str(), kPort).ok());
  }
  FakeKernel kernel;
  kernel.fail(setting(ip(), MCAST_JOIN_GROUP), EPERM, 10);
  const Status status = listener_->open();
  EXPECT_EQ(-EPERM, status.code());
  EXPECT_THAT(status.sentence(), HasSubstr(group_address(GetParam(), 10).text()));
  expect_closed_without_trace();
}

TEST_P(Refused, OneOfManySourcesThenAllAreLeft) {
  for (unsigned i = 1; i < 30; ++i) {
    const std::string with_source =
        host_address(GetParam(), i).text() + "@" + group_address(GetParam(), 2).text() + "%lo";
    ASSERT_TRUE(listener_->add(with_source.c_str(), kPort).ok());
  }
  FakeKernel kernel;
  kernel.fail(setting(ip(), MCAST_JOIN_SOURCE_GROUP), EPERM, 25);
  const Status status = listener_->open();
  EXPECT_EQ(-EPERM, status.code());
  EXPECT_THAT(status.sentence(), HasSubstr("@" + group_address(GetParam(), 2).text()));
  expect_closed_without_trace();
}

TEST_P(Refused, LeavingThenTheHolderIsClosedAllTheSame) {
  FakeKernel kernel;
  ASSERT_TRUE(listener_->open().ok());
  kernel.fail(setting(ip(), MCAST_LEAVE_GROUP), ENODEV);
  listener_->close();
  EXPECT_EQ(1u, kernel.failures());
  expect_closed_without_trace();
}

TEST_P(Refused, WatchingTheSocket) {
  expect_refusal(Call::kEpollControl, ENOSPC, {"on lo", "max_user_watches"});
  expect_refusal(Call::kEpollControl, ENOMEM, {"on lo", "cannot watch descriptor"});
}

TEST_P(Refused, TheLossCounterThenTheLastOneStands) {
  FakeKernel kernel;
  ASSERT_TRUE(listener_->open().ok());
  kernel.fail(reading(SOL_SOCKET, SO_MEMINFO), ENOPROTOOPT);
  EXPECT_EQ(0u, listener_->stats().lost);
  ASSERT_EQ(0, Outsider(GetParam()).send(group(), "heard"));
  EXPECT_TRUE(poll_until(*poller_, [&] { return !log_.empty(); }));
  EXPECT_EQ(0u, listener_->stats().lost);
  EXPECT_GT(kernel.failures(), 1u);
}

TEST_P(Refused, ReadingIsCountedAndTriedAgain) {
  FakeKernel kernel;
  ASSERT_TRUE(listener_->open().ok());
  const Channels& channels = poller_->channels();
  for (const int error : {ENOMEM, ENOBUFS, ENETDOWN}) {
    kernel.fail(Call::kRecvmmsg, error, 1, 1);
  }
  ASSERT_EQ(0, Outsider(GetParam()).send(group(), "heard"));
  EXPECT_TRUE(poll_until(*poller_, [&] { return !log_.empty(); }));
  EXPECT_EQ(3u, channels.read_errors());
  listener_->close();
  EXPECT_EQ(3u, channels.read_errors());
}

TEST_P(Refused, AnEmptySocketIsNoError) {
  FakeKernel kernel;
  ASSERT_TRUE(listener_->open().ok());
  kernel.fail(Call::kRecvmmsg, EAGAIN, 1, 1);
  ASSERT_EQ(0, Outsider(GetParam()).send(group(), "heard"));
  EXPECT_TRUE(poll_until(*poller_, [&] { return !log_.empty(); }));
  EXPECT_EQ(0u, poller_->channels().read_errors());
}

TEST_P(Refused, DatagramsThatTheKernelLosesAreSimplyNotSeen) {
  FakeKernel kernel;
  kernel.lose(0.5, 42);
  ASSERT_TRUE(listener_->open().ok());
  Outsider outsider(GetParam());
  for (int i = 0; i < 100; ++i) ASSERT_EQ(0, outsider.send(group(), std::to_string(i)));
  EXPECT_TRUE(poll_until(*poller_, [&] { return kernel.lost() + log_.size() == 100; }));
  EXPECT_GT(kernel.lost(), 20u);
  EXPECT_GT(log_.size(), 20u);
  for (size_t i = 1; i < log_.size(); ++i) {
    EXPECT_LT(std::stoi(log_[i - 1].data),
              std::stoi(log_[i].data));  // each its own bytes, in order
  }
}

}  // namespace
}  // namespace mc::test
