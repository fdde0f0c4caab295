// A way of talking back and forth: ours, or a rival.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "target.h"

namespace bench {

/// Who is told of each packet.
class Hearer {
 public:
  virtual void hear(const uint8_t* data, size_t size, uint16_t source_port) = 0;

 protected:
  ~Hearer() = default;
};

/// The side that begins hears the target's second group and sends to its first; the other side the
/// other way round.
enum class Side : unsigned { kPing, kPong };
inline unsigned group_heard(Side side) {
  return side == Side::kPing ? 1 : 0;
}
inline unsigned group_told(Side side) {
  return side == Side::kPing ? 0 : 1;
}

/// Open from birth to death.
class Echo {
 public:
  Echo() = default;
  Echo(const Echo&) = delete;
  Echo& operator=(const Echo&) = delete;
  virtual ~Echo() = default;

  /// From the hearer, too. False when the kernel refuses.
  virtual bool send(const uint8_t* data, size_t size) = 0;
  /// Waits in its own way for the next packet and tells the hearer; then it asks what the kernel
  /// lost (SO_MEMINFO). False when nothing came for a second.
  virtual bool turn() = 0;
};

/// The echo of that name (registry.cpp lists them); throws std::invalid_argument for another.
std::unique_ptr<Echo> make_echo(const std::string& name, const Target& target, Side side,
                                Hearer& hearer);

std::unique_ptr<Echo> make_multicast_echo(const Target& target, Side side, Hearer& hearer);
std::unique_ptr<Echo> make_hybrid_multicast_echo(const Target& target, Side side, Hearer& hearer);
std::unique_ptr<Echo> make_epoll_echo(const Target& target, Side side, Hearer& hearer);
std::unique_ptr<Echo> make_spinning_echo(const Target& target, Side side, Hearer& hearer);

}  // namespace bench
