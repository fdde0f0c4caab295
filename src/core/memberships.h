// Internal header: which groups, interfaces and sources this poller has asked the network for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <utility>

#include "base/status.h"
#include "core/holders.h"
#include "net/joined.h"
#include "net/source_set.h"

namespace mc {

// Counts what listeners want of each group on a link, and has the wire carry the union of it: by
// memberships on holders.
//
// Why holders: a socket's limits are met by no user; a data socket with a membership of its own may
// lose packets to a neighbour in its reuseport group; and a membership that moves is joined anew
// elsewhere before it is left.
//
// Who wants only some sources is counted at each of them; each is one membership of the kernel. Who
// wants all except some is an excluder. While there is one, a holder has the group for any source,
// and on that the sources that all excluders exclude are blocked one by one, which touches no other
// source; the kernel itself lets in what other sockets include. A list that the kernel has no room
// for is not blocked at all: then each listener refuses its sources by itself.
//
// Invariants:
//   1. A membership is on exactly one holder while its count is above zero, and never moves.
//   2. What is blocked is excluded by all excluders, between two calls.
//   3. common is the number of sources that all excluders exclude, blocked of those that are.
class Memberships {
 public:
  Memberships() = default;
  Memberships(const Memberships&) = delete;
  Memberships& operator=(const Memberships&) = delete;
  ~Memberships();

  // One who wanted `from` will want `to`; SourceSet::none() is nothing. First what is new is joined,
  // or nothing is and why: both are on the wire. Then what is old is left, and it can be left
  // instead what was new, by narrow(what, to, from). So a source that stays is never without.
  Status widen(const GroupOnLink& what, const net::SourceSet& from, const net::SourceSet& to);
  void narrow(const GroupOnLink& what, const net::SourceSet& from,
              const net::SourceSet& to) noexcept;

  // Whether what all exclude of it is not blocked, for lack of room.
  bool is_shortened(const GroupOnLink& what) const noexcept;

  // Whether something of an interface is not joined there, by the kernel's word.
  bool is_missing(uint32_t interface_index, const net::JoinedGroups& joined) const noexcept;
  // The interface is another than before, of the same index: joins everything on it anew.
  Status join_anew(uint32_t interface_index) noexcept;

  // The kernel's memberships: of sources, and of groups for any source.
  size_t count() const noexcept { return count_; }
  size_t holder_count() const noexcept { return holders_.count(); }

 private:
  struct Included {
    size_t count = 0;
    Holders::Holder* holder = nullptr;
  };
  struct Excluded {
    size_t count = 0;
    size_t notes = 0;  // changes under way that are about it
    bool is_blocked = false;
    bool is_idle() const noexcept { return count == 0 && notes == 0; }
  };
  static constexpr size_t kUnknown = std::numeric_limits<size_t>::max();
  struct Demand {
    Holders::Room room;
    std::map<net::Address, Included> included;
    size_t excluders = 0;
    Holders::Holder* any_source = nullptr;  // while there are excluders
    std::map<net::Address, Excluded> excluded;
    size_t common = 0;
    size_t blocked = 0;
    size_t most_blocked = kUnknown;  // that the kernel had room for
    bool is_shortened = false;
  };
  using Demands = std::map<GroupOnLink, Demand>;
  using Entry = Demands::value_type;

  void forget_if_idle(const GroupOnLink& what) noexcept;
  Status include(Entry& entry, const net::SourceSet& from, const net::SourceSet& to);
  Status include(Entry& entry, const net::Address& source);
  void leave(Entry& entry, const net::Address& source) noexcept;
  Status add_excluder(Entry& entry, const net::SourceSet& set);
  void leave_any_source(Entry& entry) noexcept;
  void remove_excluder(Entry& entry, const net::SourceSet& set, size_t counted) noexcept;
  Status exclude_less(Entry& entry, const net::SourceSet& from, const net::SourceSet& to);
  void exclude_more(Entry& entry, const net::SourceSet& from, const net::SourceSet& to) noexcept;
  static void forget_note(Demand& demand, const net::Address& source) noexcept;
  static void count_common(Demand& demand) noexcept;
  Status bring_to_wire(Entry& entry);
  int join_anew(const GroupOnLink& what, Demand& demand) noexcept;
  bool block_common(Entry& entry) noexcept;
  void unblock_all(Entry& entry) noexcept;
  int unblock(Entry& entry, std::pair<const net::Address, Excluded>& blocked) noexcept;

  Holders holders_;
  Demands demands_;
  size_t count_ = 0;
};

}  // namespace mc
