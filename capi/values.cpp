// mc_version, mc_version_number, mc_address_…, mc_ttl_parse, and what the stats functions share.
#include <algorithm>
#include <cstring>
#include <utility>

#include "base/text.h"
#include "faces.h"
#include "guard.h"
#include "handles.h"
#include "net/group.h"
#include "net/ttl.h"

using mc::Result;
using mc::Status;
using mc::capi::given;
using mc::capi::guard;

namespace {

constexpr size_t kMostStats = 65536;  // of any version; beyond, it is a mistake of the caller's

}  // namespace

Status mc::capi::fill(mc_stats* out, size_t size, const mc_stats& stats) {
  MC_TRY(given(out, "stats"));
  if (size > kMostStats) {
    return Status(kErrorSize,
                  cat("the counters cannot be ", size, " bytes large; give sizeof(mc_stats)"));
  }
  const size_t known = std::min(size, sizeof stats);
  std::memcpy(out, &stats, known);
  std::memset(reinterpret_cast<char*>(out) + known, 0, size - known);
  return {};
}

void mc::capi::fill_delivery(mc_stats& stats, const DeliveryCounts& counts, uint64_t lost,
                             uint64_t lost_or_rejected) noexcept {
  stats.delivered = counts.delivered;
  stats.delivered_bytes = counts.delivered_bytes;
  stats.filtered = counts.filtered;
  stats.not_for_us = counts.not_for_us;
  stats.truncated = counts.truncated;
  stats.lost = lost;
  stats.lost_or_rejected = lost_or_rejected;
  stats.arrived = stats.delivered + stats.filtered + stats.not_for_us + lost + lost_or_rejected;
}

#define MC_TEXT_OF(number) #number
#define MC_DOTTED(major, minor, patch) MC_TEXT_OF(major) "." MC_TEXT_OF(minor) "." MC_TEXT_OF(patch)

extern "C" {

const char* mc_version(void) {
  return MC_DOTTED(MC_VERSION_MAJOR, MC_VERSION_MINOR, MC_VERSION_PATCH);
}

int mc_version_number(void) {
  return MC_VERSION_NUMBER;
}

int mc_address_parse(mc_address* out, const char* text) {
  return guard([&]() -> Status {
    MC_TRY(given(out, "out"));
    MC_TRY(given(text, "text"));
    Result<mc::net::Address> address = mc::net::parse_host(text);
    if (!address.ok()) return std::move(address).status();
    *out = mc::capi::face(*address);
    return {};
  });
}

int mc_ttl_parse(const char* text) {
  return guard([&]() -> Result<int> {
    MC_TRY(given(text, "text"));
    return mc::net::parse_ttl(text);
  });
}

int mc_address_format(const mc_address* address, char* text, size_t size) {
  return guard([&]() -> Result<int> {
    MC_TRY(given(address, "address"));
    if (size != 0) MC_TRY(given(text, "text"));
    return mc::capi::write_text(mc::capi::core_of(*address).text_with_port(), text, size);
  });
}

}  // extern "C"
