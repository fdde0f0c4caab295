// mc_filter_…
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "callbacks.h"
#include "guard.h"
#include "handles.h"

using mc::Result;
using mc::Status;
using mc::capi::given;
using mc::capi::guard;
using mc::filter::Costly;
using mc::filter::FilterRef;

namespace {

// Bytes that the caller lends; NULL where there are none.
Result<std::string_view> bytes_of(const void* data, size_t size, const char* name) {
  if (size == 0) return std::string_view();
  MC_TRY(given(data, name));
  return std::string_view(static_cast<const char*>(data), size);
}

// Hands out what was made.
Status hand_out(mc_filter** out, Result<FilterRef> made) {
  if (!made.ok()) return std::move(made).status();
  *out = new mc_filter{std::move(*made)};
  return {};
}

int make_regex(mc_filter** out, const char* pattern, size_t size, Costly costly) {
  return guard([&]() -> Status {
    MC_TRY(given(out, "out"));
    Result<std::string_view> text = bytes_of(pattern, size, "pattern");
    if (!text.ok()) return std::move(text).status();
    return hand_out(out, mc::filter::regex(*text, costly));
  });
}

Result<std::vector<FilterRef>> parts_of(const mc_filter* const* parts, size_t count) {
  std::vector<FilterRef> all;
  if (count != 0) MC_TRY(given(parts, "parts"));
  MC_TRY(mc::filter::check_part_count(count));
  all.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    if (parts[i] == nullptr) {
      return Status(mc::kErrorNull, mc::cat("parts[", i, "] of ", count, " parts is NULL"));
    }
    all.push_back(parts[i]->core);
  }
  return all;
}

// all_of or any_of.
int combine(mc_filter** out, const mc_filter* const* parts, size_t count,
            Result<FilterRef> (*combination)(std::vector<FilterRef>)) {
  return guard([&]() -> Status {
    MC_TRY(given(out, "out"));
    Result<std::vector<FilterRef>> all = parts_of(parts, count);
    if (!all.ok()) return std::move(all).status();
    return hand_out(out, combination(std::move(*all)));
  });
}

}  // namespace

extern "C" {

int mc_filter_callable(mc_filter** out, mc_filter_fn fn, void* user, mc_destroy_fn destroy) {
  return guard([&]() -> Status {
    MC_TRY(given(out, "out"));
    MC_TRY(given(reinterpret_cast<const void*>(fn), "fn"));
    auto function = std::make_shared<mc::capi::FilterFunction>(fn, user, destroy);
    *out = new mc_filter{function};
    function->data.take();
    return {};
  });
}

int mc_filter_regex(mc_filter** out, const char* pattern, size_t size) {
  return make_regex(out, pattern, size, Costly::kRefused);
}

int mc_filter_regex_costly(mc_filter** out, const char* pattern, size_t size) {
  return make_regex(out, pattern, size, Costly::kAllowed);
}

int mc_filter_everything(mc_filter** out) {
  return guard([&]() -> Status {
    MC_TRY(given(out, "out"));
    return hand_out(out, mc::filter::everything());
  });
}

int mc_filter_prefix(mc_filter** out, const void* data, size_t size) {
  return guard([&]() -> Status {
    MC_TRY(given(out, "out"));
    Result<std::string_view> bytes = bytes_of(data, size, "data");
    if (!bytes.ok()) return std::move(bytes).status();
    return hand_out(out, mc::filter::prefix(*bytes));
  });
}

int mc_filter_bytes(mc_filter** out, size_t offset, const void* value, const void* mask,
                    size_t size) {
  return guard([&]() -> Status {
    MC_TRY(given(out, "out"));
    Result<std::string_view> bytes = bytes_of(value, size, "value");
    if (!bytes.ok()) return std::move(bytes).status();
    const std::string_view ones(static_cast<const char*>(mask), mask != nullptr ? size : 0);
    return hand_out(out, mc::filter::bytes_at(offset, *bytes, ones));
  });
}

int mc_filter_size(mc_filter** out, size_t least, size_t most) {
  return guard([&]() -> Status {
    MC_TRY(given(out, "out"));
    return hand_out(out, mc::filter::size_range(least, most));
  });
}

int mc_filter_source(mc_filter** out, const char* network) {
  return guard([&]() -> Status {
    MC_TRY(given(out, "out"));
    MC_TRY(given(network, "network"));
    return hand_out(out, mc::filter::source_network(network));
  });
}

int mc_filter_source_port(mc_filter** out, uint16_t first, uint16_t last) {
  return guard([&]() -> Status {
    MC_TRY(given(out, "out"));
    return hand_out(out, mc::filter::source_port(first, last));
  });
}

int mc_filter_all_of(mc_filter** out, const mc_filter* const* parts, size_t count) {
  return combine(out, parts, count, mc::filter::all_of);
}

int mc_filter_any_of(mc_filter** out, const mc_filter* const* parts, size_t count) {
  return combine(out, parts, count, mc::filter::any_of);
}

int mc_filter_not(mc_filter** out, const mc_filter* part) {
  return guard([&]() -> Status {
    MC_TRY(given(out, "out"));
    MC_TRY(given(part, "part"));
    return hand_out(out, mc::filter::not_of(part->core));
  });
}

int mc_filter_matches(const mc_filter* filter, const void* data, size_t size,
                      const mc_address* source) {
  return guard([&]() -> Result<int> {
    MC_TRY(given(filter, "filter"));
    if (size != 0) MC_TRY(given(data, "data"));
    mc::net::Packet packet;
    packet.data = static_cast<const uint8_t*>(data);
    packet.size = packet.wire_size = size;
    if (source != nullptr) packet.source = mc::capi::core_of(*source);
    const FilterRef asked = filter->core;  // a callable may free the handle
    return asked->matches(packet) ? 1 : 0;
  });
}

int mc_filter_describe(const mc_filter* filter, char* text, size_t size) {
  return guard([&]() -> Result<int> {
    MC_TRY(given(filter, "filter"));
    if (size != 0) MC_TRY(given(text, "text"));
    std::string whole;
    filter->core->describe(whole);
    return mc::capi::write_text(whole, text, size);
  });
}

void mc_filter_free(mc_filter* filter) {
  delete filter;
}

}  // extern "C"
