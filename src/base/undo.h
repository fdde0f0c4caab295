// Internal header: what to undo when a step after this one fails, by return or by exception.
#pragma once

#include <utility>

namespace mc {

template <typename Action>
class [[nodiscard]] Undo {
 public:
  explicit Undo(Action action) : action_(std::move(action)) {}
  ~Undo() {
    if (is_armed_) action_();
  }
  Undo(const Undo&) = delete;
  Undo& operator=(const Undo&) = delete;

  void dismiss() noexcept { is_armed_ = false; }

 private:
  Action action_;
  bool is_armed_ = true;
};

}  // namespace mc
