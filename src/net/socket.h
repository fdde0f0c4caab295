// Internal header: a UDP socket with the options that multicast needs, IPv4 and IPv6 alike.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/status.h"
#include "base/unique_fd.h"
#include "net/address.h"
#include "net/instruction.h"
#include "net/packet.h"

namespace mc::net {

// What to receive: a group on an interface, from one source or (nullopt) from any.
struct Membership {
  Address group;  // port and scope are not part of a membership
  uint32_t interface_index = 0;
  std::optional<Address> source;

  auto operator<=>(const Membership&) const = default;
};

// Owns a descriptor and nothing else. Every failure is a Status whose sentence is complete but for
// the user's purpose, which callers know and put in front.
class Socket {
 public:
  // A UDP socket, close-on-exec; `blocking` says whether its calls wait.
  static Result<Socket> create(Family family, bool blocking);

  // The same for receiving, never blocking. For IPv4 it is an AF_INET6 socket that carries IPv4: in
  // an IPv4 socket's place the kernel may hand its packets to another program's socket
  // (docs/decisions/0002). Where the host has no IPv6, an IPv4 socket after all.
  static Result<Socket> create_receiving(Family family);

  int fd() const noexcept { return fd_.get(); }
  void close() noexcept { fd_ = UniqueFd(); }
  Family family() const noexcept { return family_; }

  // Receiving.
  Status share_port();            // SO_REUSEADDR and SO_REUSEPORT, both
  Status share_address(bool on);  // SO_REUSEADDR alone
  Status bind_to_interface(
      uint32_t index);  // SO_BINDTOIFINDEX; packets of other links are kept out
  Status bind(const Address& address);
  Result<Address> local_address() const;             // what it is bound to
  void ask_receive_buffer(uint32_t bytes) noexcept;  // granted_receive_buffer() tells the outcome
  uint32_t granted_receive_buffer() const noexcept;  // 0 when the system does not say
  bool coalesce_trains() noexcept;  // UDP_GRO, where the kernel has it; before binding
  std::optional<uint32_t> drops() const noexcept;  // since birth, modulo 2^32 (SO_MEMINFO)
  Status tell_details(uint32_t details);           // kTime …: with each datagram from now on
  Status tell_destination();         // where each datagram was sent to (packet information)
  void refuse_multicast() noexcept;  // none but what was joined on it
  // Has the kernel ask this program about each datagram before it queues it, in the place of the one
  // before; at once, and without a gap. None: it keeps all.
  Status set_program(std::span<const Instruction> program);
  // The same, of one that was loaded (net/reject_counter.h); it may be closed afterwards.
  Status set_program(const UniqueFd& loaded);

  // Membership (RFC 3678, the protocol-independent calls). 0, or an errno.
  int join(const Membership& membership) noexcept;
  int leave(const Membership& membership) noexcept;
  // Of a group that was joined for any source: its source is kept out, or let in again.
  int block(const Membership& membership) noexcept;
  int unblock(const Membership& membership) noexcept;

  // Sending.
  // `from` (IPv4, may be none) is the address to send from where the socket is bound to none.
  Status set_outgoing_interface(uint32_t index, const Address& from);
  Status set_ttl(int ttl);
  Status set_unicast_ttl(int ttl);  // of datagrams to one host; 0 is 1, which is the least there
  Status set_loopback(bool on);
  Status set_dscp(int dscp);  // of all that it sends; the bits of ECN are 0

 private:
  Socket(UniqueFd fd, Family family, bool is_mapped) noexcept
      : fd_(std::move(fd)), family_(family), is_mapped_(is_mapped) {}
  Status set(int level, int option, const void* value, unsigned size, std::string_view tried);
  Status set(int level, int option, int value, std::string_view tried);
  int ip_level() const noexcept;
  int change_membership(const Membership& membership, int any_source, int one_source) noexcept;

  UniqueFd fd_;
  Family family_;   // of the addresses that it carries
  bool is_mapped_;  // an AF_INET6 socket that carries IPv4
};

}  // namespace mc::net
