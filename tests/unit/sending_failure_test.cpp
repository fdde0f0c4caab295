// What becomes of a sender when a system call on its way is refused.
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <thread>

#include "core/multicaster.h"
#include "core/quick_send.h"
#include "fake_kernel.h"
#include "world.h"

namespace mc::test {
namespace {

using testing::HasSubstr;

constexpr uint16_t kPort = 5002;
const char* const kGroup = "239.77.0.1%lo";
const char* const kNamed = "239.77.0.1:5002";

struct Refusal {
  int error;
  const char* advice;
};
constexpr Refusal kRefusals[] = {
    {EAGAIN, "send again when it is writable"},
    {EPERM, "nft list ruleset"},
    {ENOBUFS, "send more slowly"},
    {ENETUNREACH, "no route"},
    {ENETDOWN, "ip link set up"},
    {ENODEV, "send again when it is back"},
    {ENXIO, "send again when it is back"},
    {EMSGSIZE, "too large for the interface"},
};

// The library's own buffers of three packets.
constexpr net::Buffer kPackets[] = {{"one", 3}, {"three", 5}, {"thirteen", 8}};

class Sending : public testing::Test {
 protected:
  std::unique_ptr<Multicaster> make() {
    Result<std::unique_ptr<Multicaster>> made = Multicaster::create(*poller_, kGroup, kPort, 1);
    EXPECT_TRUE(made.ok()) << made.status().sentence();
    return std::move(*made);
  }
  void expect_refusal(const char* group, What what, int error, const char* words,
                      unsigned nth = 1) {
    SCOPED_TRACE(testing::Message() << group << ' ' << strerrorname_np(error) << ' ' << words);
    FakeKernel kernel;
    kernel.fail(what, error, nth);
    const Result<std::unique_ptr<Multicaster>> made =
        Multicaster::create(*poller_, group, kPort, 1);
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(-error, made.status().code());
    EXPECT_THAT(made.status().sentence(), HasSubstr("cannot send to "));
    EXPECT_THAT(made.status().sentence(), HasSubstr(words));
    EXPECT_EQ(descriptors_, open_descriptors());
    kernel.heal();
    EXPECT_TRUE(Multicaster::create(*poller_, "239.77.0.1%lo", kPort, 1).ok());
    EXPECT_EQ(descriptors_, open_descriptors());
  }

  std::unique_ptr<Poller> poller_ = make_poller();
  size_t descriptors_ = open_descriptors();
};

TEST_F(Sending, CannotBeginWithoutASocket) {
  for (const int error : {EMFILE, ENFILE}) {
    expect_refusal(kGroup, Call::kSocket, error, "ulimit -n", 2);
  }
  expect_refusal("ff15::1%lo", socket_of(AF_INET6), EAFNOSUPPORT, "cannot make an IPv6 socket");
}

TEST_F(Sending, CannotBeginWithoutItsOptions) {
  expect_refusal(kGroup, setting(IPPROTO_IP, IP_MULTICAST_IF), ENODEV, "outgoing interface");
  expect_refusal(kGroup, setting(IPPROTO_IP, IP_MULTICAST_TTL), EPERM, "cannot set the TTL to 1");
  expect_refusal("ff15::1%lo", setting(IPPROTO_IPV6, IPV6_MULTICAST_IF), ENODEV,
                 "outgoing interface");
  expect_refusal("ff15::1%lo", setting(IPPROTO_IPV6, IPV6_MULTICAST_HOPS), EPERM, "TTL to 1");
  expect_refusal("127.0.0.1@239.77.0.1%lo", Call::kBind, EADDRNOTAVAIL, "cannot bind to 127.0.0.1");
}

TEST_F(Sending, CarriesOnWithTheReceiveBufferThatTheKernelGives) {
  FakeKernel kernel;
  kernel.fail(setting(SOL_SOCKET, SO_RCVBUFFORCE), EPERM);
  kernel.fail(setting(SOL_SOCKET, SO_RCVBUF), EPERM);
  EXPECT_TRUE(make()->send(kPackets).reason.ok());
}

TEST_F(Sending, SwitchingTheLoopbackOrTheTtlMayBeRefused) {
  const std::unique_ptr<Multicaster> multicaster = make();
  FakeKernel kernel;
  kernel.fail(setting(IPPROTO_IP, IP_MULTICAST_LOOP), EPERM);
  kernel.fail(setting(IPPROTO_IP, IP_MULTICAST_TTL), EPERM);
  EXPECT_EQ(-EPERM, multicaster->set_loopback(false).code());
  EXPECT_THAT(multicaster->set_loopback(false).sentence(), HasSubstr("loopback"));
  EXPECT_EQ(-EPERM, multicaster->set_ttl(7).code());
  kernel.heal();
  EXPECT_TRUE(multicaster->set_loopback(false).ok());
  EXPECT_TRUE(multicaster->set_ttl(255).ok());
  EXPECT_EQ(kErrorTtl, multicaster->set_ttl(256).code());
  EXPECT_EQ(kErrorTtl, multicaster->set_ttl(-1).code());
}

TEST_F(Sending, OnePacketThatIsRefusedSaysWhatToDo) {
  const std::unique_ptr<Multicaster> multicaster = make();
  for (const Refusal& each : kRefusals) {
    FakeKernel kernel;
    kernel.fail(send_to(AF_INET), each.error);
    const Sent sent = multicaster->send({kPackets, 1});
    EXPECT_EQ(0u, sent.count);
    EXPECT_EQ(-each.error, sent.reason.code());
    EXPECT_THAT(sent.reason.sentence(), HasSubstr("cannot send 3 bytes to 239.77.0.1:5002 on lo"));
    EXPECT_THAT(sent.reason.sentence(), HasSubstr(each.advice));
    kernel.heal();
    EXPECT_EQ(1u, multicaster->send({kPackets, 1}).count);
  }
  EXPECT_EQ(std::size(kRefusals), multicaster->counts().sent);
  EXPECT_EQ(2u, multicaster->counts().send_again);  // EAGAIN and ENOBUFS
  EXPECT_EQ(std::size(kRefusals) - 2, multicaster->counts().send_failed);
}

TEST_F(Sending, ABatchThatIsCutShortSaysHowManyWentAndWhyNotTheNext) {
  const std::unique_ptr<Multicaster> multicaster = make();
  for (const Refusal& each : kRefusals) {
    FakeKernel kernel;
    kernel.take_at_most(1);
    kernel.fail(Call::kSendmmsg, each.error, 2);
    const Sent sent = multicaster->send(kPackets);
    EXPECT_EQ(1u, sent.count);
    EXPECT_EQ(-each.error, sent.reason.code());
    EXPECT_THAT(sent.reason.sentence(), HasSubstr("cannot send 5 bytes"));
    EXPECT_THAT(sent.reason.sentence(), HasSubstr(each.advice));
  }
  EXPECT_EQ(std::size(kRefusals) * 3, multicaster->counts().sent_bytes);
}

TEST_F(Sending, AShortCountAloneIsNoFailure) {
  const std::unique_ptr<Multicaster> multicaster = make();
  FakeKernel kernel;
  kernel.take_at_most(2);
  const Sent sent = multicaster->send(kPackets);
  EXPECT_TRUE(sent.reason.ok());
  EXPECT_EQ(3u, sent.count);
  EXPECT_EQ(2u, kernel.calls(Call::kSendmmsg));
}

// Runs in a thread of its own, whose kept sockets end with it.
template <typename Body>
void in_a_thread(Body body) {
  const size_t before = open_descriptors();
  std::thread(body).join();
  EXPECT_EQ(before, open_descriptors());
}

TEST(QuickSend, MakesASocketAnewWhenTheKeptOneWentStale) {
  for (const int error : {ENODEV, ENXIO, EADDRNOTAVAIL, ENETUNREACH, EINVAL}) {
    in_a_thread([&] {
      FakeKernel kernel;
      ASSERT_TRUE(quick_send({kPackets, 1}, kGroup, kPort, 1).reason.ok());
      const unsigned sockets = kernel.calls(Call::kSocket);
      const size_t descriptors = open_descriptors();
      kernel.fail(send_to(AF_INET), error, 1, 1);
      const Sent sent = quick_send({kPackets, 1}, kGroup, kPort, 1);
      EXPECT_TRUE(sent.reason.ok()) << sent.reason.sentence();
      EXPECT_EQ(1u, sent.count);
      EXPECT_EQ(2 * sockets, kernel.calls(Call::kSocket));
      EXPECT_EQ(descriptors, open_descriptors());
    });
  }
}

TEST(QuickSend, GivesUpWhenTheNewSocketIsRefusedToo) {
  in_a_thread([] {
    FakeKernel kernel;
    kernel.fail(send_to(AF_INET), ENODEV);
    const Sent sent = quick_send({kPackets, 1}, kGroup, kPort, 1);
    EXPECT_EQ(-ENODEV, sent.reason.code());
    EXPECT_THAT(sent.reason.sentence(), HasSubstr("239.77.0.1:5002 on lo"));
    EXPECT_EQ(2u, kernel.failures());
    kernel.heal();
    EXPECT_TRUE(quick_send({kPackets, 1}, kGroup, kPort, 1).reason.ok());
  });
}

TEST(QuickSend, DoesNotTryAgainWhatANewSocketCannotMend) {
  for (const int error : {EPERM, EMSGSIZE, ENETDOWN}) {
    in_a_thread([&] {
      FakeKernel kernel;
      kernel.fail(send_to(AF_INET), error);
      EXPECT_EQ(-error, quick_send({kPackets, 1}, kGroup, kPort, 1).reason.code());
      EXPECT_EQ(1u, kernel.failures());
    });
  }
}

TEST(QuickSend, ThatStoppedHalfWaySaysSoAndTheNextRenewsTheSocket) {
  in_a_thread([] {
    FakeKernel kernel;
    kernel.take_at_most(1);
    kernel.fail(Call::kSendmmsg, ENODEV, 2, 2);
    const Sent first = quick_send(kPackets, kGroup, kPort, 1);
    EXPECT_EQ(1u, first.count);
    EXPECT_EQ(-ENODEV, first.reason.code());
    const unsigned sockets = kernel.calls(Call::kSocket);
    const Sent second = quick_send({kPackets + 1, 2}, kGroup, kPort, 1);
    EXPECT_EQ(2u, second.count);
    EXPECT_TRUE(second.reason.ok());
    EXPECT_GT(kernel.calls(Call::kSocket), sockets);
  });
}

TEST(QuickSend, SaysTheReasonOfASocketThatCannotBeMade) {
  in_a_thread([] {
    FakeKernel kernel;
    kernel.fail(socket_of(AF_INET), EMFILE);
    const Sent sent = quick_send(kPackets, kGroup, kPort, 1);
    EXPECT_EQ(0u, sent.count);
    EXPECT_EQ(-EMFILE, sent.reason.code());
    EXPECT_THAT(sent.reason.sentence(), HasSubstr(std::string("cannot send to ") + kNamed));
    EXPECT_THAT(sent.reason.sentence(), HasSubstr("ulimit -n"));
  });
}

TEST(QuickSend, KeepsSixteenSocketsAndNoMore) {
  in_a_thread([] {
    const size_t before = open_descriptors();
    FakeKernel kernel;
    for (uint16_t port = 1; port <= 40; ++port) {
      ASSERT_TRUE(quick_send({kPackets, 1}, kGroup, port, 1).reason.ok());
      EXPECT_EQ(before + std::min<size_t>(port, 16), open_descriptors());
    }
    const unsigned made = kernel.calls(Call::kSocket);
    for (uint16_t port = 25; port <= 40; ++port) {
      ASSERT_TRUE(quick_send({kPackets, 1}, kGroup, port, 1).reason.ok());
    }
    EXPECT_EQ(made, kernel.calls(Call::kSocket));  // the latest sixteen are there
    ASSERT_TRUE(quick_send({kPackets, 1}, kGroup, 24, 1).reason.ok());
    EXPECT_LT(made, kernel.calls(Call::kSocket));
  });
}

}  // namespace
}  // namespace mc::test
