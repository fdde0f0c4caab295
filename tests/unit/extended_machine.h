// A machine for programs of extended BPF that count what they drop.
#pragma once

#include <linux/bpf.h>

#include <cstddef>
#include <span>
#include <stdexcept>

#include "program_machine.h"

namespace mc::filter {

// What the kernel does with such a program, written from its documentation, as passes() of program_machine.h.
// `count` is the number of the map.
inline bool passes_counting(std::span<const bpf_insn> program, const Datagram& datagram, int map,
                            uint64_t& count) {
  uint64_t registers[11] = {};
  const auto fault = [](const char* what) { throw std::logic_error(what); };
  bool is_context_kept = false;
  bool has_address = false;
  for (size_t at = 0; at < program.size(); ++at) {
    const bpf_insn& now = program[at];
    uint64_t& to = registers[now.dst_reg];
    const auto a = static_cast<uint32_t>(to);
    const auto value = static_cast<uint32_t>(now.imm);
    const auto jump_if = [&](bool is_true) {
      if (is_true) at = static_cast<size_t>(static_cast<ptrdiff_t>(at) + now.off);
    };
    switch (now.code) {
      case BPF_ALU64 | BPF_MOV | BPF_X:
        if (now.dst_reg != 6 || now.src_reg != 1) fault("moves what it need not");
        is_context_kept = true;
        break;
      case BPF_LDX | BPF_MEM | BPF_W:
        if (now.src_reg != 6 || now.off != 0) fault("reads of the context what it need not");
        to = datagram.udp.size();
        break;
      case BPF_LD | BPF_ABS | BPF_W:
      case BPF_LD | BPF_ABS | BPF_H:
      case BPF_LD | BPF_ABS | BPF_B: {
        if (!is_context_kept) fault("loads without the context");
        const bool is_in_ip = value >= net::Instruction::kFromIpHeader;
        const std::string& bytes = is_in_ip ? datagram.ip : datagram.udp;
        const size_t offset = is_in_ip ? value - net::Instruction::kFromIpHeader : value;
        const size_t size = BPF_SIZE(now.code) == BPF_W ? 4 : BPF_SIZE(now.code) == BPF_H ? 2 : 1;
        if (offset + size > bytes.size()) fault("loads what is not there");
        registers[0] = 0;
        for (size_t i = 0; i < size; ++i)
          registers[0] = registers[0] << 8 | static_cast<uint8_t>(bytes[offset + i]);
        break;
      }
      case BPF_ALU | BPF_AND | BPF_K:
        to = a & value;
        break;
      case BPF_ALU | BPF_MOV | BPF_K:
        to = value;
        break;
      case BPF_ALU64 | BPF_MOV | BPF_K:
        to = static_cast<uint64_t>(static_cast<int64_t>(now.imm));
        break;
      case BPF_JMP | BPF_JA:
        jump_if(true);
        break;
      case BPF_JMP32 | BPF_JEQ | BPF_K:
        jump_if(a == value);
        break;
      case BPF_JMP32 | BPF_JGT | BPF_K:
        jump_if(a > value);
        break;
      case BPF_JMP32 | BPF_JGE | BPF_K:
        jump_if(a >= value);
        break;
      case BPF_LD | BPF_IMM | BPF_DW:
        if (now.src_reg != BPF_PSEUDO_MAP_VALUE || now.imm != map || now.dst_reg != 1)
          fault("another map");
        has_address = true;
        ++at;
        break;
      case BPF_STX | BPF_ATOMIC | BPF_DW:
        if (!has_address || now.dst_reg != 1 || now.off != 0) fault("writes elsewhere");
        if ((now.imm & ~BPF_FETCH) != BPF_ADD) fault("does not add");
        count += registers[now.src_reg];
        break;
      case BPF_JMP | BPF_EXIT:
        return registers[0] != 0;
      default:
        fault("unknown instruction");
    }
  }
  throw std::logic_error("the program has no end");
}

}  // namespace mc::filter
