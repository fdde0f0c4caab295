// Internal header: many regular expressions matched in one pass.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace mc::filter {

// Each of the expressions means what it means alone. For one thread at a time.
class Set {
 public:
  // Of expressions that are good alone; null when they are too much together.
  static std::unique_ptr<Set> of(std::span<const std::string_view> patterns);
  ~Set();
  Set(const Set&) = delete;
  Set& operator=(const Set&) = delete;

  // Puts the numbers of those that match into `matching`, in no order. False: there was no memory to
  // tell, and they have to be asked singly.
  bool match(std::string_view text, std::vector<int>& matching) const;

 private:
  struct Engine;
  explicit Set(std::unique_ptr<Engine> engine) noexcept;

  std::unique_ptr<Engine> engine_;
};

}  // namespace mc::filter
