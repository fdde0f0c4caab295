// Random regular expressions, and texts that have to do with them.
#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "filter/expression.h"

namespace mc::test {

class RandomExpressions {
 public:
  explicit RandomExpressions(unsigned seed) : random_(seed) {}

  size_t below(size_t limit) { return random_() % limit; }

  // In RE2's syntax; a few of them RE2 refuses.
  std::string pattern() { return alternatives(2); }

  // What an expression would match, but for its assertions; or that, changed a little; or anything.
  std::string text(const filter::Node& tree) {
    std::string made;
    if (below(4) != 0) append(tree, made);
    if (below(2) == 0) made += any_text(6);
    while (below(3) == 0 && !made.empty()) made[below(made.size())] = any_byte();
    if (below(8) == 0) made.resize(below(made.size() + 1));
    return made;
  }

 private:
  char any_byte() {
    static constexpr char kBytes[] =
        "aAbBcxyzk019_-,. \n\r\t\v\0\x7f\x80\xb5\xc5\xe5\xdf\xff\xd7\xf7";
    return below(5) == 0 ? static_cast<char>(random_()) : kBytes[below(sizeof kBytes - 1)];
  }
  std::string any_text(size_t most) {
    std::string made;
    for (size_t size = below(most); made.size() < size;) made += any_byte();
    return made;
  }

  std::string alternatives(int depth);
  std::string item(int depth);
  std::string leaf();
  std::string char_class();
  std::string repetition();
  void append(const filter::Node& node, std::string& text);

  std::mt19937 random_;
};

/// All texts of up to `most` bytes of an alphabet.
inline std::vector<std::string> texts_of(std::string_view alphabet, size_t most) {
  std::vector<std::string> texts = {""};
  for (size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].size() == most) continue;
    for (const char each : alphabet) texts.push_back(texts[i] + each);
  }
  return texts;
}

}  // namespace mc::test
