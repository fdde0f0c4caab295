#include "net/counting_program.h"

#include <linux/bpf.h>

#include <cstddef>

namespace mc::net {
namespace {

// The registers: the kernel's loads need the context in the sixth and leave what they find in the first.
constexpr int kA = BPF_REG_0;
constexpr int kContext = BPF_REG_6;

bpf_insn instruction(int code, int to, int from, ptrdiff_t offset, uint32_t value) {
  bpf_insn made{};
  made.code = static_cast<uint8_t>(code);
  made.dst_reg = static_cast<uint8_t>(to & 15);
  made.src_reg = static_cast<uint8_t>(from & 15);
  made.off = static_cast<int16_t>(offset);  // of 4,096 instructions at most two each
  made.imm = static_cast<int32_t>(value);
  return made;
}

bool is_test(const Instruction& each) {
  return each.code == Instruction::kIfEqual || each.code == Instruction::kIfGreater ||
         each.code == Instruction::kIfAtLeast;
}

class Translator {
 public:
  Translator(std::span<const Instruction> program, int map) : program_(program), map_(map) {}

  std::vector<bpf_insn> translate() {
    lay_out();
    out_.reserve(places_.back() + 8);
    add(BPF_ALU64 | BPF_MOV | BPF_X, kContext, BPF_REG_1, 0, 0);
    for (size_t i = 0; i < program_.size(); ++i) {
      if (is_reached_[i]) add(i);
    }
    if (drops_) add_drop();
    return std::move(out_);
  }

 private:
  // Where each instruction will be, behind the first. The kernel refuses what nothing leads to.
  void lay_out() {
    is_reached_.assign(program_.size() + 1, false);
    places_.reserve(program_.size() + 1);
    is_reached_[0] = true;
    size_t place = 1;
    for (size_t i = 0; i < program_.size(); ++i) {
      places_.push_back(place);
      if (!is_reached_[i]) continue;
      const Instruction& now = program_[i];
      if (is_test(now)) {
        reach(i + 1 + now.if_true);
        reach(i + 1 + now.if_false);
        place += now.if_false == 0 ? 1 : 2;
      } else if (now.code == Instruction::kReturn) {
        place += now.value == 0 ? 1 : 2;
      } else {
        reach(i + 1 + (now.code == Instruction::kJump ? now.value : 0));
        place += 1;
      }
    }
    places_.push_back(place);
  }
  void reach(size_t i) { is_reached_.at(i) = true; }

  void add(size_t i) {
    const Instruction& now = program_[i];
    switch (now.code) {
      case Instruction::kLoadSize:
        return add(BPF_LDX | BPF_MEM | BPF_W, kA, kContext, offsetof(__sk_buff, len), 0);
      case Instruction::kLoad4:
      case Instruction::kLoad2:
      case Instruction::kLoad1:
        return add(now.code, 0, 0, 0, now.value);  // the same in both
      case Instruction::kAnd:
        return add(BPF_ALU | BPF_AND | BPF_K, kA, 0, 0, now.value);
      case Instruction::kJump:
        return add_jump(BPF_JMP | BPF_JA, places_[i + 1 + now.value], 0);
      case Instruction::kReturn:
        if (now.value == 0) {
          drops_ = true;
          return add_jump(BPF_JMP | BPF_JA, places_.back(), 0);
        }
        add(BPF_ALU | BPF_MOV | BPF_K, kA, 0, 0, now.value);
        return add(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
      default:  // a test; they have the same operations, of 32 bits
        add_jump(BPF_JMP32 | BPF_OP(now.code) | BPF_K, places_[i + 1 + now.if_true], now.value);
        if (now.if_false != 0) add_jump(BPF_JMP | BPF_JA, places_[i + 1 + now.if_false], 0);
    }
  }
  void add(int code, int to, int from, ptrdiff_t offset, uint32_t value) {
    out_.push_back(instruction(code, to, from, offset, value));
  }
  void add_jump(int code, size_t place, uint32_t value) {
    add(code, kA, 0, static_cast<ptrdiff_t>(place) - static_cast<ptrdiff_t>(out_.size()) - 1,
        value);
  }
  void add_drop() {
    add(BPF_LD | BPF_IMM | BPF_DW, BPF_REG_1, BPF_PSEUDO_MAP_VALUE, 0, static_cast<uint32_t>(map_));
    add(0, 0, 0, 0, 0);
    add(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, 1);
    // Fetching, which nobody needs, makes it ordered: no processor sees the drop before the count.
    add(BPF_STX | BPF_ATOMIC | BPF_DW, BPF_REG_1, BPF_REG_2, 0, BPF_ADD | BPF_FETCH);
    add(BPF_ALU64 | BPF_MOV | BPF_K, kA, 0, 0, 0);
    add(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
  }

  std::span<const Instruction> program_;
  int map_;
  std::vector<bool> is_reached_;
  std::vector<size_t> places_;
  std::vector<bpf_insn> out_;
  bool drops_ = false;
};

}  // namespace

std::vector<bpf_insn> counting(std::span<const Instruction> program, int map) {
  return Translator(program, map).translate();
}

}  // namespace mc::net
