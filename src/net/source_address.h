// Internal header: which address of this host to send from.
#pragma once

#include <optional>

#include "base/status.h"
#include "net/address.h"
#include "net/group.h"

namespace mc::net {

// What `text` says of where to send to the endpoint from: a host's address of its family, on its link
// where it is of one link only; none for nullptr and "", which leave it to the interface.
Result<std::optional<Address>> parse_source_address(const char* text, const Endpoint& endpoint);

// Says of a failure to send from the endpoint's source which addresses its interface has, where the
// host does not have that one.
Status in_context_of_addresses(Status status, const Endpoint& endpoint);

}  // namespace mc::net
