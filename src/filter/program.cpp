#include "filter/program.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mc::filter {
namespace {

// Divides bytes into classes, set by set. Classes are numbered in the order of their first bytes.
class Classifier {
 public:
  void split(const ByteSet& bytes) {
    std::array<int, 512> numbers;
    numbers.fill(-1);
    int count = 0;
    for (size_t byte = 0; byte < 256; ++byte) {
      int& number = numbers[class_of_[byte] * 2 + bytes[byte]];
      if (number < 0) number = count++;
      class_of_[byte] = static_cast<uint16_t>(number);
    }
  }
  // Each of these is a class of its own.
  void split_singly(const ByteSet& bytes) {
    std::array<int, 256> numbers;
    numbers.fill(-1);
    int count = 0;
    for (size_t byte = 0; byte < 256; ++byte) {
      int& number = numbers[class_of_[byte]];
      if (bytes[byte]) {
        class_of_[byte] = static_cast<uint16_t>(count++);
      } else {
        if (number < 0) number = count++;
        class_of_[byte] = static_cast<uint16_t>(number);
      }
    }
  }
  void tell(std::vector<unsigned char>& firsts, std::vector<unsigned char>& class_of) const {
    class_of.resize(256);
    for (size_t byte = 0; byte < 256; ++byte) {
      if (class_of_[byte] == firsts.size()) firsts.push_back(static_cast<unsigned char>(byte));
      class_of[byte] = static_cast<unsigned char>(class_of_[byte]);
    }
  }

 private:
  std::array<uint16_t, 256> class_of_{};
};

void collect(const Node& node, std::vector<const ByteSet*>& sets, ByteSet& singles) {
  if (node.kind == Node::Kind::kBytes) {
    const size_t count = node.bytes.count();
    if (count == 1) {
      singles |= node.bytes;
    } else if (count < 256) {
      const size_t recent = sets.size() - std::min<size_t>(sets.size(), 8);
      const bool known = std::any_of(sets.begin() + static_cast<ptrdiff_t>(recent), sets.end(),
                                     [&](const ByteSet* each) { return *each == node.bytes; });
      if (!known) sets.push_back(&node.bytes);
    }
  }
  for (const Node& each : node.parts) collect(each, sets, singles);
}

// Goes through the offsets of a packet, with all that may lie there.
class Lead {
 public:
  explicit Lead(const Program& program) : program_(program), closure_(program) {
    closure_.add(program.start(), kPassesAll);
  }

  ByteSet next() {
    const std::vector<uint32_t> now = closure_.bytes();
    closure_.clear();
    ByteSet bytes;
    for (const uint32_t each : now) {
      const Step& step = program_.steps()[each];
      bytes |= *step.bytes;
      if (step.bytes->any()) closure_.add(step.out, kPassesAll);
    }
    return bytes;
  }

 private:
  const Program& program_;
  Closure closure_;
};

size_t times(size_t size, size_t count) noexcept {
  return std::min(size * std::min(count, kLargestSize), kLargestSize);
}

}  // namespace

bool holds(Assertion assertion, Side before, Side after) noexcept {
  switch (assertion) {
    case Assertion::kBeginText:
      return before == Side::kEdge;
    case Assertion::kEndText:
      return after == Side::kEdge;
    case Assertion::kBeginLine:
      return before == Side::kEdge || before == Side::kNewline;
    case Assertion::kEndLine:
      return after == Side::kEdge || after == Side::kNewline;
    case Assertion::kWordBoundary:
      return (before == Side::kWord) != (after == Side::kWord);
    case Assertion::kNoWordBoundary:
      return (before == Side::kWord) == (after == Side::kWord);
  }
  return false;
}

std::optional<Program> Program::make(const Node& tree) {
  Program program;
  program.steps_.reserve(64);
  program.steps_.push_back({.kind = Step::Kind::kMatch});
  program.start_ = program.build(tree, 0);
  if (program.steps_.size() >= kMostSteps) return std::nullopt;
  std::vector<const ByteSet*> sets;
  ByteSet singles;
  collect(tree, sets, singles);
  Classifier classifier;
  for (const ByteSet* each : sets) classifier.split(*each);
  if (program.has_assertions_) {
    classifier.split(word_bytes());
    singles.set('\n');
  }
  classifier.split_singly(singles);
  classifier.tell(program.classes_, program.class_of_);
  return program;
}

// Beyond the limit it adds nothing any more, so that a short expression cannot ask for much.
uint32_t Program::add(const Step& step) {
  if (steps_.size() < kMostSteps) steps_.push_back(step);
  return static_cast<uint32_t>(steps_.size() - 1);
}

// From the end to the beginning: what comes next is there already.
uint32_t Program::build(const Node& node, uint32_t next) {
  if (steps_.size() >= kMostSteps) return next;
  switch (node.kind) {
    case Node::Kind::kBytes:
      return add({.kind = Step::Kind::kByte, .out = next, .bytes = &node.bytes});
    case Node::Kind::kAssertion:
      has_assertions_ = true;
      return add({.kind = Step::Kind::kAssertion, .assertion = node.assertion, .out = next});
    case Node::Kind::kConcatenation: {
      uint32_t at = next;
      for (size_t i = node.parts.size(); i-- > 0;) at = build(node.parts[i], at);
      return at;
    }
    case Node::Kind::kAlternatives: {
      uint32_t at = build(node.parts.back(), next);
      for (size_t i = node.parts.size() - 1; i-- > 0;) {
        const uint32_t branch = build(node.parts[i], next);
        at = add({.kind = Step::Kind::kSplit, .out = branch, .other = at});
      }
      return at;
    }
    case Node::Kind::kRepetition:
      return build_repetition(node, next);
  }
  return next;
}

uint32_t Program::build_repetition(const Node& node, uint32_t next) {
  const Node& part = node.parts.front();
  uint32_t at = next;
  unsigned copies = node.least;
  if (node.most == Node::kNoLimit) {
    const uint32_t loop = add({.kind = Step::Kind::kSplit, .other = next});
    const uint32_t body = build(part, loop);
    steps_[loop].out = body;
    at = copies == 0 ? loop : body;
    copies -= copies == 0 ? 0 : 1;
  } else {
    for (unsigned i = node.least; i < node.most; ++i) {
      const uint32_t body = build(part, at);
      at = add({.kind = Step::Kind::kSplit, .out = body, .other = next});
    }
  }
  for (unsigned i = 0; i < copies; ++i) at = build(part, at);
  return at;
}

void Closure::clear() noexcept {
  ++round_;
  bytes_.clear();
  visited_ = 0;
  matches_ = false;
  met_assertion_ = false;
}

size_t least_size_of(const Node& tree) {
  switch (tree.kind) {
    case Node::Kind::kBytes:
      return tree.bytes.any() ? 1 : kLargestSize;
    case Node::Kind::kAssertion:
      return 0;
    case Node::Kind::kConcatenation: {
      size_t sum = 0;
      for (const Node& each : tree.parts) sum = std::min(sum + least_size_of(each), kLargestSize);
      return sum;
    }
    case Node::Kind::kAlternatives: {
      size_t least = kLargestSize;
      for (const Node& each : tree.parts) least = std::min(least, least_size_of(each));
      return least;
    }
    case Node::Kind::kRepetition:
      return times(least_size_of(tree.parts.front()), tree.least);
  }
  return 0;
}

std::string leading_bytes_of(const Program& program, size_t least, size_t most) {
  std::string bytes;
  Lead lead(program);
  while (bytes.size() < std::min(least, most)) {
    const ByteSet set = lead.next();
    if (set.count() != 1) break;
    bytes += static_cast<char>(set._Find_first());
  }
  return bytes;
}

}  // namespace mc::filter
