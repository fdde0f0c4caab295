// The loops of the hand-written receivers: each reads what waits in a socket, without waiting.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <vector>

#include "candidates/receiver.h"
#include "candidates/trains.h"

namespace bench {

inline constexpr size_t kSlotSize = 2048;  // MSG_TRUNC tells the true size of what does not fit

/// What the user of such a loop would write.
[[gnu::noinline]] void handle_packet(Tally& tally, const uint8_t* data, size_t size,
                                     const sockaddr_in6& source);

/// One packet a call.
class OneByOne {
 public:
  static constexpr bool kTakesTrains = false;
  void read(int fd, Tally& tally);

 private:
  std::array<uint8_t, kSlotSize> data_;
};

/// Up to kSlots packets a call.
template <unsigned kSlots>
class Batched {
 public:
  static constexpr bool kTakesTrains = false;
  Batched();
  void read(int fd, Tally& tally);

 private:
  std::vector<uint8_t> data_;
  std::array<mmsghdr, kSlots> headers_{};
  std::array<iovec, kSlots> vectors_{};
  std::array<sockaddr_in6, kSlots> sources_{};
};

/// Up to 16 trains a call, each of them in a slot that holds the longest.
class Trains {
 public:
  static constexpr bool kTakesTrains = true;
  Trains();
  void read(int fd, Tally& tally);

 private:
  static constexpr unsigned kSlots = 16;
  static constexpr size_t kTrainSize = 65536;

  void split(size_t slot, Tally& tally);

  std::vector<uint8_t> data_;
  std::array<mmsghdr, kSlots> headers_{};
  std::array<iovec, kSlots> vectors_{};
  std::array<sockaddr_in6, kSlots> sources_{};
  std::array<SegmentControl, kSlots> controls_{};
};

}  // namespace bench
