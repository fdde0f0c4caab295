// Talking back and forth with libmulticast: a listener, a multicaster, one poller.
#include "candidates/checked.h"
#include "candidates/echo.h"

namespace bench {
namespace {

int tell(const mc_packet* packet, void* user) {
  static_cast<Hearer*>(user)->hear(packet->data, packet->wire_size, packet->source.port);
  return 0;
}

// How long a hybrid wait looks before it sleeps: seconds.
constexpr double kLook = 50e-6;

class MulticastEcho final : public Echo {
 public:
  MulticastEcho(const Target& target, Side side, Hearer& hearer, int policy) {
    checked(mc_poller_new(&poller_));
    checked(mc_poller_set_wait(poller_, policy, policy == MC_WAIT_HYBRID ? kLook : 0));
    checked(mc_multicaster_new(&multicaster_, poller_, group_text(target, group_told(side)).c_str(),
                               kPort, MC_TTL_SUBNET));
    checked(mc_multicaster_set_loopback(multicaster_, 0));
    checked(mc_listener_new(&listener_, poller_));
    checked(mc_listener_add(listener_, group_text(target, group_heard(side)).c_str(), kPort));
    checked(mc_listener_set_handler(listener_, tell, &hearer, nullptr));
    checked(mc_listener_open(listener_));
  }
  ~MulticastEcho() override {
    mc_listener_free(listener_);
    mc_multicaster_free(multicaster_);
    mc_poller_free(poller_);
  }

  bool send(const uint8_t* data, size_t size) override {
    return mc_multicaster_send(multicaster_, data, size) >= 0;
  }
  bool turn() override { return checked(mc_poller_poll(poller_, 1)) > 0; }

 private:
  mc_poller* poller_ = nullptr;
  mc_multicaster* multicaster_ = nullptr;
  mc_listener* listener_ = nullptr;
};

}  // namespace

std::unique_ptr<Echo> make_multicast_echo(const Target& target, Side side, Hearer& hearer) {
  return std::make_unique<MulticastEcho>(target, side, hearer, MC_WAIT_BLOCK);
}
std::unique_ptr<Echo> make_hybrid_multicast_echo(const Target& target, Side side, Hearer& hearer) {
  return std::make_unique<MulticastEcho>(target, side, hearer, MC_WAIT_HYBRID);
}

}  // namespace bench
