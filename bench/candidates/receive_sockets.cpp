// The hand-written receivers: sockets in an epoll set, read in one of several ways.
#include <sys/epoll.h>

#include <array>
#include <vector>

#include "candidates/readers.h"
#include "candidates/receiver.h"
#include "candidates/sockets.h"

namespace bench {
namespace {

template <typename Reader>
class SocketReceiver final : public Receiver {
 public:
  SocketReceiver(Layout layout, const Target& target, Tallies& tallies) : sockets_(tallies.size()) {
    epoll_ = lab::Fd{::epoll_create1(EPOLL_CLOEXEC)};
    if (!epoll_) lab::fail("epoll_create1");
    for (unsigned i = 0; i < sockets_.size(); ++i) {
      sockets_[i].tally = &tallies[i];
      open(sockets_[i], layout, target, group_address(target, i / target.listeners));
    }
  }

  bool turn(int milliseconds) override {
    std::array<epoll_event, 64> events;
    const int count =
        ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), milliseconds);
    for (int i = 0; i < count; ++i) {
      auto& socket = *static_cast<Socket*>(events[static_cast<size_t>(i)].data.ptr);
      reader_.read(socket.fd.get(), *socket.tally);
      socket.note_drops();
    }
    return count > 0;
  }

  uint64_t lost() override {
    uint64_t sum = 0;
    for (Socket& each : sockets_) {
      each.note_drops();
      sum += each.lost;
    }
    return sum;
  }

 private:
  struct Socket {
    lab::Fd fd;
    lab::Fd holder;
    Tally* tally = nullptr;
    uint32_t drops = 0;
    uint64_t lost = 0;

    void note_drops() {
      const uint32_t now = drops_of(fd.get());
      lost += now - drops;
      drops = now;
    }
  };

  void open(Socket& socket, Layout layout, const Target& target, const KernelAddress& group) {
    if (layout == Layout::kOwnMembership) {
      socket.fd = open_data_socket(target, group, false);
      if (Reader::kTakesTrains) take_trains(socket.fd);
      hear_own_groups_only(socket.fd, target);
      join(socket.fd, target, group);
    } else {
      socket.fd = layout == Layout::kHolder ? open_data_socket(target, group, true)
                                            : open_mapped_data_socket(target, group);
      socket.holder = open_holder_socket(target);
      join(socket.holder, target, group);
    }
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &socket;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket.fd.get(), &event) != 0)
      lab::fail("epoll_ctl");
  }

  lab::Fd epoll_;
  std::vector<Socket> sockets_;  // never grows: epoll knows where they are
  Reader reader_;
};

}  // namespace

std::unique_ptr<Receiver> make_socket_receiver(Reading reading, Layout layout, const Target& target,
                                               Tallies& tallies) {
  switch (reading) {
    case Reading::kRecvfrom:
      return std::make_unique<SocketReceiver<OneByOne>>(layout, target, tallies);
    case Reading::kRecvmmsg16:
      return std::make_unique<SocketReceiver<Batched<16>>>(layout, target, tallies);
    case Reading::kRecvmmsg64:
      return std::make_unique<SocketReceiver<Batched<64>>>(layout, target, tallies);
    case Reading::kTrains:
      break;
  }
  return std::make_unique<SocketReceiver<Trains>>(layout, target, tallies);
}

}  // namespace bench
