// The network device's receive time, where a packet has one: what no device of the tests gives.
#include <gtest/gtest.h>
#include <linux/errqueue.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <ctime>
#include <optional>
#include <vector>

#include "fake_kernel.h"
#include "world.h"

namespace mc::test {
namespace {

constexpr uint16_t kPort = 5043;
constexpr uint64_t kStamp = 5'000'000'007;  // the device's clock began a moment ago

// Puts a stamp of the device behind what the kernel told of the message.
void stamp(msghdr& message) {
  scm_timestamping times{};
  times.ts[2] = {kStamp / 1'000'000'000, kStamp % 1'000'000'000};
  alignas(cmsghdr) std::array<std::byte, CMSG_SPACE(sizeof times)> added{};
  auto* const head = reinterpret_cast<cmsghdr*>(added.data());
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SO_TIMESTAMPING;
  head->cmsg_len = CMSG_LEN(sizeof times);
  std::memcpy(CMSG_DATA(head), &times, sizeof times);
  std::memcpy(static_cast<std::byte*>(message.msg_control) + message.msg_controllen, added.data(),
              added.size());
  message.msg_controllen += added.size();
}

struct Told {
  uint32_t flags;
  uint64_t time;
};

class Keeper final : public PacketHandler {
 public:
  explicit Keeper(std::vector<Told>& told) : told_(told) {}
  int handle(const net::Packet& packet) override {
    told_.push_back({packet.flags, packet.time});
    return 0;
  }

 private:
  std::vector<Told>& told_;
};

class HardwareTime : public testing::TestWithParam<net::Family> {
 protected:
  // Every other message has a stamp, in every read.
  void stamp_every_other() {
    kernel_.on_messages([](std::span<mmsghdr> messages) {
      for (size_t i = 0; i < messages.size(); i += 2) stamp(messages[i].msg_hdr);
    });
  }
  Status open(Listener& listener, uint32_t details) {
    MC_TRY(listener.set_handler(std::make_unique<Keeper>(told_)));
    MC_TRY(listener.add(group_.text().c_str(), kPort));
    MC_TRY(listener.set_details(details));
    return listener.open();
  }
  void hear(size_t packets, uint16_t segment = 0) {
    const size_t before = told_.size();
    if (segment != 0) {
      ASSERT_EQ(0, from_.send(to_, std::string(packets * segment, 'x'), segment));
    } else {
      for (size_t i = 0; i < packets; ++i) ASSERT_EQ(0, from_.send(to_, "x"));
    }
    ASSERT_TRUE(poll_until(*poller_, [&] { return told_.size() == before + packets; }));
  }

  FakeKernel kernel_;
  std::unique_ptr<Poller> poller_ = make_poller();
  net::Endpoint endpoint_ = endpoint_on_lo(GetParam(), 43, kPort);
  net::Address group_ = endpoint_.group;
  net::Address to_ = endpoint_.group;
  Outsider from_{GetParam()};
  std::vector<Told> told_;
  Listener listener_{*poller_};
};
INSTANTIATE_TEST_SUITE_P(Families, HardwareTime,
                         testing::Values(net::Family::kIpv4, net::Family::kIpv6),
                         [](const auto& given) {
                           return given.param == net::Family::kIpv4 ? "IPv4" : "IPv6";
                         });

TEST_P(HardwareTime, IsToldInTheKernelsPlaceOfThePacketsThatHaveIt) {
  ASSERT_TRUE(open(listener_, net::kHardwareTime | net::kTtl).ok());
  stamp_every_other();
  hear(6);
  for (size_t i = 0; i < 6; ++i) {
    const bool is_stamped = i % 2 == 0;
    EXPECT_EQ(net::kTtl | (is_stamped ? net::kHardwareTime : net::kTime), told_[i].flags) << i;
    EXPECT_EQ(is_stamped, told_[i].time == kStamp) << i;
  }
}

TEST_P(HardwareTime, OfATrainIsTheTrains) {
  ASSERT_TRUE(open(listener_, net::kHardwareTime | net::kTtl | net::kDscp).ok());
  stamp_every_other();
  hear(20, 10);
  for (const Told& each : told_) {
    EXPECT_EQ(net::kTrain | net::kTtl | net::kDscp | net::kHardwareTime, each.flags);
    EXPECT_EQ(kStamp, each.time);
  }
}

TEST_P(HardwareTime, AStampOfNothingIsNone) {
  ASSERT_TRUE(open(listener_, net::kHardwareTime).ok());
  kernel_.on_messages([](std::span<mmsghdr> messages) {
    for (mmsghdr& each : messages) {
      const size_t before = each.msg_hdr.msg_controllen;
      stamp(each.msg_hdr);
      std::memset(static_cast<char*>(each.msg_hdr.msg_control) + before + CMSG_LEN(0), 0,
                  sizeof(scm_timestamping));
    }
  });
  hear(1);
  EXPECT_EQ(net::kTime, told_[0].flags);
  EXPECT_GT(told_[0].time, kStamp);
}

TEST_P(HardwareTime, ThatTheSystemRefusesKeepsTheListenerClosed) {
  kernel_.fail(setting(SOL_SOCKET, SO_TIMESTAMPING), ENOPROTOOPT);
  const Status refused = open(listener_, net::kHardwareTime);
  EXPECT_EQ(-ENOPROTOOPT, refused.code());
  EXPECT_NE(nullptr, std::strstr(refused.sentence(), "device's receive times"))
      << refused.sentence();
  EXPECT_FALSE(listener_.is_open());
  // Nobody else asks the system for it.
  EXPECT_TRUE(listener_.set_details(net::kTime | net::kTtl | net::kDscp).ok());
  EXPECT_TRUE(listener_.open().ok());
  hear(1);
}

}  // namespace
}  // namespace mc::test
