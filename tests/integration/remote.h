// The other processes of a test: senders on the sender's host, and listeners of their own.
#pragma once

#include <string>
#include <vector>

#include "peer.h"

namespace peer {

/// A process with listeners on a host, which does as it is told. Each order is answered before the
/// call returns; what goes wrong there is thrown here.
class RemoteListeners {
 public:
  RemoteListeners(const lab::Host& host, const std::vector<std::string>& groups);

  void open(size_t listener) { ask("open " + std::to_string(listener)); }
  void close(size_t listener) { ask("close " + std::to_string(listener)); }
  /// Takes in what has arrived and tells it for each listener, as the data separated by commas,
  /// a slash, and how many were not for it; both since the last report. For example "1,4/0".
  std::vector<std::string> report();

 private:
  std::string ask(const std::string& order);

  lab::Channel line_;
  lab::Process process_;
};

/// A process that sends numbered datagrams with raw sockets.
class RemoteSender {
 public:
  struct Plan {
    int family = 0;
    std::string interface = "eth0";
    std::vector<std::string> sources;  ///< Addresses; the n-th datagram or train is of the n-th.
    raw::Address to;
    size_t size = 8;   ///< Of each datagram.
    size_t train = 1;  ///< Datagrams handed over at once, by UDP_SEGMENT where above one.
  };
  RemoteSender(const lab::Host& host, const Plan& plan);

  /// Returns when [first, first + count) are sent.
  void send(size_t first, size_t count);
  /// Sends without end, until stop(), which returns how many it sent.
  void start();
  size_t stop();

 private:
  lab::Channel line_;
  lab::Process process_;
};

}  // namespace peer
