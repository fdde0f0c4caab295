// What the tests of filters share.
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "filter/filter.h"

namespace mc::filter {

inline net::Packet packet_of(std::string_view bytes) {
  net::Packet packet;
  packet.data = bytes.empty() ? nullptr : reinterpret_cast<const uint8_t*>(bytes.data());
  packet.size = packet.wire_size = bytes.size();
  return packet;
}

inline bool matches(const FilterRef& filter, std::string_view bytes) {
  return filter->matches(packet_of(bytes));
}

inline bool matches_from(const FilterRef& filter, const std::string& host, uint16_t port = 1,
                         uint32_t scope = 0) {
  net::Packet packet;
  packet.source = *net::parse_address(host);
  packet.source.port = port;
  packet.source.scope = scope;
  packet.source.flow = 77;
  return filter->matches(packet);
}

inline FilterRef made(Result<FilterRef> result) {
  if (!result.ok()) ADD_FAILURE() << result.status().sentence();
  return result.ok() ? *result : everything();
}

inline std::string text_of(const FilterRef& filter) {
  std::string text;
  filter->describe(text);
  return text;
}

inline void expect_refused(int code, const char* words, const Result<FilterRef>& result) {
  ASSERT_FALSE(result.ok()) << text_of(*result);
  EXPECT_EQ(code, result.status().code());
  EXPECT_THAT(result.status().sentence(), testing::HasSubstr(words));
}

inline FilterRef all(std::vector<FilterRef> parts) {
  return made(all_of(std::move(parts)));
}
inline FilterRef any(std::vector<FilterRef> parts) {
  return made(any_of(std::move(parts)));
}
inline FilterRef no(const FilterRef& part) {
  return made(not_of(part));
}

}  // namespace mc::filter
