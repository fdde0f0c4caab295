// Internal header: which groups this host has joined, by the kernel's word.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include "net/address.h"

namespace mc::net {

// (interface index, group), of all programs of the calling thread's network namespace:
// /proc/net/igmp and igmp6. Nothing where the kernel does not show them.
using JoinedGroups = std::set<std::pair<uint32_t, Address>>;
std::optional<JoinedGroups> joined_groups();

}  // namespace mc::net
