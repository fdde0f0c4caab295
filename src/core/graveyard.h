// Internal header: where objects wait that a callback closed while somebody below it still uses
// them.
#pragma once

#include <memory>
#include <utility>

namespace mc {

// Anything that user code may close while it runs.
class Mortal {
 public:
  Mortal() = default;
  Mortal(const Mortal&) = delete;
  Mortal& operator=(const Mortal&) = delete;
  virtual ~Mortal() = default;

 private:
  friend class Graveyard;
  Mortal* next_dead_ = nullptr;
};

// Keeps the dead until the outermost Section ends, so that no frame below a callback finds its
// object gone. Burying allocates nothing and cannot fail.
class Graveyard {
 public:
  Graveyard() = default;
  Graveyard(const Graveyard&) = delete;
  Graveyard& operator=(const Graveyard&) = delete;
  ~Graveyard() { clear(); }

  // Code that calls user code holds one of these.
  class Section {
   public:
    explicit Section(Graveyard& graveyard) noexcept : graveyard_(graveyard) { ++graveyard_.depth_; }
    ~Section() {
      // Still inside while clearing: a finaliser may close further objects, and those wait for
      // their turn.
      if (graveyard_.depth_ == 1) graveyard_.clear();
      --graveyard_.depth_;
    }
    Section(const Section&) = delete;
    Section& operator=(const Section&) = delete;

   private:
    Graveyard& graveyard_;
  };

  bool inside_section() const noexcept { return depth_ > 0; }

  // Destroys `dead` at once outside a section, else when the outermost one ends.
  void bury(std::unique_ptr<Mortal> dead) noexcept {
    if (!dead || depth_ == 0) return;
    dead->next_dead_ = std::exchange(dead_, nullptr);
    dead_ = dead.release();
  }

 private:
  void clear() noexcept {
    while (dead_ != nullptr) {
      std::unique_ptr<Mortal> next(dead_);
      dead_ = next->next_dead_;
    }
  }

  Mortal* dead_ = nullptr;
  int depth_ = 0;
};

}  // namespace mc
