// Talking back and forth by hand: asleep in epoll_wait, or asking the socket again and again.
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>

#include "candidates/echo.h"
#include "candidates/sockets.h"
#include "wait.h"

namespace bench {
namespace {

class SocketEcho : public Echo {
 public:
  SocketEcho(const Target& target, Side side, Hearer& hearer)
      : hearer_(&hearer),
        sender_(open_sending_socket(target, false)),
        to_(group_address(target, group_told(side))) {
    const KernelAddress group = group_address(target, group_heard(side));
    receiver_ = open_data_socket(target, group, false);
    hear_own_groups_only(receiver_, target);
    join(receiver_, target, group);
  }

  bool send(const uint8_t* data, size_t size) override {
    return ::sendto(sender_.get(), data, size, MSG_DONTWAIT, to_.get(), to_.size) >= 0;
  }

 protected:
  int receiver() const { return receiver_.get(); }

  // One packet, if there is one.
  bool receive() {
    sockaddr_in6 source;
    socklen_t source_size = sizeof source;
    const ssize_t size =
        ::recvfrom(receiver(), data_.data(), data_.size(), MSG_DONTWAIT | MSG_TRUNC,
                   reinterpret_cast<sockaddr*>(&source), &source_size);
    if (size < 0) return false;
    hearer_->hear(data_.data(), static_cast<size_t>(size), port_of(&source));
    return true;
  }

  void note_drops() { drops_ = drops_of(receiver()); }

 private:
  Hearer* hearer_;
  lab::Fd receiver_;
  lab::Fd sender_;
  KernelAddress to_;
  uint32_t drops_ = 0;
  std::array<uint8_t, 2048> data_;
};

class EpollEcho final : public SocketEcho {
 public:
  EpollEcho(const Target& target, Side side, Hearer& hearer)
      : SocketEcho(target, side, hearer), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    epoll_event event{};
    event.events = EPOLLIN;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, receiver(), &event) != 0) lab::fail("epoll_ctl");
  }

  bool turn() override {
    epoll_event event;
    if (::epoll_wait(epoll_.get(), &event, 1, 1000) != 1) return false;
    receive();
    note_drops();
    return true;
  }

 private:
  lab::Fd epoll_;
};

class SpinningEcho final : public SocketEcho {
 public:
  using SocketEcho::SocketEcho;

  bool turn() override {
    constexpr int kLooksBetweenClocks = 1024;
    const lab::Deadline deadline = lab::in(std::chrono::seconds(1));
    do {
      for (int i = 0; i < kLooksBetweenClocks; ++i) {
        if (!receive()) continue;
        note_drops();
        return true;
      }
    } while (lab::Clock::now() < deadline);
    return false;
  }
};

}  // namespace

std::unique_ptr<Echo> make_epoll_echo(const Target& target, Side side, Hearer& hearer) {
  return std::make_unique<EpollEcho>(target, side, hearer);
}
std::unique_ptr<Echo> make_spinning_echo(const Target& target, Side side, Hearer& hearer) {
  return std::make_unique<SpinningEcho>(target, side, hearer);
}

}  // namespace bench
