#include "filter/lowering.h"

#include <string>
#include <utility>

#include "filter/combination.h"
#include "filter/condition.h"
#include "filter/kinds.h"
#include "filter/regex.h"
#include "filter/visitor.h"

namespace mc::filter {
namespace {

using net::Instruction;

constexpr uint32_t kUdpHeader = 8;    // the datagram begins behind it
constexpr size_t kLargest = 65535;    // bytes; over IPv6 more come than net::kMaxPayload
constexpr uint32_t kIpv4Source = 12;  // in the IP header
constexpr uint32_t kIpv6Source = 8;

// Whether the datagram has at least so many bytes.
Condition is_as_large_as(size_t size) {
  if (size == 0) return Condition::of(true);
  return Condition::test(Instruction::kLoadSize, 0, ~0U, Instruction::kIfAtLeast,
                         static_cast<uint32_t>(size) + kUdpHeader);
}

// Adds tests of the bytes at `offset`, which are there, in as few loads as possible.
void add_bytes(std::vector<Condition>& tests, uint32_t offset, std::string_view value,
               std::string_view mask) {
  static constexpr uint16_t kLoads[] = {0, Instruction::kLoad1, Instruction::kLoad2, 0,
                                        Instruction::kLoad4};
  for (size_t done = 0; done < value.size();) {
    const size_t left = value.size() - done;
    const size_t count = left >= 4 ? 4 : left >= 2 ? 2 : 1;
    uint32_t wanted = 0;
    uint32_t ones = 0;
    for (size_t i = done; i < done + count; ++i) {
      wanted = wanted << 8 | static_cast<uint8_t>(value[i]);
      ones = ones << 8 | static_cast<uint8_t>(mask[i]);
    }
    const bool is_whole = ones == ~0U >> (8 * (4 - count));
    if (ones != 0) {
      tests.push_back(Condition::test(kLoads[count], offset + static_cast<uint32_t>(done),
                                      is_whole ? ~0U : ones, Instruction::kIfEqual, wanted));
    }
    done += count;
  }
}

Condition has_bytes(size_t offset, std::string_view value, std::string_view mask) {
  std::vector<Condition> tests;
  tests.push_back(is_as_large_as(offset + value.size()));
  add_bytes(tests, static_cast<uint32_t>(offset) + kUdpHeader, value, mask);
  return Condition::all(std::move(tests));
}

// Finds a condition that is true of all packets that a filter may match, or one that is true of none
// but those that it must match: the first is for what passes, the second for what is under a "not".
class Lowering final : public Visitor {
 public:
  enum class Bound { kMay, kMust };

  // `left` is how many tests the program still has room for; what goes beyond it is not told.
  Lowering(net::Family family, Bound bound, size_t& left) noexcept
      : family_(family), bound_(bound), left_(left) {}

  static Condition of(const Filter& filter, net::Family family, Bound bound, size_t& left) {
    Lowering lowering(family, bound, left);
    filter.accept(lowering);
    return std::move(lowering.condition_);
  }

  void visit(const Everything&) override { condition_ = Condition::of(true); }
  void visit(const Callable&) override { condition_ = unknown(); }
  void visit(const Prefix& filter) override {
    set_bytes(0, filter.bytes(), std::string(filter.bytes().size(), '\xff'));
  }
  void visit(const MaskedBytes& filter) override {
    set_bytes(filter.offset(), filter.value(), filter.mask());
  }
  void visit(const SizeRange& filter) override {
    if (!has_room(2)) return;
    std::vector<Condition> tests;
    tests.push_back(is_as_large_as(filter.least()));
    if (filter.most() < kLargest)
      tests.push_back(Condition::negation(is_as_large_as(filter.most() + 1)));
    condition_ = Condition::all(std::move(tests));
  }
  void visit(const SourceNetwork& filter) override {
    if (filter.address().family != family_) {
      condition_ = Condition::of(false);
      return;
    }
    if (!has_room(4)) return;
    const bool is_ipv4 = family_ == net::Family::kIpv4;
    const size_t size = is_ipv4 ? 4 : 16;
    std::string mask(size, '\0');
    for (unsigned bit = 0; bit < filter.bits(); ++bit)
      mask[bit / 8] = static_cast<char>(static_cast<uint8_t>(mask[bit / 8]) | (0x80U >> bit % 8));
    const std::string value(filter.address().bytes.begin(),
                            filter.address().bytes.begin() + static_cast<long>(size));
    std::vector<Condition> tests;
    add_bytes(tests, Instruction::kFromIpHeader + (is_ipv4 ? kIpv4Source : kIpv6Source), value,
              mask);
    condition_ = Condition::all(std::move(tests));
  }
  void visit(const SourcePort& filter) override {
    if (!has_room(2)) return;
    std::vector<Condition> tests;
    tests.push_back(
        Condition::test(Instruction::kLoad2, 0, ~0U, Instruction::kIfAtLeast, filter.first()));
    tests.push_back(Condition::negation(
        Condition::test(Instruction::kLoad2, 0, ~0U, Instruction::kIfGreater, filter.last())));
    condition_ = Condition::all(std::move(tests));
  }
  void visit(const Regex& filter) override;
  void visit(const AllOf& filter) override { condition_ = Condition::all(parts_of(filter)); }
  void visit(const AnyOf& filter) override { condition_ = Condition::any(parts_of(filter)); }
  void visit(const Not& filter) override {
    const Bound other = bound_ == Bound::kMay ? Bound::kMust : Bound::kMay;
    condition_ = Condition::negation(of(filter.part(), family_, other, left_));
  }

 private:
  Condition unknown() const { return Condition::of(bound_ == Bound::kMay); }
  // Otherwise the condition is that it is not known.
  bool has_room(size_t tests) {
    if (tests > left_) {
      condition_ = unknown();
      return false;
    }
    left_ -= tests;
    return true;
  }
  void set_bytes(size_t offset, std::string_view value, std::string_view mask) {
    if (has_room(value.size() / 4 + 3)) condition_ = has_bytes(offset, value, mask);
  }
  std::vector<Condition> parts_of(const Combination& filter) const {
    std::vector<Condition> parts;
    for (const FilterRef& each : filter.parts()) parts.push_back(of(*each, family_, bound_, left_));
    return parts;
  }

  net::Family family_;
  Bound bound_;
  size_t& left_;
  Condition condition_;
};

void Lowering::visit(const Regex& filter) {
  const std::string& prefix = filter.literal_prefix();
  const std::string ones(prefix.size(), '\xff');
  if (filter.literal()) {
    set_bytes(0, *filter.literal(), std::string(filter.literal()->size(), '\xff'));
  } else if (bound_ == Bound::kMust) {
    condition_ = unknown();
  } else if (has_room(prefix.size() / 4 + 4)) {
    std::vector<Condition> tests;
    tests.push_back(is_as_large_as(filter.least_size()));
    tests.push_back(has_bytes(0, prefix, ones));
    condition_ = Condition::all(std::move(tests));
  }
}

}  // namespace

std::vector<Instruction> lower(std::span<const Filter* const> filters, net::Family family) {
  std::vector<Condition> parts;
  size_t left = Instruction::kMost / 2;  // a test is two instructions or three
  for (const Filter* each : filters)
    parts.push_back(Lowering::of(*each, family, Lowering::Bound::kMay, left));
  return assemble(Condition::any(std::move(parts)));
}

}  // namespace mc::filter
