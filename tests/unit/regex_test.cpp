// filter: regular expressions on bytes.
#include <gmock/gmock.h>

#include <string>
#include <thread>
#include <vector>

#include "filter/filter.h"
#include "filter/regex.h"

namespace mc::filter {
namespace {

using testing::HasSubstr;
using std::string_literals::operator""s;

bool matches(const Filter& filter, const std::string& text) {
  net::Packet packet;
  packet.data = reinterpret_cast<const uint8_t*>(text.data());
  packet.size = packet.wire_size = text.size();
  return filter.matches(packet);
}

bool matches(const std::string& pattern, const std::string& text) {
  const Result<FilterRef> filter = regex(pattern);
  if (!filter.ok()) ADD_FAILURE() << filter.status().sentence();
  return filter.ok() && matches(**filter, text);
}

TEST(Regex, IsAnchoredAtTheFirstByteOnly) {
  EXPECT_TRUE(matches("b+", "bbc"));
  EXPECT_FALSE(matches("b+", "abb"));
  EXPECT_TRUE(matches("ab$", "ab"));
  EXPECT_FALSE(matches("ab$", "abc"));
  EXPECT_FALSE(matches("a|b", "cab"));
  EXPECT_TRUE(matches("^a", "ab"));
  EXPECT_TRUE(matches(".*b", "aab"));
}

TEST(Regex, OfNothingMatchesEverything) {
  EXPECT_TRUE(matches("", ""));
  EXPECT_TRUE(matches("", "abc"));
}

TEST(Regex, OnAnEmptyPacketMatchesOnlyNothing) {
  EXPECT_TRUE(matches("a*", ""));
  EXPECT_TRUE(matches("^$", ""));
  EXPECT_FALSE(matches("a", ""));
  const Result<FilterRef> filter = regex("a*");
  ASSERT_TRUE(filter.ok());
  EXPECT_TRUE((*filter)->matches(net::Packet{}));  // no data at all
}

TEST(Regex, NulIsAByteLikeAnyOther) {
  EXPECT_TRUE(matches("a\0b"s, "a\0b"s));
  EXPECT_FALSE(matches("a\0b"s, "a\0c"s));
  EXPECT_TRUE(matches("a.b", "a\0b"s));
  EXPECT_TRUE(matches("\\x00\\x01", "\0\1"s));
}

TEST(Regex, BytesAboveAsciiAreSingleBytes) {
  EXPECT_TRUE(matches("\\xff.\\xfe", "\xff\x80\xfe"));
  EXPECT_TRUE(matches("\xff", "\xff"));
  EXPECT_TRUE(matches("^.$", "\xe4"));
  EXPECT_FALSE(matches("^.$", "\xc3\xa4"));  // two bytes, whatever they mean elsewhere
  EXPECT_TRUE(matches("[\\x80-\\xff]{2}$", "\xc3\xa4"));
}

TEST(Regex, EveryByteMatchesItself) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    char pattern[8];
    std::snprintf(pattern, sizeof pattern, "\\x%02x$", static_cast<unsigned>(byte));
    EXPECT_TRUE(matches(pattern, text)) << byte;
    EXPECT_FALSE(matches(pattern, std::string(1, static_cast<char>(byte ^ 1)))) << byte;
  }
}

TEST(Regex, ThatIsBadIsRefusedWithTheFragmentAndItsPlace) {
  struct Bad {
    std::string pattern;
    const char* words;
  };
  const Bad table[] = {
      {"[\xff-\xfe]", "range in \"\\xff-\\xfe\" at byte 1"},
      {"\xc3\xa9[\xc3\xa9-a]", "range in \"\\xa9-a\" at byte 4"},
      {"a[b", "missing ] in \"[b\" at byte 1"},
      {"ab(", "missing ) at byte 2"},
      {"a)", "unexpected )"},
      {"ab**", "bad repetition operator in \"**\" at byte 2"},
      {"*a", "repetition operator in \"*\" at byte 0"},
      {"a\\", "trailing \\"},
      {"(?P<n", "named capture group"},
      {"a{2,1}", "\"{2,1}\" at byte 1"},
      {"(?=a)b", "\"(?=\" at byte 0"},
      {"(a)\\1", "\"\\1\" at byte 3"},
  };
  for (const Bad& each : table) {
    const Result<FilterRef> filter = regex(each.pattern);
    ASSERT_FALSE(filter.ok()) << each.pattern;
    EXPECT_EQ(kErrorPattern, filter.status().code());
    EXPECT_THAT(filter.status().sentence(), HasSubstr(each.words)) << each.pattern;
    EXPECT_THAT(filter.status().sentence(), HasSubstr("RE2"));
  }
}

TEST(Regex, ThatIsBadAndLongOrBinaryStillSaysWhy) {
  for (const std::string& pattern : {std::string(5000, 'x') + "[", "a\0b\n\x1b["s}) {
    const Result<FilterRef> filter = regex(pattern);
    ASSERT_FALSE(filter.ok());
    const std::string sentence = filter.status().sentence();
    EXPECT_THAT(sentence.substr(0, 1000), HasSubstr("missing ]"));
    for (const char each : sentence) EXPECT_GE(each, ' ');
  }
}

TEST(Regex, TooLargeForItsBudgetIsRefused) {
  const Result<FilterRef> filter = regex("((a{100}){100}){10}");
  ASSERT_FALSE(filter.ok());
  EXPECT_EQ(kErrorPattern, filter.status().code());
}

TEST(Regex, KnowsWhetherItScans) {
  for (const char* const each : {".*a", "x[^y]*a", ".{0,40}a", "(?:.|ab)*c", "(?:\\w\\w)*x",
                                 "(?:\\w+ )*word", "[a-z]+word1", "(?i:a.+B)"})
    EXPECT_TRUE((*Regex::make(each, Costly::kRefused))->scans()) << each;
  for (const char* const each :
       {"ab|cd", "a*b", "\\d+a", ".{3}a", "(?:ab){5}c", ".?a", "a(?:b|cd)*e", ".{40}a", "[a-z]+1",
        "(?:a+b)*c", "\\w+,", "\\S+ host", "a.+", ".{0,5}a"})
    EXPECT_FALSE((*Regex::make(each, Costly::kRefused))->scans()) << each;
}

TEST(Regex, SharedByThreadsGivesEachItsAnswer) {
  const Result<FilterRef> filter = regex("[a-f]+[0-9]{3}x");
  ASSERT_TRUE(filter.ok());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 500; ++round) {
        const std::string digits = std::to_string(100 + (round + i) % 900);
        EXPECT_TRUE(matches(**filter, "abc" + digits + "x"));
        EXPECT_FALSE(matches(**filter, "abc" + digits + "y"));
      }
    });
  }
  for (std::thread& each : threads) each.join();
}

}  // namespace
}  // namespace mc::filter
