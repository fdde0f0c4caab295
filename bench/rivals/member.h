// What a rival's receiving socket is made of: the same as the hand-written ones'.
#pragma once

#include <fcntl.h>

#include <vector>

#include "candidates/sockets.h"
#include "candidates/tally.h"

namespace bench {

/// A socket that has joined the group itself, for a framework that will own and close it.
inline int open_member(const Target& target, const KernelAddress& group) {
  const lab::Fd socket = open_data_socket(target, group, false);
  hear_own_groups_only(socket, target);
  join(socket, target, group);
  return ::fcntl(socket.get(), F_DUPFD_CLOEXEC, 0);
}

/// Where the packets of a socket go, and what the kernel dropped of them.
struct Account {
  Tally* tally = nullptr;
  int fd = -1;  ///< Not owned.
  uint32_t drops = 0;
  uint64_t lost = 0;
  bool is_touched = false;  ///< In this turn.

  void note_drops() {
    const uint32_t now = drops_of(fd);
    lost += now - drops;
    drops = now;
  }
};

/// The sockets that were read in a turn: each is asked once what it lost.
class Touched {
 public:
  void add(Account& account) {
    if (account.is_touched) return;
    account.is_touched = true;
    accounts_.push_back(&account);
  }
  /// Whether there were any.
  bool settle() {
    const bool is_any = !accounts_.empty();
    for (Account* each : accounts_) {
      each->note_drops();
      each->is_touched = false;
    }
    accounts_.clear();
    return is_any;
  }

 private:
  std::vector<Account*> accounts_;
};

}  // namespace bench
