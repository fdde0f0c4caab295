#include "core/queue.h"

#include "core/channel.h"

namespace mc {

Result<std::unique_ptr<Queue>> Queue::create(const io::Wakeup& bell, int links_fd) {
  Result<io::Reactor> reactor = io::Reactor::create();
  if (!reactor.ok()) return std::move(reactor).status();
  std::unique_ptr<Queue> queue(new Queue(std::move(*reactor)));
  MC_TRY(queue->reactor_.add(bell.fd(), io::kReadable | io::kEdge, queue->bell_));
  if (links_fd >= 0) {
    MC_TRY(queue->reactor_.add(links_fd, io::kReadable | io::kEdge, queue->links_));
  }
  return queue;
}

bool Queue::offer_next() {
  Channel* const holder = holder_;
  if (holder == nullptr) return false;
  if (holder->offer_next()) return true;
  if (holder_ == holder) holder_ = nullptr;
  return false;
}

Result<Queue::Outcome> Queue::wait(const Deadline& deadline, const io::WaitPolicy& policy) {
  if (rings_) {
    rest_->silence();
    rings_ = false;
  }
  bell_.heard = links_.heard = false;
  // One event at a time: the next channel would read over what the first has read.
  Result<io::Turn> turn = reactor_.turn(deadline, policy, 1);
  if (!turn.ok()) return std::move(turn).status();
  if (bell_.heard) return Outcome::kWoken;
  if (links_.heard) return Outcome::kLinksChanged;
  if (turn->was_interrupted) return Outcome::kInterrupted;
  return turn->events == 0 ? Outcome::kNothing : Outcome::kRead;
}

Result<int> Queue::fd() {
  if (!rest_) {
    Result<io::Wakeup> rest = io::Wakeup::create();
    if (!rest.ok()) return std::move(rest).status();
    MC_TRY(reactor_.add(rest->fd(), io::kReadable, store_));
    rest_ = std::move(*rest);
    settle();
  }
  return reactor_.fd();
}

void Queue::settle() noexcept {
  const bool has_more = holder_ != nullptr && holder_->has_more();
  if (!rest_ || has_more == rings_) return;
  if (has_more) {
    rest_->ring();
  } else {
    rest_->silence();
  }
  rings_ = has_more;
}

}  // namespace mc
