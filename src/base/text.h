// Internal header: building sentences.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace mc {

inline void append_text(std::string& out, std::string_view text) {
  out += text;
}
inline void append_text(std::string& out, std::integral auto number) {
  out += std::to_string(number);
}

// One string of many pieces: texts and whole numbers.
template <typename... Pieces>
std::string cat(const Pieces&... pieces) {
  std::string out;
  (append_text(out, pieces), ...);
  return out;
}

// The user's text in quotation marks, fit for a sentence: whatever is not printable ASCII is
// written as \xHH, and of a long text the beginning must do.
std::string quoted(std::string_view text);

}  // namespace mc
