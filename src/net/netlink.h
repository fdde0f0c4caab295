// Internal header: questions to the kernel's routing socket (rtnetlink(7)).
#pragma once

#include <cstdint>
#include <functional>

#include "base/status.h"
#include "base/unique_fd.h"

struct nlmsghdr;

namespace mc::net {

// One netlink socket; not for use by two threads at once.
class Netlink {
 public:
  static Result<Netlink> open();

  // Sends a request and hands each message of the answer to `visit`. A refusal by the kernel comes
  // back as the Status of its errno, `tried` in its sentence.
  Status ask(nlmsghdr& request, const char* tried,
             const std::function<void(const nlmsghdr&)>& visit);

 private:
  explicit Netlink(UniqueFd fd) noexcept : fd_(std::move(fd)) {}

  UniqueFd fd_;
  uint32_t sequence_ = 0;
};

}  // namespace mc::net
