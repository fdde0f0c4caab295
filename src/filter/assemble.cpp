#include <algorithm>

#include "filter/condition.h"

namespace mc::filter {
namespace {

using net::Instruction;

constexpr uint32_t kWhole = 0xffffffff;  // bytes to keep
constexpr size_t kFarthest = 250;        // a test jumps over at most 255 instructions

// Writes the program from its end, so that the places that are jumped to are known. A place is the
// number of an instruction, counted from the end.
class Assembler {
 public:
  size_t add(uint16_t code, uint32_t value) {
    program_.push_back({code, 0, 0, value});
    return program_.size() - 1;
  }

  // Where to begin so that `condition` leads to one place or the other.
  size_t add(const Condition& condition, size_t if_true, size_t if_false) {
    if (is_too_long()) return if_true;
    switch (condition.kind) {
      case Condition::Kind::kTrue:
        return if_true;
      case Condition::Kind::kFalse:
        return if_false;
      case Condition::Kind::kTest:
        return add_test(condition, if_true, if_false);
      case Condition::Kind::kNot:
        return add(condition.parts.front(), if_false, if_true);
      case Condition::Kind::kAll:
      case Condition::Kind::kAny:
        break;
    }
    const bool is_all = condition.kind == Condition::Kind::kAll;
    size_t next = is_all ? if_true : if_false;
    for (auto each = condition.parts.rbegin(); each != condition.parts.rend(); ++each)
      next = is_all ? add(*each, next, if_false) : add(*each, if_true, next);
    return next;
  }

  bool is_too_long() const noexcept { return program_.size() > Instruction::kMost; }
  std::vector<Instruction> take() {
    std::reverse(program_.begin(), program_.end());
    return std::move(program_);
  }

 private:
  size_t add_test(const Condition& condition, size_t if_true, size_t if_false) {
    if_true = near(if_true);
    if_false = near(if_false);
    const size_t place = program_.size();
    program_.push_back({condition.compare, static_cast<uint8_t>(place - if_true - 1),
                        static_cast<uint8_t>(place - if_false - 1), condition.value});
    if (condition.mask != ~0U) add(Instruction::kAnd, condition.mask);
    return add(condition.load, condition.offset);
  }
  // The same place, or one from which a jump leads there.
  size_t near(size_t place) {
    if (program_.size() - place < kFarthest) return place;
    return add(Instruction::kJump, static_cast<uint32_t>(program_.size() - place - 1));
  }

  std::vector<Instruction> program_;
};

}  // namespace

std::vector<Instruction> assemble(const Condition& condition) {
  if (condition.kind == Condition::Kind::kTrue) return {};
  Assembler assembler;
  const size_t drop = assembler.add(Instruction::kReturn, 0);
  if (condition.kind == Condition::Kind::kFalse) return assembler.take();
  const size_t keep = assembler.add(Instruction::kReturn, kWhole);
  assembler.add(condition, keep, drop);
  if (assembler.is_too_long()) return {};
  return assembler.take();
}

}  // namespace mc::filter
