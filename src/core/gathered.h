// Internal header: packets on their way to be handed over together.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "net/packet.h"

namespace mc {

// Keeps packets, not their bytes, which stay where they were read.
class Gathered {
 public:
  bool is_empty() const noexcept { return packets_.empty(); }
  bool is_full() const noexcept { return packets_.size() == room_; }
  size_t size() const noexcept { return packets_.size(); }
  void clear() noexcept { packets_.clear(); }

  size_t room() const noexcept { return room_; }

  // Room for so many; what is there is forgotten.
  void make_room(size_t most) {
    packets_.clear();
    packets_.reserve(most);
    pointers_.reserve(most);
    room_ = most;
  }
  // Not when it is full.
  void add(const net::Packet& packet) { packets_.push_back(packet); }

  // All of them, in order; valid until something is added or forgotten.
  std::span<const net::Packet* const> packets() {
    pointers_.clear();
    for (const net::Packet& each : packets_) pointers_.push_back(&each);
    return pointers_;
  }

 private:
  std::vector<net::Packet> packets_;
  std::vector<const net::Packet*> pointers_;
  size_t room_ = 0;
};

}  // namespace mc
