// Internal header: many regular expressions matched in one pass.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace mc::filter {

// Each of the expressions means what it means alone. For one thread at a time.
//
// Those that scan are put together by so many only: a packet may have each of them begin anywhere, and what
// they have begun together is a state, of which no two packets need to have the same. A new one costs by
// the number of the expressions, for each byte.
class Set {
 public:
  static constexpr size_t kMostScanning = 200;

  struct Expression {
    std::string_view pattern;
    bool scans = false;
  };
  // Of expressions that are good alone; null when they are too much together.
  static std::unique_ptr<Set> of(std::span<const Expression> expressions);
  ~Set();
  Set(const Set&) = delete;
  Set& operator=(const Set&) = delete;

  // Puts the numbers of those that match into `matching`, in no order. False: there was no memory to
  // tell, and they have to be asked singly.
  bool match(std::string_view text, std::vector<int>& matching) const;

  size_t automata() const noexcept;

 private:
  struct Part;
  Set();

  std::vector<Part> parts_;
  mutable std::vector<int> matching_;  // of a part
};

}  // namespace mc::filter
