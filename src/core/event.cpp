#include "core/event.h"

#include <new>
#include <utility>

#include "base/text.h"
#include "core/poller.h"

namespace mc {

std::string Event::text() const {
  const std::string where = interface.empty() ? std::string() : cat(" on ", interface);
  switch (kind) {
    case EventKind::kJoined:
      if (is_of_sender) return cat("can send to ", group, ", by ", interface);
      return cat(group, where, " is joined");
    case EventKind::kPending:
      if (is_of_sender) {
        return cat("cannot send to ", group,
                   " yet: its interface, or the address to send from, is not there; sending begins "
                   "when it comes");
      }
      return cat(group,
                 " is not joined: its interface is not there; it will be joined when it comes");
    case EventKind::kLost:
      if (is_of_sender) {
        return cat("cannot send to ", group, ": ", interface,
                   " is gone; sending goes on when it is back");
      }
      return cat(group, where,
                 " is lost: the interface is gone; it will be joined again when it is back");
    case EventKind::kRejoined:
      if (is_of_sender) return cat("can send to ", group, " again, by ", interface);
      return cat(group, where, " is joined again");
    case EventKind::kUp:
      return cat(interface, " is up: packets can come");
    case EventKind::kDown:
      return cat(interface, " is down or has no carrier: nothing can come until that changes");
    case EventKind::kSilence:
      return cat("nothing comes to ", group, where, " any more");
    case EventKind::kHeard:
      return cat("packets come to ", group, where, " again");
  }
  return {};
}

void Events::exchange(std::unique_ptr<EventHandler> handler, Graveyard& graveyard) noexcept {
  handler_.swap(handler);
  if (!handler_) forget();
  graveyard.bury(std::move(handler));
}

void Events::add(const Event& event) noexcept try {
  waiting_.push_back(event);
  tell_later();
} catch (const std::bad_alloc&) {
  return;
}

// What is there now: what its handler brings about comes later, so that a turn ends.
void Events::tell() {
  const std::shared_ptr<Home> home = owner_.home();
  const uint64_t forgotten = forgotten_;
  // A handler that pulls its listener tells what is left itself.
  for (size_t left = waiting_.size(); left > 0 && !waiting_.empty() && forgotten == forgotten_;
       --left) {
    if (home->is_inherited()) return;
    const Event event = std::move(waiting_.front());
    waiting_.pop_front();
    log(event, *home);
    if (handler_ && handler_->tell(event) != 0 && forgotten == forgotten_ && !home->is_inherited())
      owner_.close();
  }
  if (waiting_.empty()) return Chores::remove(*this);
  tell_later();
}

void Events::tell_later() noexcept {
  poller_.chores().add(*this);
  poller_.expect_turn();
}

void Events::log(const Event& event, Home& home) noexcept {
  if (event.kind == EventKind::kJoined) return;  // as is to be expected
  const bool is_bad = event.kind == EventKind::kLost || event.kind == EventKind::kPending ||
                      event.kind == EventKind::kDown;
  home.log(is_bad ? LogLevel::kWarning : LogLevel::kInfo, 0, [&] { return event.text(); });
}

void Events::forget() noexcept {
  ++forgotten_;
  waiting_.clear();
  Chores::remove(*this);
}

}  // namespace mc
