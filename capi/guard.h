// Internal header: the one place where C++ becomes C. Every function of the ABI runs its body in
// guard().
#pragma once

#include <cerrno>
#include <cstddef>
#include <exception>
#include <new>
#include <string_view>
#include <utility>

#include "base/status.h"

namespace mc::capi {

// Keeps the failure for mc_last_error() and returns its code. Allocates nothing.
int report(int code, const char* sentence) noexcept;
inline int report(const Status& status) noexcept {
  return report(status.code(), status.sentence());
}

inline int outcome_of(const Status& status) noexcept {
  return status.ok() ? 0 : report(status);
}
inline int outcome_of(const Result<int>& result) noexcept {
  return result.ok() ? *result : report(result.status());
}

// Runs the body, which returns a Status or a Result<int>, and translates what comes of it. No
// exception passes.
template <typename Body>
int guard(Body&& body) noexcept {
  try {
    return outcome_of(std::forward<Body>(body)());
  } catch (const std::bad_alloc&) {
    return report(-ENOMEM, "out of memory");
  } catch (const std::exception& defect) {
    return report(kErrorInternal, defect.what());
  } catch (...) {
    return report(kErrorInternal, "an unknown exception inside the library");
  }
}

// What is said of a NULL that must not be one; `name` is the parameter's.
Status null_given(const char* name);

// A pointer that must not be NULL. Inline, as what every call asks first; the sentence is apart.
inline Status given(const void* pointer, const char* name) {
  if (pointer != nullptr) [[likely]]
    return {};
  return null_given(name);
}

// Writes text with a NUL, cut to the `size` bytes at `out`; the length that the whole text has.
inline int write_text(std::string_view text, char* out, size_t size) noexcept {
  if (size != 0) out[text.copy(out, size - 1)] = '\0';
  return static_cast<int>(text.size());
}

}  // namespace mc::capi
