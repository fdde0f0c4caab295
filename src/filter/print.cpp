#include "filter/print.h"

#include <algorithm>

#include "base/text.h"

namespace mc::filter {
namespace {

constexpr unsigned kMostCount = 1000;  // that RE2 takes, nested ones multiplied

class Printer {
 public:
  void add(const Node& node, unsigned outer) {
    switch (node.kind) {
      case Node::Kind::kBytes:
        return add_class(node.bytes);
      case Node::Kind::kConcatenation:
        if (node.parts.empty()) text_ += "(?:)";
        for (const Node& each : node.parts) add(each, outer);
        return;
      case Node::Kind::kAlternatives:
        return add_alternatives(node, outer);
      case Node::Kind::kRepetition:
        return add_repetition(node, outer);
      case Node::Kind::kAssertion:
        return add_assertion(node.assertion);
    }
  }
  std::string take() { return std::move(text_); }

 private:
  void add_byte(size_t byte) {
    static constexpr char kDigits[] = "0123456789abcdef";
    text_ += "\\x";
    text_ += kDigits[byte >> 4];
    text_ += kDigits[byte & 15];
  }
  void add_class(const ByteSet& bytes) {
    if (bytes.count() == 1) return add_byte(bytes._Find_first());
    if (bytes.none()) {
      text_ += "[^\\x00-\\xff]";
      return;
    }
    text_ += '[';
    for (size_t first = bytes._Find_first(); first < bytes.size();) {
      size_t last = first;
      while (last + 1 < bytes.size() && bytes[last + 1]) ++last;
      add_byte(first);
      if (last > first) {
        text_ += '-';
        add_byte(last);
      }
      first = bytes._Find_next(last);
    }
    text_ += ']';
  }
  void add_alternatives(const Node& node, unsigned outer) {
    text_ += "(?:";
    for (size_t i = 0; i < node.parts.size(); ++i) {
      if (i > 0) text_ += '|';
      add_branch(node.parts[i], outer);
    }
    text_ += ')';
  }
  // What it ends with is all that may be left of it, and a pair is then to be a class.
  void add_branch(const Node& node, unsigned outer) {
    if (node.kind == Node::Kind::kBytes && is_letter_pair(node.bytes)) {
      text_ += "(?:";
      add_byte(node.bytes._Find_first());
      text_ += '|';
      add_byte(node.bytes._Find_next(node.bytes._Find_first()));
      text_ += ')';
    } else if (node.kind == Node::Kind::kConcatenation && !node.parts.empty()) {
      for (size_t i = 0; i + 1 < node.parts.size(); ++i) add(node.parts[i], outer);
      add_branch(node.parts.back(), outer);
    } else {
      add(node, outer);
    }
  }
  // `outer`: how often it is written out by what it lies in. Counts that the parser joined may be more than RE2
  // takes of one.
  void add_repetition(const Node& node, unsigned outer) {
    const unsigned most = std::max(kMostCount / outer, 1U);
    const bool is_endless = node.most == Node::kNoLimit;
    unsigned least = node.least;
    unsigned more = is_endless ? 0 : node.most - node.least;
    text_ += "(?:";
    for (; least > most; least -= most) add_counted(node, outer, most, most);
    if (is_endless) {
      add_counted(node, outer, least, Node::kNoLimit);
    } else {
      const unsigned together = std::min(more, most - least);
      add_counted(node, outer, least, least + together);
      for (more -= together; more > 0; more -= std::min(more, most))
        add_counted(node, outer, 0, std::min(more, most));
    }
    text_ += ')';
  }
  void add_counted(const Node& node, unsigned outer, unsigned least, unsigned most) {
    const bool is_endless = most == Node::kNoLimit;
    text_ += "(?:";
    add(node.parts.front(), outer * std::max(is_endless ? least : most, 1U));
    text_ += ')';
    if (is_endless && least < 2) {
      text_ += least == 0 ? '*' : '+';
    } else if (least == 0 && most == 1) {
      text_ += '?';
    } else {
      text_ += cat("{", least);
      if (is_endless) text_ += ',';
      if (!is_endless && most != least) text_ += cat(",", most);
      text_ += '}';
    }
    if (node.lazy) text_ += '?';
  }
  void add_assertion(Assertion assertion) {
    static constexpr const char* kTexts[] = {"\\A", "\\z", "(?m:^)", "(?m:$)", "\\b", "\\B"};
    text_ += kTexts[static_cast<size_t>(assertion)];
  }

  std::string text_;
};

}  // namespace

std::string printed(const Node& tree) {
  Printer printer;
  printer.add(tree, 1);
  return printer.take();
}

}  // namespace mc::filter
