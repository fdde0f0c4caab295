// Internal header: programs that count what they drop.
#pragma once

#include <span>
#include <vector>

#include "net/instruction.h"

struct bpf_insn;

namespace mc::net {

// The same decisions as a program of extended BPF (bpf(2), for a socket), which adds 1 to the first number
// of `map`, a descriptor, before it drops a datagram. The program is one that the kernel would take; its
// loads find what they look for, for what the kernel drops by itself is not counted.
std::vector<bpf_insn> counting(std::span<const Instruction> program, int map);

}  // namespace mc::net
