#include "filter/regex_engine.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"

namespace mc::filter {
namespace {

// Behind a character class that opens at `at`, or behind the last byte.
size_t end_of_class(std::string_view pattern, size_t at) {
  size_t i = at + 1;
  if (i < pattern.size() && pattern[i] == '^') ++i;
  if (i < pattern.size() && pattern[i] == ']') ++i;  // a first one stands for itself
  for (; i < pattern.size() && pattern[i] != ']'; ++i) {
    if (pattern[i] == '\\') ++i;
  }
  return i;
}

// The first closing parenthesis that opens nowhere, else the last opening one that is never closed.
size_t unbalanced_parenthesis(std::string_view pattern) {
  std::vector<size_t> open;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern.substr(i, 2) == "\\Q") {
      i = std::min(pattern.find("\\E", i), pattern.size());
    } else if (pattern[i] == '\\') {
      ++i;  // whatever is escaped is no parenthesis
    } else if (pattern[i] == '[') {
      i = end_of_class(pattern, i);
    } else if (pattern[i] == '(') {
      open.push_back(i);
    } else if (pattern[i] == ')') {
      if (open.empty()) return i;
      open.pop_back();
    }
  }
  return open.empty() ? std::string_view::npos : open.back();
}

// On what RE2 stumbled, in the pattern's own bytes: RE2 reads and tells those above 127 as UTF-8.
std::string fragment_of(const re2::RE2& expression) {
  const std::string& told = expression.error_arg();
  std::string bytes;
  for (size_t i = 0; i < told.size(); ++i) {
    const auto lead = static_cast<uint8_t>(told[i]);
    const bool has_two = (lead == 0xc2 || lead == 0xc3) && i + 1 < told.size();
    const unsigned upper = static_cast<unsigned>(lead & 3) << 6;
    bytes +=
        has_two ? static_cast<char>(upper | (static_cast<uint8_t>(told[++i]) & 0x3f)) : told[i];
  }
  return bytes;
}

// Where RE2 stumbled. It tells only on which fragment; it reads from the left, so that is the first
// such one.
size_t position(std::string_view pattern, const re2::RE2& expression) {
  switch (expression.error_code()) {
    case re2::RE2::ErrorMissingParen:
    case re2::RE2::ErrorUnexpectedParen:
      return unbalanced_parenthesis(pattern);
    case re2::RE2::ErrorTrailingBackslash:
      return pattern.size() - 1;
    default: {
      const std::string fragment = fragment_of(expression);
      return fragment.empty() ? std::string_view::npos : pattern.find(fragment);
    }
  }
}

Status refusal_by(std::string_view pattern, const re2::RE2& expression) {
  std::string_view reason = expression.error();
  if (const std::string& told = expression.error_arg(); !told.empty() && reason.ends_with(told)) {
    reason.remove_suffix(told.size());  // "missing ]: [abc"
    reason = reason.substr(0, reason.find_last_not_of(": ") + 1);
  }
  const std::string fragment = fragment_of(expression);
  std::string sentence = cat("the expression ", quoted(pattern), " is refused: ", reason);
  if (!fragment.empty() && fragment != pattern) sentence += cat(" in ", quoted(fragment));
  const size_t at = position(pattern, expression);
  if (at != std::string_view::npos) sentence += cat(" at byte ", at);
  return Status(kErrorPattern, cat(sentence, "; the syntax is RE2's"));
}

}  // namespace

re2::RE2::Options engine_options(int64_t budget) {
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_log_errors(false);  // the library writes nothing to stderr
  options.set_never_capture(true);
  options.set_max_mem(budget);
  return options;
}

Status refusal(std::string_view pattern) {
  const re2::RE2 expression(re2::StringPiece(pattern.data(), pattern.size()), engine_options());
  return refusal_by(pattern, expression);
}

ByteSet unicode_class(std::string_view name, bool fold) {
  const re2::RE2 expression(cat(fold ? "(?i)" : "", name), engine_options());
  ByteSet bytes;
  for (unsigned value = 0; value < 256; ++value) {
    const char byte = static_cast<char>(value);
    bytes[value] =
        expression.Match(re2::StringPiece(&byte, 1), 0, 1, re2::RE2::ANCHOR_START, nullptr, 0);
  }
  return bytes;
}

}  // namespace mc::filter
