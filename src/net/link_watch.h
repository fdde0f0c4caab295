// Internal header: hearing of changes to links, addresses and routes (rtnetlink(7)).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "base/status.h"
#include "base/unique_fd.h"

struct nlmsghdr;

namespace mc::net {

// What changed since one looked last.
struct LinkChanges {
  bool is_any = false;  // something that may matter to multicast
  // Interfaces that went, and the number of the look that told it last. One of the same index may be
  // there again: it is another.
  std::map<uint32_t, uint64_t> gone;
  uint64_t looks = 0;          // that told something
  bool is_incomplete = false;  // the kernel had no room for all of them: anything may have changed

  // Whether what had been on the interface since that look is there no more; not told where they are
  // incomplete.
  bool has_gone(uint32_t index, uint64_t since) const noexcept {
    const auto found = gone.find(index);
    return found != gone.end() && found->second > since;
  }
  // They have been followed.
  void forget() noexcept {
    is_any = is_incomplete = false;
    gone.clear();
  }
};

// One socket that the kernel tells of changes, in the network namespace of the thread that opened it.
class LinkWatch {
 public:
  static Result<LinkWatch> open();

  // Readable when there are changes.
  int fd() const noexcept { return fd_.get(); }
  // Adds all that came meanwhile, and tells whether anything did; never waits.
  bool read(LinkChanges& changes) noexcept;

  // Whether the calling thread is in the watch's network namespace; where the kernel does not tell
  // (before Linux 5.14), it is taken to be.
  bool is_here() const noexcept;

 private:
  explicit LinkWatch(UniqueFd fd) noexcept;

  UniqueFd fd_;
  std::optional<uint64_t> home_;  // the cookie of the namespace
};

}  // namespace mc::net
