// Sending with libmulticast: one by one, in batches, from a packet source, and without a handle.
#include <algorithm>
#include <array>

#include "candidates/checked.h"
#include "candidates/sender.h"

namespace bench {
namespace {

// A multicaster that is closed with its owner.
class Multicaster {
 public:
  Multicaster(const Target& target, bool loops) {
    checked(mc_poller_new(&poller_));
    checked(
        mc_multicaster_new(&handle_, poller_, group_text(target, 0).c_str(), kPort, MC_TTL_SUBNET));
    checked(mc_multicaster_set_loopback(handle_, loops ? 1 : 0));
  }
  ~Multicaster() {
    mc_multicaster_free(handle_);
    mc_poller_free(poller_);
  }
  Multicaster(const Multicaster&) = delete;
  Multicaster& operator=(const Multicaster&) = delete;

  mc_multicaster* get() const { return handle_; }
  mc_poller* poller() const { return poller_; }

 private:
  mc_poller* poller_ = nullptr;
  mc_multicaster* handle_ = nullptr;
};

class MulticasterSender final : public Sender {
 public:
  MulticasterSender(const Target& target, bool loops)
      : multicaster_(target, loops), packets_(target.size) {}

  uint64_t send(uint64_t first, uint64_t count) override {
    for (uint64_t i = 0; i < count; ++i) {
      const uint8_t* packet = packets_.stamp(i % kSendBatch, first + i);
      if (mc_multicaster_send(multicaster_.get(), packet, packets_.size()) < 0) return i;
    }
    return count;
  }

 private:
  Multicaster multicaster_;
  Packets packets_;
};

// Sends one by one what the library puts together.
class GatheredSender final : public Sender {
 public:
  explicit GatheredSender(const Target& target)
      : multicaster_(target, false), packets_(target.size) {
    checked(mc_multicaster_set_batching(multicaster_.get(), 1));
  }

  uint64_t send(uint64_t first, uint64_t count) override {
    for (uint64_t i = 0; i < count; ++i) {
      const uint8_t* packet = packets_.stamp(i % kSendBatch, first + i);
      if (mc_multicaster_send(multicaster_.get(), packet, packets_.size()) < 0) return i;
    }
    return count - static_cast<uint64_t>(checked(mc_multicaster_flush(multicaster_.get())));
  }

 private:
  Multicaster multicaster_;
  Packets packets_;
};

class BatchSender final : public Sender {
 public:
  explicit BatchSender(const Target& target) : multicaster_(target, false), packets_(target.size) {
    for (size_t i = 0; i < kSendBatch; ++i) buffers_[i] = {packets_.at(i), packets_.size()};
  }

  uint64_t send(uint64_t first, uint64_t count) override {
    for (uint64_t sent = 0; sent < count;) {
      const size_t part = std::min<size_t>(count - sent, kSendBatch);
      for (size_t i = 0; i < part; ++i) packets_.stamp(i, first + sent + i);
      const int taken = mc_multicaster_send_many(multicaster_.get(), buffers_.data(), part);
      if (taken != static_cast<int>(part)) return sent;
      sent += part;
    }
    return count;
  }

 private:
  Multicaster multicaster_;
  Packets packets_;
  std::array<mc_buffer, kSendBatch> buffers_{};
};

class PacketSourceSender final : public Sender {
 public:
  explicit PacketSourceSender(const Target& target)
      : multicaster_(target, false), packets_(target.size) {
    checked(mc_multicaster_set_source(multicaster_.get(), next, this, nullptr));
    pump();  // The source pauses at once; from now on it is resumed.
  }

  uint64_t send(uint64_t first, uint64_t count) override {
    const uint64_t before = sent();
    next_ = first;
    end_ = first + count;
    checked(mc_multicaster_resume(multicaster_.get()));
    pump();
    return sent() - before;
  }

 private:
  static int next(mc_buffer* packet, void* user) {
    auto& self = *static_cast<PacketSourceSender*>(user);
    if (self.next_ == self.end_) return MC_SOURCE_PAUSE;
    *packet = {self.packets_.stamp(self.next_ % kSendBatch, self.next_), self.packets_.size()};
    ++self.next_;
    return MC_SOURCE_PACKET;
  }

  // Until the source pauses: then nothing is left to serve.
  void pump() { checked(mc_poller_loop(multicaster_.poller(), 1, 0)); }

  uint64_t sent() {
    mc_stats stats{};
    checked(mc_multicaster_stats(multicaster_.get(), &stats, sizeof stats));
    return stats.sent;
  }

  Multicaster multicaster_;
  Packets packets_;
  uint64_t next_ = 0;
  uint64_t end_ = 0;
};

class QuickSender final : public Sender {
 public:
  explicit QuickSender(const Target& target)
      : group_(group_text(target, 0)), packets_(target.size) {}

  uint64_t send(uint64_t first, uint64_t count) override {
    for (uint64_t i = 0; i < count; ++i) {
      const uint8_t* packet = packets_.stamp(i % kSendBatch, first + i);
      if (mc_sendto(packet, packets_.size(), group_.c_str(), kPort, MC_TTL_SUBNET) < 0) return i;
    }
    return count;
  }

 private:
  std::string group_;
  Packets packets_;
};

}  // namespace

std::unique_ptr<Sender> make_multicaster_sender(const Target& target) {
  return std::make_unique<MulticasterSender>(target, false);
}
std::unique_ptr<Sender> make_looping_multicaster_sender(const Target& target) {
  return std::make_unique<MulticasterSender>(target, true);
}
std::unique_ptr<Sender> make_gathered_sender(const Target& target) {
  return std::make_unique<GatheredSender>(target);
}
std::unique_ptr<Sender> make_multicaster_batch_sender(const Target& target) {
  return std::make_unique<BatchSender>(target);
}
std::unique_ptr<Sender> make_packet_source_sender(const Target& target) {
  return std::make_unique<PacketSourceSender>(target);
}
std::unique_ptr<Sender> make_quick_sender(const Target& target) {
  return std::make_unique<QuickSender>(target);
}

}  // namespace bench
