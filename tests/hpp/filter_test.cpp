// Filters as functions and as expressions, alone and with listeners.
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
