// Errors as C sees them: the thread's last sentence, and words for codes.
#include <cstdio>
#include <cstring>
#include <string>

#include "base/fork.h"
#include "guard.h"
#include "multicast/multicast.h"

namespace {

// Plain memory, so that reporting "out of memory" needs none, and so that a thread's end destroys
// nothing.
struct LastError {
  int code;
  uint32_t fork_generation;  // a child begins without one
  char sentence[1024];
};
thread_local LastError last_error = {0, 0, ""};

LastError& current() noexcept {
  if (last_error.fork_generation != mc::fork_generation()) {
    last_error.fork_generation = mc::fork_generation();
    last_error.code = 0;
    last_error.sentence[0] = '\0';
  }
  return last_error;
}

struct Known {
  int code;
  const char* name;
  const char* words;
};

constexpr Known kKnown[] = {
    {MC_ERROR_NULL, "MC_ERROR_NULL", "a handle or pointer is NULL"},
    {MC_ERROR_ADDRESS, "MC_ERROR_ADDRESS", "not a usable address"},
    {MC_ERROR_NOT_MULTICAST, "MC_ERROR_NOT_MULTICAST", "the group is not a multicast address"},
    {MC_ERROR_FAMILY, "MC_ERROR_FAMILY", "source and group are of different families"},
    {MC_ERROR_SCOPE, "MC_ERROR_SCOPE", "a link-local IPv6 group needs an interface"},
    {MC_ERROR_PORT, "MC_ERROR_PORT", "the port is 0"},
    {MC_ERROR_MTU, "MC_ERROR_MTU", "the mtu is out of its range"},
    {MC_ERROR_TTL, "MC_ERROR_TTL", "the TTL is out of its range"},
    {MC_ERROR_INTERFACE, "MC_ERROR_INTERFACE", "no such interface"},
    {MC_ERROR_NO_INTERFACE, "MC_ERROR_NO_INTERFACE", "no default interface for the group"},
    {MC_ERROR_PATTERN, "MC_ERROR_PATTERN", "the regular expression is refused"},
    {MC_ERROR_PACKET_TOO_LARGE, "MC_ERROR_PACKET_TOO_LARGE", "the packet is too large for UDP"},
    {MC_ERROR_CLOSED, "MC_ERROR_CLOSED", "the handle, or its poller, is closed"},
    {MC_ERROR_OPEN, "MC_ERROR_OPEN", "the listener is open"},
    {MC_ERROR_REGISTERED, "MC_ERROR_REGISTERED", "the descriptor is registered already"},
    {MC_ERROR_NOT_REGISTERED, "MC_ERROR_NOT_REGISTERED", "the descriptor is not registered"},
    {MC_ERROR_BUSY, "MC_ERROR_BUSY", "the poller is running"},
    {MC_ERROR_TIME, "MC_ERROR_TIME", "the time is not a number, or out of its range"},
    {MC_ERROR_FLAGS, "MC_ERROR_FLAGS", "unknown flags"},
    {MC_ERROR_NO_HANDLER, "MC_ERROR_NO_HANDLER", "a callback is missing"},
    {MC_ERROR_NO_GROUP, "MC_ERROR_NO_GROUP", "the listener has no group"},
    {MC_ERROR_SIZE, "MC_ERROR_SIZE", "a size is out of its range"},
    {MC_ERROR_DESCRIPTOR, "MC_ERROR_DESCRIPTOR", "not a descriptor"},
    {MC_ERROR_INTERNAL, "MC_ERROR_INTERNAL", "a defect of the library"},
    {MC_ERROR_THREAD, "MC_ERROR_THREAD", "the handle belongs to another thread"},
    {MC_ERROR_FORKED, "MC_ERROR_FORKED", "the handle belongs to the parent process"},
    {MC_ERROR_INTERRUPTED, "MC_ERROR_INTERRUPTED", "a signal ended the wait"},
    {MC_ERROR_HANDLER, "MC_ERROR_HANDLER", "the listener has a handler"},
    {MC_ERROR_FILTER, "MC_ERROR_FILTER", "filter nested too deep or too large"},
    {MC_ERROR_COSTLY, "MC_ERROR_COSTLY", "regular expression is costly"},
    {MC_ERROR_SOURCES, "MC_ERROR_SOURCES", "the list of sources is of another kind, or lacks it"},
    {MC_ERROR_DSCP, "MC_ERROR_DSCP", "the DSCP is out of its range"},
};

const Known* find(int code) noexcept {
  for (const Known& each : kKnown) {
    if (each.code == code) return &each;
  }
  return nullptr;
}

}  // namespace

// The core's codes and the header's are one list, in one order.
static_assert(MC_ERROR_NULL == mc::kErrorNull && MC_ERROR_ADDRESS == mc::kErrorAddress);
static_assert(MC_ERROR_NOT_MULTICAST == mc::kErrorNotMulticast &&
              MC_ERROR_FAMILY == mc::kErrorFamily);
static_assert(MC_ERROR_SCOPE == mc::kErrorScope && MC_ERROR_PORT == mc::kErrorPort);
static_assert(MC_ERROR_MTU == mc::kErrorMtu && MC_ERROR_TTL == mc::kErrorTtl);
static_assert(MC_ERROR_INTERFACE == mc::kErrorInterface &&
              MC_ERROR_NO_INTERFACE == mc::kErrorNoInterface);
static_assert(MC_ERROR_PATTERN == mc::kErrorPattern &&
              MC_ERROR_PACKET_TOO_LARGE == mc::kErrorPacketTooLarge);
static_assert(MC_ERROR_CLOSED == mc::kErrorClosed && MC_ERROR_OPEN == mc::kErrorOpen);
static_assert(MC_ERROR_REGISTERED == mc::kErrorRegistered &&
              MC_ERROR_NOT_REGISTERED == mc::kErrorNotRegistered);
static_assert(MC_ERROR_BUSY == mc::kErrorBusy && MC_ERROR_TIME == mc::kErrorTime);
static_assert(MC_ERROR_FLAGS == mc::kErrorFlags && MC_ERROR_NO_HANDLER == mc::kErrorNoHandler);
static_assert(MC_ERROR_NO_GROUP == mc::kErrorNoGroup && MC_ERROR_SIZE == mc::kErrorSize);
static_assert(MC_ERROR_DESCRIPTOR == mc::kErrorDescriptor &&
              MC_ERROR_INTERNAL == mc::kErrorInternal);
static_assert(MC_ERROR_THREAD == mc::kErrorThread && MC_ERROR_FORKED == mc::kErrorForked);
static_assert(MC_ERROR_INTERRUPTED == mc::kErrorInterrupted &&
              MC_ERROR_HANDLER == mc::kErrorHandler && MC_ERROR_FILTER == mc::kErrorFilter &&
              MC_ERROR_COSTLY == mc::kErrorCostly && MC_ERROR_SOURCES == mc::kErrorSources);
static_assert(MC_ERROR_DSCP == mc::kErrorDscp);

int mc::capi::report(int code, const char* sentence) noexcept {
  LastError& last = current();
  last.code = code;
  std::snprintf(last.sentence, sizeof last.sentence, "%s", sentence);
  return code;
}

mc::Status mc::capi::null_given(const char* name) {
  return Status(kErrorNull, std::string(name) + " is NULL");
}

extern "C" {

const char* mc_last_error(void) {
  return current().sentence;
}

int mc_last_error_code(void) {
  return current().code;
}

const char* mc_strerror(int code) {
  if (code >= 0) return "success";
  if (const Known* known = find(code)) return known->words;
  const char* words = code > -4096 ? strerrordesc_np(-code) : nullptr;
  return words != nullptr ? words : "an unknown code";
}

const char* mc_error_name(int code) {
  if (code >= 0) return "0";
  if (const Known* known = find(code)) return known->name;
  const char* name = code > -4096 ? strerrorname_np(-code) : nullptr;
  return name != nullptr ? name : "unknown";
}

}  // extern "C"
