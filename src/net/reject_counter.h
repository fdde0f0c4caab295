// Internal header: how many datagrams the programs of a socket dropped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/status.h"
#include "base/unique_fd.h"
#include "net/instruction.h"

namespace mc::net {

// A number that programs count in: a map of extended BPF. It may be made, and programs for it loaded, where
// the process has CAP_BPF in the first user namespace, or the host lets everybody.
class RejectCounter {
 public:
  static Result<RejectCounter> create();

  // The kernel takes a while to check a program, in which nothing else is done: 10 ms for so many
  // instructions, and four times as long for twice as many.
  static constexpr size_t kMostInstructions = 1024;

  // A program that drops the same and counts it here. The socket that is given it holds it.
  Result<UniqueFd> load(std::span<const Instruction> program) const;

  // A program counts a datagram before the socket does: whoever reads the socket's drops first and then
  // this knows of each reject among them.
  std::optional<uint64_t> count() const noexcept;

 private:
  explicit RejectCounter(UniqueFd map) noexcept : map_(std::move(map)) {}

  UniqueFd map_;
};

}  // namespace mc::net
