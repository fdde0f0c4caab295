// Internal header: what a user listens with.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/status.h"
#include "core/packed.h"
#include "core/poller.h"
#include "core/queue.h"
#include "core/resident.h"
#include "core/subscriber.h"
#include "net/group.h"

namespace mc {

inline constexpr uint16_t kDefaultPort = 4242;
inline constexpr size_t kDefaultMtu = 4096;

struct ListenerStats {
  DeliveryCounts counts;
  uint64_t lost = 0;
  uint64_t lost_or_rejected = 0;
  bool lost_is_lower_bound = false;
  uint32_t receive_buffer_asked = 0;
  uint32_t receive_buffer_granted = 0;  // the smallest of its channels'
};

// Receives packets of its groups while it is open. May be opened and closed any number of times;
// every method is allowed inside any callback. Lives on a poller, whose end closes it for good.
class Listener final : public Resident, public Subscriber {
 public:
  explicit Listener(Poller& poller) noexcept;
  ~Listener() override { Listener::close(); }

  // The groups to listen to; only while closed.
  Status add(const char* group, uint16_t port);
  Status remove(const char* group, uint16_t port);
  // Of one packet or of batches; the other is given up. None (null): the listener is pulled.
  // Whether it is changes only while closed.
  Status set_handler(std::unique_ptr<PacketHandler> handler);
  Status set_handler(std::unique_ptr<BatchHandler> handler);
  void set_filter(filter::FilterRef filter);
  Status set_mtu(size_t mtu);
  void set_limit(uint64_t limit) noexcept;
  Status set_receive_buffer(uint32_t bytes);
  Status set_details(uint32_t details);
  void set_ignore_own(bool on) noexcept;
  Status set_kernel_filter(bool on);

  // All groups, or none and why.
  Status open();
  void close() noexcept override;
  using Subscriber::is_open;

  // Of a pulled listener: waits for packets and lends up to `most` of them, until the next call or
  // its end. None when the deadline passed or the poller was woken.
  Result<std::span<const net::Packet* const>> next(size_t most, double seconds);
  // The same, packed; null: none.
  Result<const Packed*> next_packed(size_t most, double seconds);
  // Readable while next() has something to do.
  Result<int> fd();

  ListenerStats stats() noexcept;

 private:
  void finish() noexcept override { close(); }
  template <typename Handler>
  Status exchange_handler(std::unique_ptr<Handler> handler);
  Status check_pulled() const;
  Result<std::vector<std::unique_ptr<Subscription>>> plan(Queue* queue);
  void tell_channels() noexcept;
  void gather();
  void unsubscribe(size_t count) noexcept;

  std::vector<net::GroupText> groups_;
  std::vector<std::unique_ptr<Subscription>>
      subscriptions_;  // while open: one for each (group, port, interface)
  uint64_t limit_ = kNoLimit;
  ChannelWishes wishes_;
  std::unique_ptr<Queue> queue_;      // of a pulled listener; stays until it is opened again
  std::unique_ptr<Packing> packing_;  // made when it is first pulled packed
  bool is_pulling_ = false;
  uint64_t lost_before_ = 0;              // in earlier openings
  uint64_t lost_or_rejected_before_ = 0;  // the same
  bool lost_is_lower_bound_ = false;      // the same
};

}  // namespace mc
