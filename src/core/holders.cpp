#include "core/holders.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/text.h"
#include "base/undo.h"
#include "net/source_set.h"

namespace mc {
namespace {

bool is_lack_of_room(int error) {
  return error == ENOBUFS || error == ENOMEM;
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

GroupOnLink::GroupOnLink(const net::Address& of, uint32_t on) noexcept
    : group(net::host_of(of)), interface_index(on) {}

Result<Holders::Holder*> Holders::join(const GroupOnLink& what,
                                       const std::optional<net::Address>& source, Room& room) {
  const net::Membership wanted = what.from(source);
  while (source && !room.sharing.empty()) {
    Holder& holder = *room.sharing.back();
    Share& share = holder.shares.at(what);
    const int error = holder.is_retired ? ENOBUFS : holder.socket.join(wanted);
    if (error == 0) {
      ++share.sources;
      return &holder;
    }
    if (!is_lack_of_room(error)) return refused_join(error, wanted);
    share.is_open = false;
    room.sharing.pop_back();
  }
  return join_further(wanted, what, room);
}

// On a holder that has nothing of the group yet.
Result<Holders::Holder*> Holders::join_further(const net::Membership& wanted,
                                               const GroupOnLink& what, Room& room) {
  while (Holder* const holder = find(what, room)) {
    const int error = join_on(*holder, wanted, what, room);
    if (error == 0) return holder;
    if (!is_lack_of_room(error)) return refused_join(error, wanted);
    holder->is_full = true;
  }
  Result<net::Socket> socket = net::Socket::create(what.group.family, false);
  if (!socket.ok()) {
    return std::move(socket).status().in_context(
        cat("cannot join ", wanted.source ? cat(wanted.source->text(), "@") : "",
            wanted.group.text(), " on socket ", holders_.size() + 1, " of those that hold groups"));
  }
  const auto made = holders_.try_emplace(made_, made_, std::move(*socket)).first;
  ++made_;
  Undo close([&] { holders_.erase(made); });
  const int error = join_on(made->second, wanted, what, room);
  if (error != 0) return refused_join(error, wanted);
  close.dismiss();
  return &made->second;
}

Holders::Holder* Holders::find(const GroupOnLink& what, Room& room) noexcept {
  if (std::exchange(room.gains, gains_) != gains_) room.first = 0;
  for (auto each = holders_.lower_bound(room.first); each != holders_.end(); ++each) {
    Holder& holder = each->second;
    room.first = holder.number;
    if (holder.is_full || holder.is_retired) continue;
    if (holder.socket.family() == what.group.family && holder.shares.count(what) == 0)
      return &holder;
  }
  room.first = made_;
  return nullptr;
}

// 0, or the errno of the kernel's refusal.
int Holders::join_on(Holder& holder, const net::Membership& wanted, const GroupOnLink& what,
                     Room& room) {
  // All the memory first; what is left then takes none.
  if (wanted.source && room.sharing.capacity() <= room.sharers)
    room.sharing.reserve(2 * room.sharers + 1);
  const auto share = holder.shares.try_emplace(what).first;
  const int error = holder.socket.join(wanted);
  if (error == 0) {
    if (!wanted.source) return 0;
    share->second = {1, true};
    room.sharing.push_back(&holder);
    ++room.sharers;
    return 0;
  }
  // A refused first source leaves the group joined for no source at all (ip(7) does not say so).
  if (wanted.source) holder.socket.leave(what.from(std::nullopt));
  holder.shares.erase(share);
  return error;
}

void Holders::leave(Holder& holder, const GroupOnLink& what,
                    const std::optional<net::Address>& source, Room& room) noexcept {
  const auto share = holder.shares.find(what);
  const bool is_last = !source || --share->second.sources == 0;
  if (!birthplace_.is_elsewhere()) {
    int error = holder.socket.leave(what.from(source));
    // A source of an interface that is gone cannot be left, but its group can (ip(7) does not say
    // so).
    if (error != 0 && source && is_last) error = holder.socket.leave(what.from(std::nullopt));
    if (error != 0) holder.is_retired = true;
  }
  const bool was_open = share->second.is_open;
  if (!is_last) {
    if (!was_open) room.sharing.push_back(&holder);  // join_on() made the room for it
    share->second.is_open = true;
    return;
  }
  if (was_open) {  // most often it is the last, of which something was left before
    const auto place = std::find(room.sharing.rbegin(), room.sharing.rend(), &holder);
    room.sharing.erase(std::next(place).base());
  }
  if (source) --room.sharers;
  holder.shares.erase(share);
  holder.is_full = false;
  ++gains_;
  if (holder.shares.empty()) holders_.erase(holder.number);
}

void Holders::leave_stale(Holder& holder, const GroupOnLink& what) noexcept {
  if (!birthplace_.is_elsewhere()) holder.socket.leave(what.from(std::nullopt));
}

int Holders::join_anew(Holder& holder, const GroupOnLink& what,
                       const std::optional<net::Address>& source) noexcept {
  return birthplace_.is_elsewhere() ? 0 : holder.socket.join(what.from(source));
}

int Holders::block(Holder& holder, const GroupOnLink& what, const net::Address& source) noexcept {
  return birthplace_.is_elsewhere() ? 0 : holder.socket.block(what.from(source));
}

int Holders::unblock(Holder& holder, const GroupOnLink& what, const net::Address& source) noexcept {
  return birthplace_.is_elsewhere() ? 0 : holder.socket.unblock(what.from(source));
}

}  // namespace mc
