#include "net/source_set.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "base/text.h"

namespace mc::net {

Address host_of(const Address& address) noexcept {
  Address host;
  host.family = address.family;
  host.bytes = address.bytes;
  return host;
}

bool SourceSet::is_before(const Address& a, const Address& b) noexcept {
  if (a.family != b.family) return a.family < b.family;
  return std::memcmp(a.bytes.data(), b.bytes.data(), a.bytes.size()) < 0;
}

SourceSet::SourceSet(bool is_only, std::vector<Address> hosts)
    : is_only_(is_only), list_(std::move(hosts)) {
  std::transform(list_.begin(), list_.end(), list_.begin(), host_of);
  std::sort(list_.begin(), list_.end(), is_before);
  list_.erase(std::unique(list_.begin(), list_.end()), list_.end());
  is_any_ = !is_only_ && list_.empty();
}

bool SourceSet::lists(const Address& host) const noexcept {
  return std::binary_search(list_.begin(), list_.end(), host, is_before);
}

bool SourceSet::add(const Address& host) {
  const auto place = std::lower_bound(list_.begin(), list_.end(), host, is_before);
  if (place != list_.end() && place->same_host(host)) return false;
  list_.insert(place, host_of(host));
  is_any_ = false;
  return true;
}

bool SourceSet::remove(const Address& host) noexcept {
  const auto place = std::lower_bound(list_.begin(), list_.end(), host, is_before);
  if (place == list_.end() || !place->same_host(host)) return false;
  list_.erase(place);
  is_any_ = !is_only_ && list_.empty();
  return true;
}

void SourceSet::unite(const SourceSet& other) {
  if (*this == none()) {
    *this = other;
    return;
  }
  std::vector<Address> united;
  united.reserve(list_.size() + other.list_.size());
  const auto into = std::back_inserter(united);
  const auto &a = list_, &b = other.list_;
  if (is_only_ && other.is_only_) {
    std::set_union(a.begin(), a.end(), b.begin(), b.end(), into, is_before);
  } else if (!is_only_ && !other.is_only_) {
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), into, is_before);
  } else {
    // What the one leaves out is heard if the other wants it.
    const auto& out = is_only_ ? b : a;
    const auto& in = is_only_ ? a : b;
    std::set_difference(out.begin(), out.end(), in.begin(), in.end(), into, is_before);
  }
  list_ = std::move(united);
  is_only_ = is_only_ && other.is_only_;
  is_any_ = !is_only_ && list_.empty();
}

Result<Address> parse_source(std::string_view text) {
  if (text.find('%') != std::string_view::npos) {
    return Status(kErrorAddress, cat("the source ", quoted(text),
                                     " names an interface; write the address alone: "
                                     "it is one of the link where the group is heard"));
  }
  Result<Address> source = parse_address(text);
  if (!source.ok()) return source;
  if (source->is_multicast() || source->is_unspecified() || source->is_broadcast()) {
    return Status(kErrorAddress, cat("the source ", source->text(),
                                     " is not the address of a host; a source is a unicast "
                                     "address"));
  }
  return source;
}

Result<Address> parse_source(std::string_view text, Family family) {
  Result<Address> source = parse_source(text);
  if (!source.ok() || source->family == family) return source;
  return Status(kErrorFamily, cat("the source ", source->text(),
                                  " and the group are of different families; give "
                                  "both as IPv4 or both as IPv6"));
}

}  // namespace mc::net
