// Internal header: how a thread waits for what an epoll set will bring.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/status.h"

struct epoll_event;

namespace mc::io {

class Watcher;

// What a wait does besides sleeping in the kernel until something comes.
struct WaitPolicy {
  // The numbers are those of the public MC_WAIT_…
  enum class Kind : int {
    kBlock = 0,     // nothing
    kHybrid = 1,    // before it sleeps, it looks again and again for a while
    kCoalesce = 2,  // after it has slept, it lets more come for a while
  };

  // The user's choice: kErrorFlags, kErrorTime.
  static Result<WaitPolicy> of(int kind, double seconds);

  Kind kind = Kind::kBlock;
  int64_t ns = 0;  // the while
  // Whether signals that come while it looks end the wait, too; otherwise only sleep is interrupted.
  bool is_interruptible = false;
};

// What is waited for: the events of an epoll set, which go to `events`, and whatever the favourite finds (may
// be null; see Reactor::favour()).
struct Awaiting {
  int epoll;
  epoll_event* events;
  int capacity;
  Watcher* favourite;
};

// What ended a wait. Where the system refused it, `count` is negative, and errno tells why.
struct Awaited {
  int count = 0;                    // of events
  bool favourite_has_some = false;  // then there are no events, and it must be told
  bool was_interrupted = false;     // by a signal, which may have come after events
};

// Waits for events until `deadline`, which no policy puts off. One that has passed already means a look
// and no wait, whatever the policy: so pollers nest in other loops.
Awaited await_events(const Awaiting& what, const Deadline& deadline, const WaitPolicy& policy);

}  // namespace mc::io
