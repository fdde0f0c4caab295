// Internal header: answering who sent a packet.
#pragma once

#include "base/status.h"
#include "net/packet.h"

namespace mc {

// One datagram to the packet's source: from the multicaster whose handler looks at the packet, else
// from the calling thread's own socket. Any thread.
Status reply(const net::Packet& packet, net::Buffer answer);

}  // namespace mc
