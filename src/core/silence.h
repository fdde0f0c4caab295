// Internal header: noticing that nothing comes to a group any more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/status.h"
#include "core/timer.h"

namespace mc {

class Poller;

// Looks now and then at how many packets came to each group, and tells when none came for as long as
// it was asked, and when some come again. Costs the packets nothing.
class Silence final {
 public:
  // How many packets came to a group so far; it may fall when a socket is made anew.
  using Count = std::function<uint64_t(size_t group)>;
  using Tell = std::function<void(size_t group, bool is_silent)>;
  Silence(Poller& poller, Count count, Tell tell)
      : poller_(poller), count_(std::move(count)), tell_(std::move(tell)) {}

  // Above 0 seconds; 0: not at all. kErrorTime for what a timer does not take.
  Status set(double seconds);
  // From now on, for so many groups; nothing has been heard yet.
  Status begin(size_t groups);
  void end() noexcept;
  // Packets are counted by other sockets now.
  void rebase();

 private:
  class Look;
  struct Group {
    uint64_t count = 0;
    int64_t heard_ns = 0;
    bool is_silent = false;
    bool was_told_silent = false;
  };
  Status watch();
  void look();

  Poller& poller_;
  Count count_;
  Tell tell_;
  std::vector<Group> groups_;
  int64_t limit_ns_ = 0;
  bool is_watching_ = false;
  std::unique_ptr<Timer> timer_;
};

}  // namespace mc
