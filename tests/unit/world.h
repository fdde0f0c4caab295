// What the unit tests look at: descriptors, the kernel's memberships, packets that came.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "core/listener.h"
#include "core/poller.h"
#include "net/group.h"
#include "net/interface.h"
#include "net/socket.h"

namespace mc::net {

// How a failed test shows an address.
inline void PrintTo(const Address& address, std::ostream* out) {
  *out << address.text_with_port();
}

}  // namespace mc::net

namespace mc::test {

// How many descriptors this process has open.
size_t open_descriptors();

inline constexpr uint32_t kLo = 1;  // the index of lo in every namespace

// 239.0.x.y or ff15::x:y, one for each number.
net::Address group_address(net::Family family, unsigned number);
// 10.1.x.y or fd00::x:y.
net::Address host_address(net::Family family, unsigned number);
net::Endpoint endpoint_on_lo(net::Family family, unsigned number, uint16_t port);
// An address that is known to be well written.
net::Address address(const std::string& text, uint16_t port = 0);

// What the kernel has joined on lo, of the groups of group_address(): from /proc/net/igmp, mcfilter
// and their IPv6 twins.
struct KernelMemberships {
  std::map<net::Address, unsigned> groups;  // with the number of sockets that joined each
  std::map<std::pair<net::Address, net::Address>, unsigned> sources;  // (group, source), the same

  std::map<std::pair<net::Address, net::Address>, unsigned> blocked;  // by so many

  bool empty() const { return groups.empty() && sources.empty() && blocked.empty(); }
};
KernelMemberships kernel_memberships();

// The default interface for a group, by a look-up made for this one question.
Result<net::Interface> default_interface(const net::Address& group);

// A handler that keeps what it is shown.
class Collector final : public PacketHandler {
 public:
  struct Seen {
    std::string data;
    size_t wire_size;
    uint32_t flags;
  };
  using Log = std::vector<Seen>;

  explicit Collector(
      Log& log, std::function<int()> verdict = [] { return 0; })
      : log_(log), verdict_(std::move(verdict)) {}
  int handle(const net::Packet& packet) override {
    log_.push_back({{reinterpret_cast<const char*>(packet.data), packet.size},
                    packet.wire_size,
                    packet.flags});
    return verdict_();
  }

 private:
  Log& log_;
  std::function<int()> verdict_;
};

// A poller that is known to have been made.
std::unique_ptr<Poller> make_poller();
// Polls until the condition holds; false when lab::kPatience did not bring it about.
bool poll_until(Poller& poller, const std::function<bool()>& condition);

// Sends datagrams on lo, as any other program would.
class Outsider {
 public:
  explicit Outsider(net::Family family);
  // The errno of the refusal, or 0. A segment size makes one train of it (UDP_SEGMENT).
  int send(const net::Address& to, const std::string& data, uint16_t segment = 0);

 private:
  net::Socket socket_;
};

}  // namespace mc::test
