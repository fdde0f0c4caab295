// libuv as its manual shows it: one loop, a handle for each socket, callbacks.
#include <uv.h>

#include <deque>
#include <stdexcept>
#include <string>
#include <vector>

#include "rivals/frameworks.h"
#include "rivals/member.h"

namespace bench {
namespace {

void must(int result, const char* what) {
  if (result < 0) throw std::runtime_error(std::string(what) + ": " + ::uv_strerror(result));
}

// A loop that closes what is left on it.
class Loop {
 public:
  Loop() { must(::uv_loop_init(&loop_), "uv_loop_init"); }
  ~Loop() {
    ::uv_walk(
        &loop_, [](uv_handle_t* each, void*) { ::uv_close(each, nullptr); }, nullptr);
    ::uv_run(&loop_, UV_RUN_DEFAULT);
    ::uv_loop_close(&loop_);
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  uv_loop_t* get() { return &loop_; }

 private:
  uv_loop_t loop_{};
};

class UvReceiver final : public Receiver {
 public:
  UvReceiver(const Target& target, Tallies& tallies)
      : buffer_(kMessagesACall * kSlot), sockets_(tallies.size()) {
    for (unsigned i = 0; i < sockets_.size(); ++i) {
      open(sockets_[i], target, group_address(target, i / target.listeners), tallies[i]);
    }
    // Without anything to do, the loop is to return now and then.
    must(::uv_timer_init(loop_.get(), &clock_), "uv_timer_init");
    must(::uv_timer_start(
             &clock_, [](uv_timer_t*) {}, kRest, kRest),
         "uv_timer_start");
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
  static constexpr uint64_t kRest = 100;  // milliseconds

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
  uv_timer_t clock_{};
  Touched touched_;
  Loop loop_;  // ends first, and closes the handles
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
  Loop loop_;  // ends first
};

}  // namespace

std::unique_ptr<Receiver> make_uv_receiver(const Target& target, Tallies& tallies) {
  return std::make_unique<UvReceiver>(target, tallies);
}
std::unique_ptr<Sender> make_uv_sender(const Target& target) {
  return std::make_unique<UvSender>(target);
}

}  // namespace bench
