// Internal header: finding out which of many subscriptions a packet is for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "filter/index.h"
#include "net/packet.h"

namespace mc {

struct Subscription;

// Holds a channel's subscriptions whose filters can be looked up, so that a packet costs by those
// that want it. What the others refused is not counted one by one, but as the difference.
class Sifter {
 public:
  // If its filter can be looked up; then subscription.sifted says so. Not while a packet is being
  // offered.
  void add(Subscription& subscription) noexcept;
  void remove(Subscription& subscription) noexcept;

  struct Target {
    size_t slot;
    bool is_exact;  // the filter that was looked up matches
  };
  // The slots of those that may want the packet, in order, each once. Valid until the next call.
  const std::vector<Target>& sift(const net::Packet& packet);

  // Whether so much changed that it should be built anew, which is dear.
  bool wants_build() const noexcept { return index_.wants_build(); }
  void build() noexcept;

  // Brings the subscriber's counts up to date.
  void settle(Subscription& subscription) const noexcept;

 private:
  void make_room();
  void look_up(const net::Packet& packet);

  filter::Index index_;
  std::vector<Subscription*> subscriptions_;  // by the number that the index knows; null: free
  std::vector<uint32_t> free_;
  uint64_t packets_ = 0;
  std::vector<filter::Index::Candidate> found_;
  std::vector<Target> targets_;
};

}  // namespace mc
