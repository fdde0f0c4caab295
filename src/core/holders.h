// Internal header: the sockets that hold memberships.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/fork.h"
#include "base/status.h"
#include "net/address.h"
#include "net/socket.h"

namespace mc {

// What is joined: a group (no port, no scope) on an interface.
struct GroupOnLink {
  GroupOnLink(const net::Address& group, uint32_t interface_index) noexcept;
  net::Membership from(const std::optional<net::Address>& source) const {
    return {group, interface_index, source};
  }
  auto operator<=>(const GroupOnLink&) const = default;

  net::Address group;
  uint32_t interface_index;
};

// Keeps memberships on sockets of their own, the holders, which carry no data.
//
// A socket holds few memberships (net.ipv4.igmp_max_memberships, 20) and few sources of a group
// (igmp_max_msf 10, mld_max_msf 64). The limits are found out by asking, since they are the host's
// to set: a holder that refuses for lack of room is passed over from then on, until something
// leaves it.
//
// Invariants:
//   1. A holder has any source of a group on a link, or some sources, never both: the kernel refuses
//   the mix.
//   2. A holder with no membership is closed.
class Holders {
 public:
  struct Share {
    size_t sources = 0;    // of the group; 0: it has any source
    bool is_open = false;  // in Room::sharing
  };
  struct Holder {
    Holder(uint64_t its_number, net::Socket its_socket) noexcept
        : number(its_number), socket(std::move(its_socket)) {}
    uint64_t number;  // in the order in which they were made
    net::Socket socket;
    std::map<GroupOnLink, Share> shares;
    bool is_full = false;     // refused a further group
    bool is_retired = false;  // holds what the kernel would not take back: nothing comes to it
  };
  // What is known about where there is room for one group on a link. It is no use to look at the
  // holders before `first`, as long as none gained room since: so looking for room stays cheap with
  // a thousand holders.
  struct Room {
    std::vector<Holder*> sharing;  // have sources of it and may take more
    size_t sharers = 0;            // have sources of it
    uint64_t first = 0;
    uint64_t gains = 0;
  };

  Holders() = default;
  Holders(const Holders&) = delete;
  Holders& operator=(const Holders&) = delete;

  Result<Holder*> join(const GroupOnLink& what, const std::optional<net::Address>& source,
                       Room& room);
  // What join() put there. A forked child leaves nothing.
  void leave(Holder& holder, const GroupOnLink& what, const std::optional<net::Address>& source,
             Room& room) noexcept;
  // A source of a group that the holder has for any source. 0, or the errno of the refusal.
  int block(Holder& holder, const GroupOnLink& what, const net::Address& source) noexcept;
  int unblock(Holder& holder, const GroupOnLink& what, const net::Address& source) noexcept;

  // Of an interface that is another than that it was joined on, though of the same index: the socket
  // has what the interface has not. First leave() it there, all its sources together, then join.
  void leave_stale(Holder& holder, const GroupOnLink& what) noexcept;
  int join_anew(Holder& holder, const GroupOnLink& what,
                const std::optional<net::Address>& source) noexcept;

  size_t count() const noexcept { return holders_.size(); }

 private:
  Result<Holder*> join_further(const net::Membership& wanted, const GroupOnLink& what, Room& room);
  Holder* find(const GroupOnLink& what, Room& room) noexcept;
  static int join_on(Holder& holder, const net::Membership& wanted, const GroupOnLink& what,
                     Room& room);

  Birthplace birthplace_;
  std::map<uint64_t, Holder> holders_;
  uint64_t made_ = 0;
  uint64_t gains_ = 1;  // counts how often a holder gained room
};

}  // namespace mc
