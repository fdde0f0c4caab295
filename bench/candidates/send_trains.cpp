// Hand-written senders of trains, from packets that lie apart, as a program has them.
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "candidates/sender.h"
#include "candidates/sockets.h"
#include "candidates/trains.h"

namespace bench {
namespace {

// Copies the packets of a train into one buffer.
class Copying {
 public:
  static constexpr size_t kVectors = 1;

  explicit Copying(size_t packet_size) : bytes_(kSendBatch * packet_size) {}
  size_t gather(const iovec* packets, size_t count, iovec* vectors) {
    uint8_t* end = bytes_.data();
    for (size_t i = 0; i < count; ++i) {
      std::memcpy(end, packets[i].iov_base, packets[i].iov_len);
      end += packets[i].iov_len;
    }
    vectors[0] = {bytes_.data(), static_cast<size_t>(end - bytes_.data())};
    return 1;
  }

 private:
  std::vector<uint8_t> bytes_;
};

// Leaves them where they are.
class Gathering {
 public:
  static constexpr size_t kVectors = kSendBatch;

  explicit Gathering(size_t) {}
  static size_t gather(const iovec* packets, size_t count, iovec* vectors) {
    std::copy_n(packets, count, vectors);
    return count;
  }
};

template <typename Gatherer>
class TrainSender final : public Sender {
 public:
  TrainSender(const Target& target, uint16_t port)
      : socket_(open_sending_socket(target, false)),
        to_(group_address(target, 0)),
        packets_(target.size),
        gatherer_(target.size) {
    const KernelAddress from = any_address(target.family, port);
    if (port != 0 && ::bind(socket_.get(), from.get(), from.size) != 0) lab::fail("bind a sender");
    header_.msg_name = &to_.storage;
    header_.msg_namelen = to_.size;
    header_.msg_iov = vectors_.data();
    write_segment_size(header_, control_, static_cast<uint16_t>(target.size));
  }

  uint64_t send(uint64_t first, uint64_t count) override {
    const size_t longest = std::min(kSendBatch, longest_train(packets_.size()));
    for (uint64_t sent = 0; sent < count;) {
      const size_t batch = std::min<size_t>(count - sent, kSendBatch);
      for (size_t i = 0; i < batch; ++i) {
        array_[i] = {packets_.stamp(i, first + sent + i), packets_.size()};
      }
      for (size_t i = 0; i < batch; i += longest) {
        if (!send_train(&array_[i], std::min(longest, batch - i))) return sent + i;
      }
      sent += batch;
    }
    return count;
  }

 private:
  bool send_train(const iovec* packets, size_t count) {
    header_.msg_iovlen = gatherer_.gather(packets, count, vectors_.data());
    return ::sendmsg(socket_.get(), &header_, MSG_DONTWAIT) >= 0;
  }

  lab::Fd socket_;
  KernelAddress to_;
  Packets packets_;
  Gatherer gatherer_;
  std::array<iovec, kSendBatch> array_{};
  std::array<iovec, Gatherer::kVectors> vectors_{};
  SegmentControl control_;
  msghdr header_{};
};

}  // namespace

std::unique_ptr<Sender> make_copying_train_sender(const Target& target) {
  return std::make_unique<TrainSender<Copying>>(target, uint16_t{0});
}
std::unique_ptr<Sender> make_gathering_train_sender(const Target& target) {
  return std::make_unique<TrainSender<Gathering>>(target, uint16_t{0});
}
std::unique_ptr<Sender> make_train_feeder(const Target& target) {
  return std::make_unique<TrainSender<Copying>>(target, kFeederPort);
}

}  // namespace bench
