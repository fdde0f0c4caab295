// Internal header: filters made of filters.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "filter/filter.h"

namespace mc::filter {

// What is known of a combination before any packet comes.
struct Extent {
  static constexpr size_t kDeepest = 32;
  static constexpr size_t kLargest = 65536;

  size_t depth = 1;
  size_t parts = 1;                        // each as often as it is asked
  std::vector<const Callable*> callables;  // each once, sorted
};

class Combination : public Filter {
 public:
  Cost cost() const noexcept override { return parts_.empty() ? Cost::kHeader : dearest_; }
  const std::vector<FilterRef>& parts() const noexcept { return parts_; }
  const Extent& extent() const noexcept { return extent_; }

 protected:
  Combination(std::vector<FilterRef> parts, Extent extent);
  void list(std::string& text, const char* name) const;

 private:
  std::vector<FilterRef> parts_;  // by cost
  Extent extent_;
  Cost dearest_ = Cost::kHeader;
};

class AllOf final : public Combination {
 public:
  AllOf(std::vector<FilterRef> parts, Extent extent)
      : Combination(std::move(parts), std::move(extent)) {}
  using Filter::matches;
  bool matches(const net::Packet& packet, Asked& asked) const override {
    return std::all_of(parts().begin(), parts().end(),
                       [&](const FilterRef& each) { return each->matches(packet, asked); });
  }
  void describe(std::string& text) const override { list(text, "all of"); }
  void accept(Visitor& visitor) const override;
};

class AnyOf final : public Combination {
 public:
  AnyOf(std::vector<FilterRef> parts, Extent extent)
      : Combination(std::move(parts), std::move(extent)) {}
  using Filter::matches;
  bool matches(const net::Packet& packet, Asked& asked) const override {
    return std::any_of(parts().begin(), parts().end(),
                       [&](const FilterRef& each) { return each->matches(packet, asked); });
  }
  void describe(std::string& text) const override { list(text, "any of"); }
  void accept(Visitor& visitor) const override;
};

class Not final : public Combination {
 public:
  Not(std::vector<FilterRef> part, Extent extent)
      : Combination(std::move(part), std::move(extent)) {}
  using Filter::matches;
  bool matches(const net::Packet& packet, Asked& asked) const override {
    return !part().matches(packet, asked);
  }
  void describe(std::string& text) const override;
  void accept(Visitor& visitor) const override;

  const Filter& part() const noexcept { return *parts().front(); }
};

}  // namespace mc::filter
