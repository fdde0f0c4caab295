// Calls of the library that must not fail here.
#pragma once

#include <multicast/multicast.h>

#include <stdexcept>
#include <string>

namespace bench {

/// The result of a call, or an exception with the library's sentence.
inline int checked(int result) {
  if (result < 0) throw std::runtime_error(std::string("libmulticast: ") + mc_last_error());
  return result;
}

}  // namespace bench
