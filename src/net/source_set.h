// Internal header: from which hosts a group is wanted, as a value.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "net/address.h"

namespace mc::net {

// Only the hosts of a list, or all except those of a list; all except none is any source. Hosts are
// compared as such: port, scope and flow label are left aside (a link-local source is one of the
// link on which its group is heard).
//
// Invariants:
//   1. list_ is sorted, has no host twice, and nothing but families and addresses.
//   2. is_any_ is !is_only_ && list_.empty().
class SourceSet {
 public:
  SourceSet() = default;  // any source
  static SourceSet only(std::vector<Address> hosts) { return {true, std::move(hosts)}; }
  static SourceSet except(std::vector<Address> hosts) { return {false, std::move(hosts)}; }
  static SourceSet none() noexcept { return {true, {}}; }

  bool is_any() const noexcept { return is_any_; }
  bool is_only() const noexcept { return is_only_; }
  const std::vector<Address>& list() const noexcept { return list_; }
  // Whether the host is in the list, whatever that means.
  bool lists(const Address& host) const noexcept;
  bool wants(const Address& host) const noexcept { return is_any_ || lists(host) == is_only_; }

  // Puts a host into the list or takes it out; false when it was there, or was not.
  bool add(const Address& host);
  bool remove(const Address& host) noexcept;
  // From now on what either wants.
  void unite(const SourceSet& other);

  bool operator==(const SourceSet&) const = default;

  // Calls `take` with each host of this list that is not in the other's, in order, until it is
  // false; needs no memory.
  template <typename Take>
  void each_beyond(const SourceSet& other, Take take) const {
    // Lists that differ in one host are compared as memory, up to it.
    auto [mine, theirs] =
        std::mismatch(list_.begin(), list_.end(), other.list_.begin(), other.list_.end());
    for (; mine != list_.end(); ++mine) {
      while (theirs != other.list_.end() && is_before(*theirs, *mine)) ++theirs;
      if (theirs != other.list_.end() && *mine == *theirs) continue;
      if (!take(*mine)) return;
    }
  }

 private:
  SourceSet(bool is_only, std::vector<Address> hosts);
  static bool is_before(const Address& a, const Address& b) noexcept;

  bool is_any_ = true;  // what each packet asks
  bool is_only_ = false;
  std::vector<Address> list_;
};

// The host alone: neither port nor scope nor flow label.
Address host_of(const Address& address) noexcept;

// A source of groups of this family, as text: the address of one host. kErrorAddress, kErrorFamily.
Result<Address> parse_source(std::string_view text, Family family);
// The same, of either family.
Result<Address> parse_source(std::string_view text);

}  // namespace mc::net
