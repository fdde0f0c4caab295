// Internal header: what a user listens with.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/status.h"
#include "core/event.h"
#include "core/packed.h"
#include "core/poller.h"
#include "core/queue.h"
#include "core/resident.h"
#include "core/silence.h"
#include "core/subscriber.h"
#include "net/group.h"
#include "net/link_watch.h"
#include "net/lookup.h"
#include "net/source_set.h"

namespace mc {

inline constexpr uint16_t kDefaultPort = 4242;
inline constexpr size_t kDefaultMtu = 4096;
inline constexpr int kOnlySources = 1;
inline constexpr int kExceptSources = 2;

struct ListenerStats {
  DeliveryCounts counts;
  uint64_t lost = 0;
  uint64_t lost_or_rejected = 0;
  bool lost_is_lower_bound = false;
  uint32_t receive_buffer_asked = 0;
  uint32_t receive_buffer_granted = 0;  // the smallest of its channels'
  size_t absent = 0;                    // groups whose interface is not there
  uint64_t rejoined = 0;
  uint64_t source_lists_shortened = 0;
};

// Receives packets of its groups while it is open. May be opened and closed any number of times;
// every method is allowed inside any callback. Lives on a poller, whose end closes it for good.
//
// While it is open, its groups follow the interfaces (core/following.h): a place is where one group is
// heard, or is to be.
class Listener final : public Resident, public Subscriber {
 public:
  explicit Listener(Poller& poller) noexcept;
  ~Listener() override { Listener::close(); }

  // The groups to listen to; only while closed.
  Status add(const char* group, uint16_t port);
  Status remove(const char* group, uint16_t port);
  // From whom they are heard: the groups that were added with this address and interface, whatever
  // their port and their source; null: all of the source's family. At any time; all or nothing.
  enum class SourceVerb { kAllow, kDrop, kBlock, kUnblock };
  Status change_source(SourceVerb verb, const char* group, const char* source);
  // kOnlySources these, or kExceptSources. Null with no source: all groups.
  Status set_sources(const char* group, int mode, std::span<const char* const> sources);
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
  // Whether opening succeeds although an interface is missing.
  Status set_pending(bool on);
  // Who is told of what becomes of its groups; null: nobody (but the log).
  Status set_event_handler(std::unique_ptr<EventHandler> handler);

  // After how many seconds without a packet a group counts as silent; 0: never.
  Status set_silence(double seconds);

  // All groups, or none and why.
  Status open();
  void follow(net::Lookup& lookup, const net::LinkChanges& changes) override;
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
  struct Entry {
    net::GroupText words;  // with which it was added
    net::SourceSet sources;
  };
  enum class PlaceState : uint8_t { kPending, kLost, kJoined };
  struct Place {
    size_t group = 0;              // of groups_
    uint32_t interface_index = 0;  // 0 unless joined
    PlaceState state = PlaceState::kPending;
    bool is_running = false;
  };
  using Places = std::vector<Place>;  // those of the first group first
  using Subscriptions = std::vector<std::unique_ptr<Subscription>>;

  void finish() noexcept override { close(); }
  Result<std::vector<size_t>> find_groups(const char* group, net::Family family) const;
  struct NewSources {
    size_t group;  // its place in groups_
    net::SourceSet sources;
  };
  Status renew_sources(const Places& places);
  Status exchange_sources(std::vector<NewSources> changes);
  uint64_t shortened_lists() const noexcept;
  template <typename Handler>
  Status exchange_handler(std::unique_ptr<Handler> handler);
  Status check_pulled() const;
  Result<Places> find_places(net::Lookup& lookup) const;
  Places next_places(net::Lookup& lookup) const;
  Place next_place(net::Lookup& lookup, const Place& place) const;
  void add_next_places(net::Lookup& lookup, size_t group, Places& next) const;
  Subscriptions plan(const Places& places, const net::Lookup& lookup, Queue* queue);
  static std::span<const Place> of_group(const Places& places, size_t group) noexcept;
  Spot spot_of(const Place& place) const noexcept {
    return {groups_[place.group].words.group, place.interface_index};
  }
  Subscriptions::const_iterator find_subscription(const Place& place) const noexcept;
  void sort_subscriptions() noexcept;
  void subscribe_to(Subscriptions planned, Places& next);
  void leave_all_but(const Places& places) noexcept;
  Event event_of(EventKind kind, const Place& place, const net::Lookup& lookup) const;
  static bool is_usual(const Place& place) noexcept {
    return place.state == PlaceState::kJoined && place.is_running;
  }
  class Told;
  std::vector<Event> opening_events(const Places& places, const net::Lookup& lookup) const;
  std::vector<Event> events_between(const Places& next, const net::Lookup& lookup,
                                    const net::LinkChanges& changes) const;
  void announce(const std::vector<Event>& events);
  Events& ensure_events();
  bool was_pending(size_t group) const noexcept;
  void complain(const Status& refusal) noexcept;
  uint64_t packets_to(size_t group) const noexcept;
  void announce_silence(size_t group, bool is_silent);
  void retire(Subscription& subscription) noexcept;
  void tell_channels() noexcept;
  Status follow_and_tell();
  void gather();
  void unsubscribe(size_t count) noexcept;

  std::vector<Entry> groups_;
  Places places_;                // while open
  Subscriptions subscriptions_;  // while open: one for each spot that is joined, in their order
  std::unique_ptr<Events> events_;
  std::unique_ptr<Silence> silence_;
  bool awaits_interfaces_ = false;
  bool is_followed_ = false;    // the links tell it of changes
  uint64_t followed_look_ = 0;  // what they told until then, it knows
  uint64_t refused_joins_ = 0;  // since one succeeded
  uint64_t limit_ = kNoLimit;
  ChannelWishes wishes_;
  std::unique_ptr<Queue> queue_;      // of a pulled listener; stays until it is opened again
  std::unique_ptr<Packing> packing_;  // made when it is first pulled packed
  bool is_pulling_ = false;
  io::Drops drops_before_;            // in earlier openings
  bool lost_is_lower_bound_ = false;  // the same
  uint64_t rejoined_ = 0;
};

}  // namespace mc
