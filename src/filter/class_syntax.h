// Internal header: how regular expressions write bytes and sets of bytes.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>

#include "filter/byte_set.h"

namespace mc::filter {

// The bytes of a Unicode class ("\pL", "\P{Greek}"), of which RE2 has the tables.
using UnicodeClass = std::function<ByteSet(std::string_view name, bool fold)>;

// A place in an expression.
struct Cursor {
  std::string_view text;
  size_t at = 0;

  bool at_end() const noexcept { return at >= text.size(); }
  char next() noexcept { return text[at++]; }
  bool looking_at(std::string_view what) const noexcept {
    return text.substr(at).starts_with(what);
  }
  bool take(std::string_view what) noexcept {
    if (!looking_at(what)) return false;
    at += what.size();
    return true;
  }
};

// Each reads what stands at the cursor and moves it behind; none: there is no such thing.
// An escape that stands for one byte: "\n", "\x41", "\.".
std::optional<unsigned char> read_escaped_byte(Cursor& pattern);
// A class that is an escape: "\d", "\pL".
std::optional<ByteSet> read_named_class(Cursor& pattern, bool fold, const UnicodeClass& unicode);
// "[a-z]".
std::optional<ByteSet> read_class(Cursor& pattern, bool fold, const UnicodeClass& unicode);

}  // namespace mc::filter
