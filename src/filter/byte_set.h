// Internal header: sets of bytes, and those that regular expressions know by name.
#pragma once

#include <bitset>
#include <optional>
#include <string_view>

namespace mc::filter {

using ByteSet = std::bitset<256>;

// The bytes of `first` to `last`.
ByteSet byte_range(unsigned first, unsigned last) noexcept;

// With each letter its other case, as RE2 folds Latin-1.
ByteSet folded(const ByteSet& bytes) noexcept;

// Whether they are the two cases of a letter of ASCII and nothing else.
bool is_letter_pair(const ByteSet& bytes) noexcept;

// A to Z, a to z, 0 to 9 and _.
const ByteSet& word_bytes() noexcept;

// \d, \s, \w and their opposites, by their letter.
std::optional<ByteSet> perl_class(char letter) noexcept;

// "[:alpha:]", "[:^alpha:]" and so on; folded before it is negated.
std::optional<ByteSet> posix_class(std::string_view name, bool fold) noexcept;

}  // namespace mc::filter
