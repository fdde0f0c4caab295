// The hand-written senders: sendto and sendmmsg, everything prepared that can be prepared.
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "candidates/sender.h"
#include "candidates/sockets.h"

namespace bench {
namespace {

class SendtoSender final : public Sender {
 public:
  SendtoSender(const Target& target, bool loops)
      : socket_(open_sending_socket(target, loops)),
        to_(group_address(target, 0)),
        packets_(target.size) {}

  uint64_t send(uint64_t first, uint64_t count) override {
    for (uint64_t i = 0; i < count; ++i) {
      const uint8_t* packet = packets_.stamp(i % kSendBatch, first + i);
      if (::sendto(socket_.get(), packet, packets_.size(), MSG_DONTWAIT, to_.get(), to_.size) < 0)
        return i;
    }
    return count;
  }

 private:
  lab::Fd socket_;
  KernelAddress to_;
  Packets packets_;
};

// A batch of messages whose headers are written once.
class Batch {
 public:
  explicit Batch(size_t packet_size) : packets(packet_size) {
    for (size_t i = 0; i < kSendBatch; ++i) {
      vectors_[i] = {packets.at(i), packet_size};
      headers_[i].msg_hdr.msg_iov = &vectors_[i];
      headers_[i].msg_hdr.msg_iovlen = 1;
    }
  }
  void address(size_t n, KernelAddress& to) {
    headers_[n].msg_hdr.msg_name = &to.storage;
    headers_[n].msg_hdr.msg_namelen = to.size;
  }
  // Whether the kernel took them all.
  bool send(const lab::Fd& socket, size_t count) {
    for (size_t sent = 0; sent < count;) {
      const int taken = ::sendmmsg(socket.get(), &headers_[sent],
                                   static_cast<unsigned>(count - sent), MSG_DONTWAIT);
      if (taken < 0) return false;
      sent += static_cast<size_t>(taken);
    }
    return true;
  }

  Packets packets;

 private:
  std::array<mmsghdr, kSendBatch> headers_{};
  std::array<iovec, kSendBatch> vectors_{};
};

class SendmmsgSender final : public Sender {
 public:
  explicit SendmmsgSender(const Target& target)
      : socket_(open_sending_socket(target, false)),
        to_(group_address(target, 0)),
        batch_(target.size) {
    for (size_t i = 0; i < kSendBatch; ++i) batch_.address(i, to_);
  }

  uint64_t send(uint64_t first, uint64_t count) override {
    for (uint64_t sent = 0; sent < count;) {
      const size_t part = std::min<size_t>(count - sent, kSendBatch);
      for (size_t i = 0; i < part; ++i) batch_.packets.stamp(i, first + sent + i);
      if (!batch_.send(socket_, part)) return sent;
      sent += part;
    }
    return count;
  }

 private:
  lab::Fd socket_;
  KernelAddress to_;
  Batch batch_;
};

class Feeder final : public Sender {
 public:
  explicit Feeder(const Target& target)
      : socket_(open_sending_socket(target, false)), batch_(target.size) {
    const KernelAddress from = any_address(target.family, kFeederPort);
    if (::bind(socket_.get(), from.get(), from.size) != 0) lab::fail("bind the feeder");
    for (unsigned i = 0; i < target.groups; ++i) groups_.push_back(group_address(target, i));
  }

  uint64_t send(uint64_t first, uint64_t count) override {
    const uint64_t total = count * groups_.size();
    for (uint64_t sent = 0; sent < total;) {
      const size_t part = std::min<size_t>(total - sent, kSendBatch);
      for (size_t i = 0; i < part; ++i) {
        batch_.address(i, groups_[(sent + i) % groups_.size()]);
        batch_.packets.stamp(i, first + (sent + i) / groups_.size());
      }
      if (!batch_.send(socket_, part)) return sent;
      sent += part;
    }
    return total;
  }

 private:
  lab::Fd socket_;
  Batch batch_;
  std::vector<KernelAddress> groups_;
};

}  // namespace

std::unique_ptr<Sender> make_sendto_sender(const Target& target) {
  return std::make_unique<SendtoSender>(target, false);
}
std::unique_ptr<Sender> make_looping_sendto_sender(const Target& target) {
  return std::make_unique<SendtoSender>(target, true);
}
std::unique_ptr<Sender> make_sendmmsg_sender(const Target& target) {
  return std::make_unique<SendmmsgSender>(target);
}
std::unique_ptr<Sender> make_feeder(const Target& target) {
  return std::make_unique<Feeder>(target);
}

}  // namespace bench
