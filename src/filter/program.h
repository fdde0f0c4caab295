// Internal header: an expression as a graph of what may come next, and what it tells of every
// packet that it matches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "filter/expression.h"

namespace mc::filter {

// What lies on one side of a place in a packet, as far as assertions ask.
enum class Side : unsigned char { kEdge, kWord, kNewline, kOther };

inline Side side_of(unsigned char byte) noexcept {
  if (byte == '\n') return Side::kNewline;
  return word_bytes()[byte] ? Side::kWord : Side::kOther;
}

bool holds(Assertion assertion, Side before, Side after) noexcept;

struct Step {
  enum class Kind : unsigned char { kByte, kSplit, kAssertion, kMatch };
  Kind kind;
  Assertion assertion = {};
  uint32_t out = 0;
  uint32_t other = 0;              // of a split
  const ByteSet* bytes = nullptr;  // of a byte; lies in the tree
};

// Thompson's construction, counted repetitions written out. Borrows the tree.
class Program {
 public:
  static constexpr size_t kMostSteps = 1 << 14;

  // None: it would have too many steps.
  static std::optional<Program> make(const Node& tree);

  const std::vector<Step>& steps() const noexcept { return steps_; }
  uint32_t start() const noexcept { return start_; }
  bool has_assertions() const noexcept { return has_assertions_; }

  // The first byte of each class, and the class of each byte: bytes of one class are treated alike
  // everywhere.
  const std::vector<unsigned char>& classes() const noexcept { return classes_; }
  const std::vector<unsigned char>& class_of() const noexcept { return class_of_; }

 private:
  Program() = default;

  uint32_t add(const Step& step);
  uint32_t build(const Node& node, uint32_t next);
  uint32_t build_repetition(const Node& node, uint32_t next);

  std::vector<Step> steps_;  // 0 is the match
  uint32_t start_ = 0;
  bool has_assertions_ = false;
  std::vector<unsigned char> classes_;
  std::vector<unsigned char> class_of_;
};

// Visits steps from which no byte has been taken yet, each once.
class Closure {
 public:
  explicit Closure(const Program& program) : program_(program), seen_(program.steps().size(), 0) {}

  void clear() noexcept;
  // Follows splits, and assertions where `passes` says so.
  template <typename Passes>
  void add(uint32_t step, const Passes& passes);

  const std::vector<uint32_t>& bytes() const noexcept { return bytes_; }  // steps that take one
  size_t visited() const noexcept { return visited_; }
  bool matches() const noexcept { return matches_; }
  bool met_assertion() const noexcept { return met_assertion_; }

 private:
  const Program& program_;
  std::vector<uint32_t> seen_;  // by step: in which round
  std::vector<uint32_t> bytes_;
  std::vector<uint32_t> pending_;
  uint32_t round_ = 1;
  size_t visited_ = 0;
  bool matches_ = false;
  bool met_assertion_ = false;
};

// Takes all assertions for true: more is reached than can be.
inline constexpr auto kPassesAll = [](Assertion) { return true; };

// The least size of a packet that matches; at most kLargestSize, which no packet has.
inline constexpr size_t kLargestSize = 1 << 16;
size_t least_size_of(const Node& tree);

// The bytes that all matches begin with, at most so many.
std::string leading_bytes_of(const Program& program, size_t least, size_t most);

template <typename Passes>
void Closure::add(uint32_t step, const Passes& passes) {
  pending_.push_back(step);
  while (!pending_.empty()) {
    const uint32_t at = pending_.back();
    pending_.pop_back();
    if (seen_[at] == round_) continue;
    seen_[at] = round_;
    ++visited_;
    const Step& now = program_.steps()[at];
    switch (now.kind) {
      case Step::Kind::kByte:
        bytes_.push_back(at);
        break;
      case Step::Kind::kSplit:
        pending_.push_back(now.other);
        pending_.push_back(now.out);
        break;
      case Step::Kind::kAssertion:
        met_assertion_ = true;
        if (passes(now.assertion)) pending_.push_back(now.out);
        break;
      case Step::Kind::kMatch:
        matches_ = true;
        break;
    }
  }
}

}  // namespace mc::filter
