// The hand-written receivers: epoll with recvfrom or recvmmsg, as good as we can write them.
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <vector>

#include "candidates/receiver.h"
#include "candidates/sockets.h"

namespace bench {
namespace {

constexpr size_t kSlotSize = 2048;  // MSG_TRUNC tells the true size of what does not fit

[[gnu::noinline]] void handle(Tally& tally, const uint8_t* data, size_t size,
                              const sockaddr_in6& source) {
  tally.take(data, size, port_of(&source));
}

// Reads one packet a call.
class OneByOne {
 public:
  int read(int fd, Tally& tally) {
    int count = 0;
    for (; count < kPacketsPerTurn; ++count) {
      sockaddr_in6 source;
      socklen_t source_size = sizeof source;
      const ssize_t size = ::recvfrom(fd, data_.data(), data_.size(), MSG_DONTWAIT | MSG_TRUNC,
                                      reinterpret_cast<sockaddr*>(&source), &source_size);
      if (size < 0) break;
      handle(tally, data_.data(), static_cast<size_t>(size), source);
    }
    return count;
  }

 private:
  std::array<uint8_t, kSlotSize> data_;
};

// Reads up to kSlots packets a call.
template <unsigned kSlots>
class Batched {
 public:
  Batched() : data_(kSlots * kSlotSize) {
    for (unsigned i = 0; i < kSlots; ++i) {
      vectors_[i] = {&data_[i * kSlotSize], kSlotSize};
      headers_[i].msg_hdr.msg_name = &sources_[i];
      headers_[i].msg_hdr.msg_iov = &vectors_[i];
      headers_[i].msg_hdr.msg_iovlen = 1;
    }
  }

  int read(int fd, Tally& tally) {
    int total = 0;
    for (unsigned batch = 0; batch < kPacketsPerTurn / kSlots; ++batch) {
      for (mmsghdr& each : headers_) each.msg_hdr.msg_namelen = sizeof(sockaddr_in6);
      const int count = ::recvmmsg(fd, headers_.data(), kSlots, MSG_DONTWAIT | MSG_TRUNC, nullptr);
      for (int i = 0; i < count; ++i) {
        const auto n = static_cast<size_t>(i);
        handle(tally, &data_[n * kSlotSize], headers_[n].msg_len, sources_[n]);
      }
      if (count > 0) total += count;
      if (count < static_cast<int>(kSlots)) break;
    }
    return total;
  }

 private:
  std::vector<uint8_t> data_;
  std::array<mmsghdr, kSlots> headers_{};
  std::array<iovec, kSlots> vectors_{};
  std::array<sockaddr_in6, kSlots> sources_{};
};

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

  bool turn() override {
    std::array<epoll_event, 64> events;
    const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), 0);
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
      break;
  }
  return std::make_unique<SocketReceiver<Batched<64>>>(layout, target, tallies);
}

}  // namespace bench
