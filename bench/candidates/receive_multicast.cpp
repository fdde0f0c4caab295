// Receiving with libmulticast: a listener with a handler for one packet, or for batches, polled.
#include <vector>

#include "candidates/checked.h"
#include "candidates/receiver.h"

namespace bench {
namespace {

int handle(const mc_packet* packet, void* user) {
  static_cast<Tally*>(user)->take(packet->data, packet->wire_size, packet->source.port);
  return 0;
}

// A call for each packet all the same: what a rival's user pays.
[[gnu::noinline]] void handle_packet(const mc_packet& packet, Tally& tally) {
  tally.take(packet.data, packet.wire_size, packet.source.port);
}

int handle_batch(const mc_packet* const* packets, size_t count, void* user) {
  for (size_t i = 0; i < count; ++i) handle_packet(*packets[i], *static_cast<Tally*>(user));
  return 0;
}

enum class Handler { kPacket, kBatch };

class MulticastReceiver final : public Receiver {
 public:
  MulticastReceiver(const Target& target, Tallies& tallies, Handler handler) : handler_(handler) {
    checked(mc_poller_new(&poller_));
    for (unsigned i = 0; i < tallies.size(); ++i) {
      open(group_text(target, i / target.listeners), &tallies[i]);
    }
  }
  ~MulticastReceiver() override {
    for (mc_listener* each : listeners_) mc_listener_free(each);
    mc_poller_free(poller_);
  }

  bool turn(int milliseconds) override {
    return checked(mc_poller_poll(poller_, milliseconds / 1000.0)) > 0;
  }

  uint64_t lost() override {
    uint64_t sum = 0;
    for (mc_listener* each : listeners_) {
      mc_stats stats{};
      checked(mc_listener_stats(each, &stats, sizeof stats));
      sum += stats.lost;
    }
    return sum;
  }

 private:
  void open(const std::string& group, Tally* tally) {
    mc_listener* listener = nullptr;
    checked(mc_listener_new(&listener, poller_));
    listeners_.push_back(listener);
    checked(mc_listener_add(listener, group.c_str(), kPort));
    if (handler_ == Handler::kPacket) {
      checked(mc_listener_set_handler(listener, handle, tally, nullptr));
    } else {
      checked(mc_listener_set_batch_handler(listener, handle_batch, tally, nullptr));
    }
    checked(mc_listener_open(listener));
  }

  Handler handler_;
  mc_poller* poller_ = nullptr;
  std::vector<mc_listener*> listeners_;
};

}  // namespace

std::unique_ptr<Receiver> make_multicast_receiver(const Target& target, Tallies& tallies) {
  return std::make_unique<MulticastReceiver>(target, tallies, Handler::kPacket);
}
std::unique_ptr<Receiver> make_multicast_batch_receiver(const Target& target, Tallies& tallies) {
  return std::make_unique<MulticastReceiver>(target, tallies, Handler::kBatch);
}

}  // namespace bench
