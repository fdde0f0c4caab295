// Hosts of a test topology: network namespaces held by a descriptor.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "files.h"

namespace lab {

/// A further private network namespace, with `lo` up and prepared like the process's own. Any
/// number of links may be connected to it. It disappears with this object and the sockets made in
/// it.
class Host {
 public:
  explicit Host(std::string name);
  Host(Host&&) noexcept = default;
  Host& operator=(Host&&) noexcept = default;

  const std::string& name() const { return name_; }
  int fd() const { return namespace_.get(); }
  /// Where other processes of this user find the namespace while this process lives.
  std::string path() const;

  /// Runs a command inside, split at blanks (no shell), and returns its stdout; throws
  /// std::runtime_error with its stderr when it fails.
  std::string run(const std::string& command) const;
  std::string run(const std::vector<std::string>& argv, const std::string& input = {}) const;
  /// Runs lines of `ip` commands (without the word ip) in one go.
  void ip(const std::string& lines) const;

  /// `path` as in sysctl, with dots or slashes: "net.ipv4.igmp_max_msf". Writing returns false
  /// where it is refused; reading gives nothing where there is no such setting.
  bool write_sysctl(const std::string& path, const std::string& value) const;
  std::optional<std::string> read_sysctl(const std::string& path) const;

  /// The index of an interface, 0 when there is none.
  unsigned index_of(const std::string& interface) const;
  void set_up(const std::string& interface, bool up) const;
  /// Deletes an interface; a veth takes its other end along.
  void delete_link(const std::string& interface) const;
  /// The route of multicast and of everything else; an empty text removes it.
  void route_multicast(const std::string& interface) const;
  void route_default(const std::string& gateway) const;
  /// Waits until the interface has an IPv6 link-local address in use; throws after kPatience.
  void wait_for_link_local(const std::string& interface) const;

 private:
  std::string name_;
  Fd namespace_;
};

/// Moves the calling thread into a host for a scope. A socket stays in the namespace in which it
/// was made, so one process can own sockets in several hosts. Scopes nest.
class Inside {
 public:
  explicit Inside(const Host& host);
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
  ~Inside();

 private:
  Fd before_;
};

}  // namespace lab
