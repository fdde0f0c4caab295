// asio as its tutorial shows it: one context, a socket object each, a handler that receives again.
#include <array>
#include <chrono>
#include <deque>

#include "rivals/asio_udp.h"
#include "rivals/frameworks.h"
#include "rivals/member.h"

namespace bench {
namespace {

using asio::ip::udp;

class AsioReceiver final : public Receiver {
 public:
  AsioReceiver(const Target& target, Tallies& tallies) {
    for (unsigned i = 0; i < tallies.size(); ++i) {
      const int fd = open_member(target, group_address(target, i / target.listeners));
      Socket& socket = sockets_.emplace_back(context_);
      socket.owner = this;
      socket.account.tally = &tallies[i];
      socket.account.fd = fd;
      socket.udp.assign(protocol_of(target), fd);
      socket.receive();
    }
  }

  bool turn(int milliseconds) override {
    if (milliseconds > 0) context_.run_one_for(std::chrono::milliseconds(milliseconds));
    context_.poll();
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
  struct Socket {
    explicit Socket(asio::io_context& context) : udp(context) {}

    void receive() {
      udp.async_receive_from(asio::buffer(buffer), source,
                             [this](const std::error_code& error, size_t size) {
                               if (error) return;
                               take(size);
                               receive();
                             });
    }
    [[gnu::noinline]] void take(size_t size) {
      owner->touched_.add(account);
      account.tally->take(buffer.data(), size, source.port());
      if (++unasked < kMessagesPerTurn) return;
      unasked = 0;
      account.note_drops();
    }

    asio::ip::udp::socket udp;
    asio::ip::udp::endpoint source;
    std::array<uint8_t, 65536> buffer{};
    Account account;
    int unasked = 0;  // packets since the kernel was asked what it dropped
    AsioReceiver* owner = nullptr;
  };

  Touched touched_;
  asio::io_context context_{1};
  std::deque<Socket> sockets_;
};

class AsioSender final : public Sender {
 public:
  explicit AsioSender(const Target& target)
      : to_(endpoint_of(group_address(target, 0))), packets_(target.size) {
    const lab::Fd socket = open_sending_socket(target, false);
    socket_.assign(protocol_of(target), ::fcntl(socket.get(), F_DUPFD_CLOEXEC, 0));
  }

  uint64_t send(uint64_t first, uint64_t count) override {
    for (uint64_t i = 0; i < count; ++i) {
      const uint8_t* packet = packets_.stamp(i % kSendBatch, first + i);
      std::error_code error;
      socket_.send_to(asio::buffer(packet, packets_.size()), to_, 0, error);
      if (error) return i;
    }
    return count;
  }

 private:
  asio::io_context context_{1};
  udp::socket socket_{context_};
  udp::endpoint to_;
  Packets packets_;
};

}  // namespace

std::unique_ptr<Receiver> make_asio_receiver(const Target& target, Tallies& tallies) {
  return std::make_unique<AsioReceiver>(target, tallies);
}
std::unique_ptr<Sender> make_asio_sender(const Target& target) {
  return std::make_unique<AsioSender>(target);
}

}  // namespace bench
