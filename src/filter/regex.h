// Internal header: regular expressions on bytes, by RE2.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "filter/filter.h"

namespace mc::filter {

class Regex final : public Filter {
 public:
  struct Engine;  // RE2

  explicit Regex(std::string_view pattern);
  ~Regex() override;
  using Filter::matches;
  bool matches(const net::Packet& packet, Asked& asked) const override;
  Cost cost() const noexcept override { return Cost::kExpression; }
  void describe(std::string& text) const override;
  void accept(Visitor& visitor) const override;

  const std::string& pattern() const noexcept { return pattern_; }
  const Engine& engine() const noexcept { return *engine_; }

 private:
  std::string pattern_;
  std::unique_ptr<const Engine> engine_;
};

}  // namespace mc::filter
