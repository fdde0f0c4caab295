// Internal header: objects whose end must wait its turn, and a queue of them.
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

  // The last thing that it does, on its poller's thread, before it waits for its end: what must not
  // wait so long.
  virtual void conclude() noexcept {}
  // What it does there when it comes by mail. May run user code.
  virtual void arrive() { conclude(); }

 private:
  friend class Mortals;
  std::unique_ptr<Mortal> next_;
};

// A queue, first in, first out. Allocates nothing and cannot fail.
class Mortals {
 public:
  Mortals() = default;
  Mortals(Mortals&& other) noexcept
      : first_(std::move(other.first_)), last_(std::exchange(other.last_, nullptr)) {}
  Mortals& operator=(Mortals&&) = delete;
  ~Mortals() {
    while (pop()) {  // one by one: a long chain would end in as deep a recursion
    }
  }

  bool is_empty() const noexcept { return !first_; }

  void push(std::unique_ptr<Mortal> mortal) noexcept {
    std::unique_ptr<Mortal>& end = last_ != nullptr ? last_->next_ : first_;
    end = std::move(mortal);
    last_ = end.get();
  }

  std::unique_ptr<Mortal> pop() noexcept {
    std::unique_ptr<Mortal> first = std::move(first_);
    if (first) first_ = std::move(first->next_);
    if (!first_) last_ = nullptr;
    return first;
  }

 private:
  std::unique_ptr<Mortal> first_;
  Mortal* last_ = nullptr;
};

}  // namespace mc
