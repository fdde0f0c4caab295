// Internal header: where objects wait that a callback closed while somebody below it still uses them.
#pragma once

#include <memory>
#include <utility>

namespace mc {

// Anything that user code may close while it runs, or whose end runs user code.
class Mortal {
 public:
  Mortal() = default;
  Mortal(const Mortal&) = delete;
  Mortal& operator=(const Mortal&) = delete;
  virtual ~Mortal() = default;

 private:
  friend class Graveyard;
  std::unique_ptr<Mortal> next_dead_;
};

// Keeps the dead until the outermost Section ends, so that no frame below a callback finds its object gone, and
// so that a finaliser never meets an object half changed. Belongs to a poller and outlives it: the poller
// itself may be buried here. Burying allocates nothing and cannot fail.
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
      ++graveyard_->depth_;
    }
    ~Section() {
      // Still inside while clearing: a finaliser may close further objects, and those wait their turn.
      if (graveyard_->depth_ == 1) graveyard_->clear();
      --graveyard_->depth_;
    }
    Section(const Section&) = delete;
    Section& operator=(const Section&) = delete;

   private:
    std::shared_ptr<Graveyard> graveyard_;
  };

  bool inside_section() const noexcept { return depth_ > 0; }

  // Destroys `dead` when the outermost section ends, after those buried before it; outside of one, at once.
  void bury(std::unique_ptr<Mortal> dead) noexcept {
    if (!dead) return;
    std::unique_ptr<Mortal>& end = last_ != nullptr ? last_->next_dead_ : first_;
    end = std::move(dead);
    last_ = end.get();
    if (depth_ == 0) const Section now(shared_from_this());
  }

  // Whether the poller is gone: for code that outlived a callback and may not have outlived its poller.
  bool is_orphaned() const noexcept { return is_orphaned_; }
  void orphan() noexcept { is_orphaned_ = true; }

 private:
  void clear() noexcept {
    while (first_) {
      const std::unique_ptr<Mortal> next = std::move(first_);
      first_ = std::move(next->next_dead_);
      if (!first_) last_ = nullptr;
    }
  }

  std::unique_ptr<Mortal> first_;
  Mortal* last_ = nullptr;
  int depth_ = 0;
  bool is_orphaned_ = false;
};

}  // namespace mc
