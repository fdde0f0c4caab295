// filter/print: expressions that RE2 reads wrong mean what they say all the same.
#include "filter/print.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "base/text.h"
#include "filter/regex.h"
#include "filter/regex_engine.h"
#include "filter/set.h"
#include "random_expression.h"

namespace mc::filter {
namespace {

using test::texts_of;

// By a walk along our own reading, which knows nothing of RE2.
class Meaning {
 public:
  explicit Meaning(const std::string& pattern)
      : parsed_(parse_expression(pattern, unicode_class)),
        program_(Program::make(*parsed_.tree)),
        walk_(Walk::make(*program_)) {}
  bool matches(const std::string& text) const {
    return walk_->matches(reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  bool is_known() const { return walk_.has_value(); }  // else it is too large
  const Node& tree() const { return *parsed_.tree; }

 private:
  Parsed parsed_;
  std::optional<Program> program_;
  std::optional<Walk> walk_;
};

// Alternatives of two and three such branches, in several places: some of each, by a fixed seed.
std::vector<std::string> patterns() {
  static constexpr const char* kBranches[] = {
      "a",     "A",     "[Aa]",    "(?i:a)", "[ab]",  "",       "xa",        "x[Aa]",
      "xA",    "ab",    "(?i:xa)", "xx[aA]", "[Aa]b", "(?i)a",  "a*",        "[Aa]?",
      "(?:a)", ".[Aa]", ".a",      "^a",     "^[Aa]", "xa|xAb", "(?:b|[Aa])"};
  static constexpr const char* kPlaces[] = {"%$", "(%)b$", "x(?:%)$", "(?:%)*$"};
  std::mt19937 random(29);
  std::vector<std::string> made;
  const auto add = [&](const std::string& alternatives, size_t one_in) {
    for (const std::string place : kPlaces) {
      if (random() % one_in != 0) continue;
      const size_t at = place.find('%');
      made.push_back(place.substr(0, at) + alternatives + place.substr(at + 1));
    }
  };
  for (const std::string a : kBranches) {
    for (const std::string b : kBranches) {
      add(a + "|" + b, 4);
      for (const std::string c : kBranches) add(a + "|" + b + "|" + c, 80);
    }
  }
  return made;
}

bool matches(const re2::RE2& engine, const std::string& text) {
  return engine.Match(text, 0, text.size(), re2::RE2::ANCHOR_START, nullptr, 0);
}

TEST(Misread, ExpressionsMeanWhatTheySay) {
  const std::vector<std::string> texts = texts_of("aAbx", 3);
  size_t misread = 0;
  for (const std::string& pattern : patterns()) {
    const Meaning meaning(pattern);
    const auto regex = Regex::make(pattern, Costly::kRefused);
    ASSERT_TRUE(regex.ok()) << regex.status().sentence();
    const std::string given = (*regex)->pattern_for_engine();
    const re2::RE2 raw(pattern, engine_options());
    const auto together = Set::of(std::vector<Set::Expression>{{given, false}, {"b", true}});
    bool is_misread = false;
    for (const std::string& text : texts) {
      const bool expected = meaning.matches(text);
      is_misread = is_misread || matches(raw, text) != expected;
      net::Packet packet;
      packet.data = reinterpret_cast<const uint8_t*>(text.data());
      packet.size = text.size();
      SCOPED_TRACE(pattern + " as " + given + " on " + text);
      ASSERT_EQ(expected, static_cast<const Filter&>(**regex).matches(packet));
      std::vector<int> found;
      ASSERT_TRUE(together->match(text, found));
      ASSERT_EQ(expected, std::count(found.begin(), found.end(), 0) == 1);
    }
    misread += is_misread ? 1 : 0;
    ASSERT_TRUE(given != pattern || !is_misread) << pattern;
    std::string shown;
    (*regex)->describe(shown);
    ASSERT_EQ("regex " + mc::quoted(pattern), shown);
  }
  RecordProperty("misread", static_cast<int>(misread));  // none by an RE2 without the fault
}

TEST(Misread, OthersAreGivenAsTheyAre) {
  for (const char* const each : {"a|b", "(?i)ab", "[Aa]b.*", "a|[Aab]", "\\w|(?i)\\xe5"}) {
    const auto regex = Regex::make(each, Costly::kRefused);
    ASSERT_TRUE(regex.ok()) << regex.status().sentence();
    EXPECT_EQ(each, (*regex)->pattern_for_engine());
  }
}

TEST(Misread, WhatIsPrintedMeansTheSame) {
  test::RandomExpressions random(31);
  size_t asked = 0;
  for (int i = 0; i < 1500; ++i) {
    const std::string pattern = random.pattern();
    if (!re2::RE2(pattern, engine_options()).ok()) continue;
    const Meaning meaning(pattern);
    if (!meaning.is_known()) continue;
    const re2::RE2 engine(printed(meaning.tree()), engine_options());
    ASSERT_TRUE(engine.ok()) << pattern << ": " << engine.error();
    for (int k = 0; k < 20; ++k, ++asked) {
      const std::string text = random.text(meaning.tree());
      ASSERT_EQ(meaning.matches(text), matches(engine, text)) << pattern << " on " << text;
    }
  }
  EXPECT_LT(20000u, asked);
}

// Counts that are joined when they are read may be more than RE2 takes.
TEST(Misread, LargeCountsArePrintedInPieces) {
  constexpr size_t kEndless = 10000;
  const struct {
    const char* pattern;
    size_t least;
    size_t most;
  } table[] = {
      {"a{600}a{700}$", 1300, 1300},
      {"a{900,}a{900}$", 1800, kEndless},
      {"a{900,1000}a{800,1000}$", 1700, 2000},
      {"(?:a{20}a{30}){40}$", 2000, 2000},
  };
  for (const auto& each : table) {
    const Parsed parsed = parse_expression(each.pattern, unicode_class);
    const re2::RE2 engine(printed(*parsed.tree), engine_options(16 << 20));
    ASSERT_TRUE(engine.ok()) << each.pattern << ": " << engine.error();
    for (const size_t size : {each.least - 1, each.least, each.most, each.most + 1}) {
      if (size > 5000) continue;
      EXPECT_EQ(size >= each.least && size <= each.most, matches(engine, std::string(size, 'a')))
          << each.pattern << " on " << size;
    }
  }
}

}  // namespace
}  // namespace mc::filter
