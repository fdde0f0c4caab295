// Internal header: what the log is told of a socket that is read.
#pragma once

#include <cstdint>
#include <string>

#include "core/home.h"

namespace mc {

// Says what goes wrong, and again when it has doubled. `home` outlives it.
class SocketLog {
 public:
  SocketLog(Home& home, std::string name) : home_(home), name_(std::move(name)) {}

  // Of a receive buffer smaller than asked for.
  void tell_of_buffer(uint32_t asked, uint32_t granted) const noexcept;
  // Of datagrams that the kernel dropped, all in all.
  void tell_of_loss(uint64_t lost, uint32_t granted) noexcept;
  // Of a filter that the kernel did not take.
  void tell_of_program(const Status& refusal) const noexcept;
  // Of a program that does not count what it drops, for this reason; once for each poller.
  void tell_of_uncounted(const Status& reason) const noexcept;
  // Of a read that failed with this negative errno, as often as `failures`.
  void tell_of_failure(int code, uint64_t failures) noexcept;

 private:
  Home& home_;
  std::string name_;
  uint64_t told_lost_ = 0;
  uint64_t told_failures_ = 0;
};

}  // namespace mc
