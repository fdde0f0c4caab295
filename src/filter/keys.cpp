#include "filter/keys.h"

#include <iterator>
#include <utility>

#include "filter/combination.h"
#include "filter/kinds.h"
#include "filter/regex.h"
#include "filter/visitor.h"

namespace mc::filter {
namespace {

constexpr size_t kMostKeys = 64;  // of one filter
constexpr size_t kLongest = 32;   // bytes of a prefix: there is a table for each length

class Finder final : public Visitor {
 public:
  std::optional<Keys> found;

  void visit(const Everything&) override {}
  void visit(const MaskedBytes&) override {}
  void visit(const SizeRange&) override {}
  void visit(const SourcePort&) override {}
  void visit(const Callable&) override {}
  void visit(const Not&) override {}

  void visit(const Prefix& filter) override { take_prefix(filter.bytes()); }
  void visit(const SourceNetwork& filter) override {
    take({Key::Kind::kNetwork, {}, filter.address(), filter.bits()});
  }
  void visit(const Regex& filter) override {
    if (filter.is_costly()) return;
    if (filter.literal()) {
      take_prefix(*filter.literal());
    } else {
      take({Key::Kind::kExpression, filter.pattern_for_engine(), {}, 0, &filter});
    }
  }

  // One part that can be looked up will do; the others are asked when it was found. It must be one that
  // is asked before any callable is, which would otherwise notice.
  void visit(const AllOf& filter) override {
    for (const FilterRef& each : filter.parts()) {
      std::optional<Keys> keys = keys_of(*each);
      if (keys && (!found || is_better(*keys, *found))) found = std::move(keys);
      if (each->cost() == Cost::kCallable) break;
    }
    if (found && filter.parts().size() > 1) found->are_exact = false;
  }

  void visit(const AnyOf& filter) override {
    Keys all;
    for (const FilterRef& each : filter.parts()) {
      std::optional<Keys> keys = keys_of(*each);
      if (!keys || all.keys.size() + keys->keys.size() > kMostKeys) return;
      all.are_exact = all.are_exact && keys->are_exact;
      std::move(keys->keys.begin(), keys->keys.end(), std::back_inserter(all.keys));
    }
    found = std::move(all);
  }

 private:
  void take(Key key) {
    found.emplace();
    found->keys.push_back(std::move(key));
  }

  void take_prefix(const std::string& bytes) {
    if (bytes.empty()) return;
    take({Key::Kind::kPrefix, bytes.substr(0, kLongest), {}});
    found->are_exact = bytes.size() <= kLongest;
  }

  // Few are better than many, and among equals a longer prefix, then a network, then an expression.
  static bool is_better(const Keys& a, const Keys& b) {
    if (a.keys.size() != b.keys.size()) return a.keys.size() < b.keys.size();
    if (a.keys.empty()) return false;
    const Key& first = a.keys.front();
    const Key& second = b.keys.front();
    if (first.kind != second.kind) return first.kind < second.kind;
    return first.kind == Key::Kind::kPrefix && first.bytes.size() > second.bytes.size();
  }
};

}  // namespace

std::optional<Keys> keys_of(const Filter& filter) {
  Finder finder;
  filter.accept(finder);
  return std::move(finder.found);
}

}  // namespace mc::filter
