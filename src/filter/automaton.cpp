#include "filter/automaton.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace mc::filter {
namespace {

// A state is what may come next: the steps behind those that took the last byte. Where assertions
// wait, it is also what lay before (a Side), and whether a match has been seen.
struct State {
  uint32_t first;  // of its steps in one common list
  uint32_t count;
  uint32_t mark;
};

constexpr uint32_t kMatched = 0x100;
// RE2's costs: a state's header, its place in the table, an arrow, a step.
constexpr size_t kStateSize = 16 + 40;
constexpr size_t kArrowSize = 8;
constexpr size_t kStepSize = 4;
constexpr size_t kMatchSize = 8;

// States by what they are.
class States {
 public:
  States() : table_(64, kNone) {}

  void add(std::span<const uint32_t> steps, uint32_t mark) {
    if ((states_.size() + 1) * 2 > table_.size()) grow();
    uint32_t& place = find(steps, mark);
    if (place != kNone) return;
    place = static_cast<uint32_t>(states_.size());
    states_.push_back(
        {static_cast<uint32_t>(steps_.size()), static_cast<uint32_t>(steps.size()), mark});
    steps_.insert(steps_.end(), steps.begin(), steps.end());
  }
  size_t size() const noexcept { return states_.size(); }
  uint32_t mark(size_t i) const noexcept { return states_[i].mark; }
  std::span<const uint32_t> steps(size_t i) const noexcept { return steps_of(states_[i]); }

 private:
  static constexpr uint32_t kNone = ~0u;

  std::span<const uint32_t> steps_of(const State& state) const noexcept {
    return {steps_.data() + state.first, state.count};
  }
  uint32_t& find(std::span<const uint32_t> steps, uint32_t mark) noexcept {
    uint64_t hash = mark + 1;
    for (const uint32_t each : steps) hash = (hash ^ each) * 0x9e3779b97f4a7c15u;
    size_t at = (hash ^ hash >> 32) & (table_.size() - 1);
    while (table_[at] != kNone) {
      const State& there = states_[table_[at]];
      if (there.mark == mark && std::ranges::equal(steps_of(there), steps)) break;
      at = (at + 1) & (table_.size() - 1);
    }
    return table_[at];
  }
  void grow() {
    table_.assign(table_.size() * 2, kNone);
    for (uint32_t i = 0; i < states_.size(); ++i) find(steps(i), mark(i)) = i;
  }

  std::vector<State> states_;
  std::vector<uint32_t> steps_;
  std::vector<uint32_t> table_;  // open addressing
};

// Explores the automaton state by state.
class Explorer {
 public:
  Explorer(const Program& program, size_t most)
      : program_(program),
        most_(most),
        one_state_(kStateSize + kArrowSize * (program.classes().size() + 1)),
        closure_(program),
        next_(program.classes().size()) {}

  size_t run() {
    const uint32_t start[] = {program_.start()};
    add(start, Side::kEdge, false);
    for (size_t i = 0; i < states_.size() && size_ <= most_; ++i) explore(i);
    return size_;
  }

 private:
  void add(std::span<const uint32_t> steps, Side before, bool matched) {
    uint32_t mark = 0;
    if (program_.has_assertions()) {
      close(steps, kPassesAll);
      if (closure_.met_assertion()) mark = 1 + static_cast<uint32_t>(before);
    }
    states_.add(steps, matched ? mark | kMatched : mark);
  }

  void explore(size_t state) {
    close(states_.steps(state), kPassesAll);
    size_ += one_state_ + kStepSize * closure_.visited();
    const uint32_t mark = states_.mark(state);
    if (mark & kMatched) {  // the search ends here
      size_ += kMatchSize;
      return;
    }
    if (mark == 0) {
      advance(closure_.matches(), nullptr);
      return;
    }
    const auto before = static_cast<Side>(mark - 1);
    for (const Side after : {Side::kWord, Side::kNewline, Side::kOther, Side::kEdge}) {
      close(states_.steps(state), [=](Assertion each) { return holds(each, before, after); });
      advance(closure_.matches(), &after);
    }
  }

  // Takes a byte of each class from all steps of the closure; only of classes that lie on one side,
  // if one is given.
  void advance(bool matched, const Side* only) {
    const std::vector<uint32_t>& from = closure_.bytes();  // until something is added
    if (from.size() == 1 && !program_.has_assertions()) {
      const Step& step = program_.steps()[from[0]];
      if (step.bytes->any()) add({&step.out, 1}, Side::kOther, matched);
    } else {
      add_by_class(matched, only);
    }
    if (matched) add({}, Side::kEdge, true);  // at the packet's end, or where nothing can follow
  }

  void add_by_class(bool matched, const Side* only) {
    const std::vector<uint32_t>& from = closure_.bytes();
    const std::vector<unsigned char>& classes = program_.classes();
    for (const uint32_t each : from) {
      const Step& step = program_.steps()[each];
      for (size_t i = 0; i < classes.size(); ++i) {
        if ((*step.bytes)[classes[i]]) next_[i].push_back(step.out);
      }
    }
    for (size_t i = 0; i < classes.size(); ++i) {
      std::vector<uint32_t>& next = next_[i];
      if (next.empty()) continue;  // nothing can match any more
      const Side side = side_of(classes[i]);
      if (only == nullptr || *only == side) {
        std::sort(next.begin(), next.end());
        next.erase(std::unique(next.begin(), next.end()), next.end());
        add(next, side, matched);
      }
      next.clear();
    }
  }

  template <typename Passes>
  void close(std::span<const uint32_t> steps, const Passes& passes) {
    closure_.clear();
    for (const uint32_t each : steps) closure_.add(each, passes);
  }

  const Program& program_;
  const size_t most_;
  const size_t one_state_;
  size_t size_ = 0;
  States states_;
  Closure closure_;
  std::vector<std::vector<uint32_t>> next_;  // by class
};

}  // namespace

size_t automaton_size(const Program& program, size_t most) {
  return Explorer(program, most).run();
}

}  // namespace mc::filter
