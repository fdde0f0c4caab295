// filter: our reading of regular expressions against RE2's, on random ones and random texts.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "filter/regex.h"
#include "filter/regex_engine.h"
#include "random_expression.h"

namespace mc::filter {
namespace {

using test::RandomExpressions;
using test::texts_of;

Parsed parse(const std::string& pattern) {
  return parse_expression(pattern, unicode_class);
}

// The slow way: step by step, as assertions allow.
bool simulate(const Program& program, const std::string& text) {
  Closure closure(program);
  std::vector<uint32_t> now = {program.start()};
  Side before = Side::kEdge;
  for (size_t i = 0; i <= text.size() && !now.empty(); ++i) {
    const unsigned char byte = i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
    const Side after = i < text.size() ? side_of(byte) : Side::kEdge;
    closure.clear();
    for (const uint32_t each : now) {
      closure.add(each, [=](Assertion assertion) { return holds(assertion, before, after); });
    }
    if (closure.matches()) return true;
    now.clear();
    for (const uint32_t each : closure.bytes()) {
      const Step& step = program.steps()[each];
      if (i < text.size() && (*step.bytes)[byte]) now.push_back(step.out);
    }
    before = after;
  }
  return false;
}

net::Packet packet_of(const std::string& text) {
  net::Packet packet;
  packet.data = reinterpret_cast<const uint8_t*>(text.data());
  packet.size = packet.wire_size = text.size();
  return packet;
}

bool matches(const Filter& filter, const std::string& text) {
  return filter.matches(packet_of(text));
}

// One random expression, made in each of our ways.
struct Sample {
  explicit Sample(const std::string& text)
      : pattern(text), expected(text, engine_options()), parsed(parse(text)) {
    if (!expected.ok() || !parsed.tree) return;
    program = Program::make(*parsed.tree);
    if (program) walk = Walk::make(*program);
    Result<std::shared_ptr<const Regex>> made = Regex::make(text, Costly::kAllowed);
    if (made.ok()) filter = std::move(*made);
  }
  bool expects(const std::string& text) const {
    return expected.Match(text, 0, text.size(), re2::RE2::ANCHOR_START, nullptr, 0);
  }

  std::string pattern;
  re2::RE2 expected;
  Parsed parsed;
  std::optional<Program> program;
  std::optional<Walk> walk;
  std::shared_ptr<const Regex> filter;
};

TEST(Expression, MeansWhatItMeansToRE2) {
  RandomExpressions random(1);
  size_t pairs = 0;
  size_t matching = 0;
  size_t walks = 0;
  for (int i = 0; i < 9000; ++i) {
    const Sample sample(random.pattern());
    if (!sample.expected.ok()) continue;
    ASSERT_TRUE(sample.parsed.tree && sample.program && sample.filter) << sample.pattern;
    walks += sample.walk.has_value() ? 1 : 0;
    for (int k = 0; k < 40; ++k, ++pairs) {
      const std::string text = random.text(*sample.parsed.tree);
      const bool expected = sample.expects(text);
      matching += expected ? 1 : 0;
      SCOPED_TRACE(sample.pattern + " on " + testing::PrintToString(text));
      ASSERT_EQ(expected, simulate(*sample.program, text));
      ASSERT_EQ(expected, matches(*sample.filter, text));
      if (sample.walk) {
        ASSERT_EQ(expected, sample.walk->matches(packet_of(text).data, text.size()));
      }
    }
  }
  EXPECT_GT(pairs, 250000U);
  EXPECT_GT(matching, pairs / 4);
  EXPECT_GT(pairs - matching, pairs / 4);
  EXPECT_GT(walks, 7000U);
}

TEST(Expression, MeansWhatItMeansToRE2OnAllShortTexts) {
  const char* const patterns[] = {
      "a?a?$",
      "a{2,3}a{0,2}$",
      "a+a{2}b",
      "(?:a+)(?:a)$",
      "a*?a+?b",
      "a+ab$",
      "(a|b)|\n$",
      "(?:ab|a)b$",
      "(?:a*)*b",
      "(?:a?){3}$",
      "a(?i)*b$",
      "a*(?i)*b",
      "a\\Q\\E*b$",
      "\\Qab\\E*$",
      "a|b*?|$",
      "(?:a|b(?i))a$",
      "(?i:a)a$",
      "((?i)a|b)a$",
      "a{,2}",
      "a{1,2}{",
      "a{02}",
      "(?:){3}a$",
      "(?:^)*a$",
      "(?:^a|b$)+$",
      "a^b",
      "a$b",
      "(?m)a$\n^b",
      "(?m)(?:^a$\n?)+",
      "(?m:^)$",
      "(?s).b",
      "a.b",
      "\\ba\\b",
      "\\Ba",
      "a\\b\\B",
      "(?:\\b|a)*b$",
      "a\\z",
      "\\Aa",
      "b\\A",
      "[^a]$",
      "[^\\x00-\\xff]",
      "a|[^\\x00-\\xff]",
      "(?U)a*b$",
      "(?:a{2}){2}$",
      "(?:a{1,2}b?){2,}$",
      "(?:|a)+b$",
      "a{0}b$",
      "a{0,}b$",
      "a{1}b$",
      "(?:a|b){2,3}?$",
      "",
      "()",
      "|",
      "a||b",
      "(?i)[^a]$",
      "[^\n]b",
  };
  const std::vector<std::string> texts = texts_of("aAb\n", 5);
  for (const char* const pattern : patterns) {
    const Sample sample(pattern);
    ASSERT_TRUE(sample.expected.ok() && sample.program && sample.walk && sample.filter) << pattern;
    for (const std::string& text : texts) {
      const bool expected = sample.expects(text);
      SCOPED_TRACE(sample.pattern + " on " + testing::PrintToString(text));
      ASSERT_EQ(expected, simulate(*sample.program, text));
      ASSERT_EQ(expected, matches(*sample.filter, text));
      ASSERT_EQ(expected, sample.walk->matches(packet_of(text).data, text.size()));
    }
  }
}

TEST(Expression, PromisesOnlyWhatEveryMatchKeeps) {
  RandomExpressions random(2);
  size_t literals = 0;
  size_t prefixes = 0;
  for (int i = 0; i < 4000; ++i) {
    const Sample sample(random.pattern());
    if (!sample.filter) continue;
    const std::string& prefix = sample.filter->literal_prefix();
    const size_t least = sample.filter->least_size();
    literals += sample.filter->literal() ? 1 : 0;
    prefixes += prefix.empty() ? 0 : 1;
    for (int k = 0; k < 30; ++k) {
      const std::string text = random.text(*sample.parsed.tree);
      const bool matches = sample.expects(text);
      SCOPED_TRACE(sample.pattern + " on " + testing::PrintToString(text));
      if (sample.filter->literal()) {
        ASSERT_EQ(matches, text.starts_with(*sample.filter->literal()));
      }
      if (!matches) continue;
      ASSERT_TRUE(text.starts_with(prefix));
      ASSERT_GE(text.size(), least);
    }
  }
  EXPECT_GT(literals, 150U);
  EXPECT_GT(prefixes, 500U);
}

TEST(Expression, FoldsEachByteAsRE2Does) {
  for (unsigned value = 0; value < 256; ++value) {
    char pattern[16];
    std::snprintf(pattern, sizeof pattern, "(?i)\\x%02x", value);
    const Sample sample(pattern);
    ASSERT_TRUE(sample.program);
    for (unsigned other = 0; other < 256; ++other) {
      const std::string text(1, static_cast<char>(other));
      ASSERT_EQ(sample.expects(text), simulate(*sample.program, text)) << value << ' ' << other;
    }
  }
}

TEST(Expression, KnowsWhatEveryMatchBeginsWithWhereItIsSimple) {
  const struct {
    const char* pattern;
    const char* prefix;
    size_t least;
  } table[] = {
      {"ab[cd](?:ef|g)h?i", "ab", 5},
      {"(?:abc|abd)e", "ab", 4},
      {"a{3}b*", "aaa", 3},
      {"ab?", "a", 1},
      {"(?i)a", "", 1},
      {"ab|", "", 0},
  };
  for (const auto& each : table) {
    const Result<std::shared_ptr<const Regex>> made = Regex::make(each.pattern, {});
    ASSERT_TRUE(made.ok()) << each.pattern;
    EXPECT_EQ(each.prefix, (*made)->literal_prefix()) << each.pattern;
    EXPECT_EQ(each.least, (*made)->least_size()) << each.pattern;
  }
}

}  // namespace
}  // namespace mc::filter
