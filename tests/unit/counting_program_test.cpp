// net/counting_program: programs that count decide as those that they are made from.
#include "net/counting_program.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <random>
#include <string>
#include <vector>

#include "extended_machine.h"
#include "filter/kinds.h"
#include "filter/lowering.h"
#include "net/reject_counter.h"

namespace mc::filter {
namespace {

using net::Instruction;
using Program = std::vector<Instruction>;

constexpr int kMap = 77;

Datagram datagram(const std::string& payload) {
  net::Address source;
  source.bytes = {10, 1, 2, 3};
  source.port = 5000;
  return {source, payload};
}

// Whether it passes; counts what does not.
bool passes_counting(const Program& program, const std::string& payload, uint64_t& count) {
  return passes_counting(net::counting(program, kMap), datagram(payload), kMap, count);
}

TEST(CountingProgram, CountsWhatItDropsAndNothingElse) {
  const Program program = {{Instruction::kLoad1, 0, 0, 8},
                           {Instruction::kIfEqual, 0, 1, 'a'},
                           {Instruction::kReturn, 0, 0, ~0U},
                           {Instruction::kReturn, 0, 0, 0}};
  uint64_t count = 0;
  EXPECT_TRUE(passes_counting(program, "a", count));
  EXPECT_EQ(0u, count);
  EXPECT_FALSE(passes_counting(program, "b", count));
  EXPECT_FALSE(passes_counting(program, "c", count));
  EXPECT_EQ(2u, count);
}

TEST(CountingProgram, ComparesAllBits) {
  for (const uint32_t value : {0x7fffffffU, 0x80000000U, 0xfffffffeU}) {
    for (const auto test :
         {Instruction::kIfEqual, Instruction::kIfGreater, Instruction::kIfAtLeast}) {
      const Program program = {{Instruction::kLoad4, 0, 0, 8},
                               {test, 1, 0, value},
                               {Instruction::kReturn, 0, 0, 0},
                               {Instruction::kReturn, 0, 0, ~0U}};
      for (const char* each : {"\x7f\xff\xff\xff", "\x80\x00\x00\x00", "\xff\xff\xff\xff"}) {
        uint64_t count = 0;
        const std::string payload(each, 4);
        const bool is_passed = passes(program, datagram(payload));
        EXPECT_EQ(is_passed, passes_counting(program, payload, count)) << value << " " << test;
        EXPECT_EQ(is_passed ? 0u : 1u, count);
      }
    }
  }
}

// The kernel refuses instructions that nothing leads to; and it takes what was made.
TEST(CountingProgram, LeavesOutWhatNothingLeadsTo) {
  const Program program = {{Instruction::kJump, 0, 0, 2},
                           {Instruction::kLoad4, 0, 0, 8},
                           {Instruction::kReturn, 0, 0, 0},
                           {Instruction::kReturn, 0, 0, ~0U}};
  const std::vector<bpf_insn> made = net::counting(program, kMap);
  EXPECT_EQ(4u, made.size());  // the context, the jump, the value, the end
  uint64_t count = 0;
  EXPECT_TRUE(passes_counting(made, datagram("a"), kMap, count));
  const auto counter = net::RejectCounter::create();
  if (!counter.ok()) GTEST_SKIP() << counter.status().sentence();
  const auto loaded = counter->load(program);
  EXPECT_TRUE(loaded.ok()) << loaded.status().sentence();
}

TEST(CountingProgram, OfManyPrefixesIsTakenByTheKernelUpToABound) {
  std::mt19937 random(19);
  std::vector<FilterRef> prefixes;
  for (int i = 0; i < 100; ++i)
    prefixes.push_back(*prefix("prefix " + std::to_string(random() % 1000)));
  const FilterRef filter = *any_of(prefixes);
  const Filter* const one = filter.get();
  const Program program = lower({&one, 1}, net::Family::kIpv4);
  ASSERT_LT(600u, program.size());
  ASSERT_GT(net::RejectCounter::kMostInstructions, program.size());
  for (int i = 0; i < 1000; ++i) {
    const std::string payload = "prefix " + std::to_string(random() % 1100);
    uint64_t count = 0;
    ASSERT_EQ(passes(program, datagram(payload)), passes_counting(program, payload, count));
  }
  const auto counter = net::RejectCounter::create();
  if (!counter.ok()) GTEST_SKIP() << counter.status().sentence();
  const auto loaded = counter->load(program);
  EXPECT_TRUE(loaded.ok()) << loaded.status().sentence();
  EXPECT_EQ(0u, counter->count());
  const Program longer(net::RejectCounter::kMostInstructions + 1, {Instruction::kReturn, 0, 0, 0});
  EXPECT_EQ(-E2BIG, counter->load(longer).status().code());
}

}  // namespace
}  // namespace mc::filter
