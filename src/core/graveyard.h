// Internal header: where objects wait that a callback closed while somebody below it still uses
// them.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "core/mortal.h"

namespace mc {

// Keeps the dead until the outermost Section ends, so that no frame below a callback finds its
// object gone, and so that a finaliser never meets an object half changed. Belongs to a poller and
// outlives it: the poller itself may be buried here. Burying allocates nothing and cannot fail.
class Graveyard : public std::enable_shared_from_this<Graveyard> {
 public:
  Graveyard() = default;
  Graveyard(const Graveyard&) = delete;
  Graveyard& operator=(const Graveyard&) = delete;

  // Code that calls user code, or that changes what user code may change, holds one of these.
  class Section {
   public:
    explicit Section(std::shared_ptr<Graveyard> graveyard) noexcept
        : graveyard_(std::move(graveyard)) {
      graveyard_->deepen(1);
    }
    ~Section() {
      // Still inside while clearing: a finaliser may close further objects, and those wait their
      // turn.
      if (graveyard_->depth() == 1) graveyard_->clear();
      graveyard_->deepen(-1);
    }
    Section(const Section&) = delete;
    Section& operator=(const Section&) = delete;

   private:
    std::shared_ptr<Graveyard> graveyard_;
  };

  bool inside_section() const noexcept { return depth() > 0; }

  // Destroys `dead` when the outermost section ends, after those buried before it; outside of one,
  // at once.
  void bury(std::unique_ptr<Mortal> dead) noexcept {
    if (!dead) return;
    dead_.push(std::move(dead));
    if (depth() == 0) const Section now(shared_from_this());
  }

 protected:
  // Those who are inside will not come back.
  void forget_sections() noexcept { depth_.store(0, std::memory_order_relaxed); }

 private:
  void clear() noexcept {
    while (dead_.pop()) {
    }
  }

  // Only the poller's thread writes it; others may ask whether the poller is at rest.
  int depth() const noexcept { return depth_.load(std::memory_order_relaxed); }
  void deepen(int by) noexcept { depth_.store(depth() + by, std::memory_order_relaxed); }

  Mortals dead_;
  std::atomic<int> depth_{0};
};

}  // namespace mc
