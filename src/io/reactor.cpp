#include "io/reactor.h"

#include <sys/epoll.h>

#include <cerrno>

#include "base/text.h"

namespace mc::io {

static_assert(uint32_t{kReadable} == EPOLLIN && uint32_t{kPriority} == EPOLLPRI &&
              uint32_t{kWritable} == EPOLLOUT);
static_assert(uint32_t{kError} == EPOLLERR && uint32_t{kHangUp} == EPOLLHUP &&
              uint32_t{kEdge} == uint32_t{EPOLLET});

const EpollCalls kEpollCalls = {::epoll_create1, ::epoll_ctl, ::epoll_wait};
const EpollCalls* epoll_calls_in_force = &kEpollCalls;

Result<Reactor> Reactor::create() {
  UniqueFd fd(epoll_calls_in_force->create(EPOLL_CLOEXEC));
  if (!fd) {
    const int error = errno;
    const bool exhausted = error == EMFILE || error == ENFILE;
    return Status::system(error, "cannot make a poller (epoll_create1)",
                          exhausted ? "close descriptors or raise the limit (ulimit -n)" : "");
  }
  return Reactor(std::move(fd));
}

Status Reactor::control(int operation, int fd, uint32_t interest, Watcher& watcher) {
  epoll_event event{};
  event.events = interest;
  event.data.ptr = &watcher;
  if (epoll_calls_in_force->control(fd_.get(), operation, fd, &event) == 0) return {};
  const int error = errno;
  std::string_view advice;
  if (error == EPERM)
    advice = "regular files and directories are always ready and cannot be polled";
  if (error == EBADF) advice = "it is not open";
  if (error == ENOSPC) advice = "raise /proc/sys/fs/epoll/max_user_watches";
  return Status::system(error, cat("cannot watch descriptor ", fd), advice);
}

Status Reactor::add(int fd, uint32_t interest, Watcher& watcher) {
  return control(EPOLL_CTL_ADD, fd, interest, watcher);
}

Status Reactor::modify(int fd, uint32_t interest, Watcher& watcher) {
  return control(EPOLL_CTL_MOD, fd, interest, watcher);
}

void Reactor::remove(int fd, const Watcher& watcher) noexcept {
  epoll_event unused{};  // Linux before 2.6.9 wanted one; harmless since
  epoll_calls_in_force->control(fd_.get(), EPOLL_CTL_DEL, fd, &unused);
  for (size_t i = cursor_; i < count_; ++i) {
    if (events_[i].watcher == &watcher) events_[i].watcher = nullptr;
  }
}

Result<int> Reactor::turn(int timeout_ms) {
  std::array<epoll_event, kCapacity> events;
  const int count = epoll_calls_in_force->wait(fd_.get(), events.data(), kCapacity, timeout_ms);
  if (count < 0) {
    if (errno == EINTR) return 0;
    return Status::system(errno, "cannot wait for events (epoll_wait)");
  }
  count_ = static_cast<size_t>(count);
  for (size_t i = 0; i < count_; ++i) {
    events_[i] = {static_cast<Watcher*>(events[i].data.ptr), events[i].events};
  }
  for (cursor_ = 0; cursor_ < count_;) {
    const Happening happening = events_[cursor_++];
    if (happening.watcher != nullptr) happening.watcher->ready(happening.events);
  }
  count_ = cursor_ = 0;
  return count;
}

}  // namespace mc::io
