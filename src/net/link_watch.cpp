#include "net/link_watch.h"

#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <new>

#include "net/kernel.h"
#include "net/netlink.h"

namespace mc::net {
namespace {

#ifndef SO_NETNS_COOKIE
constexpr int SO_NETNS_COOKIE = 71;
#endif

constexpr size_t kPieceSize = 32768;  // as libmnl recommends
constexpr uint32_t kGroups =
    RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;

std::optional<uint64_t> cookie_of(int fd) noexcept {
  uint64_t cookie = 0;
  unsigned size = sizeof cookie;
  if (kernel().getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) != 0)
    return std::nullopt;
  return cookie;
}

// Whether a route may lead to a group: the default route, or one into the multicast range.
bool leads_to_groups(const nlmsghdr& message) noexcept {
  const auto* route = static_cast<const rtmsg*>(mnl_nlmsg_get_payload(&message));
  if (route->rtm_dst_len == 0) return true;
  uint8_t first = 0;
  for_each_attribute(message, sizeof *route, [&](int type, const nlattr& attribute) {
    if (type == RTA_DST && mnl_attr_get_payload_len(&attribute) > 0)
      first = *static_cast<const uint8_t*>(mnl_attr_get_payload(&attribute));
  });
  return route->rtm_family == AF_INET ? first >= 0xe0 : first == 0xff;
}

void note_gone(int index, LinkChanges& changes) noexcept try {
  changes.gone.insert(static_cast<uint32_t>(index));
} catch (const std::bad_alloc&) {
  changes.is_incomplete = true;
}

void note(const nlmsghdr& message, LinkChanges& changes) noexcept {
  switch (message.nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK: {
      const auto* link = static_cast<const ifinfomsg*>(mnl_nlmsg_get_payload(&message));
      if (link->ifi_family != AF_UNSPEC)
        return;  // of a bridge's port, say, which stays an interface
      if (message.nlmsg_type == RTM_DELLINK) note_gone(link->ifi_index, changes);
      changes.is_any = true;
      return;
    }
    case RTM_NEWADDR:
    case RTM_DELADDR:
      changes.is_any = true;
      return;
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
      changes.is_any = changes.is_any || leads_to_groups(message);
      return;
    default:
      return;
  }
}

}  // namespace

LinkWatch::LinkWatch(UniqueFd fd) noexcept : fd_(std::move(fd)), home_(cookie_of(fd_.get())) {}

Result<LinkWatch> LinkWatch::open() {
  constexpr const char* kTried = "cannot watch the network interfaces";
  UniqueFd fd(kernel().socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  if (!fd) return Status::system(errno, kTried);
  sockaddr_nl groups{};
  groups.nl_family = AF_NETLINK;
  groups.nl_groups = kGroups;
  if (kernel().bind(fd.get(), reinterpret_cast<const sockaddr*>(&groups), sizeof groups) != 0)
    return Status::system(errno, kTried);
  return LinkWatch(std::move(fd));
}

void LinkWatch::read(LinkChanges& changes) noexcept {
  alignas(nlmsghdr) std::array<char, kPieceSize> piece;
  while (true) {
    const ptrdiff_t size = kernel().recv(fd_.get(), piece.data(), piece.size(), 0);
    if (size < 0 && errno == ENOBUFS && !std::exchange(changes.is_incomplete, true)) {
      changes.is_any = true;
      continue;  // it tells so once; what is there is newer
    }
    if (size <= 0) return;
    int left = static_cast<int>(size);
    for (const auto* each = reinterpret_cast<const nlmsghdr*>(piece.data());
         mnl_nlmsg_ok(each, left); each = mnl_nlmsg_next(each, &left)) {
      note(*each, changes);
    }
  }
}

bool LinkWatch::is_here() const noexcept {
  if (!home_) return true;
  const UniqueFd here(kernel().socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const std::optional<uint64_t> cookie = here ? cookie_of(here.get()) : std::nullopt;
  return !cookie || *cookie == home_;
}

}  // namespace mc::net
