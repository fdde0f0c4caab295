// libuv as its manual shows it: one loop, a handle for each socket, callbacks.
#include <deque>
#include <vector>

#include "rivals/frameworks.h"
#include "rivals/member.h"
#include "rivals/uv_loop.h"

namespace bench {
namespace {

class UvReceiver final : public Receiver {
 public:
  UvReceiver(const Target& target, Tallies& tallies)
      : buffer_(kMessagesACall * kSlot), sockets_(tallies.size()) {
    for (unsigned i = 0; i < sockets_.size(); ++i) {
      open(sockets_[i], target, group_address(target, i / target.listeners), tallies[i]);
    }
  }

  bool turn(int milliseconds) override {
    ::uv_run(loop_.get(), milliseconds == 0 ? UV_RUN_NOWAIT : UV_RUN_ONCE);
    return touched_.settle();
  }

  uint64_t lost() override {
    uint64_t sum = 0;
    for (Socket& each : sockets_) {
      each.account.note_drops();
      sum += each.account.lost;
    }
    return sum;
  }

 private:
  // As many as libuv reads with one recvmmsg, each in a slot of the largest datagram.
  static constexpr size_t kMessagesACall = 20;
  static constexpr size_t kSlot = 65536;

  struct Socket {
    uv_udp_t handle{};
    Account account;
    UvReceiver* owner = nullptr;
  };

  void open(Socket& socket, const Target& target, const KernelAddress& group, Tally& tally) {
    socket.owner = this;
    socket.account.tally = &tally;
    socket.account.fd = open_member(target, group);
    socket.handle.data = &socket;
    must(::uv_udp_init_ex(loop_.get(), &socket.handle, UV_UDP_RECVMMSG), "uv_udp_init_ex");
    must(::uv_udp_open(&socket.handle, socket.account.fd), "uv_udp_open");
    must(::uv_udp_recv_start(&socket.handle, lend, take), "uv_udp_recv_start");
  }

  static void lend(uv_handle_t* handle, size_t, uv_buf_t* buffer) {
    std::vector<char>& bytes = static_cast<Socket*>(handle->data)->owner->buffer_;
    *buffer = ::uv_buf_init(bytes.data(), static_cast<unsigned>(bytes.size()));
  }

  static void take(uv_udp_t* handle, ssize_t size, const uv_buf_t* buffer, const sockaddr* source,
                   unsigned) {
    auto& socket = *static_cast<Socket*>(handle->data);
    if (source == nullptr) return;  // the buffer comes back, or there was nothing
    socket.owner->touched_.add(socket.account);
    socket.account.tally->take(reinterpret_cast<const uint8_t*>(buffer->base),
                               static_cast<size_t>(size), port_of(source));
  }

  std::vector<char> buffer_;
  std::deque<Socket> sockets_;
  Touched touched_;
  UvLoop loop_;  // ends first, and closes the handles
};

class UvSender final : public Sender {
 public:
  explicit UvSender(const Target& target) : to_(group_address(target, 0)), packets_(target.size) {
    const lab::Fd socket = open_sending_socket(target, false);
    must(::uv_udp_init(loop_.get(), &handle_), "uv_udp_init");
    must(::uv_udp_open(&handle_, ::fcntl(socket.get(), F_DUPFD_CLOEXEC, 0)), "uv_udp_open");
  }

  uint64_t send(uint64_t first, uint64_t count) override {
    for (uint64_t i = 0; i < count; ++i) {
      char* const packet = reinterpret_cast<char*>(packets_.stamp(i % kSendBatch, first + i));
      const uv_buf_t buffer = ::uv_buf_init(packet, static_cast<unsigned>(packets_.size()));
      if (::uv_udp_try_send(&handle_, &buffer, 1, to_.get()) < 0) return i;
    }
    return count;
  }

 private:
  KernelAddress to_;
  Packets packets_;
  uv_udp_t handle_{};
  UvLoop loop_;  // ends first
};

}  // namespace

std::unique_ptr<Receiver> make_uv_receiver(const Target& target, Tallies& tallies) {
  return std::make_unique<UvReceiver>(target, tallies);
}
std::unique_ptr<Sender> make_uv_sender(const Target& target) {
  return std::make_unique<UvSender>(target);
}

}  // namespace bench
