#include "filter/combination.h"

#include <iterator>

#include "base/text.h"
#include "filter/kinds.h"
#include "filter/visitor.h"

namespace mc::filter {
namespace {

// Adds up the extents of parts.
class Surveyor final : public Visitor {
 public:
  Extent extent;

  void visit(const Everything&) override { add({}); }
  void visit(const Prefix&) override { add({}); }
  void visit(const MaskedBytes&) override { add({}); }
  void visit(const SizeRange&) override { add({}); }
  void visit(const SourceNetwork&) override { add({}); }
  void visit(const SourcePort&) override { add({}); }
  void visit(const Regex&) override { add({}); }
  void visit(const Callable& filter) override { add({1, 1, {&filter}}); }
  void visit(const AllOf& filter) override { add_combination(filter); }
  void visit(const AnyOf& filter) override { add_combination(filter); }
  void visit(const Not& filter) override { add_combination(filter); }

 private:
  void add_combination(const Combination& filter) { add(filter.extent()); }
  void add(const Extent& part) {
    extent.depth = std::max(extent.depth, part.depth + 1);
    extent.parts = std::min(extent.parts + part.parts, Extent::kLargest + 1);
    if (extent.callables.size() > Asked::kMost) return;  // too many already
    std::vector<const Callable*> all;
    std::set_union(extent.callables.begin(), extent.callables.end(), part.callables.begin(),
                   part.callables.end(), std::back_inserter(all));
    extent.callables.swap(all);
  }
};

Status too_large() {
  return Status(kErrorFilter, cat("the filter would be made of more than ", Extent::kLargest,
                                  " filters, each counted as often as it occurs"));
}

Result<Extent> survey(const std::vector<FilterRef>& parts) {
  Surveyor surveyor;
  for (const FilterRef& each : parts) each->accept(surveyor);
  Extent& extent = surveyor.extent;
  if (extent.depth > Extent::kDeepest) {
    return Status(kErrorFilter,
                  cat("the filter would be nested ", extent.depth, " deep; the limit is ",
                      Extent::kDeepest, "; give one combination more parts instead"));
  }
  if (extent.parts > Extent::kLargest) return too_large();
  if (extent.callables.size() > Asked::kMost) {
    return Status(kErrorFilter, cat("the filter would ask more than ", Asked::kMost,
                                    " different callables; let one of them ask several things"));
  }
  return std::move(extent);
}

template <typename Kind>
Result<FilterRef> combine(std::vector<FilterRef> parts) {
  Result<Extent> extent = survey(parts);
  if (!extent.ok()) return std::move(extent).status();
  return FilterRef(std::make_shared<const Kind>(std::move(parts), std::move(*extent)));
}

}  // namespace

Combination::Combination(std::vector<FilterRef> parts, Extent extent)
    : parts_(std::move(parts)), extent_(std::move(extent)) {
  std::stable_sort(parts_.begin(), parts_.end(),
                   [](const FilterRef& a, const FilterRef& b) { return a->cost() < b->cost(); });
  if (!parts_.empty()) dearest_ = parts_.back()->cost();
}

void Combination::list(std::string& text, const char* name) const {
  text += name;
  text += " (";
  const char* separator = "";
  for (const FilterRef& each : parts_) {
    text += std::exchange(separator, ", ");
    each->describe(text);
  }
  text += ")";
}

void Not::describe(std::string& text) const {
  text += "not ";
  part().describe(text);
}

void AllOf::accept(Visitor& visitor) const {
  visitor.visit(*this);
}
void AnyOf::accept(Visitor& visitor) const {
  visitor.visit(*this);
}
void Not::accept(Visitor& visitor) const {
  visitor.visit(*this);
}

Status check_part_count(size_t count) {
  if (count < Extent::kLargest) return {};
  return too_large();
}

Result<FilterRef> all_of(std::vector<FilterRef> parts) {
  return combine<AllOf>(std::move(parts));
}

Result<FilterRef> any_of(std::vector<FilterRef> parts) {
  return combine<AnyOf>(std::move(parts));
}

Result<FilterRef> not_of(FilterRef part) {
  std::vector<FilterRef> one;
  one.push_back(std::move(part));
  return combine<Not>(std::move(one));
}

}  // namespace mc::filter
