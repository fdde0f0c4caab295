// Putting text together.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace bench {

inline std::string cat(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view each : parts) text += each;
  return text;
}

}  // namespace bench
