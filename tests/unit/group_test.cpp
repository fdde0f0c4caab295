// net/group: the text grammar [source@]group[%interface].
#include "net/group.h"

#include <gmock/gmock.h>

#include "net/lookup.h"
#include "world.h"

namespace mc::net {
namespace {

using mc::test::address;
using testing::HasSubstr;

struct Good {
  const char* text;
  const char* group;
  const char* source;  // "": none
  const char* interface;
};

TEST(GroupText, IsReadInAllItsForms) {
  const Good table[] = {
      {"239.1.2.3", "239.1.2.3", "", ""},
      {"239.1.2.3%eth0", "239.1.2.3", "", "eth0"},
      {"239.1.2.3%2", "239.1.2.3", "", "2"},
      {"239.1.2.3%10.0.0.1", "239.1.2.3", "", "10.0.0.1"},
      {"10.0.0.5@232.1.1.1", "232.1.1.1", "10.0.0.5", ""},
      {"10.0.0.5@232.1.1.1%eth0", "232.1.1.1", "10.0.0.5", "eth0"},
      {"ff02::1%eth0", "ff02::1", "", "eth0"},
      {"ff15::1", "ff15::1", "", ""},
      {"fe80::1@ff32::1%eth0", "ff32::1", "fe80::1", "eth0"},
      {"fd00::1@ff15::1%fe80::1", "ff15::1", "fd00::1", "fe80::1"},
      {"", "224.0.42.42", "", ""},
      {nullptr, "224.0.42.42", "", ""},
  };
  for (const Good& each : table) {
    const Result<GroupText> parsed = parse_group(each.text, 4242);
    ASSERT_TRUE(parsed.ok()) << each.text << ": " << parsed.status().sentence();
    EXPECT_EQ(address(each.group, 4242), parsed->group);
    EXPECT_EQ(each.source, parsed->source ? parsed->source->text() : "");
    EXPECT_EQ(each.interface, parsed->interface_text);
  }
}

struct Bad {
  const char* text;
  int code;
  const char* named;  // what the sentence must name
};

TEST(GroupText, IsRefusedWithACodeAndASentence) {
  const Bad table[] = {
      {"hello", kErrorAddress, "\"hello\""},
      {"239.1.2.256", kErrorAddress, "\"239.1.2.256\""},
      {"239.1.2.3:4242", kErrorAddress, "\"239.1.2.3:4242\""},
      {" 239.1.2.3", kErrorAddress, "\" 239.1.2.3\""},
      {"%eth0", kErrorAddress, "\"\""},
      {"@239.1.2.3", kErrorAddress, "\"\""},
      {"10.0.0.5@", kErrorAddress, "\"\""},
      {"::ffff:239.1.2.3", kErrorAddress, "IPv6 clothing"},
      {"::ffff:10.0.0.1@ff15::1", kErrorAddress, "IPv6 clothing"},
      {"239.1.2.9@239.1.2.3", kErrorAddress, "239.1.2.9"},
      {"0.0.0.0@239.1.2.3", kErrorAddress, "0.0.0.0"},
      {"ff15::2@ff15::1", kErrorAddress, "ff15::2"},
      {"::@ff15::1", kErrorAddress, "::"},
      {"1.1.1.1@2.2.2.2@239.1.2.3", kErrorAddress, "2.2.2.2@239.1.2.3"},
      {"10.0.0.1", kErrorNotMulticast, "10.0.0.1"},
      {"240.0.0.1", kErrorNotMulticast, "240.0.0.1"},
      {"fe80::1", kErrorNotMulticast, "fe80::1"},
      {"10.0.0.5@ff15::1", kErrorFamily, "10.0.0.5@ff15::1"},
      {"fd00::1@239.1.2.3", kErrorFamily, "fd00::1@239.1.2.3"},
      {"ff02::1", kErrorScope, "ff02::1%eth0"},
      {"ff01::1", kErrorScope, "ff01::1%eth0"},
      {"fe80::1@ff12::1", kErrorScope, "ff12::1%eth0"},
      {"239.1.2.3%", kErrorInterface, "239.1.2.3%"},
  };
  for (const Bad& each : table) {
    const Result<GroupText> parsed = parse_group(each.text, 4242);
    ASSERT_FALSE(parsed.ok()) << each.text;
    EXPECT_EQ(each.code, parsed.status().code()) << each.text;
    EXPECT_THAT(parsed.status().sentence(), HasSubstr(each.named));
  }
}

TEST(GroupText, NeedsAPort) {
  const Result<GroupText> parsed = parse_group("239.1.2.3", 0);
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(kErrorPort, parsed.status().code());
  EXPECT_THAT(parsed.status().sentence(), HasSubstr("port 0 for 239.1.2.3"));
  EXPECT_TRUE(parse_group("239.1.2.3", 65535).ok());
}

TEST(Endpoint, CarriesTheScopeWhereTheGroupNeedsOne) {
  const Result<Endpoint> linked = resolve(*parse_group("ff02::1%lo", 7));
  ASSERT_TRUE(linked.ok());
  EXPECT_EQ(test::kLo, linked->group.scope);
  EXPECT_EQ("[ff02::1]:7 on lo", linked->text());
  const Result<Endpoint> wide = resolve(*parse_group("fd00::1@ff15::1%lo", 7));
  ASSERT_TRUE(wide.ok());
  EXPECT_EQ(0u, wide->group.scope);
  EXPECT_EQ("fd00::1@[ff15::1]:7 on lo", wide->text());
}

TEST(Endpoint, OfAnUnknownInterfaceIsRefusedWithTheCandidates) {
  const Result<Endpoint> endpoint = resolve(*parse_group("239.1.2.3%eth7", 7));
  ASSERT_FALSE(endpoint.ok());
  EXPECT_EQ(kErrorInterface, endpoint.status().code());
  EXPECT_THAT(endpoint.status().sentence(), HasSubstr("\"eth7\""));
  EXPECT_THAT(endpoint.status().sentence(), HasSubstr("lo"));
}

}  // namespace
}  // namespace mc::net
