// What a datagram tells besides its bytes (control messages), what a socket hears without a
// membership of its own, and how an eventfd is heard by its edges.
#include <linux/net_tstamp.h>
#include <netinet/udp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <ctime>
#include <map>
#include <utility>

#include "raw.h"

namespace raw {
namespace {

#ifndef UDP_GRO
constexpr int UDP_GRO = 104;
#endif
// The room that the library gives the control messages of one datagram (net/batch.cpp).
constexpr size_t kRoom = 224;

using Kind = std::pair<int, int>;  // level and type

struct Controls {
  std::map<Kind, std::string> of;  // the content of each
  size_t used = 0;
  int flags = 0;

  bool has(Kind kind) const { return of.count(kind) != 0; }
  int number(Kind kind) const {
    const auto found = of.find(kind);
    if (found == of.end()) return -1;
    if (found->second.size() == 1) return static_cast<unsigned char>(found->second[0]);
    int content = 0;
    std::memcpy(&content, found->second.data(), sizeof content);
    return content;
  }
};

Controls controls_of_next(const Fd& fd) {
  alignas(cmsghdr) std::array<char, kRoom> room{};
  std::array<char, 65536> data;
  iovec vector{data.data(), data.size()};
  msghdr header{};
  header.msg_iov = &vector;
  header.msg_iovlen = 1;
  header.msg_control = room.data();
  header.msg_controllen = room.size();
  Controls found;
  if (::recvmsg(fd.get(), &header, MSG_DONTWAIT) < 0) lab::fail("recvmsg");
  found.flags = header.msg_flags;
  found.used = header.msg_controllen;
  for (cmsghdr* each = CMSG_FIRSTHDR(&header); each != nullptr; each = CMSG_NXTHDR(&header, each)) {
    found.of[{each->cmsg_level, each->cmsg_type}] =
        std::string(reinterpret_cast<const char*>(CMSG_DATA(each)), each->cmsg_len - CMSG_LEN(0));
  }
  return found;
}

class Detail : public TwoLinks {
 protected:
  Detail() : membership_(holder()), socket_(data(group(1), "eth0")), from_(out("eth0")) {
    if (join(membership_, group(1), there("eth0")) != 0) lab::fail("join");
    set(from_, level(), ipv4() ? IP_MULTICAST_TTL : IPV6_MULTICAST_HOPS, 7);
    set(from_, level(), ipv4() ? IP_TOS : IPV6_TCLASS, 46 * 4 + 1);
  }
  int level() const { return ipv4() ? IPPROTO_IP : IPPROTO_IPV6; }
  Kind ttl() const { return {level(), ipv4() ? IP_TTL : IPV6_HOPLIMIT}; }
  Kind traffic_class() const { return {level(), ipv4() ? IP_TOS : IPV6_TCLASS}; }
  Kind destination() const { return {level(), ipv4() ? IP_PKTINFO : IPV6_PKTINFO}; }
  const Kind time_{SOL_SOCKET, SCM_TIMESTAMPNS};
  const Kind train_{SOL_UDP, UDP_GRO};

  void ask_for_all() {
    set(socket_, SOL_SOCKET, SO_TIMESTAMPNS, 1);
    set(socket_, level(), ipv4() ? IP_RECVTTL : IPV6_RECVHOPLIMIT, 1);
    set(socket_, level(), ipv4() ? IP_RECVTOS : IPV6_RECVTCLASS, 1);
    set(socket_, level(), ipv4() ? IP_PKTINFO : IPV6_RECVPKTINFO, 1);
  }
  void send_train() {
    set(from_, SOL_UDP, UDP_SEGMENT, 100);
    ASSERT_EQ(0, send(from_, group(1), std::string(1000, 'x')));
    set(from_, SOL_UDP, UDP_SEGMENT, 0);
    settle();
  }

  Fd membership_;
  Fd socket_;  // of IPv4 an AF_INET6 socket that carries IPv4, which the options are for, too
  Fd from_;
};
IN_BOTH_FAMILIES(Detail);

TEST_P(Detail, OfADatagramIsToldWhereItIsAskedForAndAsItWasSent) {
  timespec before{}, after{};
  ::clock_gettime(CLOCK_REALTIME, &before);
  ask_for_all();
  ASSERT_EQ(0, send(from_, group(1), "x"));
  settle();
  const Controls controls = controls_of_next(socket_);
  ::clock_gettime(CLOCK_REALTIME, &after);
  EXPECT_EQ(7, controls.number(ttl()));
  EXPECT_EQ(46 * 4 + 1, controls.number(traffic_class()));  // the two lowest bits are ECN's
  ASSERT_TRUE(controls.has(time_) && controls.has(destination()));
  timespec time{};
  ASSERT_EQ(sizeof time, controls.of.at(time_).size());
  std::memcpy(&time, controls.of.at(time_).data(), sizeof time);
  const auto nanoseconds = [](const timespec& of) {
    return of.tv_sec * 1'000'000'000 + of.tv_nsec;
  };
  EXPECT_GE(nanoseconds(time), nanoseconds(before));
  EXPECT_LE(nanoseconds(time), nanoseconds(after));
}

// A veth does not stamp: then there is no word of the device's time, and the kernel's as ever.
TEST_P(Detail, WhereTheDeviceDoesNotStampOnlyTheKernelsTimeIsTold) {
  set(socket_, SOL_SOCKET, SO_TIMESTAMPNS, 1);
  set(socket_, SOL_SOCKET, SO_TIMESTAMPING,
      SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE);
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(0, send(from_, group(1), "x"));
    settle();
    const Controls controls = controls_of_next(socket_);
    EXPECT_TRUE(controls.has(time_));
    EXPECT_EQ(1u, controls.of.size());
  }
}

TEST_P(Detail, IsNotToldWhereItIsNotAskedFor) {
  ASSERT_EQ(0, send(from_, group(1), "x"));
  settle();
  EXPECT_TRUE(controls_of_next(socket_).of.empty());
}

TEST_P(Detail, AllOfATrainFitTheRoomThatTheLibraryHas) {
  set(socket_, SOL_UDP, UDP_GRO, 1);
  ask_for_all();
  send_train();
  const Controls controls = controls_of_next(socket_);
  EXPECT_EQ(5u, controls.of.size());
  EXPECT_EQ(100, controls.number(train_));
  EXPECT_EQ(7, controls.number(ttl()));
  EXPECT_EQ(46 * 4 + 1, controls.number(traffic_class()));
  EXPECT_EQ(0, controls.flags & MSG_CTRUNC);
  EXPECT_LE(controls.used, kRoom);
}

// What a mapped socket tells of IPv4 has the level and the types of IPv4, whatever its own family.
class Ipv4Detail : public Detail {};
INSTANTIATE_TEST_SUITE_P(Family, Ipv4Detail, testing::Values(AF_INET), raw::family_name);

TEST_P(Ipv4Detail, HasTheTypesOfIpv4OnAMappedSocketToo) {
  int domain = 0;
  socklen_t size = sizeof domain;
  ASSERT_EQ(0, ::getsockopt(socket_.get(), SOL_SOCKET, SO_DOMAIN, &domain, &size));
  EXPECT_EQ(AF_INET6, domain);
  set(socket_, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);  // which is for IPv6 alone
  set(socket_, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
  ASSERT_EQ(0, send(from_, group(1), "x"));
  settle();
  Controls controls = controls_of_next(socket_);
  EXPECT_FALSE(controls.has(ttl()));
  EXPECT_FALSE(controls.has(traffic_class()));
  ask_for_all();
  ASSERT_EQ(0, send(from_, group(1), "x"));
  settle();
  controls = controls_of_next(socket_);
  EXPECT_EQ(7, controls.number({IPPROTO_IP, IP_TTL}));
  EXPECT_EQ(1u, controls.of.at({IPPROTO_IP, IP_TOS}).size());  // a byte, unlike IPv6's int
  EXPECT_FALSE(controls.has({IPPROTO_IPV6, IPV6_HOPLIMIT}));
}

// What a multicaster's socket is to hear: what is sent to its port on this host, and nothing of the
// groups that others have joined.
class Wildcard : public TwoLinks {
 protected:
  Fd bound(int family) const {
    const lab::Inside scope(receiver_);
    Fd fd = udp(family);
    set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    bind(fd, address(family == AF_INET ? "0.0.0.0" : "::"));
    return fd;
  }
};
IN_BOTH_FAMILIES(Wildcard);

TEST_P(Wildcard, ASocketHearsTheGroupsOfOthersUnlessItRefuses) {
  const Fd joined = holder();
  ASSERT_EQ(0, join(joined, group(1), there("eth0")));
  const Fd takes = bound(GetParam());
  const Fd refuses = bound(GetParam());
  take_all(takes, GetParam(), true);
  take_all(refuses, GetParam(), false);
  const Fd from = out("eth0");
  ASSERT_EQ(0, send(from, group(1), "group"));
  settle();
  EXPECT_EQ(1u, arrived(takes));
  EXPECT_EQ(0u, arrived(refuses));
  EXPECT_EQ(0u, drops(refuses));  // not for it, and so not lost
}

TEST_P(Wildcard, ASocketThatRefusesHearsWhatItJoinedAndWhatIsSentToItsHost) {
  const Fd refuses = bound(GetParam());
  take_all(refuses, GetParam(), false);
  const Fd from = out("eth0");
  ASSERT_EQ(0, send(from, address(unicast(1, 2)), "host"));
  settle();
  EXPECT_EQ(1u, arrived(refuses));
  ASSERT_EQ(0, join(refuses, group(1), there("eth0")));
  ASSERT_EQ(0, send(from, group(1), "group"));
  settle();
  EXPECT_EQ(1u, arrived(refuses));
}

// The bell of a poller is heard by any number of pulled listeners, none of which reads it.
TEST(EventFd, InAnEdgeTriggeredSetTellsOfEachWriteThoughNobodyReadsIt) {
  const Fd bell(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  std::array<Fd, 2> sets;
  epoll_event event{};
  const auto rings = [&](const Fd& set) { return ::epoll_wait(set.get(), &event, 1, 0); };
  const auto ring = [&] {
    const uint64_t one = 1;
    ASSERT_EQ(static_cast<ssize_t>(sizeof one), ::write(bell.get(), &one, sizeof one));
  };
  for (Fd& each : sets) {
    each = Fd(::epoll_create1(EPOLL_CLOEXEC));
    event.events = EPOLLIN | EPOLLET;
    ASSERT_EQ(0, ::epoll_ctl(each.get(), EPOLL_CTL_ADD, bell.get(), &event));
  }
  for (int i = 0; i < 100; ++i) {
    ring();
    for (const Fd& each : sets) {
      EXPECT_EQ(1, rings(each));
      EXPECT_EQ(0, rings(each));  // once, although it still rings
    }
  }
  ring();
  uint64_t count = 0;
  ASSERT_EQ(static_cast<ssize_t>(sizeof count), ::read(bell.get(), &count, sizeof count));
  EXPECT_EQ(0, rings(sets[0]));  // a ring that was silenced before anybody looked is not told
  ring();
  EXPECT_EQ(1, rings(sets[0]));
  const Fd late(::epoll_create1(EPOLL_CLOEXEC));
  event.events = EPOLLIN | EPOLLET;
  ASSERT_EQ(0, ::epoll_ctl(late.get(), EPOLL_CTL_ADD, bell.get(), &event));
  EXPECT_EQ(1, rings(late));  // what rang before it came is told, once
  EXPECT_EQ(0, rings(late));
}

}  // namespace
}  // namespace raw
