// Internal header: how far a datagram travels, in words.
#pragma once

#include <string_view>

#include "base/status.h"

namespace mc::net {

// A TTL as a number ("32") or as what it reaches ("same site", "site"), in letters of any case.
Result<int> parse_ttl(std::string_view text);

}  // namespace mc::net
