// Internal header: what a program for the kernel tests, before it is one.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "net/instruction.h"

namespace mc::filter {

// A test of a number that is loaded from the datagram, or a combination of conditions. Parts are
// tested from the first on, and no further than needed: what follows a test of the size may load
// what that says is there.
struct Condition {
  enum class Kind { kTrue, kFalse, kTest, kAll, kAny, kNot };

  Kind kind = Kind::kTrue;
  // Of kTest.
  uint16_t load = 0;     // Instruction::kLoad…
  uint16_t compare = 0;  // Instruction::kIf…
  uint32_t offset = 0;
  uint32_t mask = ~0U;
  uint32_t value = 0;
  std::vector<Condition> parts;

  static Condition of(bool truth) {
    Condition made;
    made.kind = truth ? Kind::kTrue : Kind::kFalse;
    return made;
  }
  static Condition test(uint16_t load, uint32_t offset, uint32_t mask, uint16_t compare,
                        uint32_t value) {
    Condition made;
    made.kind = Kind::kTest;
    made.load = load;
    made.offset = offset;
    made.mask = mask;
    made.compare = compare;
    made.value = value;
    return made;
  }
  // These leave out what changes nothing.
  static Condition all(std::vector<Condition> parts) {
    return combine(Kind::kAll, Kind::kTrue, Kind::kFalse, std::move(parts));
  }
  static Condition any(std::vector<Condition> parts) {
    return combine(Kind::kAny, Kind::kFalse, Kind::kTrue, std::move(parts));
  }
  static Condition negation(Condition part) {
    if (part.kind == Kind::kTrue || part.kind == Kind::kFalse) return of(part.kind == Kind::kFalse);
    Condition made;
    made.kind = Kind::kNot;
    made.parts.push_back(std::move(part));
    return made;
  }

 private:
  static Condition combine(Kind kind, Kind neutral, Kind decisive, std::vector<Condition> parts) {
    Condition made;
    made.kind = kind;
    for (Condition& each : parts) {
      if (each.kind == neutral) continue;
      if (each.kind == decisive) return of(decisive == Kind::kTrue);
      made.parts.push_back(std::move(each));
    }
    if (made.parts.empty()) return of(neutral == Kind::kTrue);
    return made;
  }
};

// The program that keeps the datagrams that the condition is true of. Empty when it would keep all or
// be longer than the kernel takes.
std::vector<net::Instruction> assemble(const Condition& condition);

}  // namespace mc::filter
