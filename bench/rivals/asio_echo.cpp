// Talking back and forth with asio.
#include <array>
#include <chrono>

#include "candidates/echo.h"
#include "rivals/asio_udp.h"
#include "rivals/frameworks.h"
#include "rivals/member.h"

namespace bench {
namespace {

class AsioEcho final : public Echo {
 public:
  AsioEcho(const Target& target, Side side, Hearer& hearer)
      : hearer_(&hearer),
        fd_(open_member(target, group_address(target, group_heard(side)))),
        to_(endpoint_of(group_address(target, group_told(side)))) {
    receiver_.assign(protocol_of(target), fd_);
    const lab::Fd socket = open_sending_socket(target, false);
    sender_.assign(protocol_of(target), ::fcntl(socket.get(), F_DUPFD_CLOEXEC, 0));
    receive();
  }

  bool send(const uint8_t* data, size_t size) override {
    std::error_code error;
    sender_.send_to(asio::buffer(data, size), to_, 0, error);
    return !error;
  }

  bool turn() override {
    const bool is_heard = context_.run_one_for(std::chrono::seconds(1)) > 0;
    drops_ = drops_of(fd_);
    return is_heard;
  }

 private:
  void receive() {
    receiver_.async_receive_from(asio::buffer(bytes_), source_,
                                 [this](const std::error_code& error, size_t size) {
                                   if (error) return;
                                   hearer_->hear(bytes_.data(), size, source_.port());
                                   receive();
                                 });
  }

  Hearer* hearer_;
  int fd_;  // asio closes it
  uint32_t drops_ = 0;
  std::array<uint8_t, 65536> bytes_{};
  asio::ip::udp::endpoint source_;
  asio::ip::udp::endpoint to_;
  asio::io_context context_{1};
  asio::ip::udp::socket receiver_{context_};
  asio::ip::udp::socket sender_{context_};
};

}  // namespace

std::unique_ptr<Echo> make_asio_echo(const Target& target, Side side, Hearer& hearer) {
  return std::make_unique<AsioEcho>(target, side, hearer);
}

}  // namespace bench
