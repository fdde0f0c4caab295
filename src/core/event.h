// Internal header: what a listener tells of its groups beside packets.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "core/chores.h"
#include "core/resident.h"

namespace mc {

class Poller;

// The public header repeats the numbers.
enum class EventKind : int {
  kJoined = 1,
  kPending = 2,
  kLost = 3,
  kRejoined = 4,
  kUp = 5,
  kDown = 6,
  kSilence = 7,
  kHeard = 8,
};

struct Event {
  EventKind kind;
  std::string group;      // with its port; empty where it is the interface's
  std::string interface;  // empty: none, or not one only
  uint32_t interface_index = 0;
  bool is_of_sender = false;

  std::string text() const;  // a sentence

  bool operator==(const Event&) const = default;
};

// The user's function, as an object; its destructor is the user's finaliser.
class EventHandler : public Mortal {
 public:
  // Non-zero: the listener is finished.
  virtual int tell(const Event& event) = 0;
};

// Keeps what happened to a resident until user code may run: the end of the turn, or of what its
// owner calls tell() in. Told in order, to the log, too, and no more once it is closed.
class Events final : private Chore {
 public:
  Events(Resident& owner, Poller& poller) noexcept : owner_(owner), poller_(poller) {}

  // Null: nobody is told but the log.
  void exchange(std::unique_ptr<EventHandler> handler, Graveyard& graveyard) noexcept;
  // Where there is no memory for it, it is not told.
  void add(const Event& event) noexcept;
  void tell();
  void forget() noexcept;  // what has not been told

 private:
  void turn_ends() override { tell(); }
  void tell_later() noexcept;
  static void log(const Event& event, Home& home) noexcept;

  Resident& owner_;
  Poller& poller_;
  std::unique_ptr<EventHandler> handler_;
  std::deque<Event> waiting_;
  uint64_t forgotten_ = 0;  // counts closings
};

}  // namespace mc
