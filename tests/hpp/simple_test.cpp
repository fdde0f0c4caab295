// The functions without a handle.
#include <algorithm>
#include <array>

#include "lab_cpp.h"

namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using hpp::error_of;
using hpp::fresh_port;
using hpp::kGroup;
using multicast::packet_view;

class Simple : public testing::Test {
 protected:
  // Sends again and again, since listen() begins to hear when it is called.
  multicast::timer send_often(multicast::bytes_view bytes) const {
    return multicast::timer(0s, 1ms, [this, bytes] { multicast::send_to(kGroup, port_, bytes); });
  }
  const std::uint16_t port_ = fresh_port();
};

TEST_F(Simple, ListenUntilTheHandlerHasHadEnough) {
  const multicast::timer sender = send_often("hello");
  std::string heard;
  const bool stopped = multicast::listen(kGroup, port_, [&](packet_view packet) {
    heard = packet.text();
    return true;
  });
  EXPECT_FALSE(stopped);
  EXPECT_EQ(heard, "hello");
}

TEST_F(Simple, ListenToAsMuchAsAsked) {
  const multicast::timer sender = send_often("hello");
  int calls = 0;
  const auto handler = [&](packet_view packet) {
    EXPECT_EQ(packet.text(), "he");
    ++calls;
  };
  EXPECT_FALSE(multicast::listen(kGroup, port_, handler, 2, 3));
  EXPECT_EQ(calls, 3);
}

int calls_of_function = 0;
int take(packet_view) {
  return ++calls_of_function;
}

TEST_F(Simple, ListenWithAFunction) {
  const multicast::timer sender = send_often("hello");
  EXPECT_FALSE(multicast::listen(kGroup, port_, take));
  EXPECT_EQ(calls_of_function, 1);
}

TEST_F(Simple, ListenUntilStopped) {
  const multicast::timer stop(0s, [] { multicast::default_poller().stop(); });
  EXPECT_TRUE(multicast::listen(kGroup, port_, [](packet_view) {}));
}

TEST_F(Simple, ListenRefusesWhatIsWrong) {
  EXPECT_EQ(error_of([] { multicast::listen("nonsense", 1, [](packet_view) {}); }),
            multicast::errc::address);
  EXPECT_EQ(error_of([&] {
              multicast::listen(
                  kGroup, port_, [](packet_view) {}, 0);
            }),
            multicast::errc::mtu);
}

TEST_F(Simple, SendManyInOrder) {
  multicast::poller poller;
  multicast::listener listener(poller);
  listener.add(kGroup, port_);
  listener.open();
  const std::array packets{multicast::buffer("a"), multicast::buffer(""), multicast::buffer("c")};
  EXPECT_EQ(multicast::send_many_to(kGroup, port_, packets, MC_TTL_HOST), 3U);
  EXPECT_EQ(listener.next(hpp::kLong).value().text(), "a");
  EXPECT_EQ(listener.next(hpp::kLong).value().text(), "");
  EXPECT_EQ(listener.next(hpp::kLong).value().text(), "c");
  EXPECT_EQ(error_of([&] { (void)multicast::send_many_to(kGroup, port_, packets, 256); }),
            multicast::errc::ttl);
}

TEST_F(Simple, InterfacesAreListed) {
  const std::vector<multicast::interface_info> all = multicast::interfaces();
  const auto lo = std::ranges::find(all, "lo", &multicast::interface_info::name);
  ASSERT_NE(lo, all.end());
  EXPECT_TRUE(lo->is_up());
  EXPECT_TRUE(lo->is_loopback());
  EXPECT_GT(lo->index, 0U);
  const auto is_home = [](const multicast::address& each) {
    return each.to_string().starts_with("127.0.0.1");
  };
  EXPECT_TRUE(std::ranges::any_of(lo->addresses, is_home));
}

TEST_F(Simple, TheDefaultInterfaceIsNamed) {
  const multicast::interface_name lo = multicast::default_interface(kGroup);
  EXPECT_EQ(lo.name, "lo");
  EXPECT_GT(lo.index, 0U);
  EXPECT_EQ(error_of([] { (void)multicast::default_interface("239.1.1.1%eth77"); }),
            multicast::errc::interface);
}

TEST_F(Simple, TheVersionIsThatOfTheLibrary) {
  EXPECT_EQ(multicast::version(), mc_version());
  EXPECT_EQ(multicast::version_number(), MC_VERSION_NUMBER);
}

}  // namespace
