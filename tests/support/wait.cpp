#include "wait.h"

#include <poll.h>

#include <cerrno>
#include <ctime>

namespace lab {

int milliseconds_left(Deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
  if (left <= 0) return 0;
  return left > 3'600'000 ? 3'600'000 : static_cast<int>(left);
}

bool wait_until(const std::function<bool()>& predicate, Deadline deadline) {
  while (!predicate()) {
    if (Clock::now() >= deadline) return predicate();
    const timespec pause{0, 1'000'000};
    ::ppoll(nullptr, 0, &pause, nullptr);
  }
  return true;
}

bool wait_readable(int fd, Deadline deadline) {
  for (;;) {
    pollfd item{fd, POLLIN, 0};
    const int ready = ::poll(&item, 1, milliseconds_left(deadline));
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) return false;
  }
}

}  // namespace lab
