// A way of sending: ours, or a hand-written rival.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "target.h"

namespace bench {

class Sender {
 public:
  Sender() = default;
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;
  virtual ~Sender() = default;

  /// Sends `count` packets to each group, numbered from `first` on. How many the kernel took in
  /// all.
  virtual uint64_t send(uint64_t first, uint64_t count) = 0;
};

inline constexpr size_t kSendBatch = 64;

/// A batch of packets of one size that differ in their sequence numbers. They lie apart, as those of
/// a program do that makes them one by one: neighbours would be one piece to whoever looks.
class Packets {
 public:
  explicit Packets(size_t size)
      : size_(size), stride_((size + 127) / 64 * 64), bytes_(kSendBatch * stride_, 'x') {}
  uint8_t* at(size_t n) { return &bytes_[n * stride_]; }
  uint8_t* stamp(size_t n, uint64_t sequence) {
    std::memcpy(at(n), &sequence, sizeof sequence);
    return at(n);
  }
  size_t size() const { return size_; }

 private:
  size_t size_;
  size_t stride_;
  std::vector<uint8_t> bytes_;
};

/// The sender of that name (registry.cpp lists them); throws std::invalid_argument for another.
std::unique_ptr<Sender> make_sender(const std::string& name, const Target& target);

/// Looped packets go to listeners of the sending host too, if there are any; that costs a look even
/// if there are none. mc_sendto always loops.
std::unique_ptr<Sender> make_sendto_sender(const Target& target);
std::unique_ptr<Sender> make_looping_sendto_sender(const Target& target);
std::unique_ptr<Sender> make_sendmmsg_sender(const Target& target);
/// Trains of a batch of packets that lie apart: copied together, or gathered by the kernel.
std::unique_ptr<Sender> make_copying_train_sender(const Target& target);
std::unique_ptr<Sender> make_gathering_train_sender(const Target& target);
/// Feeds receivers: sendmmsg to all groups of the target, from kFeederPort.
std::unique_ptr<Sender> make_feeder(const Target& target);
/// The same in trains, to one group.
std::unique_ptr<Sender> make_train_feeder(const Target& target);

std::unique_ptr<Sender> make_multicaster_sender(const Target& target);
std::unique_ptr<Sender> make_looping_multicaster_sender(const Target& target);
std::unique_ptr<Sender> make_gathered_sender(const Target& target);
std::unique_ptr<Sender> make_multicaster_batch_sender(const Target& target);
std::unique_ptr<Sender> make_packet_source_sender(const Target& target);
std::unique_ptr<Sender> make_quick_sender(const Target& target);

}  // namespace bench
