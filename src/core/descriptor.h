// Internal header: a descriptor of the user's on a poller.
#pragma once

#include <cstdint>
#include <memory>

#include "core/graveyard.h"
#include "io/reactor.h"

namespace mc {

class Poller;

// The flags of a registration; the public header repeats them.
enum RegisterFlag : uint32_t {
  kEdgeTriggered = 1U << 0,  // tell of each change once, not of a lasting state (epoll(7))
  kOnce = 1U << 1,           // unregister before the first handler is called
};
inline constexpr uint32_t kAllRegisterFlags = kEdgeTriggered | kOnce;

// The user's functions for a descriptor; its destructor is the user's finaliser.
class DescriptorHandler : public Mortal {
 public:
  virtual bool reads() const noexcept = 0;
  virtual bool writes() const noexcept = 0;
  // Non-zero: unregister.
  virtual int read(int fd, uint32_t events) = 0;
  virtual int write(int fd, uint32_t events) = 0;
};

// Does not own the descriptor: it stays the user's.
class Descriptor final : public Mortal, public io::Watcher {
 public:
  Descriptor(Poller& poller, int fd, uint32_t flags, std::unique_ptr<DescriptorHandler> handler)
      : poller_(poller), fd_(fd), flags_(flags), handler_(std::move(handler)) {}

  // What epoll is to watch for: the wanted events, as far as there are handlers for them.
  uint32_t interest(uint32_t wanted) const noexcept;
  void want(uint32_t events) noexcept { wanted_ = events | io::kError | io::kHangUp; }
  void ready(uint32_t events) override;
  void forget() noexcept { is_registered_ = false; }

 private:
  void end_if(bool is_enough);

  Poller& poller_;
  int fd_;
  uint32_t flags_;
  uint32_t wanted_ = ~0U;  // events that came before the wish changed are not told
  std::unique_ptr<DescriptorHandler> handler_;
  bool is_registered_ = true;
};

}  // namespace mc
