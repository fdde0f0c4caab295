// Three segments in a row, with a router between two, as hosts of a test.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "peer.h"

namespace peer {

/// The source, 10.1.0.1, is on the first segment, the listener, 10.3.0.2, on the third. The first
/// router is .2 of the first segment and .1 of the second, the second one .2 of the second and .1
/// of the third. Each router has eth0 on the source's side and eth1 on the listener's. All know
/// the way to all addresses; multicast passes a router only once a program there sees to it.
struct Routed {
  Routed();

  lab::Host source{"source"};
  lab::Host first{"first"};
  lab::Host second{"second"};
  lab::Host listener{"listener"};
};

/// The addresses of the source: two, counted from zero.
std::string source_address(int family, unsigned number);

/// Sends one datagram from an address of the source.
void send_routed(const Routed& routed, int family, unsigned number, const std::string& group,
                 const std::string& text, int ttl = 8);

/// A listener on eth0 of a host, with a poller of its own.
class Ear {
 public:
  Ear(const lab::Host& host, const std::vector<std::string>& groups);
  void open() const;
  void close() const;
  /// What was heard until this text was, and since the last call; nothing after lab::kPatience.
  std::optional<std::vector<std::string>> heard_until(const std::string& text) const;
  /// Whether the text is heard in that time.
  bool hears(const std::string& text, lab::Clock::duration span) const;
  /// Forgets what has been heard so far.
  void forget() const;

 private:
  const lab::Host& host_;
  std::unique_ptr<Poller> poller_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace peer
