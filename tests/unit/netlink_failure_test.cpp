// What becomes of a look-up of interfaces when the routing socket fails.
#include <gmock/gmock.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <utility>

#include "fake_kernel.h"
#include "net/lookup.h"
#include "world.h"

namespace mc::net {
namespace {

using mc::test::address;
using mc::test::Call;
using mc::test::default_interface;
using mc::test::FakeKernel;
using mc::test::open_descriptors;
using testing::HasSubstr;

// Makes the answer a refusal by the kernel.
void refuse(nlmsghdr& answer, int error) {
  answer.nlmsg_type = NLMSG_ERROR;
  answer.nlmsg_len = NLMSG_HDRLEN + sizeof(nlmsgerr);
  const nlmsgerr refusal{-error, {}};
  std::memcpy(reinterpret_cast<char*>(&answer) + NLMSG_HDRLEN, &refusal, sizeof refusal);
}

class Routing : public testing::Test {
 protected:
  ~Routing() override {
    EXPECT_EQ(descriptors_, open_descriptors());
    kernel_.heal();
    EXPECT_TRUE(default_interface(address("239.1.2.3")).ok());
  }
  FakeKernel kernel_;
  size_t descriptors_ = open_descriptors();
};

TEST_F(Routing, ItsSocketIsRefused) {
  for (const int error : {EMFILE, ENFILE, EPERM}) {
    kernel_.heal();
    kernel_.fail(mc::test::socket_of(AF_NETLINK), error);
    EXPECT_EQ(-error, list_interfaces().status().code());
    EXPECT_EQ(-error, default_interface(address("239.1.2.3")).status().code());
    EXPECT_THAT(find_interface("lo").status().sentence(), HasSubstr("routing socket"));
  }
}

const char* const kTried[] = {"cannot list the network interfaces",
                              "cannot list the addresses of the",
                              "cannot look up the route to the group"};

TEST_F(Routing, AQuestionCannotBeSent) {
  for (unsigned nth = 1; nth <= 3; ++nth) {
    kernel_.heal();
    kernel_.fail(mc::test::send_to(AF_NETLINK), ENOBUFS, nth);
    const Result<Interface> found = default_interface(address("239.1.2.3"));
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(-ENOBUFS, found.status().code());
    EXPECT_THAT(found.status().sentence(), HasSubstr(kTried[nth - 1]));
  }
}

TEST_F(Routing, AnAnswerCannotBeRead) {
  unsigned nth = 1;
  for (;; ++nth) {
    kernel_.heal();
    kernel_.fail(Call::kRecv, ENOMEM, nth);
    const Result<Interface> found = default_interface(address("239.1.2.3"));
    if (found.ok()) break;
    EXPECT_EQ(-ENOMEM, found.status().code());
    EXPECT_THAT(found.status().sentence(), HasSubstr("cannot l"));
  }
  EXPECT_GT(nth, 3u);
}

TEST_F(Routing, TheKernelRefusesAQuestion) {
  kernel_.on_answer([](void* data, size_t) { refuse(*static_cast<nlmsghdr*>(data), EBUSY); });
  const Result<std::vector<Interface>> all = list_interfaces();
  ASSERT_FALSE(all.ok());
  EXPECT_EQ(-EBUSY, all.status().code());
  EXPECT_THAT(all.status().sentence(), HasSubstr("cannot list the network interfaces"));
}

TEST_F(Routing, AnAnswerToAnotherQuestionIsPassedOver) {
  bool is_first = true;
  kernel_.on_answer([&](void* data, size_t) {
    if (std::exchange(is_first, false)) static_cast<nlmsghdr*>(data)->nlmsg_seq += 7;
  });
  const Result<std::vector<Interface>> all = list_interfaces();
  ASSERT_TRUE(all.ok()) << all.status().sentence();
  EXPECT_TRUE(all->empty());  // lo was in that answer
}

// Says that the list of links changed while it was written, so many times.
std::function<void(void*, size_t)> changing(int times) {
  return [left = times](void* data, size_t) mutable {
    auto* message = static_cast<nlmsghdr*>(data);
    if (message->nlmsg_type != RTM_NEWLINK || left-- <= 0) return;
    message->nlmsg_flags |= NLM_F_DUMP_INTR;
  };
}

TEST_F(Routing, AListThatChangedWhileItWasReadIsAskedForAgain) {
  kernel_.on_answer(changing(2));
  const Result<std::vector<Interface>> all = list_interfaces();
  ASSERT_TRUE(all.ok()) << all.status().sentence();
  ASSERT_EQ(1u, all->size());                   // each interface once
  EXPECT_EQ(4u, kernel_.calls(Call::kSendto));  // the links three times, the addresses once
}

TEST_F(Routing, AListThatNeverComesToRestIsAFailure) {
  kernel_.on_answer(changing(1000));
  EXPECT_EQ(-EINTR, list_interfaces().status().code());
  EXPECT_LT(kernel_.calls(Call::kSendto), 20u);
}

TEST_F(Routing, AListThatTheKernelBreaksOffIsAFailure) {
  kernel_.on_answer([](void* data, size_t) {
    auto* message = static_cast<nlmsghdr*>(data);
    const int error = -ENOBUFS;
    if (message->nlmsg_type == NLMSG_DONE) {
      std::memcpy(static_cast<char*>(data) + NLMSG_HDRLEN, &error, sizeof error);
    }
  });
  EXPECT_EQ(-ENOBUFS, list_interfaces().status().code());
}

TEST_F(Routing, NoRouteIsNoFailure) {
  for (const int error : {ENETUNREACH, EHOSTUNREACH, EACCES}) {
    kernel_.heal();
    kernel_.on_answer([error](void* data, size_t) {
      auto* message = static_cast<nlmsghdr*>(data);
      if (message->nlmsg_type == RTM_NEWROUTE) refuse(*message, error);
    });
    const Result<Interface> found = default_interface(address("239.1.2.3"));
    ASSERT_TRUE(found.ok()) << found.status().sentence();
    EXPECT_EQ("lo", found->name);  // all there is
  }
}

}  // namespace
}  // namespace mc::net
