#include "net/joined.h"

#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

namespace mc::net {
namespace {

// A line of an interface begins with its index; those of its groups follow, indented, each beginning
// with the 32-bit word of the group in hexadecimal.
bool read_igmp(JoinedGroups& joined) {
  std::ifstream file("/proc/thread-self/net/igmp");
  uint32_t index = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    if (!line.empty() && line[0] != '\t') {
      words >> index;
      continue;
    }
    uint32_t word = 0;
    if (!(words >> std::hex >> word)) continue;
    Address group{.family = Family::kIpv4};
    std::memcpy(group.bytes.data(), &word, sizeof word);
    joined.emplace(index, group);
  }
  return file.eof();
}

// Index, name, and the group as 32 hexadecimal digits.
bool read_igmp6(JoinedGroups& joined) {
  std::ifstream file("/proc/thread-self/net/igmp6");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    uint32_t index = 0;
    std::string name;
    std::string digits;
    Address group{.family = Family::kIpv6};
    if (!(words >> index >> name >> digits) || digits.size() != 2 * group.bytes.size()) continue;
    for (size_t i = 0; i < group.bytes.size(); ++i) {
      group.bytes[i] = static_cast<uint8_t>(std::stoul(digits.substr(2 * i, 2), nullptr, 16));
    }
    joined.emplace(index, group);
  }
  return file.eof();
}

}  // namespace

std::optional<JoinedGroups> joined_groups() {
  JoinedGroups joined;
  const bool has_ipv4 = read_igmp(joined);
  const bool has_ipv6 = read_igmp6(joined);  // not where the host has no IPv6
  if (!has_ipv4 && !has_ipv6) return std::nullopt;
  return joined;
}

}  // namespace mc::net
