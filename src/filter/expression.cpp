#include "filter/expression.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "filter/class_syntax.h"

namespace mc::filter {
namespace {

struct Flags {
  bool fold = false;     // i
  bool lines = false;    // m
  bool dot_all = false;  // s
  bool lazy = false;     // U
};

// What stands between two parentheses.
struct Group {
  Flags outside;               // to return to behind it
  std::vector<Node> branches;  // finished alternatives
  std::vector<Node> items;     // of the present one
};

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

Node bytes_node(const ByteSet& bytes) {
  Node node;
  node.kind = Node::Kind::kBytes;
  node.bytes = bytes;
  return node;
}

Node assertion_node(Assertion assertion) {
  Node node;
  node.kind = Node::Kind::kAssertion;
  node.assertion = assertion;
  return node;
}

// A node of those kinds that lie in one another is one node.
std::vector<Node> flattened(std::vector<Node> items, Node::Kind kind) {
  const auto nested = [=](const Node& each) { return each.kind == kind; };
  if (std::none_of(items.begin(), items.end(), nested)) return items;
  std::vector<Node> flat;
  for (Node& each : items) {
    if (nested(each)) {
      std::move(each.parts.begin(), each.parts.end(), std::back_inserter(flat));
    } else {
      flat.push_back(std::move(each));
    }
  }
  return flat;
}

unsigned sum(unsigned a, unsigned b) noexcept {
  return a == Node::kNoLimit || b == Node::kNoLimit ? Node::kNoLimit : a + b;
}

// "x+x" and the like are counted together, as RE2 does. False: this is not like that.
bool joined(Node& first, const Node& second) {
  if (first.kind != Node::Kind::kRepetition) return false;
  const Node& byte = first.parts.front();
  if (byte.kind != Node::Kind::kBytes) return false;
  if (second.kind == Node::Kind::kBytes) {
    if (byte.bytes != second.bytes) return false;
    ++first.least;
    first.most = sum(first.most, 1);
    return true;
  }
  if (second.kind != Node::Kind::kRepetition || second.lazy != first.lazy ||
      second.parts.front().kind != Node::Kind::kBytes || second.parts.front().bytes != byte.bytes) {
    return false;
  }
  first.least += second.least;
  first.most = sum(first.most, second.most);
  return true;
}

Node concatenation(std::vector<Node> items) {
  std::vector<Node> flat = flattened(std::move(items), Node::Kind::kConcatenation);
  size_t kept = 0;
  for (size_t i = 0; i < flat.size(); ++i) {
    if (kept > 0 && joined(flat[kept - 1], flat[i])) continue;
    if (kept != i) flat[kept] = std::move(flat[i]);
    ++kept;
  }
  flat.resize(kept);
  if (flat.size() == 1) return std::move(flat.front());
  Node node;
  node.parts = std::move(flat);
  return node;
}

// Neighbours of one byte each are one set.
Node alternatives(std::vector<Node> branches) {
  std::vector<Node> merged;
  for (Node& each : flattened(std::move(branches), Node::Kind::kAlternatives)) {
    if (!merged.empty() && each.kind == Node::Kind::kBytes &&
        merged.back().kind == Node::Kind::kBytes) {
      merged.back().bytes |= each.bytes;
    } else {
      merged.push_back(std::move(each));
    }
  }
  if (merged.size() == 1) return std::move(merged.front());
  Node node;
  node.kind = Node::Kind::kAlternatives;
  node.parts = std::move(merged);
  return node;
}

// Of a repetition that is itself repeated without counting, one is made: so the tree gets no deeper
// than its groups.
void repeat(Node& node, unsigned least, unsigned most, bool lazy) {
  if (least == 1 && most == 1) return;
  if (most == 0) {
    node = Node();
    return;
  }
  const bool counts = least > 1 || (most > 1 && most != Node::kNoLimit);
  const bool counted = node.kind == Node::Kind::kRepetition &&
                       (node.least > 1 || (node.most > 1 && node.most != Node::kNoLimit));
  if (node.kind == Node::Kind::kRepetition && !counts && !counted) {
    node.least = std::min(node.least, least);
    node.most = std::max(node.most, most);
    return;
  }
  Node outer;
  outer.kind = Node::Kind::kRepetition;
  outer.least = least;
  outer.most = most;
  outer.lazy = lazy;
  outer.parts.push_back(std::move(node));
  node = std::move(outer);
}

class Parser {
 public:
  Parser(std::string_view pattern, const UnicodeClass& unicode_class)
      : pattern_{pattern}, unicode_class_(unicode_class) {}

  Parsed parse();

 private:
  void push(Node node) { groups_.back().items.push_back(std::move(node)); }
  void push_bytes(const ByteSet& bytes) {
    has_letter_pair_ = has_letter_pair_ || is_letter_pair(bytes);
    push(bytes_node(bytes));
  }
  void push_byte(unsigned char byte) {
    ByteSet bytes;
    bytes.set(byte);
    push_bytes(flags_.fold ? folded(bytes) : bytes);
  }

  // Each takes what it is named after; false: not known.
  bool element();
  bool open_group();
  bool flags_group();
  bool close_group();
  void branch();
  Node finished_group();
  bool repetition(unsigned least, unsigned most);
  bool counted();
  bool number(unsigned& value);
  bool escape();
  bool push_class(const std::optional<ByteSet>& bytes);

  Cursor pattern_;
  const UnicodeClass& unicode_class_;
  Flags flags_;
  std::vector<Group> groups_;
  bool too_deep_ = false;
  bool has_letter_pair_ = false;
  bool has_alternatives_ = false;
};

Parsed Parser::parse() {
  groups_.emplace_back();
  while (!pattern_.at_end()) {
    if (!element()) return {std::nullopt, too_deep_, false};
  }
  if (groups_.size() != 1) return {};
  Node tree = finished_group();
  return {std::move(tree), false, has_letter_pair_ && has_alternatives_};
}

bool Parser::element() {
  const char c = pattern_.text[pattern_.at];
  switch (c) {
    case '(':
      return open_group();
    case ')':
      return close_group();
    case '[':
      return push_class(read_class(pattern_, flags_.fold, unicode_class_));
    case '\\':
      return escape();
    case '{':
      return counted();
    default:
      break;
  }
  ++pattern_.at;
  switch (c) {
    case '|':
      branch();
      return true;
    case '^':
      push(assertion_node(flags_.lines ? Assertion::kBeginLine : Assertion::kBeginText));
      return true;
    case '$':
      push(assertion_node(flags_.lines ? Assertion::kEndLine : Assertion::kEndText));
      return true;
    case '.':
      push_bytes(flags_.dot_all ? ~ByteSet() : ~byte_range('\n', '\n'));
      return true;
    case '*':
      return repetition(0, Node::kNoLimit);
    case '+':
      return repetition(1, Node::kNoLimit);
    case '?':
      return repetition(0, 1);
    default:
      push_byte(static_cast<unsigned char>(c));
      return true;
  }
}

bool Parser::open_group() {
  ++pattern_.at;
  Group group;
  group.outside = flags_;
  if (pattern_.take("?P<") || pattern_.take("?<")) {
    const size_t end = pattern_.text.find('>', pattern_.at);
    if (end == std::string_view::npos) return false;
    pattern_.at = end + 1;
  } else if (pattern_.take("?")) {
    if (!flags_group()) return false;
    if (pattern_.text[pattern_.at - 1] == ')') return true;  // they hold from here on
  }
  groups_.push_back(std::move(group));
  too_deep_ = groups_.size() > kDeepestGroup + 1;
  return !too_deep_;
}

// Behind "(?": "i-s:" or "i-s)".
bool Parser::flags_group() {
  for (bool value = true; !pattern_.at_end();) {
    switch (pattern_.next()) {
      case 'i':
        flags_.fold = value;
        break;
      case 'm':
        flags_.lines = value;
        break;
      case 's':
        flags_.dot_all = value;
        break;
      case 'U':
        flags_.lazy = value;
        break;
      case '-':
        value = false;
        break;
      case ':':
      case ')':
        return true;
      default:
        return false;
    }
  }
  return false;
}

void Parser::branch() {
  has_alternatives_ = true;
  Group& group = groups_.back();
  group.branches.push_back(concatenation(std::exchange(group.items, {})));
}

Node Parser::finished_group() {
  if (groups_.back().branches.empty()) return concatenation(std::move(groups_.back().items));
  branch();
  return alternatives(std::move(groups_.back().branches));
}

bool Parser::close_group() {
  ++pattern_.at;
  if (groups_.size() < 2) return false;
  Node node = finished_group();
  flags_ = groups_.back().outside;
  groups_.pop_back();
  push(std::move(node));
  return true;
}

// Applies to the last item, whatever flags were set in between.
bool Parser::repetition(unsigned least, unsigned most) {
  const bool lazy = pattern_.take("?") != flags_.lazy;
  std::vector<Node>& items = groups_.back().items;
  if (items.empty()) return false;
  repeat(items.back(), least, most, lazy);
  return true;
}

// "{2}", "{2,}", "{2,3}"; anything else is a brace.
bool Parser::counted() {
  const size_t start = pattern_.at++;
  unsigned least = 0;
  unsigned most = 0;
  bool is_count = number(least);
  if (is_count) {
    most = least;
    if (pattern_.take(",") && !number(most)) most = Node::kNoLimit;
    is_count = pattern_.take("}");
  }
  if (is_count) return repetition(least, most);
  pattern_.at = start + 1;
  push_byte('{');
  return true;
}

bool Parser::number(unsigned& value) {
  if (pattern_.at_end() || !is_digit(pattern_.text[pattern_.at])) return false;
  if (pattern_.text[pattern_.at] == '0' && pattern_.at + 1 < pattern_.text.size() &&
      is_digit(pattern_.text[pattern_.at + 1]))
    return false;
  for (value = 0; !pattern_.at_end() && is_digit(pattern_.text[pattern_.at]); ++pattern_.at) {
    if (value >= 100000000) return false;
    value = value * 10 + static_cast<unsigned>(pattern_.text[pattern_.at] - '0');
  }
  return true;
}

bool Parser::escape() {
  if (pattern_.take("\\A")) return push(assertion_node(Assertion::kBeginText)), true;
  if (pattern_.take("\\z")) return push(assertion_node(Assertion::kEndText)), true;
  if (pattern_.take("\\b")) return push(assertion_node(Assertion::kWordBoundary)), true;
  if (pattern_.take("\\B")) return push(assertion_node(Assertion::kNoWordBoundary)), true;
  if (pattern_.take("\\C")) return push_bytes(~ByteSet()), true;
  if (pattern_.take("\\Q")) {
    while (!pattern_.at_end() && !pattern_.take("\\E"))
      push_byte(static_cast<unsigned char>(pattern_.next()));
    return true;
  }
  if (push_class(read_named_class(pattern_, flags_.fold, unicode_class_))) return true;
  const std::optional<unsigned char> byte = read_escaped_byte(pattern_);
  if (byte) push_byte(*byte);
  return byte.has_value();
}

bool Parser::push_class(const std::optional<ByteSet>& bytes) {
  if (bytes) push_bytes(*bytes);
  return bytes.has_value();
}

}  // namespace

Parsed parse_expression(std::string_view pattern, const UnicodeClass& unicode_class) {
  return Parser(pattern, unicode_class).parse();
}

}  // namespace mc::filter
