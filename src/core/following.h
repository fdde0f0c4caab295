// Internal header: where something that follows the interfaces goes next.
#pragma once

#include <cstdint>

#include "net/group.h"
#include "net/interface.h"
#include "net/lookup.h"

namespace mc {

// Whether a look-up failed because what was meant is not there, and may come.
bool is_missing_interface(int code) noexcept;

// The interface for a group in text form (not "%all") that is on the interface of this index now
// (0: on none); null: there is none.
//
// What works is not moved: it leaves an interface that is gone or that its words no longer mean,
// while they mean another; in the place of the default interface, the rule is asked again where that
// of before is down, has no address, or was the last resort, lo.
const net::Interface* next_interface(net::Lookup& lookup, const net::GroupText& text,
                                     uint32_t present);

}  // namespace mc
