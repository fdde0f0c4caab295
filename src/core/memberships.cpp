#include "core/memberships.h"

#include <cerrno>

#include "base/text.h"
#include "base/undo.h"

namespace mc {
namespace {

bool is_lack_of_room(int error) {
  return error == ENOBUFS || error == ENOMEM;
}

// The (group, interface) that a holder's share stands for.
net::Membership share_of(const net::Membership& membership) {
  return {membership.group, membership.interface_index, std::nullopt};
}

// Port, scope and flow label are no part of a membership.
net::Address host_of(const net::Address& address) {
  net::Address host;
  host.family = address.family;
  host.bytes = address.bytes;
  return host;
}

net::Membership canonical(const net::Membership& wanted) {
  net::Membership membership{host_of(wanted.group), wanted.interface_index, std::nullopt};
  if (wanted.source) membership.source = host_of(*wanted.source);
  return membership;
}

Status refused_join(int error, const net::Membership& wanted) {
  std::string_view advice;
  if (is_lack_of_room(error))
    advice = "raise net.core.optmem_max or net.ipv4.igmp_max_memberships (sysctl)";
  if (error == ENODEV) advice = "the interface is gone";
  if (error == EINVAL) advice = "the interface does not carry multicast of this family";
  return Status::system(error,
                        cat("cannot join ", wanted.source ? cat(wanted.source->text(), "@") : "",
                            wanted.group.text()),
                        advice);
}

}  // namespace

Memberships::~Memberships() {
  // Left explicitly: a forked child may hold the sockets open.
  for (auto& [membership, counted] : counted_) leave_on(*counted.holder, membership);
}

Status Memberships::join(const net::Membership& wanted) {
  const net::Membership membership = canonical(wanted);
  auto [entry, is_new] = counted_.try_emplace(membership);
  if (is_new) {
    Undo forget([this, added = entry] { counted_.erase(added); });
    Result<Holders::iterator> holder = place(membership);
    if (!holder.ok()) return std::move(holder).status();
    entry->second.holder = *holder;
    forget.dismiss();
  }
  ++entry->second.count;
  return {};
}

void Memberships::leave(const net::Membership& wanted) noexcept {
  auto entry = counted_.find(canonical(wanted));
  if (entry == counted_.end() || --entry->second.count > 0) return;
  const Holders::iterator holder = entry->second.holder;
  leave_on(*holder, entry->first);
  if (holder->shares.empty()) holders_.erase(holder);
  counted_.erase(entry);
}

Result<Memberships::Holders::iterator> Memberships::place(const net::Membership& wanted) {
  for (auto holder = holders_.begin(); holder != holders_.end(); ++holder) {
    if (!has_room(*holder, wanted)) continue;
    const int error = join_on(*holder, wanted);
    if (error == 0) return holder;
    if (!is_lack_of_room(error)) return refused_join(error, wanted);
  }
  Result<net::Socket> socket = net::Socket::create(wanted.group.family, false);
  if (!socket.ok()) return std::move(socket).status();
  holders_.push_back(Holder{std::move(*socket), {}});
  const auto holder = std::prev(holders_.end());
  Undo close([&] { holders_.erase(holder); });
  const int error = join_on(*holder, wanted);
  if (error != 0) return refused_join(error, wanted);
  close.dismiss();
  return holder;
}

bool Memberships::has_room(const Holder& holder, const net::Membership& wanted) {
  if (holder.is_retired || holder.socket.family() != wanted.group.family) return false;
  const auto share = holder.shares.find(share_of(wanted));
  if (share == holder.shares.end()) return !holder.is_full;
  return wanted.source && share->second.sources > 0 && !share->second.is_full;
}

int Memberships::join_on(Holder& holder, const net::Membership& wanted) {
  auto [share, is_new] = holder.shares.try_emplace(share_of(wanted));
  const int error = holder.socket.join(wanted);
  if (error == 0) {
    if (wanted.source) ++share->second.sources;
    return 0;
  }
  (is_new ? holder.is_full : share->second.is_full) = is_lack_of_room(error);
  if (is_new) {
    // A refused first source leaves the group joined for no source at all (ip(7) does not say so).
    if (wanted.source) holder.socket.leave(share_of(wanted));
    holder.shares.erase(share);
  }
  return error;
}

void Memberships::leave_on(Holder& holder, const net::Membership& held) noexcept {
  const auto share = holder.shares.find(share_of(held));
  const bool is_last = !held.source || --share->second.sources == 0;
  if (!birthplace_.is_elsewhere()) {
    int error = holder.socket.leave(held);
    // A source of an interface that is gone cannot be left, but its group can (ip(7) does not say
    // so).
    if (error != 0 && held.source && is_last) error = holder.socket.leave(share_of(held));
    if (error != 0) holder.is_retired = true;
  }
  if (is_last) {
    holder.shares.erase(share);
    holder.is_full = false;
  } else {
    share->second.is_full = false;
  }
}

}  // namespace mc
