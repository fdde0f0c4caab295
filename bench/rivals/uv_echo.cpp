// Talking back and forth with libuv.
#include <array>

#include "candidates/echo.h"
#include "rivals/frameworks.h"
#include "rivals/member.h"
#include "rivals/uv_loop.h"

namespace bench {
namespace {

class UvEcho final : public Echo {
 public:
  UvEcho(const Target& target, Side side, Hearer& hearer)
      : hearer_(&hearer),
        to_(group_address(target, group_told(side))),
        fd_(open_member(target, group_address(target, group_heard(side)))) {
    receiver_.data = this;
    must(::uv_udp_init(loop_.get(), &receiver_), "uv_udp_init");
    must(::uv_udp_open(&receiver_, fd_), "uv_udp_open");
    must(::uv_udp_recv_start(&receiver_, lend, take), "uv_udp_recv_start");
    const lab::Fd socket = open_sending_socket(target, false);
    must(::uv_udp_init(loop_.get(), &sender_), "uv_udp_init");
    must(::uv_udp_open(&sender_, ::fcntl(socket.get(), F_DUPFD_CLOEXEC, 0)), "uv_udp_open");
  }

  bool send(const uint8_t* data, size_t size) override {
    char* const bytes = reinterpret_cast<char*>(const_cast<uint8_t*>(data));  // libuv only reads
    const uv_buf_t buffer = ::uv_buf_init(bytes, static_cast<unsigned>(size));
    return ::uv_udp_try_send(&sender_, &buffer, 1, to_.get()) >= 0;
  }

  bool turn() override {
    is_heard_ = false;
    for (uint64_t waited = 0; waited < 1000 && !is_heard_; waited += UvLoop::kRest) {
      ::uv_run(loop_.get(), UV_RUN_ONCE);
    }
    drops_ = drops_of(fd_);
    return is_heard_;
  }

 private:
  static void lend(uv_handle_t* handle, size_t, uv_buf_t* buffer) {
    auto& bytes = static_cast<UvEcho*>(handle->data)->bytes_;
    *buffer = ::uv_buf_init(bytes.data(), static_cast<unsigned>(bytes.size()));
  }
  static void take(uv_udp_t* handle, ssize_t size, const uv_buf_t* buffer, const sockaddr* source,
                   unsigned) {
    if (source == nullptr) return;
    auto& self = *static_cast<UvEcho*>(handle->data);
    self.is_heard_ = true;
    self.hearer_->hear(reinterpret_cast<const uint8_t*>(buffer->base), static_cast<size_t>(size),
                       port_of(source));
  }

  Hearer* hearer_;
  KernelAddress to_;
  int fd_;  // libuv closes it
  bool is_heard_ = false;
  uint32_t drops_ = 0;
  std::array<char, 65536> bytes_{};
  uv_udp_t receiver_{};
  uv_udp_t sender_{};
  UvLoop loop_;  // ends first
};

}  // namespace

std::unique_ptr<Echo> make_uv_echo(const Target& target, Side side, Hearer& hearer) {
  return std::make_unique<UvEcho>(target, side, hearer);
}

}  // namespace bench
