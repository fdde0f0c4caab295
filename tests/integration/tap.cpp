#include "tap.h"

#include <linux/if_packet.h>
#include <net/ethernet.h>

#include <stdexcept>

#include "raw.h"

namespace peer {

using lab::in;
using lab::kPatience;
using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

Tap::Tap(const lab::Host& host) {
  const lab::Inside scope(host);
  fd_ = lab::Fd{::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  sockaddr_ll at{};
  at.sll_family = AF_PACKET;
  at.sll_protocol = htons(ETH_P_ALL);
  at.sll_ifindex = static_cast<int>(host.index_of("eth0"));
  if (::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) {
    lab::fail("bind a packet socket");
  }
}

bool Tap::has_seen(const std::string& text, const std::string& marker) const {
  bool seen = false;
  for (const lab::Deadline deadline = in(kPatience);;) {
    if (!lab::wait_readable(fd_.get(), deadline)) throw std::runtime_error("no marker arrived");
    const auto frame = raw::receive(fd_, 2048, false);
    if (!frame) continue;
    if (frame->data.ends_with(marker)) return seen;
    seen = seen || frame->data.ends_with(text);
  }
}

}  // namespace peer
