// Internal header: what a user listens with.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/status.h"
#include "core/poller.h"
#include "core/resident.h"
#include "core/subscriber.h"
#include "net/group.h"

namespace mc {

inline constexpr uint16_t kDefaultPort = 4242;
inline constexpr size_t kDefaultMtu = 4096;
inline constexpr uint32_t kDefaultReceiveBuffer = 4U << 20;

struct ListenerStats {
  DeliveryCounts counts;
  uint64_t lost = 0;
  bool lost_is_lower_bound = false;
  uint32_t receive_buffer_asked = 0;
  uint32_t receive_buffer_granted = 0;  // the smallest of its channels'
};

// Receives packets of its groups while it is open. May be opened and closed any number of times;
// every method is allowed inside any callback. Lives on a poller, whose end closes it for good.
class Listener final : public Resident, public Subscriber {
 public:
  explicit Listener(Poller& poller) noexcept;
  ~Listener() override;
  // Destroys it, or closes it now and destroys it when the outermost callback has returned.
  static void end(std::unique_ptr<Listener> listener) noexcept;

  // The groups to listen to; only while closed.
  Status add(const char* group, uint16_t port);
  Status remove(const char* group, uint16_t port);
  void set_handler(std::unique_ptr<PacketHandler> handler) noexcept;
  void set_filter(filter::FilterRef filter);
  Status set_mtu(size_t mtu);
  void set_limit(uint64_t limit) noexcept;
  Status set_receive_buffer(uint32_t bytes);

  // All groups, or none and why.
  Status open();
  void close() noexcept;
  const std::shared_ptr<Graveyard>& graveyard() const noexcept { return graveyard_; }
  using Subscriber::is_open;

  ListenerStats stats() noexcept;

 private:
  void finish() noexcept override { close(); }
  void evict() noexcept override;

  Status check_poller() const;
  Result<std::vector<std::unique_ptr<Subscription>>> plan();
  void unsubscribe(size_t count) noexcept;

  std::shared_ptr<Graveyard>
      graveyard_;   // the poller's; outlives it here, for a listener closed in its callback
  Poller* poller_;  // null once the poller ended
  std::vector<net::GroupText> groups_;
  std::vector<std::unique_ptr<Subscription>>
      subscriptions_;  // while open: one for each (group, port, interface)
  uint64_t limit_ = kNoLimit;
  uint32_t receive_buffer_ = kDefaultReceiveBuffer;
  uint64_t lost_before_ = 0;          // in earlier openings
  bool lost_is_lower_bound_ = false;  // the same
};

}  // namespace mc
