#include "io/wakeup.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace mc::io {

Result<Wakeup> Wakeup::create() {
  UniqueFd fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!fd) return Status::system(errno, "cannot make a poller (eventfd)");
  return Wakeup(std::move(fd));
}

void Wakeup::ring(uint64_t rings) const noexcept {
  const int saved = errno;
  // It fails only when the counter is full, and then it is ringing.
  [[maybe_unused]] ssize_t written = ::write(fd_.get(), &rings, sizeof rings);
  errno = saved;
}

uint64_t Wakeup::silence() const noexcept {
  uint64_t rings = 0;
  return ::read(fd_.get(), &rings, sizeof rings) == ssize_t{sizeof rings} ? rings : 0;
}

bool Wakeup::wait(const Deadline& deadline) const noexcept {
  pollfd bell{fd_.get(), POLLIN, 0};
  int outcome = 0;
  do {
    outcome = ::poll(&bell, 1, deadline.remaining_ms());
  } while (outcome == 0 && !deadline.passed());
  return outcome >= 0;
}

}  // namespace mc::io
