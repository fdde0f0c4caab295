// net/address: parsing, writing, kinds, and the kernel's form.
#include "net/address.h"

#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "world.h"

namespace mc::net {
namespace {

using mc::test::address;
using testing::HasSubstr;

TEST(Address, ReadsAndWritesBothFamilies) {
  for (const char* text : {"239.1.2.3", "0.0.0.0", "255.255.255.255", "::", "ff02::1", "fe80::1",
                           "ff15::abcd:1", "2001:db8::1"}) {
    const Result<Address> parsed = parse_address(text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_EQ(text, parsed->text());
    EXPECT_EQ(0, parsed->port);
    EXPECT_EQ(0u, parsed->scope);
  }
  EXPECT_EQ("ff15::1", parse_address("FF15:0:0:0:0:0:0:1")->text());
}

TEST(Address, RefusesWhatIsNone) {
  for (const char* text :
       {"", " ", "239.1.2", "239.1.2.256", "239.1.2.3.4", "239.1.2.3 ", "0239.1.2.3", "0xef.1.2.3",
        "ff02::1%lo", "ff02:::1", "g::1", "[ff02::1]", "239.1.2.3:4242", "localhost", "-1"}) {
    const Result<Address> parsed = parse_address(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(kErrorAddress, parsed.status().code());
    EXPECT_THAT(parsed.status().sentence(), HasSubstr(std::string("\"") + text + "\""));
  }
}

TEST(Address, RefusesAnIpv4AddressInIpv6Clothing) {
  for (const char* text : {"::ffff:239.1.2.3", "::ffff:ef01:0203"}) {
    const Result<Address> parsed = parse_address(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(kErrorAddress, parsed.status().code());
    EXPECT_THAT(parsed.status().sentence(), HasSubstr("write the IPv4 address itself"));
  }
}

TEST(Address, WritesItsPortAndScope) {
  EXPECT_EQ("239.1.2.3:4242", address("239.1.2.3", 4242).text_with_port());
  Address linked = address("ff02::1", 7);
  linked.scope = 3;
  EXPECT_EQ("ff02::1%3", linked.text());
  EXPECT_EQ("[ff02::1%3]:7", linked.text_with_port());
  EXPECT_EQ("no address", Address().text());
}

TEST(Address, KnowsGroupsFromHosts) {
  for (const char* text : {"224.0.0.0", "239.255.255.255", "232.1.1.1", "ff00::", "ffff::1"}) {
    EXPECT_TRUE(address(text).is_multicast()) << text;
  }
  for (const char* text : {"223.255.255.255", "240.0.0.0", "0.0.0.0", "fe80::1", "::1", "fd00::"}) {
    EXPECT_FALSE(address(text).is_multicast()) << text;
  }
}

TEST(Address, KnowsWhichNeedAScope) {
  for (const char* text : {"ff02::1", "ff12::1", "ff01::1", "ff32::1", "fe80::1", "febf::1"}) {
    EXPECT_TRUE(address(text).needs_scope()) << text;
  }
  for (const char* text :
       {"ff05::1", "ff0e::1", "ff03::1", "fec0::1", "fd00::1", "224.0.0.1", "169.254.1.1"}) {
    EXPECT_FALSE(address(text).needs_scope()) << text;
  }
}

TEST(Address, OfTheSameHostMayDifferInAllElse) {
  Address one = address("fe80::1", 1);
  Address other = address("fe80::1", 2);
  other.scope = 3;
  other.flow = 4;
  EXPECT_TRUE(one.same_host(other));
  EXPECT_NE(one, other);
  EXPECT_FALSE(one.same_host(address("fe80::2")));
  EXPECT_FALSE(address("0.0.0.0").same_host(address("::")));
  EXPECT_TRUE(address("::").is_unspecified() && address("0.0.0.0").is_unspecified());
}

// Reads into an address that another message has filled before.
Address read(const void* kernel_address) {
  Address read = address("fe80::ffff:ffff:ffff:ffff", 9);
  read.scope = read.flow = 7;
  read_address(kernel_address, read);
  return read;
}

TEST(SocketAddress, GoesToTheKernelAndBack) {
  Address linked = address("ff02::1:2", 4242);
  linked.scope = 5;
  linked.flow = 0x12345;
  for (const Address& each : {address("239.1.2.3", 4242), linked, address("::1")}) {
    const SocketAddress kernel_address(each);
    EXPECT_EQ(each.is_ipv4() ? sizeof(sockaddr_in) : sizeof(sockaddr_in6), kernel_address.size);
    EXPECT_EQ(each, read(kernel_address.get()));
  }
}

TEST(SocketAddress, OfAnIpv4HostOnAnIpv6SocketIsTheIpv4Address) {
  const SocketAddress mapped = SocketAddress::mapped(address("10.0.0.1", 4242));
  EXPECT_EQ(sizeof(sockaddr_in6), mapped.size);
  EXPECT_EQ(AF_INET6, mapped.get()->sa_family);
  EXPECT_EQ(address("10.0.0.1", 4242), read(mapped.get()));
}

TEST(SocketAddress, OfAnotherFamilyIsNone) {
  sockaddr_un other{};
  other.sun_family = AF_UNIX;
  EXPECT_EQ(Address(), read(&other));
}

}  // namespace
}  // namespace mc::net
