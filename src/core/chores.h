// Internal header: what is left to do when a turn of a poller ends.
#pragma once

namespace mc {

// Something to be done once, at the end of the turn at hand. Not owned by the list; leaves it when it
// dies. Belongs to one thread.
class Chore {
 public:
  Chore() = default;
  Chore(const Chore&) = delete;
  Chore& operator=(const Chore&) = delete;

  // May run user code, and may put this one and others on the list again: for the next turn.
  virtual void turn_ends() = 0;

 protected:
  virtual ~Chore() { leave(); }

 private:
  friend class Chores;
  void leave() noexcept {
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = this;
  }

  Chore* previous_ = this;
  Chore* next_ = this;
};

// In the order in which they came; each once. Allocates nothing.
class Chores {
 public:
  Chores() = default;
  Chores(const Chores&) = delete;
  Chores& operator=(const Chores&) = delete;

  void add(Chore& chore) noexcept {
    if (chore.next_ == &chore) insert(chore, end_);
  }
  static void remove(Chore& chore) noexcept { chore.leave(); }
  bool is_empty() const noexcept { return end_.next_ == &end_; }

  // Does those that are there now.
  void run() {
    if (is_empty()) return;
    End last;  // what is added meanwhile comes behind it
    insert(last, end_);
    while (end_.next_ != &last) {
      Chore& first = *end_.next_;
      first.leave();
      first.turn_ends();
    }
  }

 private:
  struct End final : Chore {
    void turn_ends() override {}
  };

  static void insert(Chore& chore, Chore& before) noexcept {
    chore.previous_ = before.previous_;
    chore.next_ = &before;
    before.previous_->next_ = &chore;
    before.previous_ = &chore;
  }

  End end_;
};

}  // namespace mc
