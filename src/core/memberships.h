// Internal header: which groups, interfaces and sources this poller has asked the network for.
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/fork.h"
#include "base/status.h"
#include "net/socket.h"

namespace mc {

// Counts what listeners want over (group, interface, source) and keeps the kernel's memberships on
// sockets of their own, the holders, which carry no data.
//
// Why holders: a socket holds few memberships (net.ipv4.igmp_max_memberships, 20) and few sources
// of a group (igmp_max_msf 10, mld_max_msf 64); a data socket with a membership of its own may lose
// packets to a neighbour in its reuseport group; and a membership that moves is joined anew
// elsewhere before it is left. The limits are found out by asking, since they are the host's to
// set: a holder that refuses for lack of room is passed over from then on, until something leaves
// it.
//
// Invariants:
//   1. A holder has any source of a (group, interface), or some sources, never both: the kernel
//   refuses the mix.
//   2. A membership is on exactly one holder while its count is above zero, and never moves.
//   3. A holder with no membership is closed.
class Memberships {
 public:
  Memberships() = default;
  Memberships(const Memberships&) = delete;
  Memberships& operator=(const Memberships&) = delete;
  ~Memberships();

  // Each successful join is undone by one leave.
  Status join(const net::Membership& wanted);
  void leave(const net::Membership& wanted) noexcept;

  size_t count() const noexcept { return counted_.size(); }
  size_t holder_count() const noexcept { return holders_.size(); }

 private:
  // What a holder has of one (group, interface): how many sources, 0 for any source.
  struct Share {
    size_t sources = 0;
    bool is_full = false;  // refused a further source
  };
  struct Holder {
    net::Socket socket;
    std::map<net::Membership, Share> shares;
    bool is_full = false;  // refused a further group
    bool is_retired =
        false;  // holds what the kernel would not take back; closed when nothing else is on it
  };
  using Holders = std::list<Holder>;
  struct Counted {
    size_t count = 0;
    Holders::iterator holder;
  };

  Result<Holders::iterator> place(const net::Membership& wanted);
  static bool has_room(const Holder& holder, const net::Membership& wanted);
  // 0, or the errno of the kernel's refusal, the lack of room noted.
  static int join_on(Holder& holder, const net::Membership& wanted);
  void leave_on(Holder& holder, const net::Membership& held) noexcept;

  Birthplace birthplace_;
  Holders holders_;
  std::map<net::Membership, Counted> counted_;
};

}  // namespace mc
