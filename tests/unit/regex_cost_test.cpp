// filter: which expressions are costly, which are literals, and what is too much of either.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "filter/automaton.h"
#include "filter/regex.h"

namespace mc::filter {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::shared_ptr<const Regex> made_of(const std::string& pattern, Costly costly = {}) {
  Result<std::shared_ptr<const Regex>> made = Regex::make(pattern, costly);
  if (!made.ok()) {
    ADD_FAILURE() << made.status().sentence();
    return nullptr;
  }
  return std::move(*made);
}

int code_of(const std::string& pattern, Costly costly = {}) {
  const Result<FilterRef> made = regex(pattern, costly);
  return made.ok() ? 0 : made.status().code();
}

bool matches(const Filter& filter, const std::string& text) {
  net::Packet packet;
  packet.data = reinterpret_cast<const uint8_t*>(text.data());
  packet.size = packet.wire_size = text.size();
  return filter.matches(packet);
}

TEST(RegexCost, OfOrdinaryExpressionsIsAccepted) {
  for (const char* const pattern : {
           "(NOTIFY|M-SEARCH) ",
           "\\$GP(GGA|RMC),\\d+",
           ".*\"symbol\":\"AAPL\"",
           "(?s).*\"id\":\\s*\"[0-9a-f]{8}-[0-9a-f]{4}\"",
           "(a+)+$",
           "(a|aa)+$",
           ".*a.*a.*a.*b",
           "8=FIX\\.4\\.[24]\\x019=\\d+\\x0135=[D8]\\x01",
           "<\\d{1,3}>1 \\S+ host\\d+ ",
           "x.{500}y",
           "x.{1000}y",
           "(?i)notify.*host: [a-z]+",
           "(?:\\w{1,30},){1,30}x",
           "\\w+\\s*,\\s*\\w+;",
           "(?:[a-z]+[0-9]*)+!",
           "(?s).*x.{6}y",
           "(?s).*\\bfoo\\b",
           "(?m).*^foo$",
           "\\pL+\\d",
       }) {
    const std::shared_ptr<const Regex> filter = made_of(pattern);
    ASSERT_NE(nullptr, filter) << pattern;
    EXPECT_FALSE(filter->is_costly()) << pattern;
    EXPECT_EQ(Cost::kExpression, filter->cost()) << pattern;
    EXPECT_FALSE(made_of(pattern, Costly::kAllowed)->is_costly()) << pattern;
  }
}

TEST(RegexCost, BeyondTheBoundIsRefusedUnlessAllowed) {
  for (const char* const pattern : {
           "(?s).*x.{10}y",
           ".*x.{20}y",
           "(?s).*x.{1000}y",
           ".*[ab].{60}[cd].{60}[ef]",
           "(?:.{10}x|.{11}y|a|b)*z",
           "(?s).*x.{0,12}y.{0,12}z",
           "[^y]*x[^y]{14}z",
           "(?:x|[xz]{1,20}q|[xz]{2,30}r)*y",
           "(?s).*\\bx\\w{2}.{15}\\b",
       }) {
    const Result<FilterRef> refused = regex(pattern);
    ASSERT_FALSE(refused.ok()) << pattern;
    EXPECT_EQ(kErrorCostly, refused.status().code()) << pattern;
    EXPECT_THAT(refused.status().sentence(),
                AllOf(HasSubstr("costly"), HasSubstr("mc_filter_regex_costly")));
    const std::shared_ptr<const Regex> filter = made_of(pattern, Costly::kAllowed);
    ASSERT_NE(nullptr, filter) << pattern;
    EXPECT_TRUE(filter->is_costly()) << pattern;
    EXPECT_EQ(Cost::kCostlyExpression, filter->cost()) << pattern;
    std::string text;
    filter->describe(text);
    EXPECT_THAT(text, HasSubstr("costly regex "));
  }
}

// What cannot be made cheap in any way, whether costly ones are allowed or not.
TEST(RegexCost, BeyondAllBoundsIsRefused) {
  for (const char* const pattern : {
           "(?s).*x.{1000}y.{1000}z.{1000}q.{1000}w",
           "(?:(?:[ab]?[bc]?){20}(?:[cd]?[de]?){20}){20}x",
           "(?s).*(?:[a-f]x|[b-g]y.{9}|[c-h]z.{1,30}q){1,20}!",
       }) {
    EXPECT_EQ(kErrorPattern, code_of(pattern)) << pattern;
    EXPECT_EQ(kErrorPattern, code_of(pattern, Costly::kAllowed)) << pattern;
  }
}

TEST(RegexCost, OfACostlyExpressionChangesNoAnswer) {
  const std::shared_ptr<const Regex> filter = made_of("(?s).*x.{70}y", Costly::kAllowed);
  ASSERT_NE(nullptr, filter);
  for (size_t at = 0; at < 200; ++at) {
    const std::string text = std::string(at, 'z') + 'x' + std::string(70, '.');
    ASSERT_TRUE(matches(*filter, text + "y")) << at;
    ASSERT_FALSE(matches(*filter, text + ".y")) << at;
    ASSERT_FALSE(matches(*filter, text)) << at;
    ASSERT_FALSE(matches(*filter, text.substr(0, at + 70) + "y")) << at;
  }
}

// The number decides what is accepted, here and everywhere: it may only change on purpose.
TEST(RegexCost, IsTheSameNumberEverywhere) {
  const auto size_of = [](const char* pattern) {
    const Parsed parsed = parse_expression(pattern, {});
    return automaton_size(*Program::make(*parsed.tree), 1 << 20);
  };
  EXPECT_EQ(504U, size_of("a.c"));  // five states, of four classes of bytes
  EXPECT_EQ(68448U, size_of("(?s).*x.{7}y"));
  EXPECT_EQ(3572U, size_of("(?s).*\\bx.{3}\\b"));
  EXPECT_EQ(100404U, size_of("x.{1000}y"));
}

TEST(RegexCost, OfALiteralIsThatOfComparing) {
  struct Literal {
    const char* pattern;
    std::string bytes;
  };
  const Literal literals[] = {
      {"", ""},
      {"NOTIFY", "NOTIFY"},
      {"\\$GPGGA,", "$GPGGA,"},
      {"^M-SEARCH", "M-SEARCH"},
      {"\\AM(?:-S)(EARCH)", "M-SEARCH"},
      {"\\Qa.b*\\E", "a.b*"},
      {"\\x00\\xff\\001", std::string("\0\xff\1", 3)},
      {"a{3}b{0}[c]", "aaac"},
      {"(?i)123", "123"},
      {"(?P<name>x)", "x"},
      {"\xe4", "\xe4"},
  };
  for (const Literal& each : literals) {
    const std::shared_ptr<const Regex> filter = made_of(each.pattern);
    ASSERT_NE(nullptr, filter);
    ASSERT_TRUE(filter->literal()) << each.pattern;
    EXPECT_EQ(each.bytes, *filter->literal());
    EXPECT_EQ(each.bytes, filter->literal_prefix());
    EXPECT_EQ(Cost::kBytes, filter->cost());
    EXPECT_TRUE(matches(*filter, each.bytes + "more"));
    EXPECT_FALSE(!each.bytes.empty() && matches(*filter, each.bytes.substr(1)));
  }
  for (const char* const pattern :
       {"a.", "a|b", "(?i)a", "a$", "a^", "\\ba", "a+", "a{1,2}", "."}) {
    EXPECT_FALSE(made_of(pattern)->literal()) << pattern;
  }
}

TEST(RegexCost, IsSavedByWhatAllMatchesBeginWith) {
  const struct {
    const char* pattern;
    const char* prefix;
  } table[] = {
      {"\\$GP(GGA|RMC),\\d+", "$GP"},
      {"NOTIFY.*", "NOTIFY"},
      {"(?:NOTIFY|NOTICE) x", "NOTI"},
      {"AB?", "A"},
      {"a+b", "a"},
      {"a{3,5}", "aaa"},
      {"(?i)notify", ""},
      {"a|b", ""},
      {"A?\\b", ""},
      {"abc$", "abc"},
      {"(?m)^ab.", "ab"},
      {".*a", ""},
      {"(?i:a)b", ""},
      {"12(?i)34x", "1234"},
      {"\\bab", "ab"},
  };
  for (const auto& each : table) {
    EXPECT_EQ(each.prefix, made_of(each.pattern)->literal_prefix()) << each.pattern;
  }
}

TEST(RegexCost, OfReadingIsLimited) {
  const std::string longest(Regex::kLongestPattern, 'a');
  EXPECT_EQ(longest, *made_of(longest)->literal());
  const Result<FilterRef> longer = regex(longest + "a");
  ASSERT_FALSE(longer.ok());
  EXPECT_EQ(kErrorPattern, longer.status().code());
  EXPECT_THAT(longer.status().sentence(), HasSubstr("65536"));
  std::string nested;
  for (size_t i = 0; i < kDeepestGroup; ++i) nested += "(a";
  EXPECT_EQ(0, code_of(nested + std::string(kDeepestGroup, ')')));
  EXPECT_EQ(kErrorPattern, code_of("(" + nested + std::string(kDeepestGroup + 1, ')')));
  // Short to write, but nothing that takes long.
  EXPECT_EQ(kErrorPattern, code_of("(?:a{30}){30}" + std::string(10000, '(')));
  std::string repeated;
  while (repeated.size() < 60000) repeated += "(?:){1000}";
  EXPECT_EQ(0, code_of(repeated));
  std::string starred = "a";
  while (starred.size() < 60000) starred += "(?i)*(?i){2}?(?i){1}";
  EXPECT_EQ(kErrorPattern, code_of(starred));
  std::string letters;
  while (letters.size() < 1000) letters += "\\pL";
  EXPECT_EQ(0, code_of(letters));
  EXPECT_EQ(kErrorPattern, code_of("(?:" + longest.substr(0, 60000) + "){1000}"));
}

}  // namespace
}  // namespace mc::filter
