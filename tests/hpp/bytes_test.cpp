// What may be given as bytes, and addresses as values.
#include <array>
#include <cstring>
#include <sstream>
#include <unordered_set>

#include "lab_cpp.h"

namespace {

using multicast::address;
using multicast::bytes_view;

std::string text_of(bytes_view bytes) {
  return {static_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(Bytes, AreTakenFromAllThatHoldsThem) {
  EXPECT_EQ(text_of("literal"), "literal");
  EXPECT_EQ(text_of(std::string("with\0nul", 8)), std::string("with\0nul", 8));
  EXPECT_EQ(text_of(std::string_view("view")), "view");
  EXPECT_EQ(text_of(std::vector<unsigned char>{'v', 'e', 'c'}), "vec");
  const std::array<std::byte, 2> bytes{std::byte{'h'}, std::byte{'i'}};
  EXPECT_EQ(text_of(bytes), "hi");
  EXPECT_EQ(text_of(std::span<const std::byte>(bytes)), "hi");
  char text[] = "array";
  EXPECT_EQ(text_of(text), "array");
  std::uint8_t array[3] = {'a', 0, 'b'};
  EXPECT_EQ(text_of(array), std::string("a\0b", 3));
  EXPECT_EQ(bytes_view().size(), 0U);
  EXPECT_EQ(bytes_view("").size(), 0U);
  static_assert(!std::is_convertible_v<std::vector<int>, bytes_view>);
  static_assert(!std::is_convertible_v<std::wstring, bytes_view>);
}

TEST(Bytes, OfABufferAreThoseGiven) {
  const std::string lent = "lent";
  const mc_buffer made = multicast::buffer(lent);
  EXPECT_EQ(made.data, lent.data());
  EXPECT_EQ(made.size, 4U);
}

TEST(GroupText, IsALiteralAStringOrNothing) {
  EXPECT_STREQ(multicast::group_text("239.1.1.1").c_str(), "239.1.1.1");
  EXPECT_STREQ(multicast::group_text(std::string("ff02::1%lo")).c_str(), "ff02::1%lo");
  EXPECT_EQ(multicast::group_text(nullptr).c_str(), nullptr);
}

address of(std::uint8_t last, std::uint16_t port) {
  address made;
  made.family = MC_IPV4;
  made.port = port;
  const std::uint8_t bytes[4] = {10, 0, 0, last};
  std::memcpy(made.bytes, bytes, sizeof bytes);
  return made;
}

TEST(Address, IsAnOrderedHashedValue) {
  EXPECT_EQ(of(1, 5), of(1, 5));
  EXPECT_NE(of(1, 5), of(2, 5));
  EXPECT_NE(of(1, 5), of(1, 6));
  EXPECT_LT(of(1, 9), of(2, 5));
  EXPECT_LT(of(1, 5), of(1, 6));
  address scoped = of(1, 5);
  scoped.scope = 2;
  EXPECT_NE(scoped, of(1, 5));
  const std::unordered_set<address> known{of(1, 5), of(2, 5), of(1, 5)};
  EXPECT_EQ(known.size(), 2U);
  EXPECT_TRUE(known.contains(of(2, 5)));
}

TEST(Address, IsReadAsText) {
  EXPECT_EQ(of(7, 4242).to_string(), "10.0.0.7:4242");
  std::ostringstream out;
  out << of(7, 4242);
  EXPECT_EQ(out.str(), "10.0.0.7:4242");
}

}  // namespace
