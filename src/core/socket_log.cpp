#include "core/socket_log.h"

#include "base/text.h"

namespace mc {

void SocketLog::tell_of_buffer(uint32_t asked, uint32_t granted) const noexcept {
  if (granted >= asked) return;
  home_.log(LogLevel::kWarning, 0, [&] {
    return cat(name_, " has a receive buffer of ", granted, " bytes instead of ", asked,
               ": a burst may be lost; the host allows more after 'sysctl -w net.core.rmem_max=",
               asked, "', or to programs with CAP_NET_ADMIN");
  });
}

void SocketLog::tell_of_loss(uint64_t lost, uint32_t granted) noexcept {
  if (lost == 0 || lost < 2 * told_lost_ || lost == told_lost_) return;
  home_.log(LogLevel::kWarning, 0, [&] {
    return cat("the kernel dropped ", lost - told_lost_, " datagrams for ", name_, " (", lost,
               " in all): they came faster than they were read, into a receive buffer of ", granted,
               " bytes; handle packets faster, or see mc_listener_set_receive_buffer and "
               "net.core.rmem_max");
  });
  told_lost_ = lost;
}

void SocketLog::tell_of_program(const Status& refusal) const noexcept {
  home_.log(LogLevel::kWarning, refusal.code(), [&] {
    return cat("the filters of ", name_, " run in the process only: ", refusal.sentence());
  });
}

void SocketLog::tell_of_uncounted(const Status& reason) const noexcept {
  if (reason.ok() || !home_.is_first_uncounted()) return;
  home_.log(LogLevel::kInfo, reason.code(), [&] {
    return cat("what filters in the kernel reject is counted as lost_or_rejected, first for ",
               name_, ": ", reason.sentence());
  });
}

void SocketLog::tell_of_failure(int code, uint64_t failures) noexcept {
  if (failures < 2 * told_failures_) return;
  home_.log(LogLevel::kError, code, [&] {
    return std::string(
        Status::system(-code, cat("cannot read what comes for ", name_, ": failure ", failures))
            .sentence());
  });
  told_failures_ = failures;
}

}  // namespace mc
