#include "random_expression.h"

#include <algorithm>
#include <array>

namespace mc::test {

using filter::Node;

std::string RandomExpressions::alternatives(int depth) {
  std::string made;
  for (size_t branches = below(4) == 0 ? 1 + below(3) : 1; branches > 0; --branches) {
    std::string last;
    for (size_t items = below(4); items > 0; --items) {
      if (last.empty() || below(5) != 0) last = item(depth);  // the same again makes runs
      made += last;
      if (below(3) == 0) made += repetition();
    }
    if (branches > 1) made += '|';
  }
  return made;
}

std::string RandomExpressions::item(int depth) {
  if (depth == 0 || below(4) != 0) return leaf();
  static constexpr std::array kOpenings = {"(",    "(?:",   "(?P<n>", "(?i:",    "(?s:",    "(?m:",
                                           "(?U:", "(?-s:", "(?i-m:", "(?:(?i)", "(?:(?sU)"};
  std::string opening = kOpenings[below(kOpenings.size())];
  if (opening == "(?P<n>") opening = "(?P<n" + std::to_string(random_()) + ">";
  return opening + alternatives(depth - 1) + ")";
}

std::string RandomExpressions::leaf() {
  static constexpr std::array kLeaves = {
      "\\d",       "\\D",    "\\w",  "\\W",  "\\s",     "\\S",         ".",       "\\C",
      "^",         "$",      "\\A",  "\\z",  "\\b",     "\\B",         "\\x41",   "\\x{e5}",
      "\\x00",     "\\101",  "\\0",  "\\07", "\\n",     "\\r",         "\\t",     "\\v",
      "\\a",       "\\f",    "\\.",  "\\_",  "\\{",     "{",           "{a}",     "{,2}",
      "\\Qa.*\\E", "\\Q\\E", "\\pL", "\\PL", "\\p{Lu}", "\\p{^Greek}", "\\P{Nd}", "(?i)",
      "(?-i)",     "(?s)",   "(?m)", "\xe5", "\xc5",    "\xb5",        "\xff",    "\xd7",
      "k",         "S",      "]",    "}",    "-",       "abc",         "ab",      "[^\\x00-\\xff]"};
  switch (below(4)) {
    case 0:
      return kLeaves[below(kLeaves.size())];
    case 1:
      return char_class();
    default:
      return std::string(1, "aAbBcxyz019_, "[below(14)]);
  }
}

std::string RandomExpressions::char_class() {
  static constexpr std::array kParts = {
      "a",          "b",         "A-Z",       "a-f",       "0-9",         "\\d",
      "\\D",        "\\w",       "\\W",       "\\s",       "\\S",         "[:alpha:]",
      "[:^alpha:]", "[:digit:]", "[:space:]", "[:upper:]", "[:^lower:]",  "[:punct:]",
      "[:xdigit:]", "[:^word:]", "[:cntrl:]", "[:print:]", "[:graph:]",   "[:blank:]",
      "[:ascii:]",  "[:alnum:]", "\\pL",      "\\P{Lu}",   "\\x80-\\xff", "\xe0-\xff",
      "\\n",        "-",         ".",         "[",         "^",           "\\]",
      "\\x{c5}",    "\\101",     "(",         "k",         " -/",         "[:"};
  std::string made = below(3) == 0 ? "[^" : "[";
  if (below(12) == 0) made += ']';
  for (size_t parts = 1 + below(3); parts > 0; --parts) made += kParts[below(kParts.size())];
  return made + "]";
}

std::string RandomExpressions::repetition() {
  const auto number = [this](size_t most) { return std::to_string(below(most)); };
  std::string made;
  switch (below(6)) {
    case 0:
      made = "*";
      break;
    case 1:
      made = "+";
      break;
    case 2:
      made = "?";
      break;
    case 3:
      made = "{" + number(5) + "}";
      break;
    case 4:
      made = "{" + number(4) + ",}";
      break;
    default:
      made = "{" + number(3) + "," + std::to_string(2 + below(4)) + "}";
      break;
  }
  return below(4) == 0 ? made + "?" : made;
}

void RandomExpressions::append(const Node& node, std::string& text) {
  switch (node.kind) {
    case Node::Kind::kBytes:
      if (node.bytes.none()) return;
      for (size_t byte = below(256);; byte = (byte + 1) % 256) {
        if (!node.bytes[byte]) continue;
        text += static_cast<char>(byte);
        return;
      }
    case Node::Kind::kConcatenation:
      for (const Node& each : node.parts) append(each, text);
      return;
    case Node::Kind::kAlternatives:
      return append(node.parts[below(node.parts.size())], text);
    case Node::Kind::kRepetition: {
      const unsigned most = std::min(node.most, node.least + 3);
      for (size_t count = node.least + below(most - node.least + 1); count > 0; --count) {
        if (text.size() < 200) append(node.parts.front(), text);
      }
      return;
    }
    case Node::Kind::kAssertion:
      return;
  }
}

}  // namespace mc::test
