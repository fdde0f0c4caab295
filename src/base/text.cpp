#include "base/text.h"

namespace mc {
namespace {

constexpr size_t kLongestQuotation = 100;

}  // namespace

std::string quoted(std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char each : text.substr(0, kLongestQuotation)) {
    const auto byte = static_cast<unsigned char>(each);
    if (byte >= 0x20 && byte < 0x7f) {
      out += each;
    } else {
      out += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  out += "\"";
  if (text.size() > kLongestQuotation) out += cat("... (", text.size(), " bytes)");
  return out;
}

}  // namespace mc
