// What a host tells its routers and switches: the reports of IGMPv3 and MLDv2 as tshark reads them.
#pragma once

#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "peer.h"

namespace peer {

/// The sources of a group that are asked for: only these, or all except these.
struct Asked {
  bool is_except = false;
  std::set<std::string> sources;

  bool has(const std::string& source) const { return (sources.count(source) > 0) != is_except; }
  bool operator==(const Asked&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Asked& asked);

/// A group record of a report (RFC 3376, 4.2.12; RFC 3810, 5.2.12).
struct Record {
  unsigned type = 0;
  std::string group;
  std::set<std::string> sources;

  /// What is asked for after it.
  void change(Asked& asked) const;
};

std::ostream& operator<<(std::ostream& out, const Record& record);

/// Takes what comes to eth0 of a host, of both families, and has one tshark read it as it comes.
class Reports {
 public:
  explicit Reports(const lab::Host& host);

  /// The group records of the next report; throws when none comes until the deadline.
  std::vector<Record> next(int family, lab::Deadline deadline);

 private:
  lab::Fd ipv4_;
  lab::Fd ipv6_;
  lab::Process tshark_;
  size_t packets_ = 0;
};

}  // namespace peer
