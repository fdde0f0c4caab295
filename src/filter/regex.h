// Internal header: regular expressions on bytes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "filter/filter.h"
#include "filter/walk.h"

namespace mc::filter {

class Regex final : public Filter {
 public:
  static constexpr size_t kLongestPattern = 64 << 10;

  struct Engine;  // RE2

  static Result<std::shared_ptr<const Regex>> make(std::string_view pattern, Costly costly);
  ~Regex() override;
  using Filter::matches;
  bool matches(const net::Packet& packet, Asked& asked) const override;
  Cost cost() const noexcept override;
  void describe(std::string& text) const override;
  void accept(Visitor& visitor) const override;

  const std::string& pattern() const noexcept { return pattern_; }
  // The same for RE2, which misreads some (filter/print.h).
  const std::string& pattern_for_engine() const noexcept {
    return rewritten_.empty() ? pattern_ : rewritten_;
  }
  // Over the bound (docs/decisions/0004): it is never to be part of an automaton of several.
  bool is_costly() const noexcept { return walk_.has_value(); }
  // Set when the expression is nothing but these bytes.
  const std::optional<std::string>& literal() const noexcept { return literal_; }
  // Bytes with which every match begins.
  const std::string& literal_prefix() const noexcept { return prefix_; }

  // Whether it can be in many of its places at once (filter/scanning.h).
  bool scans() const noexcept { return scans_; }

  // No smaller packet matches.
  size_t least_size() const noexcept { return least_size_; }

 private:
  class Maker;

  Regex();

  std::string pattern_;
  std::string rewritten_;  // empty: it is read right
  std::optional<std::string> literal_;
  std::string prefix_;
  size_t least_size_ = 0;
  bool scans_ = false;
  std::unique_ptr<const Engine> engine_;  // of an ordinary expression that is no literal
  std::optional<Walk> walk_;              // of a costly one
};

}  // namespace mc::filter
