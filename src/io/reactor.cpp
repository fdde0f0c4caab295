#include "io/reactor.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/text.h"
#include "base/undo.h"

namespace mc::io {

static_assert(uint32_t{kReadable} == EPOLLIN && uint32_t{kPriority} == EPOLLPRI &&
              uint32_t{kWritable} == EPOLLOUT);
static_assert(uint32_t{kError} == EPOLLERR && uint32_t{kHangUp} == EPOLLHUP &&
              uint32_t{kEdge} == uint32_t{EPOLLET});

const EpollCalls kEpollCalls = {::epoll_create1, ::epoll_ctl, ::epoll_pwait};
const EpollCalls* epoll_calls_in_force = &kEpollCalls;

Result<Reactor> Reactor::create() {
  UniqueFd fd(epoll_calls_in_force->create(EPOLL_CLOEXEC));
  if (!fd) return Status::system(errno, "cannot make a poller (epoll_create1)");
  return Reactor(std::move(fd));
}

Status Reactor::control(int operation, uint32_t slot, uint32_t interest) {
  const int fd = slots_[slot].fd;
  epoll_event event{};
  event.events = interest;
  event.data.u64 = uint64_t{slots_[slot].generation} << 32 | slot;
  if (epoll_calls_in_force->control(fd_.get(), operation, fd, &event) == 0) return {};
  const int error = errno;
  std::string_view advice;
  if (error == EPERM)
    advice = "regular files and directories are always ready and cannot be polled";
  if (error == EBADF) advice = "it is not open";
  if (error == ENOSPC) advice = "raise /proc/sys/fs/epoll/max_user_watches";
  if (error == EINVAL || error == ELOOP)
    advice = "a poller cannot watch itself, directly or through another";
  return Status::system(error, cat("cannot watch descriptor ", fd), advice);
}

uint32_t Reactor::take_slot(Watcher& watcher, int fd) {
  if (slot_of_.size() <= static_cast<size_t>(fd))
    slot_of_.resize(static_cast<size_t>(fd) + 1, kNone);
  if (first_free_ == kNone) {
    slots_.emplace_back();
    first_free_ = static_cast<uint32_t>(slots_.size() - 1);
  }
  const uint32_t slot = first_free_;
  first_free_ = slots_[slot].next_free;
  slots_[slot].watcher = &watcher;
  slots_[slot].fd = fd;
  return slot;
}

void Reactor::release_slot(uint32_t slot) noexcept {
  slots_[slot].watcher = nullptr;
  ++slots_[slot].generation;
  slots_[slot].next_free = std::exchange(first_free_, slot);
}

Status Reactor::add(int fd, uint32_t interest, Watcher& watcher) {
  const uint32_t slot = take_slot(watcher, fd);
  Undo release([&] { release_slot(slot); });
  MC_TRY(control(EPOLL_CTL_ADD, slot, interest));
  release.dismiss();
  slot_of_[static_cast<size_t>(fd)] = slot;
  watcher.slot_ = slot;
  return {};
}

Status Reactor::modify(uint32_t interest, const Watcher& watcher) {
  return control(EPOLL_CTL_MOD, watcher.slot_, interest);
}

Status Reactor::exchange(int fd, uint32_t interest, Watcher& watcher) {
  const uint32_t old_slot = watcher.slot_;
  MC_TRY(add(fd, interest, watcher));
  const uint32_t new_slot = std::exchange(watcher.slot_, old_slot);
  remove(watcher);
  watcher.slot_ = new_slot;
  return {};
}

void Reactor::remove(const Watcher& watcher) noexcept {
  if (favourite_ == &watcher) favourite_ = nullptr;
  const int fd = slots_[watcher.slot_].fd;
  uint32_t& slot_of_fd = slot_of_[static_cast<size_t>(fd)];
  if (slot_of_fd == watcher.slot_) {
    slot_of_fd = kNone;
    epoll_event unused{};  // Linux before 2.6.9 wanted one; harmless since
    // A forked child shares the epoll set with its parent, whom this would deafen.
    if (!birthplace_.is_elsewhere())
      epoll_calls_in_force->control(fd_.get(), EPOLL_CTL_DEL, fd, &unused);
  }
  release_slot(watcher.slot_);
}

Result<Turn> Reactor::turn(const Deadline& deadline, const WaitPolicy& policy, size_t most) {
  std::array<epoll_event, kCapacity> events;
  const Awaited awaited = await_events(
      {fd_.get(), events.data(), static_cast<int>(std::min(most, kCapacity)), favourite_}, deadline,
      policy);
  if (awaited.count < 0) return Status::system(errno, "cannot wait for events (epoll_pwait)");
  if (awaited.favourite_has_some) {
    favourite_->ready(kReadable);
    return Turn{1, awaited.was_interrupted};
  }
  for (size_t i = 0; i < static_cast<size_t>(awaited.count) && !birthplace_.is_elsewhere(); ++i) {
    const uint64_t ticket = events[i].data.u64;
    const Slot& slot = slots_[static_cast<uint32_t>(ticket)];
    if (slot.watcher != nullptr && slot.generation == ticket >> 32)
      slot.watcher->ready(events[i].events);
  }
  return Turn{awaited.count, awaited.was_interrupted};
}

}  // namespace mc::io
