// Internal header: waits for descriptors and tells their watchers. Knows nothing of sockets or
// users.
#pragma once

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/fork.h"
#include "base/status.h"
#include "base/unique_fd.h"
#include "io/wait.h"

struct epoll_event;

namespace mc::io {

// What may happen to a descriptor; the numbers are those of epoll, asserted in reactor.cpp, and of
// the public MC_READABLE …
enum Event : uint32_t {
  kReadable = 0x001,
  kPriority = 0x002,
  kWritable = 0x004,
  kError = 0x008,   // always watched for
  kHangUp = 0x010,  // always watched for
  kEdge = 1U << 31,
};

// Who is told. Not owned by the reactor; watches one descriptor at a time, must be removed before it dies, and
// may be at any time.
class Watcher {
 public:
  virtual void ready(uint32_t events) = 0;
  // Of a favourite (Reactor::favour): looks for itself, without waiting, and keeps what it finds for the
  // ready() that follows at once.
  virtual bool look() noexcept { return false; }

 protected:
  virtual ~Watcher() = default;

 private:
  friend class Reactor;
  uint32_t slot_ = 0;
};

// The epoll calls that tests replace.
struct EpollCalls {
  int (*create)(int flags);
  int (*control)(int epoll, int operation, int fd, epoll_event* event);
  // `signals`: the thread's mask while it waits, or null: as it is.
  int (*wait)(int epoll, epoll_event* events, int capacity, int timeout_ms,
              const sigset_t* signals);
};
extern const EpollCalls kEpollCalls;
extern const EpollCalls* epoll_calls_in_force;

// What a turn brought.
struct Turn {
  int events = 0;                // watchers that were told
  bool was_interrupted = false;  // a signal ended the wait
};

// One epoll set, level-triggered. Belongs to one thread at a time.
//
// epoll is given a ticket for each watcher, not its address: an event may be in hand when its watcher is
// removed, and the kernel goes on telling of a descriptor that was closed but lives on in another process.
//
// Invariants:
//   1. A ticket is a slot and the slot's generation at the time; removing the watcher ends the generation.
//   2. slots_[w->slot_].watcher == w for each watcher; the other slots are chained from first_free_.
//   3. slot_of_[fd] is the slot that watches fd, or kNone. A slot whose descriptor was closed, and whose number
//      came back with another, is no longer the one.
class Reactor {
 public:
  static Result<Reactor> create();
  Reactor(Reactor&&) noexcept = default;
  Reactor& operator=(Reactor&&) = delete;

  // `interest` is a set of Event bits. A Status of the system's errno: EEXIST, EPERM (not
  // pollable), …
  Status add(int fd, uint32_t interest, Watcher& watcher);
  Status modify(uint32_t interest, const Watcher& watcher);
  // Has the watcher watch another descriptor instead; or changes nothing.
  Status exchange(int fd, uint32_t interest, Watcher& watcher);
  // Also right for a descriptor that was closed meanwhile, and whose number is another watcher's now.
  void remove(const Watcher& watcher) noexcept;

  // A hybrid wait looks at this one directly, until another is favoured. Something is likely to come to it,
  // and its look() finds it sooner than epoll would tell.
  void favour(Watcher& watcher) noexcept { favourite_ = &watcher; }

  // Waits as await_events() does and tells each ready watcher once, `most` at a time. Or the system's
  // refusal.
  // The kernel queues a level-triggered descriptor behind the others each time it is told, so that
  // all get their turn.
  static constexpr size_t kCapacity = 64;
  Result<Turn> turn(const Deadline& deadline, const WaitPolicy& policy, size_t most = kCapacity);

  // Readable when a turn would find something: nests in another loop.
  int fd() const noexcept { return fd_.get(); }

 private:
  static constexpr uint32_t kNone = ~0U;

  struct Slot {
    Watcher* watcher = nullptr;
    int fd = -1;
    uint32_t generation = 0;
    uint32_t next_free = kNone;
  };

  explicit Reactor(UniqueFd fd) noexcept : fd_(std::move(fd)) {}
  Status control(int operation, uint32_t slot, uint32_t interest);
  uint32_t take_slot(Watcher& watcher, int fd);
  void release_slot(uint32_t slot) noexcept;

  UniqueFd fd_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> slot_of_;
  uint32_t first_free_ = kNone;
  Watcher* favourite_ = nullptr;  // one of those in slots_, or null
  Birthplace birthplace_;
};

}  // namespace mc::io
