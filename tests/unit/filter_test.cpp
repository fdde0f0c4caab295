// filter: every kind but expressions, and what each is as text.
#include <cstdint>
#include <string>

#include "filters.h"

namespace mc::filter {
namespace {

using testing::HasSubstr;
using std::string_literals::operator""s;

TEST(Everything, IsAnyPacket) {
  EXPECT_TRUE(matches(everything(), ""));
  EXPECT_TRUE(matches(everything(), "a"));
}

TEST(Prefix, IsWhatAPacketBeginsWith) {
  const FilterRef filter = made(prefix("ab\0c"s));
  EXPECT_TRUE(matches(filter, "ab\0c"s));
  EXPECT_TRUE(matches(filter, "ab\0cd"s));
  EXPECT_FALSE(matches(filter, "ab\0"s));
  EXPECT_FALSE(matches(filter, "ab\0d"s));
  EXPECT_FALSE(matches(filter, "xab\0c"s));
  EXPECT_FALSE(matches(filter, ""));
}

TEST(Prefix, OfNothingIsEverything) {
  EXPECT_TRUE(matches(made(prefix("")), ""));
  EXPECT_TRUE(matches(made(prefix("")), "a"));
}

TEST(Prefix, IsAtMostAsLongAsAPacket) {
  const std::string longest(net::kMaxPayload, 'x');
  const FilterRef filter = made(prefix(longest));
  EXPECT_TRUE(matches(filter, longest));
  EXPECT_FALSE(matches(filter, longest.substr(1)));
  expect_refused(kErrorSize, "65508 bytes is longer than any packet", prefix(longest + "x"));
}

TEST(Bytes, LieAtAnOffset) {
  const FilterRef filter = made(bytes_at(2, "cd", ""));
  EXPECT_TRUE(matches(filter, "abcd"));
  EXPECT_TRUE(matches(filter, "xxcdx"));
  EXPECT_FALSE(matches(filter, "abc"));
  EXPECT_FALSE(matches(filter, "cdcx"));
  EXPECT_FALSE(matches(filter, "a"));
  EXPECT_FALSE(matches(filter, ""));
}

TEST(Bytes, AreComparedUnderTheMask) {
  const FilterRef filter = made(bytes_at(1, "\xab\xff", "\xf0\x01"));
  EXPECT_TRUE(matches(filter, "\x01\xa0\x01"s));
  EXPECT_TRUE(matches(filter, "\x01\xaf\xff"s));
  EXPECT_FALSE(matches(filter, "\x01\xb0\x01"s));
  EXPECT_FALSE(matches(filter, "\x01\xa0\xfe"s));
  EXPECT_FALSE(matches(filter, "\x01\xa0"s));
}

TEST(Bytes, OfAMaskThatIsLongerThanThePacketDoNotMatch) {
  const FilterRef nothing_asked = made(bytes_at(0, "\0\0\0\0"s, "\0\0\0\0"s));
  EXPECT_FALSE(matches(nothing_asked, "abc"));
  EXPECT_FALSE(matches(nothing_asked, ""));
  EXPECT_TRUE(matches(nothing_asked, "abcd"));
  const FilterRef first_only = made(bytes_at(0, "a\0\0"s, "\xff\0\0"s));
  EXPECT_FALSE(matches(first_only, "ab"));
  EXPECT_TRUE(matches(first_only, "abc"));
}

TEST(Bytes, OfNoneAskForTheSizeOnly) {
  const FilterRef filter = made(bytes_at(3, "", ""));
  EXPECT_FALSE(matches(filter, "ab"));
  EXPECT_TRUE(matches(filter, "abc"));
  EXPECT_TRUE(matches(made(bytes_at(0, "", "")), ""));
}

TEST(Bytes, BeyondAnyPacketAreRefused) {
  const FilterRef last = made(bytes_at(net::kMaxPayload - 1, "x", ""));
  EXPECT_TRUE(matches(last, std::string(net::kMaxPayload, 'x')));
  EXPECT_FALSE(matches(last, std::string(net::kMaxPayload - 1, 'x')));
  EXPECT_FALSE(matches(made(bytes_at(net::kMaxPayload, "", "")), "x"));
  expect_refused(kErrorSize, "1 bytes at 65507 lie beyond", bytes_at(net::kMaxPayload, "x", ""));
  expect_refused(kErrorSize, "beyond", bytes_at(SIZE_MAX, "x", ""));
  expect_refused(kErrorSize, "beyond", bytes_at(SIZE_MAX, "", ""));
  expect_refused(kErrorSize, "beyond", bytes_at(SIZE_MAX - 1, "abc", "abc"));
}

TEST(Size, HasTwoBoundsThatBelongToIt) {
  const FilterRef filter = made(size_range(2, 3));
  EXPECT_FALSE(matches(filter, "a"));
  EXPECT_TRUE(matches(filter, "ab"));
  EXPECT_TRUE(matches(filter, "abc"));
  EXPECT_FALSE(matches(filter, "abcd"));
  EXPECT_TRUE(matches(made(size_range(0, 0)), ""));
  EXPECT_FALSE(matches(made(size_range(0, 0)), "a"));
  EXPECT_TRUE(matches(made(size_range(0, SIZE_MAX)), "a"));
  EXPECT_TRUE(matches(made(size_range(net::kMaxPayload, net::kMaxPayload)),
                      std::string(net::kMaxPayload, 'x')));
}

TEST(Size, ThatNoPacketHasIsRefused) {
  expect_refused(kErrorSize, "no packet has 3 to 2 bytes", size_range(3, 2));
  expect_refused(kErrorSize, "0 to 65507", size_range(net::kMaxPayload + 1, SIZE_MAX));
  expect_refused(kErrorSize, "no packet has", size_range(SIZE_MAX, SIZE_MAX));
}

TEST(Source, IsAHost) {
  const FilterRef filter = made(source_network("10.1.2.3"));
  EXPECT_TRUE(matches_from(filter, "10.1.2.3"));
  EXPECT_FALSE(matches_from(filter, "10.1.2.2"));
  EXPECT_FALSE(matches_from(filter, "a01:203::"));  // the same first bytes, of the other family
  EXPECT_FALSE(matches(filter, "x"));               // from nowhere
  const FilterRef ipv6 = made(source_network("fd00::1"));
  EXPECT_TRUE(matches_from(ipv6, "fd00::1"));
  EXPECT_FALSE(matches_from(ipv6, "fd00::2"));
  EXPECT_FALSE(matches_from(ipv6, "253.0.0.0"));
}

struct Border {
  const char* network;
  const char* first;
  const char* last;
  const char* before;  // "" where there is none
  const char* behind;
};

TEST(Source, IsANetworkOfAnyNumberOfBits) {
  const Border table[] = {
      {"0.0.0.0/0", "0.0.0.0", "255.255.255.255", "", ""},
      {"10.0.0.0/8", "10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"},
      {"10.128.0.0/9", "10.128.0.0", "10.255.255.255", "10.127.255.255", "11.0.0.0"},
      {"10.1.2.16/29", "10.1.2.16", "10.1.2.23", "10.1.2.15", "10.1.2.24"},
      {"10.1.2.2/31", "10.1.2.2", "10.1.2.3", "10.1.2.1", "10.1.2.4"},
      {"10.1.2.3/32", "10.1.2.3", "10.1.2.3", "10.1.2.2", "10.1.2.4"},
      {"128.0.0.0/1", "128.0.0.0", "255.255.255.255", "127.255.255.255", ""},
      {"::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "", ""},
      {"fe80::/10", "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe7f::ffff", "fec0::"},
      {"fd00::8000:0:0:0/65", "fd00::8000:0:0:0", "fd00::ffff:ffff:ffff:ffff",
       "fd00::7fff:ffff:ffff:ffff", "fd00:0:0:1::"},
      {"fd00::2/127", "fd00::2", "fd00::3", "fd00::1", "fd00::4"},
      {"fd00::2/128", "fd00::2", "fd00::2", "fd00::1", "fd00::3"},
  };
  for (const Border& each : table) {
    const FilterRef filter = made(source_network(each.network));
    EXPECT_TRUE(matches_from(filter, each.first)) << each.network;
    EXPECT_TRUE(matches_from(filter, each.last)) << each.network;
    if (*each.before != '\0') {
      EXPECT_FALSE(matches_from(filter, each.before)) << each.network;
    }
    if (*each.behind != '\0') {
      EXPECT_FALSE(matches_from(filter, each.behind)) << each.network;
    }
  }
  EXPECT_FALSE(matches_from(made(source_network("0.0.0.0/0")), "::"));
  EXPECT_FALSE(matches_from(made(source_network("::/0")), "0.0.0.0"));
}

TEST(Source, DoesNotCareForPortScopeAndFlow) {
  const FilterRef filter = made(source_network("fe80::/10"));
  EXPECT_TRUE(matches_from(filter, "fe80::1", 9, 3));
  EXPECT_TRUE(matches_from(made(source_network("fe80::1")), "fe80::1", 0, 4));
}

TEST(Source, ThatIsNoneIsRefused) {
  for (const char* text :
       {"", "/", "/8", "10.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8",
        "10.0.0.0/8/8", "10.0.0.0/8 ", "10.0.0.0/0x8", "10.0.0.0/4294967304", "10.0.0.0:53",
        "fe80::/129", "fe80::/255.0.0.0", "[fe80::1]", "localhost", "\xff"}) {
    expect_refused(kErrorAddress, "", source_network(text));
  }
  expect_refused(kErrorAddress, "0 to 32", source_network("10.0.0.0/33"));
  expect_refused(kErrorAddress, "0 to 128", source_network("::/129"));
  expect_refused(kErrorAddress, "a host of the network 10.0.0.0/8", source_network("10.1.2.3/8"));
  expect_refused(kErrorAddress, "fe80::/10", source_network("fe80::1/10"));
  expect_refused(kErrorAddress, "10.1.2.2/31", source_network("10.1.2.3/31"));
  expect_refused(kErrorAddress, "has a scope", source_network("fe80::1%lo"));
  expect_refused(kErrorAddress, "has a scope", source_network("fe80::%1/10"));
  expect_refused(kErrorAddress, "write the IPv4 address", source_network("::ffff:10.0.0.1"));
  expect_refused(kErrorAddress, "write the IPv4 address", source_network("::ffff:0.0.0.0/96"));
}

TEST(SourcePort, HasTwoBoundsThatBelongToIt) {
  const FilterRef filter = made(source_port(53, 54));
  EXPECT_FALSE(matches_from(filter, "10.0.0.1", 52));
  EXPECT_TRUE(matches_from(filter, "10.0.0.1", 53));
  EXPECT_TRUE(matches_from(filter, "fd00::1", 54));
  EXPECT_FALSE(matches_from(filter, "10.0.0.1", 55));
  EXPECT_TRUE(matches_from(made(source_port(0, 65535)), "10.0.0.1", 0));
  EXPECT_TRUE(matches_from(made(source_port(65535, 65535)), "10.0.0.1", 65535));
  EXPECT_FALSE(matches(made(source_port(0, 65535)), "from nowhere"));
  expect_refused(kErrorPort, "54 to 53", source_port(54, 53));
}

// ---- As text ------------------------------------------------------------------------------------

TEST(Description, OfEachKind) {
  EXPECT_EQ("everything", text_of(everything()));
  EXPECT_EQ("prefix \"NOTIFY \\x00\\xff\"", text_of(made(prefix("NOTIFY \0\xff"s))));
  EXPECT_EQ("prefix \"\"", text_of(made(prefix(""))));
  EXPECT_EQ("bytes 00ff7a at 8", text_of(made(bytes_at(8, "\0\xffz"s, ""))));
  EXPECT_EQ("bytes a001 at 0 under f001", text_of(made(bytes_at(0, "\xab\xff", "\xf0\x01"))));
  EXPECT_EQ("bytes ab at 0", text_of(made(bytes_at(0, "\xab", "\xff"))));
  EXPECT_EQ("bytes none at 3", text_of(made(bytes_at(3, "", ""))));
  EXPECT_EQ("size 8", text_of(made(size_range(8, 8))));
  EXPECT_EQ("size 8 to 1400", text_of(made(size_range(8, 1400))));
  EXPECT_EQ("size 8 or more", text_of(made(size_range(8, SIZE_MAX))));
  EXPECT_EQ("source 10.1.2.3", text_of(made(source_network("10.1.2.3/32"))));
  EXPECT_EQ("source 10.0.0.0/8", text_of(made(source_network("10.0.0.0/8"))));
  EXPECT_EQ("source fe80::/10", text_of(made(source_network("fe80::/10"))));
  EXPECT_EQ("source port 53", text_of(made(source_port(53, 53))));
  EXPECT_EQ("source port 1024 to 65535", text_of(made(source_port(1024, 65535))));
  EXPECT_EQ("regex \"a\\x0ab\"", text_of(made(regex("a\nb"))));
  EXPECT_EQ("all of ()", text_of(all({})));
  EXPECT_EQ("any of (everything)", text_of(any({everything()})));
  EXPECT_EQ("not any of (everything, size 1)",
            text_of(no(any({everything(), made(size_range(1, 1))}))));
}

TEST(Description, OfLongTextsIsCut) {
  const std::string bytes(net::kMaxPayload, 'x');
  EXPECT_THAT(text_of(made(prefix(bytes))), HasSubstr("xxx\"... (65507 bytes)"));
  EXPECT_THAT(text_of(made(bytes_at(0, bytes, bytes))),
              HasSubstr("7878... (65507 bytes) at 0 under 7878"));
  EXPECT_LT(text_of(made(bytes_at(0, bytes, bytes))).size(), 400u);
}

}  // namespace
}  // namespace mc::filter
