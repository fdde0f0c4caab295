// Internal header: hearing of changes to links, addresses and routes (rtnetlink(7)).
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include "base/status.h"
#include "base/unique_fd.h"

struct nlmsghdr;

namespace mc::net {

// What changed since one looked last.
struct LinkChanges {
  bool is_any = false;  // something that may matter to multicast
  // Interfaces that went. One of the same index may be there again: it is another.
  std::set<uint32_t> gone;
  bool is_incomplete = false;  // the kernel had no room for all of them: anything may have changed

  // Whether what had been on the interface is there no more; not told where they are incomplete.
  bool has_gone(uint32_t index) const { return gone.count(index) != 0; }
  void add(LinkChanges&& later) noexcept {
    is_any = is_any || later.is_any;
    is_incomplete = is_incomplete || later.is_incomplete;
    gone.merge(later.gone);
  }
};

// One socket that the kernel tells of changes, in the network namespace of the thread that opened it.
class LinkWatch {
 public:
  static Result<LinkWatch> open();

  // Readable when there are changes.
  int fd() const noexcept { return fd_.get(); }
  // Adds all that came meanwhile; never waits.
  void read(LinkChanges& changes) noexcept;

  // Whether the calling thread is in the watch's network namespace; where the kernel does not tell
  // (before Linux 5.14), it is taken to be.
  bool is_here() const noexcept;

 private:
  explicit LinkWatch(UniqueFd fd) noexcept;

  UniqueFd fd_;
  std::optional<uint64_t> home_;  // the cookie of the namespace
};

}  // namespace mc::net
