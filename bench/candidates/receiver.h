// A way of receiving: ours, or a hand-written rival.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "candidates/tally.h"
#include "target.h"

namespace bench {

/// Open from birth to death. Packets go to tallies[group * listeners + listener].
///
/// A turn is one look: one epoll_wait, at most 64 messages (packets, or trains) of
/// each ready socket, and then one question for the kernel's count of lost packets (SO_MEMINFO) of
/// that socket. All candidates do it at this cadence.
class Receiver {
 public:
  Receiver() = default;
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;
  virtual ~Receiver() = default;

  /// Waits up to so many milliseconds for something to be there; false when nothing was.
  virtual bool turn(int milliseconds) = 0;
  /// What the kernel dropped at its sockets since it was opened.
  virtual uint64_t lost() = 0;
};

using Tallies = std::vector<Tally>;

inline constexpr int kMessagesPerTurn = 64;

/// The receiver of that name (registry.cpp lists them); throws std::invalid_argument for another.
std::unique_ptr<Receiver> make_receiver(const std::string& name, const Target& target,
                                        Tallies& tallies);

std::unique_ptr<Receiver> make_multicast_receiver(const Target& target, Tallies& tallies);
std::unique_ptr<Receiver> make_multicast_batch_receiver(const Target& target, Tallies& tallies);

std::unique_ptr<Receiver> make_spinning_receiver(const Target& target, Tallies& tallies);

/// How a hand-written receiver reads its sockets, and where the membership is.
enum class Reading { kRecvfrom, kRecvmmsg16, kRecvmmsg64, kTrains };
enum class Layout {
  kOwnMembership,  ///< The socket joins, and IP(V6)_MULTICAST_ALL is off.
  kHolder,         ///< Another socket joins; IP(V6)_MULTICAST_ALL is on. The library's for IPv6.
  kMappedHolder,   ///< The same on an IPv6 socket. The library's for IPv4.
};
std::unique_ptr<Receiver> make_socket_receiver(Reading reading, Layout layout, const Target& target,
                                               Tallies& tallies);

}  // namespace bench
