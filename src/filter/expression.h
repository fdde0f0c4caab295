// Internal header: the tree of a regular expression, as far as it decides what matches: sets of
// bytes, one behind the other, alternatives, repetitions and assertions.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "filter/byte_set.h"
#include "filter/class_syntax.h"

namespace mc::filter {

enum class Assertion : unsigned char {
  kBeginText,
  kEndText,
  kBeginLine,
  kEndLine,
  kWordBoundary,
  kNoWordBoundary,
};

struct Node {
  enum class Kind : unsigned char {
    kBytes,          // one byte of `bytes`; of none: never matches
    kConcatenation,  // of the parts; of none: the empty text
    kAlternatives,
    kRepetition,  // of the only part, `least` to `most` times
    kAssertion,
  };
  static constexpr unsigned kNoLimit = ~0u;

  Kind kind = Kind::kConcatenation;
  Assertion assertion = {};
  bool lazy = false;  // decides only how RE2 builds its program
  unsigned least = 0;
  unsigned most = 0;
  ByteSet bytes;
  std::vector<Node> parts;
};

// Groups within groups; a tree is not much deeper.
inline constexpr size_t kDeepestGroup = 200;

struct Parsed {
  std::optional<Node> tree;  // none: nested too deep, or of a syntax that is not known here
  bool too_deep = false;
  bool may_be_misread = false;  // by RE2: it is better given what printed() says
};

// Reads an expression that RE2 accepts, as RE2 does for Latin-1. Captures do not matter.
Parsed parse_expression(std::string_view pattern, const UnicodeClass& unicode_class);

}  // namespace mc::filter
