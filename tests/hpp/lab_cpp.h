// What the tests of multicast.hpp share.
#pragma once

#include <gmock/gmock.h>

#include <chrono>
#include <memory>
#include <multicast/multicast.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "wait.h"

namespace hpp {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

inline constexpr const char* kGroup = "239.7.7.7%lo";
inline constexpr auto kLong = 10s;  // a deadline; never waited for where all is well

/// A port that no other test uses.
inline std::uint16_t fresh_port() {
  static std::uint16_t last = 20000;
  return ++last;
}

/// Serves the poller until the predicate holds; false when the deadline passed first.
template <typename Predicate>
bool serve_until(multicast::poller_ref poller, Predicate predicate) {
  const lab::Deadline deadline = lab::in(kLong);
  while (!predicate()) {
    const int left = lab::milliseconds_left(deadline);
    if (left == 0) return false;
    poller.poll(std::chrono::milliseconds(left));
  }
  return true;
}

/// Counts its living copies.
class Witness {
 public:
  explicit Witness(int& living) : living_(&living) { ++*living_; }
  Witness(const Witness&) = delete;
  Witness(Witness&& other) noexcept : living_(other.living_) { other.living_ = nullptr; }
  Witness& operator=(const Witness&) = delete;
  Witness& operator=(Witness&&) = delete;
  ~Witness() {
    if (living_ != nullptr) --*living_;
  }

 private:
  int* living_;
};

/// What the throwing callbacks of the tests throw.
struct Thrown : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The words of the Thrown that the call throws; "" when it throws nothing.
template <typename Call>
std::string thrown_by(Call call) {
  try {
    call();
  } catch (const Thrown& thrown) {
    return thrown.what();
  }
  return "";
}

/// The code of the multicast::error that the call throws; empty when it throws nothing.
template <typename Call>
std::error_code error_of(Call call) {
  try {
    call();
  } catch (const multicast::error& failure) {
    return failure.code();
  }
  return {};
}

}  // namespace hpp
