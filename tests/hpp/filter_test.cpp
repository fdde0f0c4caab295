// Filters of every kind, alone and with listeners.
#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lab_cpp.h"

namespace {

using hpp::error_of;
using hpp::fresh_port;
using hpp::kGroup;
using multicast::filter;
using multicast::packet_view;

TEST(Filter, IsAFunctionOfAPacket) {
  const filter longer([](packet_view packet) { return packet.size() > 2; });
  EXPECT_TRUE(longer.matches("abc"));
  EXPECT_FALSE(longer.matches("ab"));
  EXPECT_FALSE(longer.matches(""));
}

TEST(Filter, SeesTheSource) {
  const filter from_5353([](packet_view packet) { return packet.source().port == 5353; });
  multicast::address source;
  source.family = MC_IPV4;
  source.port = 5353;
  EXPECT_TRUE(from_5353.matches("x", source));
  source.port = 1;
  EXPECT_FALSE(from_5353.matches("x", source));
  EXPECT_FALSE(from_5353.matches("x"));
}

TEST(Filter, IsAnExpressionOnBytes) {
  const filter hello = filter::regex("hel+o");
  EXPECT_TRUE(hello.matches("helllo world"));
  EXPECT_FALSE(hello.matches("say hello"));
  EXPECT_TRUE(filter::regex(std::string_view("a\0b", 3)).matches(std::string("a\0bc", 4)));
  EXPECT_FALSE(filter::regex(std::string_view("a\0b", 3)).matches("ab"));
  EXPECT_TRUE(filter::regex("").matches("anything"));
  EXPECT_TRUE(filter::regex(std::string_view()).matches("anything"));
}

TEST(Filter, OfABadExpressionIsRefused) {
  EXPECT_EQ(error_of([] { (void)filter::regex("("); }), multicast::errc::pattern);
}

TEST(Filter, OfACostlyExpressionIsRefusedUnlessAllowed) {
  const char* const pattern = ".*x.{20}y";
  EXPECT_EQ(error_of([&] { (void)filter::regex(pattern); }), multicast::errc::costly);
  const filter allowed = filter::regex_costly(pattern);
  EXPECT_TRUE(allowed.matches("..x12345678901234567890y"));
  EXPECT_FALSE(allowed.matches("..x1234567890123456789y"));
  EXPECT_TRUE(filter::regex_costly("hel+o").matches("hello"));
}

// ---- The other kinds ----------------------------------------------------------------------------

multicast::address from(const char* text) {
  return multicast::address::parse(text);
}

TEST(Filter, IsEverything) {
  EXPECT_TRUE(filter::everything().matches(""));
}

TEST(Filter, IsWhatAPacketBeginsWith) {
  EXPECT_TRUE(filter::prefix("NOTIFY").matches("NOTIFY *"));
  EXPECT_FALSE(filter::prefix("NOTIFY").matches("NOTIF"));
  EXPECT_TRUE(filter::prefix(std::string_view("a\0", 2)).matches(std::string("a\0b", 3)));
  EXPECT_FALSE(filter::prefix(std::array{'a', '\0'}).matches("ab"));
  EXPECT_TRUE(filter::prefix({}).matches(""));
}

TEST(Filter, IsBytesAtAnOffset) {
  EXPECT_TRUE(filter::bytes(1, "b").matches("abc"));
  EXPECT_FALSE(filter::bytes(1, "b").matches("b"));
  const std::array<std::uint8_t, 2> value{0x40, 0};
  const std::array<std::uint8_t, 2> mask{0xf0, 0};
  EXPECT_TRUE(filter::bytes(0, value, mask).matches("Gx"));
  EXPECT_FALSE(filter::bytes(0, value, mask).matches("G"));
  EXPECT_FALSE(filter::bytes(0, value, mask).matches("gx"));
  EXPECT_THROW((void)filter::bytes(0, value, "x"), std::invalid_argument);
  EXPECT_EQ(error_of([] { (void)filter::bytes(SIZE_MAX, "x"); }), multicast::errc::size);
}

TEST(Filter, IsASize) {
  EXPECT_TRUE(filter::size(1, 3).matches("abc"));
  EXPECT_FALSE(filter::size(1, 3).matches("abcd"));
  EXPECT_EQ(error_of([] { (void)filter::size(2, 1); }), multicast::errc::size);
}

TEST(Filter, IsASource) {
  EXPECT_TRUE(filter::source("10.0.0.0/8").matches("x", from("10.1.2.3")));
  EXPECT_FALSE(filter::source("10.0.0.0/8").matches("x", from("11.1.2.3")));
  EXPECT_TRUE(filter::source(std::string("fe80::/10")).matches("x", from("fe80::1")));
  EXPECT_FALSE(filter::source("10.0.0.1").matches("x"));
  EXPECT_EQ(error_of([] { (void)filter::source("10.1.2.3/8"); }), multicast::errc::address);
}

TEST(Filter, IsASourcePort) {
  EXPECT_TRUE(filter::source_port(53).matches("x", from("10.0.0.1:53")));
  EXPECT_FALSE(filter::source_port(53).matches("x", from("10.0.0.1:54")));
  EXPECT_TRUE(filter::source_port(1024, 65535).matches("x", from("[fd00::1]:65535")));
  EXPECT_EQ(error_of([] { (void)filter::source_port(2, 1); }), multicast::errc::port);
}

TEST(Filter, IsMadeOfFilters) {
  const filter begin = filter::prefix("a");
  const filter all = filter::all_of(begin, filter::size(2, 3), filter::regex(".b"));
  EXPECT_TRUE(all.matches("abc"));
  EXPECT_FALSE(all.matches("acb"));
  EXPECT_FALSE(all.matches("abcd"));
  const filter any = filter::any_of(begin, filter::size(2, 3));
  EXPECT_TRUE(any.matches("abcd"));
  EXPECT_TRUE(any.matches("bc"));
  EXPECT_FALSE(any.matches("b"));
  EXPECT_FALSE(filter::not_of(begin).matches("a"));
  EXPECT_TRUE(filter::all_of().matches(""));
  EXPECT_FALSE(filter::any_of().matches(""));
  EXPECT_TRUE(begin);  // it is still its owner's
}

TEST(Filter, IsMadeOfManyFilters) {
  std::vector<filter> words;
  EXPECT_FALSE(filter::any_of(words).matches("GET"));
  EXPECT_TRUE(filter::all_of(words).matches("GET"));
  for (const char* each : {"GET", "PUT"}) words.push_back(filter::prefix(each));
  const filter any = filter::any_of(words);
  const filter all = filter::all_of(std::span<const filter>(words));
  words.clear();
  EXPECT_TRUE(any.matches("PUT /"));
  EXPECT_FALSE(any.matches("HEAD /"));
  EXPECT_FALSE(all.matches("PUT /"));
}

TEST(Filter, IsMadeOfFunctions) {
  int calls = 0;
  int living = 0;
  {
    const filter both = filter::all_of(
        [&, witness = hpp::Witness(living)](packet_view packet) {
          ++calls;
          return packet.size() > 1;
        },
        filter::prefix("a"));
    EXPECT_EQ(living, 1);
    EXPECT_TRUE(both.matches("ab"));
    EXPECT_FALSE(both.matches("a"));
    EXPECT_EQ(calls, 2);
    EXPECT_FALSE(both.matches("bb"));  // functions are asked last
    EXPECT_EQ(calls, 2);
    EXPECT_EQ(both.description(), "all of (prefix \"a\", callable)");
  }
  EXPECT_EQ(living, 0);
}

TEST(Filter, OfAFunctionThatThrowsInsideACombinationThrows) {
  const filter thrower =
      filter::not_of(filter([](packet_view) -> bool { throw hpp::Thrown("inside"); }));
  EXPECT_EQ(hpp::thrown_by([&] { (void)thrower.matches("x"); }), "inside");
}

TEST(Filter, IsWrittenWithOperators) {
  const filter wanted =
      (filter::prefix("a") | filter::prefix("b")) & ~filter::size(3, 3) & filter::regex(".*z");
  EXPECT_TRUE(wanted.matches("az"));
  EXPECT_TRUE(wanted.matches("bxyz"));
  EXPECT_FALSE(wanted.matches("bxz"));
  EXPECT_FALSE(wanted.matches("cz"));
  EXPECT_TRUE(!filter(nullptr));  // of the handle, as for every owner
}

TEST(Filter, OfNoFilterIsRefused) {
  filter gone = filter::everything();
  const filter here = std::move(gone);
  // NOLINTNEXTLINE(bugprone-use-after-move,clang-analyzer-cplusplus.Move): that is the question
  EXPECT_EQ(error_of([&] { (void)filter::all_of(here, gone); }), multicast::errc::null);
  EXPECT_EQ(error_of([&] { (void)filter::not_of(gone); }), multicast::errc::null);
  EXPECT_EQ(error_of([&] { (void)gone.description(); }), multicast::errc::null);
}

TEST(Filter, NestedTooDeepIsRefused) {
  const auto nest = [] {
    filter inner = filter::everything();
    for (int i = 0; i < 32; ++i) inner = ~inner;
  };
  EXPECT_EQ(error_of(nest), multicast::errc::filter);
}

TEST(Filter, DescribesItself) {
  EXPECT_EQ(filter::everything().description(), "everything");
  EXPECT_EQ((filter::source("10.0.0.0/8") | filter::size(0, SIZE_MAX)).description(),
            "any of (source 10.0.0.0/8, size 0 or more)");
  std::vector<filter> many;
  for (int i = 0; i < 1000; ++i) many.push_back(filter::source_port(static_cast<uint16_t>(i)));
  const std::string text = filter::any_of(many).description();
  EXPECT_EQ(text.size(), std::strlen(text.c_str()));
  EXPECT_TRUE(text.ends_with("source port 998, source port 999)"));
}

// ---- With listeners -----------------------------------------------------------------------------

TEST(Filter, OutlivesItsOwnerInAListener) {
  const std::uint16_t port = fresh_port();
  int living = 0;
  std::string heard;
  {
    multicast::poller poller;
    multicast::listener listener(poller);
    listener.add(kGroup, port);
    listener.set_filter(
        [witness = hpp::Witness(living)](packet_view packet) { return packet.text() != "no"; });
    EXPECT_EQ(living, 1);
    listener.set_handler([&](packet_view packet) { heard += packet.text(); });
    listener.open();
    multicast::send_to(kGroup, port, "no");
    multicast::send_to(kGroup, port, "yes");
    EXPECT_TRUE(hpp::serve_until(poller, [&] { return !heard.empty(); }));
    listener.set_filter(nullptr);
    EXPECT_EQ(living, 0);
    multicast::send_to(kGroup, port, "no");
    EXPECT_TRUE(hpp::serve_until(poller, [&] { return heard.size() > 3; }));
  }
  EXPECT_EQ(heard, "yesno");
}

TEST(Filter, IsSharedByListeners) {
  const filter shared = filter::regex("a");
  multicast::poller poller;
  multicast::listener first(poller);
  multicast::listener second(poller);
  first.set_filter(shared);
  second.set_filter(shared);
  EXPECT_TRUE(shared.matches("abc"));
}

}  // namespace
