#include "base/signals.h"

namespace mc {
namespace {

// The kernel keeps a held signal even if it is one to be ignored, in case that changes.
bool has_handler(int signal) noexcept {
  struct sigaction action {};
  if (::sigaction(signal, nullptr, &action) != 0) return false;
  return (action.sa_flags & SA_SIGINFO) != 0 ||
         (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN);
}

}  // namespace

HeldSignals::HeldSignals() noexcept {
  sigset_t all;
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &before_);
}

HeldSignals::~HeldSignals() {
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

bool HeldSignals::have_come() const noexcept {
  sigset_t waiting;
  sigemptyset(&waiting);
  ::sigpending(&waiting);
  if (sigisemptyset(&waiting) != 0) return false;
  for (int signal = 1; signal < NSIG; ++signal) {
    if (sigismember(&waiting, signal) == 1 && sigismember(&before_, signal) == 0 &&
        has_handler(signal))
      return true;
  }
  return false;
}

}  // namespace mc
