#include "net/link_watch.h"

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
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
  changes.gone[static_cast<uint32_t>(index)] = changes.looks + 1;
} catch (const std::bad_alloc&) {
  changes.is_incomplete = true;
}

// An MTU too small for IPv6 takes its memberships away, and nothing shows that once it has risen again.
void note_mtu(const nlmsghdr& message, LinkChanges& changes) noexcept {
  constexpr uint32_t kLeastOfIpv6 = 1280;
  for_each_attribute(message, sizeof(ifinfomsg), [&](int type, const nlattr& attribute) {
    if (type == IFLA_MTU && mnl_attr_get_u32(&attribute) < kLeastOfIpv6)
      changes.is_incomplete = true;
  });
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
      note_mtu(message, changes);
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

bool LinkWatch::read(LinkChanges& changes) noexcept {
  alignas(nlmsghdr) std::array<char, kPieceSize> piece;
  LinkChanges news;
  news.looks = changes.looks;
  for (bool was_told = false;;) {
    const ptrdiff_t size = kernel().recv(fd_.get(), piece.data(), piece.size(), 0);
    if (size < 0 && errno == ENOBUFS && !std::exchange(was_told, true)) {
      news.is_any = news.is_incomplete = true;
      continue;  // it tells so once; what is there is newer
    }
    if (size <= 0) break;
    int left = static_cast<int>(size);
    for (const auto* each = reinterpret_cast<const nlmsghdr*>(piece.data());
         mnl_nlmsg_ok(each, left); each = mnl_nlmsg_next(each, &left)) {
      note(*each, news);
    }
  }
  if (!news.is_any) return false;
  ++changes.looks;
  changes.is_any = true;
  changes.is_incomplete = changes.is_incomplete || news.is_incomplete;
  news.gone.merge(changes.gone);  // the later look counts
  changes.gone.swap(news.gone);
  return true;
}

bool LinkWatch::is_here() const noexcept {
  if (!home_) return true;
  const UniqueFd here(kernel().socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const std::optional<uint64_t> cookie = here ? cookie_of(here.get()) : std::nullopt;
  return !cookie || *cookie == home_;
}

}  // namespace mc::net
