// Sockets as a careful programmer would open them by hand.
#pragma once

#include <cstdint>

#include "files.h"
#include "target.h"

namespace bench {

/// Shares the port, hears one interface only, has a receive buffer of kReceiveBuffer and is bound
/// to the group; a member of nothing.
lab::Fd open_data_socket(const Target& target, const KernelAddress& group, bool share_wholly);
/// The same for an IPv4 group on an IPv6 socket, wholly shared; hears what other sockets joined.
lab::Fd open_mapped_data_socket(const Target& target, const KernelAddress& group);
/// Before it joins: its messages may be trains from now on (UDP_GRO).
void take_trains(const lab::Fd& socket);
/// A socket for memberships alone.
lab::Fd open_holder_socket(const Target& target);
void join(const lab::Fd& socket, const Target& target, const KernelAddress& group);
/// Hears only groups that the socket itself has joined.
void hear_own_groups_only(const lab::Fd& socket, const Target& target);
/// Sends by the target's interface with a TTL of 1.
lab::Fd open_sending_socket(const Target& target, bool loops);

/// What the kernel dropped at the socket since its birth, modulo 2^32.
uint32_t drops_of(int fd);
/// The receive buffer that the kernel grants, as it counts it.
int granted_receive_buffer(const Target& target);

}  // namespace bench
