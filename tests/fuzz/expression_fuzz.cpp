// Any pattern and any packet: the expression alone, in a set, and in the kernel say the same.
#include <vector>

#include "filter/filter.h"
#include "filter/index.h"
#include "filter/keys.h"
#include "filter/lowering.h"
#include "program_machine.h"
#include "target.h"

namespace mc::fuzz {
namespace {

using namespace mc::filter;  // NOLINT: all of it is meant

// Whether the index finds it, in which the others are, too.
bool is_found(const FilterRef& filter, const net::Packet& packet) {
  Index index;
  std::vector<FilterRef> others;
  for (const char* each : {"a+b", "[0-9]+x", "(?i)never"}) others.push_back(*regex(each));
  for (size_t i = 0; i < others.size(); ++i)
    index.add(static_cast<Index::Id>(i + 1), *keys_of(*others[i]));
  std::optional<Keys> keys = keys_of(*filter);
  if (!keys) return filter->matches(packet);
  index.add(0, std::move(*keys));
  index.build();
  std::vector<Index::Candidate> found;
  index.find(packet, found);
  for (const Index::Candidate& each : found) {
    if (each.id == 0) return each.is_exact || filter->matches(packet);
  }
  return false;
}

void run(Input input) {
  const std::string pattern = input.bytes(input.byte());
  const Result<FilterRef> filter = regex(pattern, Costly::kAllowed);
  if (!filter.ok()) return;
  std::string text;
  (*filter)->describe(text);
  net::Address source;
  source.family = net::Family::kIpv4;
  const Datagram datagram(source, input.rest());
  const bool matches = (*filter)->matches(datagram.packet);
  require(matches == is_found(*filter, datagram.packet), "the set disagrees with the expression");
  const Filter* const one = filter->get();
  const auto program = lower({&one, 1}, net::Family::kIpv4);
  require(!matches || program.empty() || passes(program, datagram),
          "the kernel would drop what the expression matches");
}

}  // namespace
}  // namespace mc::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mc::fuzz::run({data, size});
  return 0;
}
