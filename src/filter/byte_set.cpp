#include "filter/byte_set.h"

#include <initializer_list>

namespace mc::filter {
namespace {

struct Range {
  unsigned char first;
  unsigned char last;
};

ByteSet set_of(std::initializer_list<Range> ranges) noexcept {
  ByteSet bytes;
  for (const Range& each : ranges) bytes |= byte_range(each.first, each.last);
  return bytes;
}

std::optional<ByteSet> named(std::string_view name) noexcept {
  if (name == "digit") return set_of({{'0', '9'}});
  if (name == "alpha") return set_of({{'A', 'Z'}, {'a', 'z'}});
  if (name == "alnum") return set_of({{'0', '9'}, {'A', 'Z'}, {'a', 'z'}});
  if (name == "word") return word_bytes();
  if (name == "upper") return set_of({{'A', 'Z'}});
  if (name == "lower") return set_of({{'a', 'z'}});
  if (name == "space") return set_of({{'\t', '\r'}, {' ', ' '}});
  if (name == "blank") return set_of({{'\t', '\t'}, {' ', ' '}});
  if (name == "cntrl") return set_of({{0, 0x1f}, {0x7f, 0x7f}});
  if (name == "print") return set_of({{' ', '~'}});
  if (name == "graph") return set_of({{'!', '~'}});
  if (name == "punct") return set_of({{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}});
  if (name == "xdigit") return set_of({{'0', '9'}, {'A', 'F'}, {'a', 'f'}});
  if (name == "ascii") return set_of({{0, 0x7f}});
  return std::nullopt;
}

}  // namespace

ByteSet byte_range(unsigned first, unsigned last) noexcept {
  const unsigned count = last - first + 1;
  return (~ByteSet() >> (256 - count)) << first;
}

ByteSet folded(const ByteSet& bytes) noexcept {
  static const ByteSet upper = set_of({{'A', 'Z'}, {0xc0, 0xd6}, {0xd8, 0xde}});
  return bytes | (bytes & upper) << 32 | (bytes >> 32 & upper);
}

bool is_letter_pair(const ByteSet& bytes) noexcept {
  const size_t first = bytes._Find_first();
  return bytes.count() == 2 && first >= 'A' && first <= 'Z' && bytes[first + 'a' - 'A'];
}

const ByteSet& word_bytes() noexcept {
  static const ByteSet bytes = set_of({{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}});
  return bytes;
}

std::optional<ByteSet> perl_class(char letter) noexcept {
  switch (letter) {
    case 'd':
      return set_of({{'0', '9'}});
    case 'D':
      return ~set_of({{'0', '9'}});
    case 's':
      return set_of({{'\t', '\n'}, {'\f', '\r'}, {' ', ' '}});
    case 'S':
      return ~set_of({{'\t', '\n'}, {'\f', '\r'}, {' ', ' '}});
    case 'w':
      return word_bytes();
    case 'W':
      return ~word_bytes();
    default:
      return std::nullopt;
  }
}

std::optional<ByteSet> posix_class(std::string_view name, bool fold) noexcept {
  if (!name.starts_with("[:") || !name.ends_with(":]") || name.size() < 4) return std::nullopt;
  name = name.substr(2, name.size() - 4);
  const bool negated = name.starts_with('^');
  if (negated) name.remove_prefix(1);
  std::optional<ByteSet> bytes = named(name);
  if (bytes && fold) *bytes = folded(*bytes);
  if (bytes && negated) bytes->flip();
  return bytes;
}

}  // namespace mc::filter
