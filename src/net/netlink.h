// Internal header: questions to the kernel's routing socket (rtnetlink(7)).
#pragma once

#include <libmnl/libmnl.h>

#include <cstdint>
#include <vector>

#include "base/status.h"
#include "base/unique_fd.h"

namespace mc::net {

// The messages of an answer.
class NetlinkAnswer {
 public:
  void add(const nlmsghdr& message);

  template <typename Visit>
  void for_each(Visit visit) const {
    for (const auto& message : messages_) visit(*reinterpret_cast<const nlmsghdr*>(message.data()));
  }

 private:
  std::vector<std::vector<char>> messages_;
};

// Calls visit(type, attribute) for each attribute of a message behind its own header of
// `header_size` bytes.
template <typename Visit>
void for_each_attribute(const nlmsghdr& message, size_t header_size, Visit visit) {
  const char* const end = static_cast<const char*>(mnl_nlmsg_get_payload_tail(&message));
  const auto* each =
      static_cast<const nlattr*>(mnl_nlmsg_get_payload_offset(&message, header_size));
  while (mnl_attr_ok(each, static_cast<int>(end - reinterpret_cast<const char*>(each)))) {
    visit(mnl_attr_get_type(each), *each);
    each = mnl_attr_next(each);
  }
}

// One netlink socket; not for use by two threads at once.
class Netlink {
 public:
  static Result<Netlink> open();

  // The whole answer to a request, or the errno of the kernel's refusal with `tried` in the
  // sentence. A list that changed while the kernel wrote it is asked for again, a few times.
  Result<NetlinkAnswer> ask(nlmsghdr& request, const char* tried);

 private:
  explicit Netlink(UniqueFd fd) noexcept : fd_(std::move(fd)) {}
  int send(nlmsghdr& request);
  int receive(bool is_list, NetlinkAnswer& answer);

  UniqueFd fd_;
  uint32_t sequence_ = 0;
};

}  // namespace mc::net
