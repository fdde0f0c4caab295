// What comes to a host's interface, whoever it is for.
#pragma once

#include <string>

#include "lab.hpp"

namespace peer {

/// Takes all frames at eth0 of a host from now on.
class Tap {
 public:
  explicit Tap(const lab::Host& host);
  /// Whether a frame ends with the text, of those until one that ends with the marker; throws when
  /// none does within lab::kPatience.
  bool has_seen(const std::string& text, const std::string& marker) const;

 private:
  lab::Fd fd_;
};

}  // namespace peer
