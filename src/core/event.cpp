#include "core/event.h"

#include <new>
#include <utility>

#include "base/text.h"

namespace mc {

std::string Event::text() const {
  const std::string where = interface.empty() ? std::string() : cat(" on ", interface);
  switch (kind) {
    case EventKind::kJoined:
      return cat(group, where, " is joined");
    case EventKind::kPending:
      return cat(group,
                 " is not joined: its interface is not there; it will be joined when it comes");
    case EventKind::kLost:
      return cat(group, where,
                 " is lost: the interface is gone; it will be joined again when it is back");
    case EventKind::kRejoined:
      return cat(group, where, " is joined again");
    case EventKind::kUp:
      return cat(interface, " is up: packets can come");
    case EventKind::kDown:
      return cat(interface, " is down or has no carrier: nothing can come until that changes");
    case EventKind::kSilence:
      return cat("nothing comes to ", group, " any more");
    case EventKind::kHeard:
      return cat("packets come to ", group, " again");
  }
  return {};
}

void Events::exchange(std::unique_ptr<EventHandler> handler, Graveyard& graveyard) noexcept {
  handler_.swap(handler);
  if (!handler_) forget();
  graveyard.bury(std::move(handler));
}

void Events::add(const Event& event) noexcept try {
  if (!handler_) return;
  waiting_.push_back(event);
  chores_.add(*this);
} catch (const std::bad_alloc&) {
  return;
}

void Events::tell() {
  Chores::remove(*this);
  while (!waiting_.empty() && !birthplace_.is_elsewhere()) {
    const Event event = std::move(waiting_.front());
    waiting_.pop_front();
    if (handler_->tell(event) != 0 && !birthplace_.is_elsewhere()) owner_.close();
  }
}

void Events::forget() noexcept {
  waiting_.clear();
  Chores::remove(*this);
}

}  // namespace mc
