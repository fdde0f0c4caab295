// Processes on one host do not take packets from each other: each gets each packet, whoever sent it.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "remote.h"

namespace peer {
namespace {

class FanOut : public Links {
 protected:
  static constexpr size_t kPackets = 50;
  using Sender = std::unique_ptr<mc_multicaster, Free<mc_multicaster, mc_multicaster_free>>;

  Sender make_sender(const Poller& poller, const lab::Host& host) const {
    const lab::Inside scope(host);
    mc_multicaster* made = nullptr;
    check(mc_multicaster_new(&made, poller.get(), on(1, 0).c_str(), raw::kPort, 1));
    return Sender(made);
  }

  lab::Fd foreign(raw::Reuse reuse) const {
    lab::Fd fd = raw::udp(GetParam());
    raw::set(fd, SOL_SOCKET, SO_REUSEADDR, reuse.address);
    raw::set(fd, SOL_SOCKET, SO_REUSEPORT, reuse.port);
    raw::bind(fd, to(1));
    if (raw::join(fd, to(1), there("eth0")) != 0) lab::fail("join");
    return fd;
  }

  // Two processes of ours with a listener and two, this one with one, and two other programs'
  // sockets; `send` is to send the packets.
  void expect_fan_out(const std::function<void(const std::string&)>& send) {
    const lab::Fd first_foreign = foreign({true, true});
    Poller poller;
    Listener here(poller, {on(1, 0)});
    here.open();
    RemoteListeners single(receiver_, {on(1, 0)});
    RemoteListeners twofold(receiver_, {on(1, 0), on(1, 0)});
    single.open(0);
    twofold.open(0);
    twofold.open(1);
    const lab::Fd last_foreign = foreign({false, true});

    const std::vector<std::string> all = numbered_run(0, kPackets);
    std::string list;
    for (const std::string& each : all) {
      send(each);
      list += (list.empty() ? "" : ",") + each;
    }
    settle();
    poller.drain();
    EXPECT_EQ(all, here.texts());
    EXPECT_EQ((std::vector<std::string>{list + "/0"}), single.report());
    EXPECT_EQ((std::vector<std::string>{list + "/0", list + "/0"}), twofold.report());
    EXPECT_EQ(all, raw::receive_all(first_foreign));
    EXPECT_EQ(all, raw::receive_all(last_foreign));
  }
};
IN_BOTH_FAMILIES(FanOut);

TEST_P(FanOut, ReachesTwoOtherProcessesAndTwoForeignSocketsFromAForeignSender) {
  const lab::Fd from = source_socket(0, 0);
  expect_fan_out([&](const std::string& data) { EXPECT_EQ(0, raw::send(from, to(1), data)); });
}

TEST_P(FanOut, ReachesThemFromOurSenderOnAnotherHost) {
  const Poller poller;
  const Sender sender = make_sender(poller, sender_);
  expect_fan_out([&](const std::string& data) {
    check(mc_multicaster_send(sender.get(), data.data(), data.size()));
  });
}

TEST_P(FanOut, ReachesThemFromOurSenderOnTheSameHost) {
  const Poller poller;
  const Sender sender = make_sender(poller, receiver_);
  expect_fan_out([&](const std::string& data) {
    check(mc_multicaster_send(sender.get(), data.data(), data.size()));
  });
}

TEST_P(FanOut, OnTheSameHostEndsWhereTheLoopbackIsOffAndOtherHostsStillHear) {
  Poller poller;
  Listener here(poller, {on(1, 0)});
  here.open();
  RemoteListeners there(sender_, {on(1, 0)});
  there.open(0);
  const Sender sender = make_sender(poller, receiver_);
  check(mc_multicaster_send(sender.get(), "all", 3));
  check(mc_multicaster_set_loopback(sender.get(), 0));
  check(mc_multicaster_send(sender.get(), "others", 6));
  check(mc_multicaster_set_loopback(sender.get(), 1));
  check(mc_multicaster_send(sender.get(), "again", 5));
  settle();
  poller.drain();
  EXPECT_EQ((std::vector<std::string>{"all", "again"}), here.texts());
  EXPECT_EQ((std::vector<std::string>{"all,others,again/0"}), there.report());
}

}  // namespace
}  // namespace peer
