// Internal header: sending without a handle.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/sent.h"
#include "net/packet.h"

namespace mc {

// Sends to the group that `group` says (null or "": the default group), waiting for room. A few
// sockets of the calling thread's latest destinations are kept between calls, so that a loop costs
// one look-up a call. The default interface is asked for anew each second, and at once when the
// kept one is gone.
//
// Any thread, and inside any callback.
Sent quick_send(std::span<const net::Buffer> packets, const char* group, uint16_t port, int ttl);

}  // namespace mc
