// Internal header: the outcome of an operation that can fail.
//
// A Status is one pointer: null means success; otherwise a code and a sentence for the user. The
// code is a negative errno (`-ENODEV`: what the system said) or one of our own codes below -4096.
// An error is made where it happens, gains context as it climbs, and is reported or returned, never
// both.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mc {

// Our own codes. Fixed for ever: a code never changes its meaning and is never reused. The public
// header repeats them as MC_ERROR_…; capi/errors.cpp asserts that the two agree.
enum ErrorCode : int {
  kErrorNull = -5001,
  kErrorAddress = -5002,
  kErrorNotMulticast = -5003,
  kErrorFamily = -5004,
  kErrorScope = -5005,
  kErrorPort = -5006,
  kErrorMtu = -5007,
  kErrorTtl = -5008,
  kErrorInterface = -5009,
  kErrorNoInterface = -5010,
  kErrorPattern = -5011,
  kErrorPacketTooLarge = -5012,
  kErrorClosed = -5013,
  kErrorOpen = -5014,
  kErrorRegistered = -5015,
  kErrorNotRegistered = -5016,
  kErrorBusy = -5017,
  kErrorTime = -5018,
  kErrorFlags = -5019,
  kErrorNoHandler = -5020,
  kErrorNoGroup = -5021,
  kErrorSize = -5022,
  kErrorDescriptor = -5023,
  kErrorInternal = -5024,
  kErrorThread = -5025,
  kErrorForked = -5026,
  kErrorInterrupted = -5027,
  kErrorHandler = -5028,
  kErrorFilter = -5029,
  kErrorCostly = -5030,
  kErrorSources = -5031,
  kErrorDscp = -5032,
};

class [[nodiscard]] Status {
 public:
  Status() noexcept = default;
  Status(int code, std::string sentence)
      : code_(code), sentence_(std::make_unique<std::string>(std::move(sentence))) {}

  // A failure that there is no memory to describe.
  static Status undescribed(int code) noexcept {
    Status status;
    status.code_ = code;
    return status;
  }

  // What the system said: `tried` names the attempt and its object ("cannot join 239.1.1.1 on
  // eth0"), `advice` (may be empty) says what to do about it; what to do about a lack of
  // descriptors is known here.
  static Status system(int error_number, std::string_view tried, std::string_view advice = {});

  // The same failure, seen from what the user wanted: "cannot listen to 239.1.1.1: " and then the
  // sentence.
  Status in_context(std::string_view wanted) &&;

  bool ok() const noexcept { return code_ == 0; }
  int code() const noexcept { return code_; }
  const char* sentence() const noexcept;

 private:
  int code_ = 0;
  std::unique_ptr<std::string> sentence_;
};

// A value, or the reason why there is none.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}          // NOLINT: implicit on purpose
  Result(Status status) : status_(std::move(status)) {}  // NOLINT: implicit on purpose

  bool ok() const noexcept { return value_.has_value(); }
  T& operator*() noexcept { return *value_; }
  const T& operator*() const noexcept { return *value_; }
  T* operator->() noexcept { return &*value_; }
  const T* operator->() const noexcept { return &*value_; }
  const Status& status() const& noexcept { return status_; }
  Status&& status() && noexcept { return std::move(status_); }
  T&& value() && noexcept { return std::move(*value_); }

 private:
  std::optional<T> value_;
  Status status_;
};

// Returns from the enclosing function when `expression` is a failed Status.
#define MC_TRY(expression)                                                \
  do {                                                                    \
    if (::mc::Status mc_try_status = (expression); !mc_try_status.ok()) { \
      return mc_try_status;                                               \
    }                                                                     \
  } while (false)

}  // namespace mc
