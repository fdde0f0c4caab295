#include "io/reactor.h"

#include <sys/epoll.h>

#include <array>
#include <cerrno>

#include "base/text.h"
#include "base/undo.h"

namespace mc::io {

static_assert(uint32_t{kReadable} == EPOLLIN && uint32_t{kPriority} == EPOLLPRI &&
              uint32_t{kWritable} == EPOLLOUT);
static_assert(uint32_t{kError} == EPOLLERR && uint32_t{kHangUp} == EPOLLHUP &&
              uint32_t{kEdge} == uint32_t{EPOLLET});

const EpollCalls kEpollCalls = {::epoll_create1, ::epoll_ctl, ::epoll_wait};
const EpollCalls* epoll_calls_in_force = &kEpollCalls;

Result<Reactor> Reactor::create() {
  UniqueFd fd(epoll_calls_in_force->create(EPOLL_CLOEXEC));
  if (!fd) return Status::system(errno, "cannot make a poller (epoll_create1)");
  return Reactor(std::move(fd));
}

Status Reactor::control(int operation, int fd, uint32_t interest, uint32_t slot) {
  epoll_event event{};
  event.events = interest;
  event.data.u64 = uint64_t{slots_[slot].generation} << 32 | slot;
  if (epoll_calls_in_force->control(fd_.get(), operation, fd, &event) == 0) return {};
  const int error = errno;
  std::string_view advice;
  if (error == EPERM)
    advice = "regular files and directories are always ready and cannot be polled";
  if (error == EBADF) advice = "it is not open";
  if (error == EINVAL || error == ELOOP)
    advice = "a poller cannot watch itself, directly or through another";
  if (error == ENOSPC) advice = "raise /proc/sys/fs/epoll/max_user_watches";
  return Status::system(error, cat("cannot watch descriptor ", fd), advice);
}

uint32_t Reactor::take_slot(Watcher& watcher) {
  if (first_free_ == kNone) {
    slots_.emplace_back();
    first_free_ = static_cast<uint32_t>(slots_.size() - 1);
  }
  const uint32_t slot = first_free_;
  first_free_ = slots_[slot].next_free;
  slots_[slot].watcher = &watcher;
  return slot;
}

void Reactor::release_slot(uint32_t slot) noexcept {
  slots_[slot].watcher = nullptr;
  ++slots_[slot].generation;
  slots_[slot].next_free = std::exchange(first_free_, slot);
}

Status Reactor::add(int fd, uint32_t interest, Watcher& watcher) {
  const uint32_t slot = take_slot(watcher);
  Undo release([&] { release_slot(slot); });
  MC_TRY(control(EPOLL_CTL_ADD, fd, interest, slot));
  watcher.slot_ = slot;
  release.dismiss();
  return {};
}

Status Reactor::modify(int fd, uint32_t interest, Watcher& watcher) {
  return control(EPOLL_CTL_MOD, fd, interest, watcher.slot_);
}

void Reactor::unwatch(int fd) noexcept {
  epoll_event unused{};  // Linux before 2.6.9 wanted one; harmless since
  epoll_calls_in_force->control(fd_.get(), EPOLL_CTL_DEL, fd, &unused);
}

Result<int> Reactor::turn(int timeout_ms) {
  std::array<epoll_event, kCapacity> events;
  const int count = epoll_calls_in_force->wait(fd_.get(), events.data(), kCapacity, timeout_ms);
  if (count < 0) {
    if (errno == EINTR) return 0;
    return Status::system(errno, "cannot wait for events (epoll_wait)");
  }
  for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
    const uint64_t ticket = events[i].data.u64;
    const Slot& slot = slots_[static_cast<uint32_t>(ticket)];
    if (slot.watcher != nullptr && slot.generation == ticket >> 32)
      slot.watcher->ready(events[i].events);
  }
  return count;
}

}  // namespace mc::io
