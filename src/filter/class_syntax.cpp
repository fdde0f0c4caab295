#include "filter/class_syntax.h"

namespace mc::filter {
namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

int hex_value(char c) noexcept {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Behind "\x".
std::optional<unsigned char> read_hex(Cursor& pattern) {
  const bool braced = pattern.take("{");
  unsigned value = 0;
  for (int digits = 0; !pattern.at_end() && (braced || digits < 2); ++digits) {
    const int digit = hex_value(pattern.text[pattern.at]);
    if (digit < 0) break;
    ++pattern.at;
    value = value * 16 + static_cast<unsigned>(digit);
    if (value > 255) return std::nullopt;
  }
  if (braced && !pattern.take("}")) return std::nullopt;
  return static_cast<unsigned char>(value);
}

// Up to three digits, of which `first` is one.
std::optional<unsigned char> read_octal(Cursor& pattern, char first) {
  unsigned value = static_cast<unsigned>(first - '0');
  for (int i = 0; i < 2 && !pattern.at_end(); ++i) {
    const char c = pattern.text[pattern.at];
    if (c < '0' || c > '7') break;
    ++pattern.at;
    value = value * 8 + static_cast<unsigned>(c - '0');
  }
  if (value > 255) return std::nullopt;
  return static_cast<unsigned char>(value);
}

std::optional<ByteSet> read_unicode_class(Cursor& pattern, bool fold, const UnicodeClass& unicode) {
  size_t end = pattern.at + 3;
  if (end > pattern.text.size()) return std::nullopt;
  if (pattern.text[pattern.at + 2] == '{') {
    end = pattern.text.find('}', pattern.at);
    if (end == std::string_view::npos) return std::nullopt;
    ++end;
  }
  const std::string_view name = pattern.text.substr(pattern.at, end - pattern.at);
  pattern.at = end;
  return unicode(name, fold);
}

// "[:alpha:]", where there is an end to it.
bool at_posix_class(const Cursor& pattern, size_t& end) {
  if (!pattern.looking_at("[:")) return false;
  end = pattern.text.find(":]", pattern.at + 2);
  if (end == std::string_view::npos) return false;
  end += 2;
  return true;
}

std::optional<unsigned char> read_class_byte(Cursor& pattern) {
  if (pattern.at_end()) return std::nullopt;
  if (pattern.looking_at("\\")) return read_escaped_byte(pattern);
  return static_cast<unsigned char>(pattern.next());
}

// "a" or "a-z".
std::optional<ByteSet> read_range(Cursor& pattern) {
  const std::optional<unsigned char> first = read_class_byte(pattern);
  if (!first) return std::nullopt;
  std::optional<unsigned char> last = first;
  if (pattern.looking_at("-") && !pattern.looking_at("-]")) {
    ++pattern.at;
    last = read_class_byte(pattern);
    if (!last || *last < *first) return std::nullopt;
  }
  return byte_range(*first, *last);
}

std::optional<ByteSet> read_item(Cursor& pattern, bool fold, const UnicodeClass& unicode) {
  size_t end = 0;
  if (at_posix_class(pattern, end)) {
    const std::string_view name = pattern.text.substr(pattern.at, end - pattern.at);
    pattern.at = end;
    return posix_class(name, fold);
  }
  if (std::optional<ByteSet> named = read_named_class(pattern, fold, unicode)) return named;
  const std::optional<ByteSet> range = read_range(pattern);
  return range && fold ? folded(*range) : range;
}

}  // namespace

std::optional<unsigned char> read_escaped_byte(Cursor& pattern) {
  if (!pattern.take("\\") || pattern.at_end()) return std::nullopt;
  const char c = pattern.next();
  static constexpr std::string_view kLetters = "aftnrv";
  static constexpr std::string_view kMeanings = "\a\f\t\n\r\v";
  if (const size_t known = kLetters.find(c); known != std::string_view::npos) {
    return static_cast<unsigned char>(kMeanings[known]);
  }
  if (c == 'x') return read_hex(pattern);
  if (c >= '0' && c <= '7') return read_octal(pattern, c);
  const auto byte = static_cast<unsigned char>(c);
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  if (byte >= 0x80 || is_letter || is_digit(c)) return std::nullopt;
  return byte;  // punctuation stands for itself
}

std::optional<ByteSet> read_named_class(Cursor& pattern, bool fold, const UnicodeClass& unicode) {
  if (!pattern.looking_at("\\") || pattern.at + 1 >= pattern.text.size()) return std::nullopt;
  const char letter = pattern.text[pattern.at + 1];
  if (letter == 'p' || letter == 'P') return read_unicode_class(pattern, fold, unicode);
  const std::optional<ByteSet> bytes = perl_class(letter);  // no letter folds out of them
  if (bytes) pattern.at += 2;
  return bytes;
}

std::optional<ByteSet> read_class(Cursor& pattern, bool fold, const UnicodeClass& unicode) {
  if (!pattern.take("[")) return std::nullopt;
  const bool negated = pattern.take("^");
  ByteSet bytes;
  for (bool first = true; first || !pattern.looking_at("]"); first = false) {
    const std::optional<ByteSet> item = read_item(pattern, fold, unicode);
    if (!item) return std::nullopt;
    bytes |= *item;
  }
  ++pattern.at;
  return negated ? ~bytes : bytes;
}

}  // namespace mc::filter
