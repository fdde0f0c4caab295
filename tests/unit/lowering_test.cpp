// filter/lowering: the kernel's program passes whatever a filter accepts.
#include "filter/lowering.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "extended_machine.h"
#include "filter/kinds.h"
#include "net/counting_program.h"

namespace mc::filter {
namespace {

using net::Family;
using net::Instruction;
using Program = std::vector<Instruction>;

class Random {
 public:
  explicit Random(unsigned seed) : random_(seed) {}
  size_t below(size_t bound) { return random_() % bound; }
  std::string text(size_t least, size_t most) {
    std::string out(least + below(most - least + 1), ' ');
    for (char& each : out) each = static_cast<char>('a' + below(2));
    return out;
  }
  net::Address source(Family family) {
    net::Address address;
    address.family = family;
    for (size_t i = 0; i < (address.is_ipv4() ? 4 : 16); ++i)
      address.bytes[i] = static_cast<uint8_t>(below(2) * 0x81);
    address.port = static_cast<uint16_t>(below(4) * 300);
    return address;
  }
  FilterRef filter(int depth) {
    switch (below(depth > 0 ? 11 : 8)) {
      case 0:
        return *prefix(text(0, 6));
      case 1:
        return *bytes_at(below(5), text(0, 5), "");
      case 2: {
        const std::string value = text(1, 6);
        std::string mask(value.size(), '\0');
        for (char& each : mask) each = static_cast<char>(below(3) * 0x7f);
        return *bytes_at(below(5), value, mask);
      }
      case 3:
        return *size_range(below(6), 5 + below(6));
      case 4: {
        const net::Address address = source(below(4) == 0 ? Family::kIpv6 : Family::kIpv4);
        const auto bits = static_cast<unsigned>(below(address.is_ipv4() ? 33 : 129));
        return std::make_shared<SourceNetwork>(network_of(address, bits), bits);
      }
      case 5:
        return *source_port(static_cast<uint16_t>(below(700)), 700);
      case 6:
        return *regex(text(0, 3) + (below(2) == 0 ? "[ab]*b" : "") + text(0, 2));
      case 7:
        return everything();
      case 8:
        return *not_of(filter(depth - 1));
      case 9:
        return *all_of(filters(depth - 1));
      default:
        return *any_of(filters(depth - 1));
    }
  }
  std::vector<FilterRef> filters(int depth) {
    std::vector<FilterRef> made(below(4));
    for (FilterRef& each : made) each = filter(depth);
    return made;
  }

 private:
  std::mt19937 random_;
};

bool knows_everything(const FilterRef& filter) {
  std::string text;
  filter->describe(text);
  return text.find("regex") == std::string::npos && text.find("callable") == std::string::npos;
}

TEST(Lowering, DropsNothingThatAFilterAccepts) {
  Random random(11);
  size_t programs = 0;
  size_t dropped = 0;
  for (int round = 0; round < 4000; ++round) {
    const Family family = round % 2 == 0 ? Family::kIpv4 : Family::kIpv6;
    const std::vector<FilterRef> filters = random.filters(3);
    std::vector<const Filter*> all;
    bool is_exact = true;
    for (const FilterRef& each : filters) {
      all.push_back(each.get());
      is_exact = is_exact && knows_everything(each);
    }
    const Program program = lower(all, family);
    programs += program.empty() ? 0 : 1;
    const auto counting = net::counting(program, 1);
    for (int i = 0; i < 60; ++i) {
      const Datagram datagram(random.source(family), random.text(0, 10));
      const bool is_wanted = std::any_of(all.begin(), all.end(), [&](const Filter* each) {
        return each->matches(datagram.packet);
      });
      const bool is_passed = program.empty() || passes(program, datagram);
      ASSERT_TRUE(is_passed || !is_wanted) << datagram.payload;
      // Without expressions and callables the program says the same.
      ASSERT_TRUE(!is_exact || is_wanted == is_passed) << datagram.payload;
      dropped += is_passed ? 0 : 1;
      if (program.empty()) continue;
      uint64_t counted = 0;
      ASSERT_EQ(is_passed, passes_counting(counting, datagram, 1, counted)) << datagram.payload;
      ASSERT_EQ(is_passed ? 0u : 1u, counted);
    }
  }
  EXPECT_LT(1000u, programs);
  EXPECT_LT(20000u, dropped);
}

TEST(Lowering, JumpsFar) {
  std::vector<FilterRef> filters;
  for (int i = 0; i < 200; ++i) filters.push_back(*prefix("prefix number " + std::to_string(i)));
  const FilterRef last = *all_of({*not_of(*any_of(filters)), *prefix("prefix")});
  const Filter* const one = last.get();
  const Program program = lower({&one, 1}, Family::kIpv4);
  ASSERT_LT(600u, program.size());
  Random random(3);
  const net::Address source = random.source(Family::kIpv4);
  for (const char* each : {"prefix", "prefix number 200", "prefix number 7", "other", ""}) {
    const Datagram datagram(source, each);
    EXPECT_EQ(last->matches(datagram.packet), passes(program, datagram)) << each;
  }
}

TEST(Lowering, OfTooMuchIsNoProgram) {
  std::vector<FilterRef> filters;
  for (int i = 0; i < 3000; ++i) filters.push_back(*prefix(std::to_string(i)));
  // As large as they come, many times over: that must not need memory for each.
  const FilterRef large = *prefix(std::string(net::kMaxPayload, 'x'));
  for (const FilterRef& each : {*any_of(filters), *any_of(std::vector<FilterRef>(60000, large))}) {
    const Filter* const one = each.get();
    EXPECT_TRUE(lower({&one, 1}, Family::kIpv4).empty());
  }
}

// Over IPv6 a datagram may be larger than any that we send.
TEST(Lowering, KnowsTheLargestPackets) {
  const FilterRef filter = *not_of(*size_range(0, net::kMaxPayload));
  const Filter* const one = filter.get();
  Random random(5);
  const Datagram datagram(random.source(Family::kIpv6), std::string(65527, 'x'));
  EXPECT_TRUE(filter->matches(datagram.packet));
  EXPECT_TRUE(passes(lower({&one, 1}, Family::kIpv6), datagram));
}

TEST(Lowering, OfWhatOnlyThePacketCanTellIsNoProgram) {
  for (const FilterRef& each : {everything(), *regex("[ab]|"), *not_of(*regex("a[bc]"))}) {
    const Filter* const one = each.get();
    EXPECT_TRUE(lower({&one, 1}, Family::kIpv4).empty());
  }
  const FilterRef nothing = *any_of({});
  const Filter* const one = nothing.get();
  EXPECT_EQ(1u, lower({&one, 1}, Family::kIpv4).size());
}

}  // namespace
}  // namespace mc::filter
