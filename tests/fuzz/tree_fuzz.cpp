// Any tree of filters and any packet: asked, looked up and in the kernel they say the same.
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

net::Address address_of(Input& input) {
  net::Address address;
  address.family = input.below(2) == 0 ? net::Family::kIpv4 : net::Family::kIpv6;
  for (size_t i = 0; i < (address.is_ipv4() ? 4 : 16); ++i) address.bytes[i] = input.byte();
  address.port = static_cast<uint16_t>(input.byte() << 8 | input.byte());
  return address;
}

Result<FilterRef> tree_of(Input& input, int depth);

std::vector<FilterRef> trees_of(Input& input, int depth) {
  std::vector<FilterRef> parts;
  for (size_t left = input.below(4); left > 0; --left) {
    Result<FilterRef> part = tree_of(input, depth);
    if (part.ok()) parts.push_back(*part);
  }
  return parts;
}

Result<FilterRef> tree_of(Input& input, int depth) {
  switch (input.below(depth > 0 ? 10 : 7)) {
    case 0:
      return everything();
    case 1:
      return prefix(input.bytes(input.below(6)));
    case 2: {
      const std::string value = input.bytes(input.below(6));
      const size_t offset = input.byte();
      const std::string mask = input.bytes(value.size());
      return bytes_at(offset, value, mask.size() == value.size() ? mask : "");
    }
    case 3: {
      const size_t least = input.byte();
      return size_range(least, input.byte());
    }
    case 4: {
      const net::Address address = address_of(input);
      return source_network(address.text() + "/" + std::to_string(input.below(129)));
    }
    case 5: {
      const auto first = static_cast<uint16_t>(input.byte() << 8);
      return source_port(first, static_cast<uint16_t>(input.byte() << 8 | 0xff));
    }
    case 6:
      return regex(input.bytes(input.below(8)), Costly::kAllowed);
    case 7: {
      Result<FilterRef> part = tree_of(input, depth - 1);
      return part.ok() ? not_of(*part) : std::move(part);
    }
    case 8:
      return all_of(trees_of(input, depth - 1));
    default:
      return any_of(trees_of(input, depth - 1));
  }
}

void run(Input input) {
  const Result<FilterRef> filter = tree_of(input, 4);
  if (!filter.ok()) return;
  std::string text;
  (*filter)->describe(text);
  const net::Address source = address_of(input);
  const Datagram datagram(source, input.rest());
  const bool matches = (*filter)->matches(datagram.packet);
  if (std::optional<Keys> keys = keys_of(**filter)) {
    Index index;
    index.add(7, std::move(*keys));
    std::vector<Index::Candidate> found;
    index.find(datagram.packet, found);
    require(!matches || !found.empty(), "what matches is not found");
    for (const Index::Candidate& each : found)
      require(!each.is_exact || matches, "what is found does not match");
  }
  const Filter* const one = filter->get();
  const auto program = lower({&one, 1}, source.family);
  require(!matches || program.empty() || passes(program, datagram),
          "the kernel would drop what the filter matches");
}

}  // namespace
}  // namespace mc::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mc::fuzz::run({data, size});
  return 0;
}
