// Internal header: what a poller knows of the network interfaces, and who follows when they change.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "core/chores.h"
#include "core/timer.h"
#include "io/reactor.h"
#include "net/link_watch.h"
#include "net/lookup.h"

namespace mc {

class Poller;

// Watches the links of one network namespace: that in which the poller first looked up an
// interface. When something changed, its residents are told, once for all that changed, at the end
// of the turn: what still waits in their sockets is read first. No user code runs meanwhile.
//
// Where links cannot be watched, or the thread is in another namespace, interfaces are looked up
// for each question, and nobody follows.
class Links final : private io::Watcher, private Chore {
 public:
  explicit Links(Poller& poller) noexcept : poller_(poller) {}
  Links(const Links&) = delete;
  Links& operator=(const Links&) = delete;
  ~Links() override = default;

  // The interfaces as of now. Valid until the next call.
  struct Known {
    net::Lookup& lookup;
    bool is_followed;  // whether residents hear when this changes
  };
  Result<Known> look_up();

  // What they have not followed yet.
  const net::LinkChanges& news() const noexcept { return changes_; }
  bool has_news() const noexcept { return changes_.is_any; }
  // Whether residents have followed since this was asked last.
  bool take_followed() noexcept { return std::exchange(has_followed_, false); }

  // Has the residents follow what changed since.
  void serve() noexcept;
  // The same in a second, changed or not: somebody could not follow.
  void serve_again_later() noexcept;

  // Readable when there is something to serve; negative: nothing is watched.
  int fd() const noexcept { return watch_ ? watch_->fd() : -1; }

 private:
  class Again;
  void ready(uint32_t events) override;
  void turn_ends() override { serve(); }
  void begin();
  Status watch();
  bool hear() noexcept;

  Poller& poller_;
  std::optional<net::LinkWatch> watch_;
  std::optional<net::Lookup> lookup_;     // of the watch's namespace
  std::optional<net::Lookup> elsewhere_;  // of the latest question that the watch could not answer
  net::LinkChanges changes_;              // since the residents followed last
  bool is_current_ = false;               // lookup_ has all changes
  bool is_owed_ = false;                  // some could not follow, and are to try again
  bool has_complained_ = false;  // once each: of what cannot be watched, of another namespace
  bool has_complained_of_place_ = false;
  bool has_followed_ = false;
  std::unique_ptr<Timer> again_;
};

}  // namespace mc
