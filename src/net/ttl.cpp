#include "net/ttl.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"

namespace mc::net {
namespace {

struct Reach {
  std::string_view word;
  int ttl;
};
constexpr std::array<Reach, 6> kReaches{{{"host", 0},
                                         {"subnet", 1},
                                         {"site", 32},
                                         {"region", 64},
                                         {"continent", 128},
                                         {"unrestricted", 255}}};

// ASCII alone: what the program's locale is, is nothing to us.
char small(char letter) noexcept {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool is_word(std::string_view text, std::string_view word) noexcept {
  return std::equal(text.begin(), text.end(), word.begin(), word.end(),
                    [](char a, char b) { return small(a) == b; });
}

}  // namespace

Result<int> parse_ttl(std::string_view text) {
  int number = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  if (parsed.ec == std::errc() && parsed.ptr == end && number >= 0 && number <= 255) return number;
  constexpr std::string_view kSame = "same ";
  const bool is_long = is_word(text.substr(0, kSame.size()), kSame);
  const std::string_view word = is_long ? text.substr(kSame.size()) : text;
  for (const Reach& each : kReaches) {
    if (is_word(word, each.word) && !(is_long && each.ttl == 255)) return each.ttl;
  }
  return Status(kErrorTtl,
                cat("the TTL ", quoted(text),
                    " is not 0 to 255, nor one of: same host (0), same subnet (1), same site (32), "
                    "same region (64), same continent (128), unrestricted (255)"));
}

}  // namespace mc::net
